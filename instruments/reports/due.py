"""What an institution or a lab has to file by when, and how far it is: the calendar of what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select

from instruments.availability.institution_days import today_of
from instruments.availability.workdays import Workdays, workdays_of
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import Refusal
from instruments.people.models import Institution
from instruments.reports.deadlines import due_after_each, due_on
from instruments.reports.disjoint import in_drafts
from instruments.reports.first_use import first_use
from instruments.reports.form import ACADEMIC, INSTITUTION, LAB, OCCASION, QUARTER, TWO_YEARS, YEAR, Form
from instruments.reports.forms import codes, form_at
from instruments.reports.models import FILED, Report
from instruments.reports.on_record import on_record
from instruments.reports.spans import back_from
from instruments.usage.models import InstrumentUse
from instruments.utilization.periods import Period

_INSTRUMENT: Any = Instrument.__table__
_USE: Any = InstrumentUse.__table__
# How many periods before the running one are told of.
BACK = {QUARTER: 4, YEAR: 2, ACADEMIC: 2, TWO_YEARS: 1}
# So long after acceptance an instrument that is not on record is a new one, of which people are told by themselves.
RECENT = timedelta(days=365)
CNY = "CNY"
OVERDUE, NOW, SOON, FREE, LATER, DONE = "overdue", "now", "soon", "free", "later", "filed"
# Nobody can say: the day is missing from which it would be counted.
UNKNOWN = "unknown"
_ORDER = (OVERDUE, NOW, SOON, FREE, LATER, DONE)
SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is to be filed; report: the newest version that there is, filed or a draft.

    standing: filed, overdue, to be filed now (its period is over), soon (within 30 days of being due, but running), free
    (whenever somebody needs it), later; assumed: the rule names no day.
    """

    form: Form
    period: Period
    due: date | None
    standing: str
    report: Report | None = None

    @property
    def assumed(self) -> bool:
        """Whether its day is ours and not the rule's."""
        return self.form.deadline is not None and self.form.deadline.assumed


@dataclass(frozen=True, slots=True)
class Accepted:
    """An instrument that is not on the national record yet: when it was accepted, and until when it is to be filed.

    recent: within a year; draft_id: the draft that holds it; provisional: due goes by weekends alone in
    a year whose days off are not known.
    """

    id: int
    lab_id: int
    name_en: str
    name_zh: str
    accepted: date | None
    due: date | None
    standing: str
    recent: bool
    provisional: bool
    draft_id: int | None = None

    @property
    def late_since(self) -> date | None:
        """The first day on which it was late; None where it is not, or nobody can say."""
        return self.due + timedelta(days=1) if self.due and self.standing == OVERDUE else None


def calendar_of(home: Institution, now: datetime, lab_id: int | None = None) -> list[Due]:
    """Every form and period, what is to be done first; lab_id: the forms of this lab. A few statements."""
    today = today_of(home, now)
    reports = _newest(home.id, lab_id)
    since, workday = first_use(home), workdays_of(home).is_workday
    found = []
    for code in codes():
        for form, period in _periods(code, today, LAB if lab_id is not None else INSTITUTION):
            report = reports.get((code, period.code))
            if report is None and (since is None or period.end <= since):
                continue
            due = due_on(form.deadline, period, workday) if form.deadline else None
            found.append(_due(form, period, due, report, today))
    return sorted(found, key=lambda each: (_ORDER.index(each.standing), each.due or today))


def _due(form: Form, period: Period, due: date | None, report: Report | None, today: date) -> Due:
    """Late is only what a rule names the day of."""
    named = None if form.deadline is None or form.deadline.assumed else due
    standing = _standing(report, period.end, named, today)
    return Due(form, period, due, FREE if form.deadline is None and standing == NOW else standing, report)


def _periods(code: str, today: date, scope: str) -> Iterator[tuple[Form, Period]]:
    try:
        kind = form_at(code, today).period
    except Refusal:
        return
    for period in back_from(kind, today, BACK[kind]) if kind != OCCASION else ():
        try:
            form = form_at(code, period.first)
        except Refusal:
            return
        if form.scope == scope:
            yield form, period


def _newest(institution_id: int, lab_id: int | None) -> dict[tuple[str, str], Report]:
    lab = Report.lab_id.is_(None) if lab_id is None else Report.lab_id == lab_id
    asked = select(Report).where(Report.institution_id == institution_id, lab).order_by(Report.number)
    return {(row.form, row.period): row for row in db.session.scalars(asked)}


def _standing(report: Report | None, free_from: date, due: date | None, today: date) -> str:
    """free_from: the first day on which it can be filed."""
    if report is not None and (report.state == FILED or report.number > 1):
        return DONE
    if due is not None and due < today:
        return OVERDUE
    if free_from <= today:
        return NOW
    return SOON if due is not None and due <= today + timedelta(days=SOON_DAYS) else LATER


def not_on_record(home: Institution, now: datetime) -> list[Accepted]:
    """The instruments that the national record asks for and that are not on it. Seven statements.

    New ones first, those due first before; then the others, those that are late for the longest before; last those of
    which nobody knows when they were accepted.
    """
    today = today_of(home, now)
    form = form_at("instrument_record", today)
    known, workdays = on_record(home.id), workdays_of(home)
    rows = [row for row in db.session.execute(_asked_for(home, form, today)) if row.id not in known]
    days = {row.commissioned_on for row in rows} - {None}
    dues = due_after_each(form.deadline, days, workdays.is_workday) if form.deadline else {}
    drafts = in_drafts(form.code, home.id)
    found = [
        replace(_accepted(row, dues.get(row.commissioned_on), today, workdays), draft_id=drafts.get(row.id))
        for row in rows
    ]
    return sorted(
        found, key=lambda each: (not each.recent, each.accepted is None, each.due or today, each.id)
    )


def _asked_for(home: Institution, form: Form, today: date) -> Select[Any]:
    """The instruments in service that the form asks for."""
    c = _INSTRUMENT.c
    return select(c.id, c.lab_id, c.name_en, c.name_zh, c.commissioned_on).where(
        c.institution_id == home.id, c.original_currency == CNY,
        c.original_value >= form.sheets[0].only.value_at_least,
        c.retired_on.is_(None) | (c.retired_on > today), c.commissioned_on.is_(None) | (c.commissioned_on <= today),
    )  # fmt: skip


def _accepted(row: Any, due: date | None, today: date, workdays: Workdays) -> Accepted:
    accepted = row.commissioned_on
    known = accepted is not None
    return Accepted(
        row.id, row.lab_id, row.name_en, row.name_zh, accepted, due,
        standing=_standing(None, accepted, due, today) if known else UNKNOWN,
        recent=known and today - accepted <= RECENT,
        provisional=due is not None and not workdays.is_certain(accepted, due),
    )  # fmt: skip


def counts_of(missing: Sequence[Accepted]) -> list[tuple[str, int]]:
    """How many of them stand how: those that are late first, those of which nobody can say last."""
    counted = Counter(each.standing for each in missing)
    return [(standing, counted[standing]) for standing in (*_ORDER, UNKNOWN) if counted[standing]]


def waiting(dues: Sequence[Due]) -> list[Due]:
    """What is to be done about: overdue, or over and not filed."""
    return [each for each in dues if each.standing in (OVERDUE, NOW)]
