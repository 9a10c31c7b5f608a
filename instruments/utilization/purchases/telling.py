"""Which figures of instruments elsewhere a purchase review tells, beside what dashboards tell of their classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, case, func, or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.usage.kinds import CONFIRMED, RUN
from instruments.usage.models import InstrumentUse, RunCustomer, UseSpan
from instruments.utilization.begun import begun
from instruments.utilization.behind import HOURS, INSIDE, OUTSIDE
from instruments.utilization.kept_months import months_kept
from instruments.utilization.models import MonthPerson
from instruments.utilization.months_elsewhere import months_behind, states_of_months, without
from instruments.utilization.periods import Period
from instruments.utilization.recounting import month_of
from instruments.utilization.sums import Selection, expected_rows, totals
from instruments.utilization.withholding import FEWEST, NOTHING, Known, told_beside

_PERSON: Any = MonthPerson.__table__
_INSTRUMENT: Any = Instrument.__table__
# What is told of an instrument elsewhere, and who must be five or none for it. External hours are told of classes, and by
# institutions of themselves; of instruments they would be what is left of either. Five may stand behind the hours and one behind
# those of one grade, so that of the evidence only the grade of most of them is told (grades_told).
TOLD: Mapping[str, tuple[int, ...]] = {
    "effective": (HOURS,), "evidence": (), "evidence_most": (HOURS,), "free": (HOURS, INSIDE, OUTSIDE), "external": (),
}  # fmt: skip
OF_INSTRUMENTS_ELSEWHERE = ("effective", "evidence_most", "free")
A_DAY = timedelta(days=1)
ByGroup: TypeAlias = Mapping[int, set[int]]


def is_counted(institution_id: int, months: tuple[int, int], now: datetime) -> bool:
    """Whether all instruments elsewhere are up to date in all these months in which anybody can have used them: of others
    nobody knows who stands behind what."""
    kept = months_kept(now)
    wanted = [month for month in kept if months[0] <= month <= months[1]]
    if not kept or not wanted:
        return True
    others = Selection(not_institution_id=institution_id)
    return totals(others, (wanted[0], wanted[-1]), now).fresh >= expected_rows(others, wanted)


def is_kept(months: tuple[int, int], now: datetime) -> bool:
    """Whether who stands behind what is kept of these months; of what is long ago it is not."""
    kept, first = months_kept(now), begun()
    return first is None or bool(kept) and max(months[0], month_of(first)) >= kept[0]


def is_early(months: tuple[int, int], now: datetime) -> bool:
    """Whether nothing is kept of who used what in these months: they are long ago, or over before records begin."""
    first = begun()
    return first is None or months[1] < month_of(first) or not is_kept(months, now)


def tellable(
    institution_id: int, instrument_ids: Collection[int], months: tuple[int, int], known: Known = NOTHING
) -> dict[int, frozenset[str]]:
    """By instrument, which of its figures somebody of an institution may be told: of its own all, of others those behind which
    five persons or none stand, and behind the rest of their class in each month; to whoever knows some by other roles only
    where the same holds without these. Two statements, and one more for what is known."""
    c = _INSTRUMENT.c
    rows = db.session.execute(
        select(c.id, c.institution_id, c.lab_id, c.class_code).where(c.id.in_(instrument_ids))
    ).all()
    classes = {row.class_code for row in rows if row.institution_id != institution_id}
    told = {
        knows: _told_of(institution_id, classes, months, knows) for knows in dict.fromkeys((NOTHING, known))
    }
    found: dict[int, frozenset[str]] = {}
    for row in rows:
        if row.institution_id == institution_id:
            found[row.id] = frozenset(TOLD)
            continue
        asked = [by_group for knows, by_group in told.items() if not knows.holds(row)]
        found[row.id] = frozenset(
            name
            for name in OF_INSTRUMENTS_ELSEWHERE
            if all(row.id in by_group[group] for by_group in asked for group in TOLD[name])
        )
    return found


def grades_told(instrument_ids: Collection[int], period: Period) -> dict[int, set[str]]:
    """By instrument, the grades of evidence behind which five persons stand in a period: those whose uses began in it, a day
    after its beginning and before its end, wherever the wall is. One statement."""
    use, span, customer = InstrumentUse, UseSpan, RunCustomer
    person = case((use.kind == RUN, customer.person_id), else_=use.user_id)
    rows = db.session.execute(
        select(use.instrument_id, span.grade)
        .join(span, span.use_id == use.id)
        .outerjoin(customer, customer.use_id == use.id)
        .where(
            use.instrument_id.in_(instrument_ids), use.state == CONFIRMED,
            use.started_at >= _midnight(period.first + A_DAY), use.started_at < _midnight(period.end - A_DAY),
        )
        .group_by(use.instrument_id, span.grade)
        .having(func.count(person.distinct()) >= FEWEST)
    )  # fmt: skip
    found: defaultdict[int, set[str]] = defaultdict(set)
    for number, grade in rows:
        found[number].add(grade)
    return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _told_of(
    institution_id: int, classes: Collection[str | None], months: tuple[int, int], known: Known
) -> ByGroup:
    """By group, the instruments elsewhere of these classes that may be told; what is known has no say in it. Two
    statements, and one more the first time."""
    groups = (HOURS, INSIDE, OUTSIDE)
    if not classes:
        return {group: set() for group in groups}
    c = _INSTRUMENT.c
    behind = (_PERSON.c.instrument_id == c.id) & _PERSON.c.month.between(*months)
    is_left = [*without(institution_id, known)]
    asked = (
        select(c.id, c.class_code, _PERSON.c.month, _PERSON.c.person_id, _PERSON.c.behind)
        .outerjoin(_PERSON, behind)
        .where(*is_left, _is_one(c.class_code, classes))
    )
    used: dict[int, defaultdict[Any, dict[int, defaultdict[int, set[int]]]]] = {
        group: defaultdict(dict) for group in groups
    }
    for number, code, month, person, bits in db.session.execute(asked):
        for group in groups:
            by_month = used[group][code].setdefault(number, defaultdict(set))
            if (bits or 0) & group:
                by_month[month].add(person)
    found: dict[int, set[int]] = {}
    states = states_of_months(months)
    for group in groups:
        classes_of = months_behind(institution_id, states, known, group)
        found[group] = set()
        for code, some in used[group].items():
            told_in = {month for month, each in classes_of.items() if (code or "") in each.told}
            found[group] |= told_beside(some, told_in)
    return found


def _is_one(column: Any, codes: Collection[str | None]) -> ColumnElement[bool]:
    named = [code for code in codes if code is not None]
    return or_(column.in_(named), column.is_(None)) if None in codes else column.in_(named)
