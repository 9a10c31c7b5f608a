"""An institution as a whole: its platform, its income of the year, and its instruments from the threshold on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.people.models import Institution
from instruments.reports.gathering.asked import Asked, Found
from instruments.reports.gathering.income import income_of
from instruments.reports.gathering.which import which

_INSTRUMENT: Any = Instrument.__table__


def found_whole(asked: Asked) -> tuple[list[Found], int]:
    """One row, and how many instruments more may belong to it."""
    home, income, chosen = (
        db.session.get_one(Institution, asked.institution_id),
        income_of(asked),
        which(asked),
    )
    values = {
        "whole.name": home.name_zh or home.name_en,
        "whole.credit_code": home.credit_code or "",
        "whole.platform": asked.base_url,
        "whole.vouchers": income.vouchers,
        "whole.income": income.total,
        "whole.external_income": income.external,
        "whole.instruments": len(chosen.numbers),
        "whole.value": _value(chosen.numbers),
    }
    return [Found(f"institution:{home.id}", values)], chosen.unknown


def _value(numbers: tuple[int, ...]) -> Decimal:
    """What they cost, in exact yuan. One statement."""
    dialect = db.engine.dialect.name
    asked = select(_INSTRUMENT.c.original_value).where(among(_INSTRUMENT.c.id, dialect))
    return sum(db.session.scalars(asked, {"numbers": as_parameter(numbers, dialect)}), Decimal())
