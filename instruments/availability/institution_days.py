"""Read the calendar of an institution: what its days are, and what is not known yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import extract, select
from sqlalchemy.orm import joinedload

from instruments.availability.announced import is_announced, region_at
from instruments.availability.day_models import CalendarDay, KnownYear, MakeUpHours, NationalCalendar
from instruments.availability.days import (
    ANNOUNCED,
    HAND,
    REPLACED,
    Day,
    DayPlan,
    Pick,
    Sourced,
    counting,
    picked,
    plan_of,
)
from instruments.database import db
from instruments.people.models import Institution, Lab


def today_of(institution: Institution, now: datetime) -> date:
    """The date on the institution's wall."""
    return now.astimezone(ZoneInfo(institution.zone)).date()


def rows_between(institution_id: int, first: date, last: date) -> Sequence[CalendarDay]:
    """The rows that count from one date to another, both included, in order: by hand before announced."""
    rows = db.session.scalars(
        select(CalendarDay)
        .where(
            CalendarDay.institution_id == institution_id, CalendarDay.day >= first, CalendarDay.day <= last
        )
        .options(joinedload(CalendarDay.set_by))
    )
    found: dict[date, CalendarDay] = {}
    for row in rows:
        if row.source == HAND or row.day not in found:
            found[row.day] = row
    return [found[day] for day in sorted(found)]


@dataclass(frozen=True)
class Run:
    """Days in a row that are the same and known from the same; `row` is the first of them."""

    row: CalendarDay
    last: date

    def goes_on_with(self, row: CalendarDay, today: date) -> bool:
        """Whether this row is one more day of it; what is over stands apart from what can be taken back."""
        same = (row.kind, row.name_en, row.name_zh, row.source, row.set_by_id, row.day < today)
        mine = self.row
        own = (mine.kind, mine.name_en, mine.name_zh, mine.source, mine.set_by_id, self.last < today)
        return same == own and row.replaces == mine.replaces and row.day == self.last + timedelta(days=1)


def runs_of(rows: Iterable[CalendarDay], today: date) -> list[Run]:
    """Rows in order, as few as say the same."""
    found: list[Run] = []
    for row in rows:
        if found and found[-1].goes_on_with(row, today):
            found[-1] = Run(found[-1].row, row.day)
        else:
            found.append(Run(row, row.day))
    return found


def announced_kinds(institution_id: int, days: Sequence[date]) -> dict[date, str]:
    """What was announced for these days, where anything was."""
    if not days:
        return {}
    one = CalendarDay
    rows = db.session.execute(
        select(one.day, one.kind).where(
            one.institution_id == institution_id, one.source == ANNOUNCED, one.day.in_(days)
        )
    )
    return dict(rows.all())


def days_by_institution() -> dict[int, dict[date, Sourced]]:
    """What counts on each day of each institution that says anything of it, in one statement."""
    one = CalendarDay
    rows = db.session.execute(
        select(one.institution_id, one.day, one.kind, one.name_en, one.name_zh, one.replaces, one.source)
    )
    found: dict[int, list[Sourced]] = {}
    for row in rows:
        found.setdefault(row[0], []).append((Day(*row[1:6]), row[6]))
    return {institution_id: counting(days) for institution_id, days in found.items()}


def picks_by_lab() -> dict[int, tuple[Pick, ...]]:
    """With whose hours each lab opens on make-up workdays, where it has chosen; in one statement."""
    rows = db.session.execute(
        select(MakeUpHours.lab_id, MakeUpHours.since, MakeUpHours.takes).order_by(MakeUpHours.id)
    )
    found: dict[int, tuple[Pick, ...]] = {}
    for lab_id, since, takes in rows:
        found[lab_id] = (*found.get(lab_id, ()), Pick(since, takes))
    return found


def plans() -> Callable[[int, int], DayPlan]:
    """What the days of an institution mean for one of its labs; worked out once for all labs that chose the same."""
    days, picks = days_by_institution(), picks_by_lab()
    nothing = DayPlan()
    shared: dict[object, DayPlan] = {}

    def found(institution_id: int, lab_id: int) -> DayPlan:
        if institution_id not in days:
            return nothing
        key = (institution_id, picks.get(lab_id, ()))
        if key not in shared:
            plan = plan_of(days[institution_id], picks.get(lab_id, ()))
            # Institutions whose days are the same share one, so that their patterns are opened once.
            shared[key] = shared.setdefault(plan, plan)
        return shared[key]

    return found


def pick_of(lab: Lab, day: date) -> str:
    """With whose hours this lab opens on a make-up workday of this date."""
    rows = db.session.execute(
        select(MakeUpHours.since, MakeUpHours.takes).where(MakeUpHours.lab_id == lab.id)
    )
    return picked([Pick(*row) for row in rows], day) or REPLACED


def region_of(institution: Institution) -> str:
    """The country whose calendar the institution follows; "" for none. Undecided: by its zone, but no company."""
    chosen = db.session.scalar(
        select(NationalCalendar.region).where(NationalCalendar.institution_id == institution.id)
    )
    return region_unless_chosen(institution.kind, institution.zone) if chosen is None else chosen


def region_unless_chosen(kind: str, zone: str) -> str:
    """What an institution follows from its beginning; companies, which book but seldom lend, nothing."""
    return "" if kind == "company" else region_at(zone)


def known_years(institution_id: int) -> dict[int, KnownYear]:
    """The years whose days stand."""
    rows = db.session.scalars(select(KnownYear).where(KnownYear.institution_id == institution_id))
    return {row.year: row for row in rows}


def is_provisional(region: str, year: int, known: dict[int, KnownYear], today: date) -> bool:
    """Whether days of a year may still come: its country has not announced it, and nobody confirmed it by hand."""
    return bool(region) and year >= today.year and year not in known and not is_announced(region, year)


def years_of(institution_id: int) -> list[int]:
    """The years of which anything is said, ascending."""
    year = extract("year", CalendarDay.day)
    rows = db.session.scalars(select(year).where(CalendarDay.institution_id == institution_id).distinct())
    return sorted(int(row) for row in rows)
