"""Charges in lists: one's own, a group's, a lab's, an institution's on either side; with what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select

from instruments.catalog.models import Instrument
from instruments.charges.models import IS_OPEN, Charge, ChargeShare
from instruments.charges.states import DISPUTED, DRAFT
from instruments.database import db
from instruments.people.models import Lab, Person

_CHARGE: Any = Charge.__table__
_SHARE: Any = ChargeShare.__table__
VIEWS = ("", DISPUTED, DRAFT)


@dataclass(frozen=True, slots=True)
class Which:
    """What to look at: charges of services in a month ("2027-02"; all), in a state (all); or of a use or reservation; from a day
    and to a day, both included; of one instrument."""

    month: str = ""
    state: str = ""
    use_id: int | None = None
    reservation_id: int | None = None
    first: date | None = None
    last: date | None = None
    instrument_id: int | None = None

    @property
    def when(self) -> str:
        """How an address names its month or its days."""
        return self.month or (f"{self.first}..{self.last}" if self.first and self.last else "")


def of_person(person_id: int) -> ColumnElement[bool]:
    """Those of what somebody used."""
    return _CHARGE.c.user_id == person_id


def only(charge_id: int) -> ColumnElement[bool]:
    """One alone."""
    return _CHARGE.c.id == charge_id


def of_group(group_id: int) -> ColumnElement[bool]:
    """Those of a group's people, and those that a fund of the group bears."""
    borne = select(_SHARE.c.charge_id).where(_SHARE.c.payer_group_id == group_id)
    return or_(_CHARGE.c.group_id == group_id, _CHARGE.c.id.in_(borne))


def of_lab(lab_id: int) -> ColumnElement[bool]:
    """A lab's income."""
    return _CHARGE.c.lab_id == lab_id


def owed_to(institution_id: int) -> ColumnElement[bool]:
    """What is owed to an institution."""
    return _CHARGE.c.institution_id == institution_id


def owed_by(institution_id: int) -> ColumnElement[bool]:
    """What an institution bears, whomever it is owed to."""
    borne = select(_SHARE.c.charge_id).where(_SHARE.c.payer_institution_id == institution_id)
    return _CHARGE.c.id.in_(borne)


def page(
    whose: ColumnElement[bool], which: Which, after: tuple[date, int] | None, most: int
) -> Sequence[Row[Any]]:
    """Charges, the newest service first, those after one; a row more than asked for tells that there are more."""
    charge = _CHARGE.c
    chosen = select(charge.id).where(whose, *_filtered(which))
    if after is not None:
        day, number = after
        chosen = chosen.where(or_(charge.service_on < day, (charge.service_on == day) & (charge.id < number)))
    # Which it is comes first, by their numbers alone: names are joined only to those that are shown.
    chosen = chosen.order_by(charge.service_on.desc(), charge.id.desc()).limit(most + 1)
    asked = (
        select(
            charge.id, charge.kind, charge.state, charge.service_on, charge.month, charge.currency, charge.total_units,
            charge.lab_id, charge.institution_id, charge.user_id, charge.instrument_id, charge.reservation_id,
            charge.use_id, charge.reverses_id, charge.corrects_id, charge.about_id, charge.waits_for_second,
            charge.reason, charge.version, charge.group_id,
            Instrument.name_en.label("instrument_en"), Instrument.name_zh.label("instrument_zh"),
            Lab.name_en.label("lab_en"), Lab.name_zh.label("lab_zh"),
            Person.name_en.label("user_en"), Person.name_zh.label("user_zh"),
        )
        .join(Lab, Lab.id == charge.lab_id)
        .outerjoin(Instrument, Instrument.id == charge.instrument_id)
        .outerjoin(Person, Person.id == charge.user_id)
        .where(charge.id.in_(chosen))
        .order_by(charge.service_on.desc(), charge.id.desc())
    )  # fmt: skip
    return db.session.execute(asked).all()


def sums(whose: ColumnElement[bool], which: Which) -> list[tuple[str, int, int]]:
    """By currency: what is posted, reversals taken off, and what is not final yet; in minor units."""
    charge = _CHARGE.c
    posted = func.sum(charge.total_units).filter(charge.posted_at.is_not(None))
    waiting = func.sum(charge.total_units).filter(charge.posted_at.is_(None))
    # By month, too: so they stand in an index of an institution's charges, and nothing has to be sorted.
    rows = db.session.execute(
        select(charge.currency, func.coalesce(posted, 0), func.coalesce(waiting, 0))
        .where(whose, *_filtered(which))
        .group_by(charge.month, charge.currency)
    )
    found: dict[str, tuple[int, int]] = {}
    for currency, first, second in rows:
        before = found.get(currency, (0, 0))
        found[currency] = (before[0] + int(first), before[1] + int(second))
    return [(currency, *units) for currency, units in sorted(found.items())]


def counts(whose: ColumnElement[bool]) -> dict[str, int]:
    """How many are in dispute, and how many not final."""
    charge = _CHARGE.c
    rows = db.session.execute(select(charge.state, func.count()).where(whose, IS_OPEN).group_by(charge.state))
    return {state: int(count) for state, count in rows}


def _filtered(which: Which) -> list[ColumnElement[bool]]:
    charge, found = _CHARGE.c, []
    if which.month:
        first = date.fromisoformat(f"{which.month}-01")
        last = (first + timedelta(days=32)).replace(day=1)
        found += [charge.service_on >= first, charge.service_on < last]
    if which.state:
        found.append(charge.state == which.state)
    if which.first is not None:
        found.append(charge.service_on >= which.first)
    if which.last is not None:
        found.append(charge.service_on <= which.last)
    if which.instrument_id is not None:
        found.append(charge.instrument_id == which.instrument_id)
    if which.use_id is not None:
        found.append(charge.use_id == which.use_id)
    if which.reservation_id is not None:
        found.append(charge.reservation_id == which.reservation_id)
    return found
