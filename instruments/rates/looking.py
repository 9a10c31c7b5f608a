"""Look at a version before it is published: what it leaves without a price, whom it ends, what typical uses would cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.customer import CLASSES
from instruments.rates.described import Described
from instruments.rates.drafting import described
from instruments.rates.finding import zone_of
from instruments.rates.holes import (
    CLASSES_OF_CIRCLE,
    LOOKED_AHEAD,
    Dates,
    Example,
    Holes,
    dates_without,
    examples,
    pairs_without,
)
from instruments.rates.models import RateCard, RateVersion
from instruments.rates.owners import CardOwner, owner_of_card, splits_of
from instruments.rates.publishing import against_dates, ends_by_it
from instruments.rates.terms import ASSISTED, MODES, PUBLISHED, SELF, SERVICE
from instruments.rates.walls import day_kinds
from instruments.rates.windows import Wall

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Looked:
    """What a version would do. customers: the columns; ends: the version that it would end; reasons: why it could not be."""

    owner: CardOwner
    said: Described
    customers: tuple[str, ...]
    holes: Holes
    examples: list[Example]
    ends: RateVersion | None
    reasons: list[object]


def look(row: RateVersion, now: datetime) -> Looked:
    """What this version would do if it were published now; of a published one, what it does."""
    owner, said = owner_of_card(row.card), described(row)
    modes, expected = modes_of(owner), customers_of(owner)
    own = tuple(split.key for split in splits_of(owner.lab.id))
    priced = {price.customer for price in said.prices}
    customers = tuple(each for each in (*CLASSES, *own) if each in expected or each in priced)
    today = owner.today(now)
    settled = row.state == PUBLISHED
    reasons = [] if settled else against_dates(row, today)
    holes = Holes(pairs_without(said, expected, modes), dates_without(_covered(row, owner), today))
    wall = wall_of(owner, said.valid_from)
    shown = tuple(dict.fromkeys((*modes, *(price.mode for price in said.prices))))
    made = examples(said, customers, [mode for mode in MODES if mode in shown], wall) if said.prices else []
    return Looked(owner, said, customers, holes, made, None if settled else ends_by_it(row), list(reasons))


def wall_of(owner: CardOwner, since: date) -> Wall:
    """The owner's wall, good for a year and a little from a date."""
    last = min(since, date.max - (LOOKED_AHEAD + 2) * A_DAY) + (LOOKED_AHEAD + 1) * A_DAY
    institution_id = owner.lab.institution_id
    return Wall(zone_of(owner.lab.zone), day_kinds([institution_id], since, last).get(institution_id, {}))


def customers_of(owner: CardOwner) -> tuple[str, ...]:
    """The classes that may use it at all: by the audience of the instrument, of a lab by the widest of its instruments."""
    if owner.kind == "service":
        return CLASSES
    circles = (
        {owner.row.audience} if owner.kind == "instrument" else {row.audience for row in _instruments(owner)}
    )
    return max((CLASSES_OF_CIRCLE[circle] for circle in circles), key=len, default=CLASSES)


def modes_of(owner: CardOwner) -> tuple[str, ...]:
    """How it can be used: as the instrument says, of a lab as any of its instruments does."""
    if owner.kind == "service":
        return (SERVICE,)
    rows = [owner.row] if owner.kind == "instrument" else _instruments(owner)
    return tuple(
        mode
        for mode, column in ((SELF, "self_operated"), (ASSISTED, "guided"), (SERVICE, "delegated"))
        if any(getattr(row, column) for row in rows)
    )


def _instruments(owner: CardOwner) -> Iterable[Instrument]:
    return db.session.scalars(
        select(Instrument).where(Instrument.lab_id == owner.lab.id, Instrument.status != "retired")
    ).all()


def _covered(row: RateVersion, owner: CardOwner) -> list[Dates]:
    """The dates with a price once it is published: its own, those of its card's other versions, and of its lab's."""
    other = RateVersion
    cards = {row.card_id}
    if owner.kind == "instrument":
        cards |= set(db.session.scalars(select(RateCard.id).where(RateCard.lab_id == owner.lab.id)))
    rows = db.session.scalars(
        select(other).where(other.card_id.in_(cards), other.state == PUBLISHED, other.id != row.id)
    )
    found = [Dates(row.valid_from, row.valid_to)]
    for each in rows:
        until = each.valid_to
        if (
            each.card_id == row.card_id
            and each.valid_from < row.valid_from
            and (until is None or until > row.valid_from)
        ):
            until = row.valid_from
        found.append(Dates(each.valid_from, until))
    return found


def cards_without(lab_ids: Iterable[int], day: date) -> set[int]:
    """Those of these labs that have instruments and no published price of their own on a date: for lists of holes."""
    has = (
        select(RateCard.lab_id)
        .join(RateVersion, RateVersion.card_id == RateCard.id)
        .where(
            RateVersion.state == PUBLISHED,
            RateVersion.valid_from <= day,
            func.coalesce(RateVersion.valid_to, date.max) > day,
        )
    )
    return set(lab_ids) - set(db.session.scalars(has))
