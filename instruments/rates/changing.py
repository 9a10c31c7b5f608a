"""Change the prices of many cards at once: a draft for each, from what holds then, by so many percent; and copies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Actor
from instruments.rates.described import Change, Described, changed, with_dates
from instruments.rates.drafting import described, draft
from instruments.rates.models import RateCard, RateVersion, Service
from instruments.rates.owners import CardOwner, owner_of_card, version_seen_by
from instruments.rates.terms import PUBLISHED

LEAST_PERCENT, MOST_PERCENT = Decimal(-99), Decimal(900)
STEPS = (1, 10, 100, 500, 1000)


@dataclass(frozen=True)
class Changed:
    """What a change would do to one card: what holds on the day, and what would be drafted instead."""

    owner: CardOwner
    before: RateVersion
    after: Described

    @property
    def differs(self) -> bool:
        """Whether any price is another."""
        return described(self.before).prices != self.after.prices


def cards_of_lab(lab_id: int) -> list[RateCard]:
    """Every card of a lab: its own, then those of its instruments and services."""
    return sorted(
        db.session.scalars(select(RateCard).where(of_labs([lab_id]))),
        key=lambda each: (
            each.lab_id is None,
            each.instrument_id is None,
            each.instrument_id or each.service_id or 0,
        ),
    )


def lock_cards(lab_id: int) -> None:
    """Let nobody publish on a card of this lab before the deed is done."""
    db.session.execute(
        select(RateCard.id).where(of_labs([lab_id])).order_by(RateCard.id).with_for_update()
    ).all()


def of_labs(labs: Any) -> ColumnElement[bool]:
    """The cards of these labs, with those of their instruments and services, as a condition. labs: numbers, or a select."""
    things, services = (select(kind.id).where(kind.lab_id.in_(labs)) for kind in (Instrument, Service))
    card = RateCard
    return or_(card.lab_id.in_(labs), card.instrument_id.in_(things), card.service_id.in_(services))


def holding(card_ids: Collection[int], day: date) -> dict[int, RateVersion]:
    """The published version of each card that holds on a date."""
    row = RateVersion
    found = db.session.scalars(
        select(row).where(
            row.card_id.in_(card_ids),
            row.state == PUBLISHED,
            row.valid_from <= day,
            or_(row.valid_to.is_(None), row.valid_to > day),
        )
    )
    return {each.card_id: each for each in found}


def preview(lab_id: int, card_ids: Collection[int], change: Change, since: date) -> list[Changed]:
    """What a change would do to the chosen cards of a lab; those without prices on the day are left out.

    Raises Refusal with every reason, also where none of them has any.
    """
    if reasons := list(against_change(change)):
        raise Refusal(reasons)
    cards = [card for card in cards_of_lab(lab_id) if card.id in card_ids]
    held = holding([card.id for card in cards], since)
    if not held:
        sentence = N_("None of these cards has prices on that day, so there is nothing to change.")
        raise Refusal(
            [Reason("no_prices_then", "valid_from", sentence, {}, N_("Choose a day on which they hold."))]
        )
    return [
        Changed(owner_of_card(card), held[card.id], _next(held[card.id], change, since))
        for card in cards
        if card.id in held
    ]


def change_many(
    actor: Actor, lab_id: int, card_ids: Collection[int], change: Change, since: date, now: datetime
) -> list[RateVersion]:
    """Draft the changed prices of each chosen card, to be proposed one by one or together."""
    found = [each for each in preview(lab_id, card_ids, change, since) if each.differs]
    if not found:
        sentence = N_("Nothing would change: choose cards that have prices on that day.")
        raise Refusal([Reason("nothing_changes", "cards", sentence)])
    return [draft(actor, each.owner, each.after, now) for each in found]


def copy(actor: Actor, source_id: int, to: CardOwner, since: date, now: datetime) -> RateVersion:
    """Draft for an owner what a version says that the actor may see, of this card or another. Finer classes stay with
    their lab."""
    source, origin = version_seen_by(actor, source_id)
    said = with_dates(described(source), since)
    if origin.lab.id != to.lab.id:
        said = said._replace(
            prices=tuple(price for price in said.prices if not price.customer.startswith("split:"))
        )
    return draft(actor, to, said, now)


def against_change(change: Change) -> list[Reason]:
    """Every reason against such a change."""
    reasons = []
    if not LEAST_PERCENT <= change.percent <= MOST_PERCENT or not change.percent:
        sentence = N_("From %(least)s to %(most)s, and not 0.")
        values = {"least": LEAST_PERCENT, "most": MOST_PERCENT}
        reasons.append(Reason("percent", "percent", sentence, values))
    if change.step not in STEPS:
        reasons.append(Reason("step", "step", N_("Choose one of the list.")))
    return reasons


def _next(before: RateVersion, change: Change, since: date) -> Described:
    return with_dates(changed(described(before), change), since)
