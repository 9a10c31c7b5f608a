"""Which instruments are on the national record already: filed here, or with the number that it gave them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.reports.models import FILED, Report, ReportRow

FORM, NUMBER = "instrument_record", "national_number"
_ROW: Any = ReportRow.__table__
_INSTRUMENT: Any = Instrument.__table__


def on_record(institution_id: int) -> frozenset[int]:
    """Their numbers. Two statements."""
    return filed_here(institution_id) | numbered(institution_id)


def filed_here(institution_id: int) -> frozenset[int]:
    """Those that a report which was filed here holds; what was left out of it is not on record."""
    asked = (
        select(_ROW.c.instrument_id)
        .distinct()
        .join(Report, Report.id == _ROW.c.report_id)
        .where(
            Report.form == FORM, Report.institution_id == institution_id, Report.state == FILED,
            _ROW.c.left_out.is_(False), _ROW.c.instrument_id.is_not(None),
        )
    )  # fmt: skip
    return frozenset(db.session.scalars(asked))


def numbered(institution_id: int) -> frozenset[int]:
    """Those with a national number."""
    number = _INSTRUMENT.c.national_record[NUMBER].as_string()
    asked = select(_INSTRUMENT.c.id).where(_INSTRUMENT.c.institution_id == institution_id, number != "")
    return frozenset(db.session.scalars(asked))
