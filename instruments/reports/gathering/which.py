"""Which instruments a form is about: in service then, worth so much in exact yuan, of these asset classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.reports.form import INSTRUMENT, WHOLE
from instruments.reports.gathering.asked import Asked

_INSTRUMENT: Any = Instrument.__table__
CNY = "CNY"


@dataclass(frozen=True, slots=True)
class Which:
    """The instruments by their numbers, ascending, each with its lab; unknown: how many more have no value in yuan, or no
    asset class, so that nobody knows whether they belong here."""

    labs: Mapping[int, int]
    unknown: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """Their numbers."""
        return tuple(self.labs)


def which(asked: Asked, *, held: bool = False) -> Which:
    """The instruments of a form; held: what is there on the last day, whatever the rows are. Two statements."""
    c = _INSTRUMENT.c
    here = [*_place(asked), *_in_service(asked, held=held)]
    value, classes = _value(asked), _classes(asked)
    rows = db.session.execute(select(c.id, c.lab_id).where(*here, *value, *classes).order_by(c.id))
    unknown = 0
    if value or classes:
        said = [(c.original_value.is_(None) | (c.original_currency != CNY))] if value else []
        said += [c.university_asset_class == ""] if classes else []
        unknown = (
            db.session.scalar(select(func.count()).select_from(_INSTRUMENT).where(*here, or_(*said))) or 0
        )
    return Which({row.id: row.lab_id for row in rows}, int(unknown))


def _place(asked: Asked) -> list[ColumnElement[bool]]:
    c = _INSTRUMENT.c
    found = [c.institution_id == asked.institution_id]
    if asked.lab_id is not None:
        found.append(c.lab_id == asked.lab_id)
    if asked.instruments is not None:
        found.append(c.id.in_(asked.instruments))
    if asked.outside:
        found.append(c.id.not_in(asked.outside))
    return found


def _in_service(asked: Asked, *, held: bool) -> list[ColumnElement[bool]]:
    """On some day of the period; of what is told of the instruments themselves, their number and their value, on its last."""
    c = _INSTRUMENT.c
    of_stock = held or (asked.sheet.rows in (INSTRUMENT, WHOLE) and not _of_use(asked))
    first = asked.until if of_stock else asked.period.first
    return [
        c.commissioned_on.is_(None) | (c.commissioned_on <= asked.until),
        c.retired_on.is_(None) | (c.retired_on > first),
    ]


def _of_use(asked: Asked) -> bool:
    return any(source.startswith("period.") for source in asked.wanted)


def _value(asked: Asked) -> list[ColumnElement[bool]]:
    least = asked.only.value_at_least
    c = _INSTRUMENT.c
    return [] if least is None else [c.original_currency == CNY, c.original_value >= least]


def _classes(asked: Asked) -> list[ColumnElement[bool]]:
    c = _INSTRUMENT.c
    begins = [c.university_asset_class.startswith(each) for each in asked.only.asset_classes]
    return [or_(*begins)] if begins else []
