"""Since when an institution's uses are known here: before that there is nothing to tell of, and nothing to compare with."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Institution
from instruments.usage.kinds import VOID
from instruments.usage.models import InstrumentUse

_INSTRUMENT: Any = Instrument.__table__
_USE: Any = InstrumentUse.__table__


def first_use(home: Institution) -> date | None:
    """The day on its wall on which the first use began that is known here; None where there is none."""
    asked = (
        select(func.min(_USE.c.started_at))
        .join(_INSTRUMENT, _INSTRUMENT.c.id == _USE.c.instrument_id)
        .where(_INSTRUMENT.c.institution_id == home.id, _USE.c.state != VOID)
    )
    first = db.session.scalar(asked)
    return first and first.astimezone(ZoneInfo(home.zone)).date()
