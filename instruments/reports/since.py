"""What happened to a draft and to what it tells of since it was worked out: as far as the journal says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, or_, select

from instruments.charges.models import Charge
from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.reports.models import DRAFT, Report, ReportRow
from instruments.reports.seeing import Sight

_ROW: Any = ReportRow.__table__
_ENTRY: Any = JournalEntry.__table__
_CHARGE: Any = Charge.__table__
BY_HAND = ("report.entered", "report.let_stand")
# Deeds by which what stands in a row can change; what else is noted of the same things changes nothing there.
DEEDS = ("instrument.", "output.", "use.", "charge.", "institution.")
# Of what was changed so much is looked at, the newest.
MOST = 2000


@dataclass(frozen=True, slots=True)
class Since:
    """entered_at: when something was entered by hand last, after everything was worked out; rows: (sheet, key) of those whose
    instrument, use, charge or institution was changed since. What else rows rest on, such as a phone, is not looked at."""

    entered_at: datetime | None = None
    rows: frozenset[tuple[str, str]] = frozenset()


def since(sight: Sight) -> Since:
    """What happened since a draft was worked out, of the rows that are seen. At most four statements."""
    report = sight.report
    if report.state != DRAFT or report.counted_at is None:
        return Since()
    entered_at, known = _own(report)
    changed = _changed(report, known)
    return Since(entered_at, _rows(sight, changed) if changed else frozenset())


def _own(report: Report) -> tuple[datetime | None, int]:
    """When something was entered by hand since, and the newest entry that was there when it was worked out."""
    of_hand = (_ENTRY.c.at > report.counted_at) & _ENTRY.c.deed.in_(BY_HAND)
    before = (_ENTRY.c.at <= report.counted_at) & _ENTRY.c.deed.startswith("report.")
    asked = select(func.max(case((of_hand, _ENTRY.c.at))), func.max(case((before, _ENTRY.c.id)))).where(
        _ENTRY.c.thing_kind == "report", _ENTRY.c.thing_id == report.id
    )
    entered_at, known = db.session.execute(asked).one()
    return entered_at, int(known or 0)


def _changed(report: Report, known: int) -> set[tuple[str, int]]:
    """(kind, number) of things of its institution that were changed since, charges as the uses that they are for."""
    asked = (
        select(_ENTRY.c.thing_kind, _ENTRY.c.thing_id)
        .where(
            _ENTRY.c.institution_id == report.institution_id, _ENTRY.c.id > known, _ENTRY.c.at > report.counted_at,
            or_(*(_ENTRY.c.deed.startswith(deed) for deed in DEEDS)),
        )
        .order_by(_ENTRY.c.id.desc())
        .limit(MOST)
    )  # fmt: skip
    found = {(row.thing_kind, row.thing_id) for row in db.session.execute(asked)}
    charges = [number for kind, number in found if kind == "charge"]
    if charges:
        uses = select(_CHARGE.c.use_id).where(_CHARGE.c.id.in_(charges))
        found |= {("use", number) for number in db.session.scalars(uses) if number is not None}
    return found


def _rows(sight: Sight, changed: set[tuple[str, int]]) -> frozenset[tuple[str, str]]:
    asked = select(_ROW.c.sheet, _ROW.c.key, _ROW.c.instrument_id).where(sight.rows)
    return frozenset(
        (row.sheet, row.key)
        for row in db.session.execute(asked)
        if ("instrument", row.instrument_id) in changed or _of_key(row.key) in changed
    )


def _of_key(key: str) -> tuple[str, int]:
    """The thing that a row is named by: "use:12:0" is of use 12; of no thing that is changed where it is named otherwise."""
    kind, number, *_ = [*key.split(":"), ""]
    return (kind, int(number)) if number.isdecimal() else ("", 0)
