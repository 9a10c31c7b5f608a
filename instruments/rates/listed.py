"""The published prices of an instrument, a lab or a service on a date, the reader's own class among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from instruments.database import db
from instruments.people.customer import CLASSES, CustomerClass, LabPlace, Payer
from instruments.rates.described import Described, Price, lines_of
from instruments.rates.drafting import described
from instruments.rates.finding import class_towards, service_versions_on, versions_on
from instruments.rates.looking import customers_of, modes_of
from instruments.rates.models import RateVersion
from instruments.rates.owners import CardOwner, card_of, splits_of, version_at
from instruments.rates.terms import MODES, PUBLISHED


@dataclass(frozen=True)
class PriceList:
    """What holds on a day: the version, and line by line the price of each class; without a version, no price is set.

    own: the reader's class, with its reason; customers: the classes that may use it or have a price, the reader's first.
    """

    owner: CardOwner
    day: date
    version: RateVersion | None
    said: Described | None
    own: CustomerClass | None
    customers: tuple[str, ...]
    modes: tuple[str, ...]
    coming: date | None

    @property
    def of_the_lab(self) -> bool:
        """Whether the prices are those of the lab, as the thing has none of its own."""
        return self.version is not None and self.owner.kind != "lab" and self.version.card.lab_id is not None

    def lines(self, mode: str) -> list[tuple[tuple[str, str, str], Mapping[str, Price]]]:
        """The lines of a mode: (mode, unit, code), and the price of each class."""
        found = lines_of(self.said) if self.said else {}
        return [(line, prices) for line, prices in found.items() if line[0] == mode]


def price_list(owner: CardOwner, payer: Payer | None, now: datetime) -> PriceList:
    """What holds today on the owner's wall. payer: who reads; None: a stranger, who may be of any class."""
    day = owner.today(now)
    number = _version_on(owner, day)
    version = version_at(number) if number else None
    said = described(version) if version else None
    priced = {price.customer for price in said.prices} if said else set()
    expected = customers_of(owner)
    own = _own(owner, payer, priced) if payer else None
    known = (*CLASSES, *(split.key for split in splits_of(owner.lab.id)))
    customers = [each for each in known if each in priced or (each in expected)]
    if own is not None:
        customers = [own.key, *(each for each in customers if each != own.key)]
    offered = modes_of(owner)
    modes = tuple(
        mode for mode in MODES if mode in offered or (said and any(p.mode == mode for p in said.prices))
    )
    return PriceList(owner, day, version, said, own, tuple(customers), modes, _coming(owner, day))


def _own(owner: CardOwner, payer: Payer, priced: set[str]) -> CustomerClass:
    lab = LabPlace(owner.lab.id, owner.lab.institution_id, owner.lab.institution.country)
    base, finer = class_towards(lab, payer)
    return finer if finer is not None and finer.key in priced else base


def _version_on(owner: CardOwner, day: date) -> int | None:
    if owner.kind == "instrument":
        return versions_on([owner.id], day).get(owner.id)
    if owner.kind == "service":
        return service_versions_on([owner.id], day).get(owner.id)
    card = card_of(owner)
    row = RateVersion
    return card and db.session.scalar(
        select(row.id).where(
            row.card_id == card.id,
            row.state == PUBLISHED,
            row.valid_from <= day,
            row.valid_to.is_(None) | (row.valid_to > day),
        )
    )


def _coming(owner: CardOwner, day: date) -> date | None:
    """From when on other prices of its own card are published, if any are."""
    card = card_of(owner)
    row = RateVersion
    return card and db.session.scalar(
        select(row.valid_from)
        .where(row.card_id == card.id, row.state == PUBLISHED, row.valid_from > day)
        .order_by(row.valid_from)
        .limit(1)
    )
