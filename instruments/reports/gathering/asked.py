"""What rows are asked for, and what a row is before it is written: its values by source. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from instruments.errors import N_
from instruments.reports.checking import Lack
from instruments.reports.form import Only, Sheet
from instruments.utilization.periods import Period

# The form has no room for where an instrument stands.
OUTSIDE = "outside_china"
OTHER_CURRENCY = N_("This is in %(currency)s, and the form wants yuan.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which institution or lab, in which period, which instruments; sheet: for which table of a form.

    outside: not these instruments, since they are on record already; instruments: these alone, None for all; base_url: under
    which address this platform is reached.
    """

    institution_id: int
    lab_id: int | None
    period: Period
    sheet: Sheet
    now: datetime
    base_url: str
    outside: frozenset[int] = frozenset()
    instruments: frozenset[int] | None = None

    @property
    def only(self) -> Only:
        """What the sheet is limited to."""
        return self.sheet.only

    @property
    def wanted(self) -> frozenset[str]:
        """The sources that its columns and rules name."""
        totals = {rule.total for rule in self.sheet.rules if rule.total}
        return frozenset({column.source for column in self.sheet.columns if column.source} | totals)

    @property
    def until(self) -> date:
        """The last day that can be over: of the period, or today."""
        return min(self.period.last, self.now.date())


@dataclass(frozen=True, slots=True)
class Found:
    """A row: by what it is known again, whose it is, its values by source, and what already stands in its way."""

    key: str
    values: Mapping[str, Any]
    lab_id: int | None = None
    instrument_id: int | None = None
    lacks: tuple[Lack, ...] = field(default=())


def in_yuan(columns: str, currency: str) -> Lack:
    """An amount is in another currency; nothing is converted."""
    return Lack("other_currency", columns, OTHER_CURRENCY, {"currency": currency})
