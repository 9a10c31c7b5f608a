"""Find what holds where and when: the published version of a date, the payer's class, the card that both lead to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.errors import N_, Reason
from instruments.people.customer import CustomerClass, LabPlace, Payer, customer_class
from instruments.people.models import Institution, Lab
from instruments.rates.models import CustomerSplit, CustomerSplitMember, RateCard, RateVersion, Service
from instruments.rates.pricing import Unpriced
from instruments.rates.remembered import Content, Stamped, contents_of
from instruments.rates.terms import MODES, PUBLISHED, SELF, SERVICE, Terms

_INSTRUMENT: Any = Instrument.__table__
_SERVICE: Any = Service.__table__
_LAB: Any = Lab.__table__
_HOME: Any = Institution.__table__
_CARD: Any = RateCard.__table__
_VERSION: Any = RateVersion.__table__
_SPLIT: Any = CustomerSplit.__table__
_MEMBER: Any = CustomerSplitMember.__table__

NOT_THEN = N_("No price is set for this day.")
NOT_FOR_YOU = N_("No price is set for this class of customers and for how it is used.")
SPLIT = N_("The lab has prices of its own for “%(name)s”, to which the payer belongs.")

Key: TypeAlias = tuple[int, str, str]
"""A version, a class and a mode: what a reservation is bound to."""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose prices are asked for: the lab, where it stands, its wall, and the cards to look at, its own before the lab's."""

    lab: LabPlace
    zone: str
    own_card: int | None
    lab_card: int | None


@dataclass(frozen=True, slots=True)
class Offer:
    """What was found of one instrument or service: the payer's class with its reason, and the terms, if there are any.

    version_id: of the version that holds then, whether or not it has a price for them.
    """

    place: Place
    customer: CustomerClass
    day: date
    terms: Terms | None
    why_not: Reason | None = None
    version_id: int | None = None

    def must(self) -> Terms:
        """The terms; Unpriced where no price is set."""
        if self.terms is None:
            raise Unpriced([self.why_not or Reason("no_price", None, NOT_THEN)])
        return self.terms


def terms_on(instrument_ids: Collection[int], day: date, payer: Payer, mode: str = SELF) -> dict[int, Offer]:
    """By which terms a payer uses each instrument on a date of its lab's wall; those that do not exist are left out.

    An instrument's own version of that date comes before its lab's. A constant number of statements.
    """
    places = _instruments(instrument_ids)
    return _offers(places, dict.fromkeys(places, day), payer, mode)


def terms_at(moments: Mapping[int, datetime], payer: Payer, mode: str = SELF) -> dict[int, Offer]:
    """The same by instruments, each at a moment of its own: on the date that its lab's wall then reads."""
    places = _instruments(moments)
    days = {number: local_day(moments[number], place.zone) for number, place in places.items()}
    return _offers(places, days, payer, mode)


def service_terms_on(service_ids: Collection[int], day: date, payer: Payer) -> dict[int, Offer]:
    """By which terms a payer is served on a date. A lab's own card is for its instruments, not for its services."""
    places = _services(service_ids)
    return _offers(places, dict.fromkeys(places, day), payer, SERVICE)


def owners_of_cards() -> set[tuple[str, int]]:
    """Who has a card, as ("lab" or "instrument", number): whoever has none has no price, and need not be asked."""
    rows = db.session.execute(
        select(_CARD.c.lab_id, _CARD.c.instrument_id).where(_CARD.c.service_id.is_(None))
    )
    return {
        ("lab", row.lab_id) if row.instrument_id is None else ("instrument", row.instrument_id)
        for row in rows
    }


def versions_on(instrument_ids: Collection[int], day: date) -> dict[int, int]:
    """The published version that holds for each instrument on a date, whoever pays; those without one are left out."""
    places = _instruments(instrument_ids)
    found = _published(places, dict.fromkeys(places, day))
    return {number: version.id for number, version in found.items() if version is not None}


def service_versions_on(service_ids: Collection[int], day: date) -> dict[int, int]:
    """The same of services."""
    places = _services(service_ids)
    found = _published(places, dict.fromkeys(places, day))
    return {number: version.id for number, version in found.items() if version is not None}


