"""The published prices of an instrument, a lab or a service on a date, the reader's own class among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.customer import CLASSES, CustomerClass, LabPlace, Payer
from instruments.rates.described import Described, Price, lines_of
from instruments.rates.drafting import described
from instruments.rates.finding import class_towards, service_versions_on, versions_on
from instruments.rates.looking import customers_of, modes_of
from instruments.rates.models import RateCard, RateVersion
from instruments.rates.owners import CardOwner, splits_of, version_at
from instruments.rates.terms import MODES, PUBLISHED


@dataclass(frozen=True)
class PriceList:
    """What holds on a day: the version, and line by line the price of each class; without a version, no price is set.

    own: the reader's class, with its reason; customers: the classes that may use it or have a price, the reader's first, of
    the lab's finer ones only the reader's own, unless all are asked for; changes: the next day on which other prices hold.
    """

    owner: CardOwner
    day: date
    version: RateVersion | None
    said: Described | None
    own: CustomerClass | None
    customers: tuple[str, ...]
    modes: tuple[str, ...]
    changes: date | None

    @property
    def of_the_lab(self) -> bool:
        """Whether the prices are those of the lab, as the thing has none of its own."""
        return self.version is not None and self.owner.kind != "lab" and self.version.card.lab_id is not None

    def lines(self, mode: str) -> list[tuple[tuple[str, str, str], Mapping[str, Price]]]:
        """The lines of a mode: (mode, unit, code), and the price of each class."""
        found = lines_of(self.said) if self.said else {}
        return [(line, prices) for line, prices in found.items() if line[0] == mode]


def price_list(
    owner: CardOwner, payer: Payer | None, now: datetime, on: date | None = None, *, finer: bool = False
) -> PriceList:
    """What holds on a day of the owner's wall, today without one. payer: who reads; None: a stranger, who may be of any
    class; finer: show the finer classes of others, too, which is for those who run the lab.
    """
    day = on or owner.today(now)
    version = held(owner, day)
    said = described(version) if version else None
    priced = {price.customer for price in said.prices} if said else set()
    expected = customers_of(owner)
    own = _own(owner, payer, priced) if payer else None
    splits = [split.key for split in splits_of(owner.lab.id) if finer or (own and own.key == split.key)]
    customers = [each for each in (*CLASSES, *splits) if each in priced or each in expected]
    if own is not None:
        customers = [own.key, *(each for each in customers if each != own.key)]
    offered = modes_of(owner)
    modes = tuple(
        mode for mode in MODES if mode in offered or (said and any(p.mode == mode for p in said.prices))
    )
    return PriceList(
        owner, day, version, said, own, tuple(customers), modes, _changes(owner, day, version and version.id)
    )


def held(owner: CardOwner, day: date) -> RateVersion | None:
    """The published version that holds for an owner on a day; of an instrument without one its lab's."""
    number = _version_on(owner, day)
    return version_at(number) if number else None


def with_own_list(lab_id: int, day: date) -> list[Instrument]:
    """The instruments of a lab that have prices of their own on a day. One statement."""
    row, thing = RateVersion, Instrument
    own = (
        select(RateCard.instrument_id)
        .join(row, row.card_id == RateCard.id)
        .where(row.state == PUBLISHED, row.valid_from <= day, row.valid_to.is_(None) | (row.valid_to > day))
    )
    found = select(thing).where(thing.lab_id == lab_id, thing.status != "retired", thing.id.in_(own))
    return list(db.session.scalars(found.order_by(thing.id)))


def _own(owner: CardOwner, payer: Payer, priced: set[str]) -> CustomerClass:
    lab = LabPlace(owner.lab.id, owner.lab.institution_id, owner.lab.institution.country)
    base, finer = class_towards(lab, payer)
    return finer if finer is not None and finer.key in priced else base


def _version_on(owner: CardOwner, day: date) -> int | None:
    if owner.kind == "instrument":
        return versions_on([owner.id], day).get(owner.id)
    if owner.kind == "service":
        return service_versions_on([owner.id], day).get(owner.id)
    row = RateVersion
    found: int | None = db.session.scalar(
        select(row.id)
        .join(RateCard, RateCard.id == row.card_id)
        .where(
            RateCard.lab_id == owner.id,
            row.state == PUBLISHED,
            row.valid_from <= day,
            row.valid_to.is_(None) | (row.valid_to > day),
        )
    )
    return found


def _changes(owner: CardOwner, day: date, number: int | None) -> date | None:
    """From when on another version holds, or none: of its own card or, for an instrument, of its lab's."""
    row = RateVersion
    cards = [getattr(RateCard, f"{owner.kind}_id") == owner.id]
    if owner.kind == "instrument":
        cards.append(RateCard.lab_id == owner.lab.id)
    ends = db.session.execute(
        select(row.valid_from, row.valid_to)
        .join(RateCard, RateCard.id == row.card_id)
        .where(or_(*cards), row.state == PUBLISHED, or_(row.valid_to.is_(None), row.valid_to > day))
    ).all()
    days = sorted({end for pair in ends for end in pair if end is not None and end > day})
    return next((each for each in days if _version_on(owner, each) != number), None)
