"""What the labs of an institution proposed and nobody answered yet: held against what holds then, answered several at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Actor, Role
from instruments.rates.changing import holding, of_labs
from instruments.rates.described import Difference, differences, other_differences
from instruments.rates.drafting import described
from instruments.rates.finding import service_versions_on, versions_on
from instruments.rates.holes import pairs_without
from instruments.rates.looking import customers_of, modes_of
from instruments.rates.models import RateCard, RateVersion, Service
from instruments.rates.owners import CardOwner, nothing_here, owner_of_card, version_at
from instruments.rates.publishing import against_dates, decline, publish
from instruments.rates.terms import PROPOSED

MOST = 100


@dataclass(frozen=True)
class Proposal:
    """One of them. before: what holds on its first day without it, which may be the lab's; reasons: why it cannot be
    published; without: classes and modes that it leaves without a price.
    """

    row: RateVersion
    owner: CardOwner
    before: RateVersion | None
    prices: list[Difference]
    other: list[str]
    without: tuple[tuple[str, str], ...]
    reasons: list[Reason]

    @property
    def shares(self) -> tuple[Decimal, Decimal] | None:
        """By which part its prices change, at least and at most; None where none can be divided."""
        found = [each.share for each in self.prices if each.share is not None]
        return (min(found), max(found)) if found else None


def waiting(institution_id: int) -> list[RateVersion]:
    """What waits for this institution, that which would hold first at the head. One statement."""
    row, labs = RateVersion, select(Lab.id).where(Lab.institution_id == institution_id)
    return list(
        db.session.scalars(
            select(row)
            .join(RateCard, RateCard.id == row.card_id)
            .where(row.state == PROPOSED, of_labs(labs))
            .order_by(row.valid_from, row.proposed_at, row.id)
            .limit(MOST)
        )
    )


def counts_for(actor: Actor) -> dict[int, int]:
    """How many proposals of others wait for this person, by institution. One statement; none for who approves nothing."""
    homes = {grant.scope_id for grant in actor.grants if grant.role is Role.INSTITUTION_MANAGER}
    if not homes:
        return {}
    row, thing, service = RateVersion, Instrument, Service
    lab_id = func.coalesce(RateCard.lab_id, thing.lab_id, service.lab_id)
    found = db.session.execute(
        select(Lab.institution_id, func.count())
        .select_from(row)
        .join(RateCard, RateCard.id == row.card_id)
        .outerjoin(thing, thing.id == RateCard.instrument_id)
        .outerjoin(service, service.id == RateCard.service_id)
        .join(Lab, Lab.id == lab_id)
        .where(
            row.state == PROPOSED,
            Lab.institution_id.in_(homes),
            or_(row.proposed_by_id.is_(None), row.proposed_by_id != actor.person_id),
        )
        .group_by(Lab.institution_id)
        .order_by(Lab.institution_id)
    )
    return {home: int(count) for home, count in found}


def looked_at(row: RateVersion, now: datetime) -> Proposal:
    """A proposal beside what holds on its first day."""
    owner, said = owner_of_card(row.card), described(row)
    before = _holding(owner, row.card, row.valid_from) or _holding(owner, row.card, owner.today(now))
    old = described(before) if before else said._replace(prices=())
    return Proposal(
        row,
        owner,
        before,
        differences(old, said),
        [name for name, _, _ in other_differences(old, said) if name != "note"],
        pairs_without(said, customers_of(owner), modes_of(owner)),
        against_dates(row, owner.today(now)),
    )


def _holding(owner: CardOwner, card: RateCard, day: date) -> RateVersion | None:
    if owner.kind == "lab":
        return holding([card.id], day).get(card.id)
    find = versions_on if owner.kind == "instrument" else service_versions_on
    number = find([owner.id], day).get(owner.id)
    return version_at(number) if number else None


# --- Several at once


def publish_several(
    actor: Actor, institution_id: int, chosen: Mapping[int, int], now: datetime
) -> list[RateVersion]:
    """Approve all of these, by number and the version that was seen, or none: Refusal with every reason, each under
    "version-<number>"; Forbidden or NotFound where nothing else is in the way.
    """
    published: set[int] = set()

    def one(number: int, seen: int) -> RateVersion:
        try:
            row = publish(actor, number, seen, now)
        except Refusal as refusal:
            raise _beside(published, number, refusal) from None
        published.add(row.card_id)
        return row

    return _each(institution_id, chosen, one)


def _beside(published: set[int], number: int, refusal: Refusal) -> Refusal:
    """The same refusal; what overlaps one that was chosen with it, and is published with it or not at all, says so.
    published: whose cards those are."""
    card = db.session.execute(select(RateVersion.card_id).where(RateVersion.id == number)).scalar_one()
    if card not in published:
        return refusal
    sentence = N_(
        "Another of the chosen ones is for the same prices and would hold on the same days: choose one of them."
    )
    told = [
        replace(each, message=sentence, values={}, remedy=None, fix={}) if each.code == "overlap" else each
        for each in refusal.reasons
    ]
    return Refusal(told) if told != list(refusal.reasons) else refusal


def decline_several(
    actor: Actor, institution_id: int, chosen: Mapping[int, int], reason: str, now: datetime
) -> list[RateVersion]:
    """Send all of these back with one reason, or none."""
    return _each(institution_id, chosen, lambda number, seen: decline(actor, number, seen, reason, now))


def _each(
    institution_id: int, chosen: Mapping[int, int], act: Callable[[int, int], RateVersion]
) -> list[RateVersion]:
    """Do it to each, cards in one order, so that two who answer at once never wait for each other."""
    there = {row.id: row for row in waiting_among(institution_id, chosen)}
    made: list[RateVersion] = []
    reasons: list[Reason] = []
    kinds: set[type[Refusal]] = set()
    for number in sorted(chosen, key=lambda each: (there[each].card_id if each in there else 0, each)):
        try:
            if number not in there:
                raise nothing_here()
            made.append(act(number, chosen[number]))
        except Refusal as refusal:
            kinds.add(type(refusal))
            reasons += [
                each if each.field == "reason" else replace(each, field=f"version-{number}")
                for each in refusal.reasons
            ]
    if reasons:
        told = list({(each.code, each.field): each for each in reasons}.values())
        # That one was changed since it was seen is said beside it, as the versions are part of what was sent.
        raise kinds.pop()(told) if kinds <= {Forbidden} or kinds <= {NotFound} else Refusal(told)
    return made


def waiting_among(institution_id: int, numbers: Mapping[int, int]) -> list[RateVersion]:
    """Those of these versions that belong to the labs of the institution, in whatever state they are now."""
    row, labs = RateVersion, select(Lab.id).where(Lab.institution_id == institution_id)
    found = (
        select(row).join(RateCard, RateCard.id == row.card_id).where(row.id.in_(list(numbers)), of_labs(labs))
    )
    return list(db.session.scalars(found))