def class_towards(lab: LabPlace, payer: Payer) -> tuple[CustomerClass, CustomerClass | None]:
    """The payer's class for a lab, and the lab's finer one that divides it, if the payer is in one."""
    base = customer_class(payer, lab)
    split = _splits({lab.lab_id}, payer).get(lab.lab_id)
    return base, _finer(split) if split is not None and split.base == base.key else None


def terms_of(version_id: int, customer: str, mode: str) -> Terms:
    """The terms that something was bound to when it was booked, whatever was published since. Raises Unpriced."""
    found = terms_of_many([(version_id, customer, mode)]).get((version_id, customer, mode))
    if found is None:
        raise Unpriced([Reason("no_price", None, NOT_FOR_YOU)])
    return found


def terms_of_many(keys: Iterable[Key]) -> dict[Key, Terms]:
    """The same for many, such as all uses of a month: what is published is read once and kept. The unpriced are left out."""
    asked = set(keys)
    versions = contents_of(_stamps({version_id for version_id, _, _ in asked}))
    found: dict[Key, Terms] = {}
    for key in asked:
        content = versions.get(key[0])
        terms = content.terms(key[1], key[2]) if content else None
        if terms is not None:
            found[key] = terms
    return found


def modes_of(version_id: int, customer: str) -> tuple[str, ...]:
    """The modes in which a version has prices for a class, in their usual order. One statement, where it is known."""
    content = contents_of(_stamps([version_id])).get(version_id)
    return tuple(mode for mode in MODES if content and content.terms(customer, mode))


def local_day(moment: datetime, zone: str) -> date:
    """The date on a wall."""
    return moment.astimezone(zone_of(zone)).date()


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """A zone by its name."""
    return ZoneInfo(name)


# --- Where it is


def _places() -> list[ColumnElement[Any]]:
    return [_LAB.c.id.label("lab_id"), _LAB.c.institution_id, _LAB.c.zone, _HOME.c.country]


def _instruments(instrument_ids: Collection[int]) -> dict[int, Place]:
    dialect = db.engine.dialect.name
    found = _placed(_instruments_in(dialect), {"numbers": as_parameter(instrument_ids, dialect)})
    return {number: found[number] for number in instrument_ids if number in found}


@lru_cache(maxsize=2)
def _instruments_in(dialect: str) -> Select[Any]:
    own, labs = _CARD.alias("own"), _CARD.alias("labs")
    return (
        select(_INSTRUMENT.c.id, *_places(), own.c.id.label("own_card"), labs.c.id.label("lab_card"))
        .select_from(_INSTRUMENT)
        .join(_LAB, _LAB.c.id == _INSTRUMENT.c.lab_id)
        .join(_HOME, _HOME.c.id == _LAB.c.institution_id)
        .outerjoin(own, own.c.instrument_id == _INSTRUMENT.c.id)
        .outerjoin(labs, labs.c.lab_id == _INSTRUMENT.c.lab_id)
        .where(among(_INSTRUMENT.c.id, dialect))
    )


def _services(service_ids: Collection[int]) -> dict[int, Place]:
    dialect = db.engine.dialect.name
    statement = (
        select(_SERVICE.c.id, *_places(), _CARD.c.id.label("own_card"))
        .select_from(_SERVICE)
        .join(_LAB, _LAB.c.id == _SERVICE.c.lab_id)
        .join(_HOME, _HOME.c.id == _LAB.c.institution_id)
        .outerjoin(_CARD, _CARD.c.service_id == _SERVICE.c.id)
        .where(among(_SERVICE.c.id, dialect))
    )
    return _placed(statement, {"numbers": as_parameter(service_ids, dialect)})


def _placed(statement: Select[Any], values: Mapping[str, Any]) -> dict[int, Place]:
    found: dict[int, Place] = {}
    for row in db.session.execute(statement, values):
        lab = LabPlace(row.lab_id, row.institution_id, row.country)
        found[row.id] = Place(lab, row.zone, row.own_card, getattr(row, "lab_card", None))
    return found


