"""Whose prices they are: a lab, one of its instruments, or a service; found for doors, and told to the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason
from instruments.journal.record import record
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, Scope, may
from instruments.rates.finding import local_day
from instruments.rates.models import CustomerSplit, RateCard, RateVersion, Service

KINDS: Mapping[str, type[Lab] | type[Instrument] | type[Service]] = {
    "lab": Lab,
    "instrument": Instrument,
    "service": Service,
}


@dataclass(frozen=True)
class CardOwner:
    """One of KINDS with its row, and the lab on whose wall its dates are read."""

    kind: str
    row: Any
    lab: Lab

    @property
    def id(self) -> int:
        """Its number."""
        return int(self.row.id)

    @property
    def scope(self) -> Scope:
        """Where it stands."""
        return Scope(institution_id=self.lab.institution_id, lab_id=self.lab.id)

    def today(self, now: datetime) -> date:
        """The date on its lab's wall."""
        return local_day(now, self.lab.zone)


def owner_of(kind: str, number: int) -> CardOwner:
    """The lab, instrument or service; NotFound where there is none."""
    row = db.session.get(KINDS[kind], number)
    if row is None:
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))])
    return CardOwner(kind, row, row if isinstance(row, Lab) else row.lab)


def owner_of_card(card: RateCard) -> CardOwner:
    """Whose card it is."""
    for kind in KINDS:
        if (number := getattr(card, f"{kind}_id")) is not None:
            return owner_of(kind, number)
    raise ValueError(f"nobody's card: {card.id}")


def card_of(owner: CardOwner) -> RateCard | None:
    """Its card, once it has one."""
    return db.session.scalar(select(RateCard).where(_column(owner) == owner.id))


def card_made(owner: CardOwner) -> RateCard:
    """Its card, made where there is none yet."""
    found = card_of(owner)
    if found is None:
        # Who books keeps in memory which instruments have a card at all.
        raise_catalog()
        found = RateCard(**{f"{owner.kind}_id": owner.id})
        db.session.add(found)
        db.session.flush()
    return found


def _column(owner: CardOwner) -> Any:
    return getattr(RateCard, f"{owner.kind}_id")


def version_at(number: int) -> RateVersion:
    """The version of this number; NotFound where there is none."""
    found = db.session.get(RateVersion, number)
    if found is None:
        raise nothing_here()
    return found


def version_seen_by(actor: Actor, number: int) -> tuple[RateVersion, CardOwner]:
    """A version that the actor may see, and whose it is; NotFound as if there were none for anybody else."""
    row = version_at(number)
    owner = owner_of_card(row.card)
    if not may(actor, Action.PRICES_SEE, owner.scope):
        raise nothing_here()
    return row, owner


def versions_of(card: RateCard | None) -> list[RateVersion]:
    """Its versions, the one that begins last first."""
    if card is None:
        return []
    order = (RateVersion.valid_from.desc(), RateVersion.id.desc())
    return list(
        db.session.scalars(select(RateVersion).where(RateVersion.card_id == card.id).order_by(*order))
    )


def splits_of(lab_id: int) -> list[CustomerSplit]:
    """The finer classes of a lab, in the order in which they were made."""
    return list(
        db.session.scalars(
            select(CustomerSplit).where(CustomerSplit.lab_id == lab_id).order_by(CustomerSplit.id)
        )
    )


def nothing_here() -> NotFound:
    """What is not there, or not for who asks."""
    return NotFound([Reason("not_found", None, N_("There is nothing at this address."))])


def require_on(actor: Actor, action: Action, owner: CardOwner, asked_by: int | None = None) -> None:
    """Raise Forbidden unless the actor may do this to the owner's prices."""
    scope = Scope(owner.scope.institution_id, owner.scope.lab_id, asked_by=asked_by)
    if may(actor, action, scope):
        return
    sentence = N_("Your roles do not allow this here.")
    if asked_by == actor.person_id:
        sentence = N_("Nobody approves what they proposed. Ask another manager of the institution.")
    raise Forbidden([Reason("forbidden", None, sentence)])


def note(
    owner: CardOwner, deed: str, actor_id: int | None, now: datetime, thing: tuple[str, int], **detail: Any
) -> None:
    """Write into the journal what was done to the prices of the owner."""
    record(
        now=now, actor_id=actor_id, deed=deed, thing=thing, institution_id=owner.lab.institution_id,
        lab_id=owner.lab.id, detail={"owner": [owner.kind, owner.id], **detail},
    )  # fmt: skip