# --- What holds


def _offers(
    places: Mapping[int, Place], days: Mapping[int, date], payer: Payer, mode: str
) -> dict[int, Offer]:
    versions = _published(places, days)
    contents = contents_of([version for version in versions.values() if version is not None])
    splits = _splits({place.lab.lab_id for place in places.values()}, payer)
    found: dict[int, Offer] = {}
    for number, place in places.items():
        version = versions[number]
        content = contents.get(version.id) if version else None
        customer = _customer(payer, place, splits.get(place.lab.lab_id), content, mode)
        terms = content.terms(customer.key, mode) if content else None
        why_not = None if terms else Reason("no_price", None, NOT_FOR_YOU if content else NOT_THEN)
        found[number] = Offer(place, customer, days[number], terms, why_not, version and version.id)
    return found


def _customer(
    payer: Payer, place: Place, split: Row[Any] | None, content: Content | None, mode: str
) -> CustomerClass:
    """The payer's class; the lab's finer one where the version has prices of its own for it."""
    base = customer_class(payer, place.lab)
    if split is None or content is None or split.base != base.key:
        return base
    finer = _finer(split)
    return finer if content.terms(finer.key, mode) else base


def _published(places: Mapping[int, Place], days: Mapping[int, date]) -> dict[int, Stamped | None]:
    """The version that holds for each on its day: that of its own card, else of its lab's."""
    cards = {
        card for place in places.values() for card in (place.own_card, place.lab_card) if card is not None
    }
    by_card: dict[int, list[Row[Any]]] = {}
    for row in _versions_between(cards, min(days.values(), default=None), max(days.values(), default=None)):
        by_card.setdefault(row.card_id, []).append(row)
    return {
        number: next(
            (
                Stamped(row.id, row.stamp, kept=True)
                for card in (place.own_card, place.lab_card)
                for row in by_card.get(card or 0, ())
                if row.valid_from <= days[number] and (row.valid_to is None or days[number] < row.valid_to)
            ),
            None,
        )
        for number, place in places.items()
    }


def _versions_between(cards: Collection[int], first: date | None, last: date | None) -> Iterable[Row[Any]]:
    if not cards:
        return ()
    dialect = db.engine.dialect.name
    version = _VERSION.c
    return db.session.execute(
        select(version.id, version.card_id, version.stamp, version.valid_from, version.valid_to).where(
            among(version.card_id, dialect),
            version.state == PUBLISHED,
            version.valid_from <= last,
            or_(version.valid_to.is_(None), version.valid_to > first),
        ),
        {"numbers": as_parameter(cards, dialect)},
    )


def _stamps(version_ids: Collection[int]) -> list[Stamped]:
    dialect = db.engine.dialect.name
    rows = db.session.execute(
        select(_VERSION.c.id, _VERSION.c.stamp, _VERSION.c.approved_at).where(among(_VERSION.c.id, dialect)),
        {"numbers": as_parameter(version_ids, dialect)},
    )
    return [Stamped(row.id, row.stamp, kept=row.approved_at is not None) for row in rows]


def _splits(lab_ids: Collection[int], payer: Payer) -> dict[int, Row[Any]]:
    """The finer class of the payer's institution in each lab that has one for it."""
    if payer.institution_id is None or not lab_ids:
        return {}
    dialect = db.engine.dialect.name
    rows = db.session.execute(
        select(_MEMBER.c.lab_id, _SPLIT.c.id, _SPLIT.c.base, _SPLIT.c.name_en, _SPLIT.c.name_zh)
        .join(_SPLIT, _SPLIT.c.id == _MEMBER.c.split_id)
        .where(among(_MEMBER.c.lab_id, dialect), _MEMBER.c.institution_id == payer.institution_id),
        {"numbers": as_parameter(lab_ids, dialect)},
    )
    return {row.lab_id: row for row in rows}


def _finer(split: Row[Any]) -> CustomerClass:
    name = f"{split.name_en} / {split.name_zh}"
    return CustomerClass(f"split:{split.id}", Reason("split", None, SPLIT, {"name": name}))
