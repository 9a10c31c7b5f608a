"""Follow a country's calendar: take its announced days over for days to come, and confirm what it never announced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import delete, insert, select, update

from instruments.availability.announced import REGIONS, announced, is_announced
from instruments.availability.correcting import row_of, told
from instruments.availability.day_models import CalendarDay, KnownYear, NationalCalendar
from instruments.availability.days import ANNOUNCED, HAND, Changes, Day, differences
from instruments.availability.institution_days import (
    is_provisional,
    known_years,
    region_of,
    region_unless_chosen,
    today_of,
)
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.models import Institution

# The year that runs and the next: nobody announces more, and nobody books further ahead.
YEARS_AHEAD = 1


def follow(institution: Institution, region: str, *, actor_id: int | None, now: datetime) -> None:
    """Follow a country's calendar from tomorrow on, or none (""): the days to come that it announced then go.

    Corrections by hand stay either way, and what is over stays as it was. Raises Refusal for an unknown country.
    """
    if region and region not in REGIONS:
        raise Refusal([Reason("choice", "region", N_("Choose one of these."))])
    raise_catalog()
    if region_of(institution) == region and _is_decided(institution.id):
        return
    db.session.merge(NationalCalendar(institution_id=institution.id, region=region))
    db.session.flush()
    if not region:
        _forget(institution.id, today_of(institution, now))
    _note(institution, "calendar.followed", {"region": region}, actor_id, now)
    take_over(institution, actor_id=actor_id, now=now)


def take_over(institution: Institution, *, actor_id: int | None, now: datetime) -> dict[int, Changes]:
    """Bring the days to come in line with what is announced, inside a deed; what changed, by year. Again: nothing.

    Nobody is moved: reservations that lie on days closed by it stay, and the page of the days lists them.
    """
    raise_catalog()
    region, today = region_of(institution), today_of(institution, now)
    known, found = known_years(institution.id), {}
    for year in range(today.year, today.year + YEARS_AHEAD + 1):
        if not is_announced(region, year):
            continue
        there = [row.as_day() for row in _announced_rows(institution.id, year)]
        changes = differences(there, announced(region, year), today)
        row = known.get(year)
        if not changes and row is not None and row.source == ANNOUNCED:
            continue
        _write(institution.id, changes, now)
        db.session.merge(
            KnownYear(
                institution_id=institution.id, year=year, source=ANNOUNCED, set_by_id=actor_id, set_at=now
            )
        )
        db.session.flush()
        found[year] = changes
        detail = {"year": str(year), **_told(changes)}
        _note(institution, "calendar.announced", detail, actor_id, now)
    return found


def confirm(institution: Institution, year: int, *, actor_id: int | None, now: datetime) -> None:
    """Say that the days of a provisional year stand as they are, inside a deed. Raises Refusal where it is not one."""
    raise_catalog()
    known = known_years(institution.id)
    if not is_provisional(region_of(institution), year, known, today_of(institution, now)):
        sentence = N_("%(year)s is not provisional: there is nothing to confirm.")
        raise Refusal([Reason("not_provisional", None, sentence, {"year": str(year)})])
    db.session.add(
        KnownYear(institution_id=institution.id, year=year, source=HAND, set_by_id=actor_id, set_at=now)
    )
    db.session.flush()
    _note(institution, "calendar.confirmed", {"year": str(year)}, actor_id, now)


def behind(now: datetime) -> list[int]:
    """The institutions that follow a calendar and lack something of what is announced. Three statements at most."""
    chosen = dict(db.session.execute(select(NationalCalendar.institution_id, NationalCalendar.region)).all())
    following = [
        (institution, region)
        for institution in db.session.scalars(select(Institution).order_by(Institution.id))
        if (region := chosen.get(institution.id, region_unless_chosen(institution.kind, institution.zone)))
    ]
    if not following:
        return []
    taken = {
        (institution_id, year)
        for institution_id, year in db.session.execute(
            select(KnownYear.institution_id, KnownYear.year).where(KnownYear.source == ANNOUNCED)
        )
    }
    there = _announced_days(min(today_of(institution, now) for institution, _ in following))
    return [
        institution.id
        for institution, region in following
        if _lacks(institution, region, taken, there.get(institution.id, ()), now)
    ]


def _lacks(
    institution: Institution, region: str, taken: set[tuple[int, int]], there: Sequence[Day], now: datetime
) -> bool:
    today = today_of(institution, now)
    for year in range(today.year, today.year + YEARS_AHEAD + 1):
        if not is_announced(region, year):
            continue
        mine = [day for day in there if day.day.year == year]
        if (institution.id, year) not in taken or differences(mine, announced(region, year), today):
            return True
    return False


def _announced_rows(institution_id: int, year: int) -> Sequence[CalendarDay]:
    return db.session.scalars(
        select(CalendarDay).where(
            CalendarDay.institution_id == institution_id,
            CalendarDay.source == ANNOUNCED,
            CalendarDay.day >= date(year, 1, 1),
            CalendarDay.day <= date(year, 12, 31),
        )
    ).all()


def _announced_days(since: date) -> Mapping[int, Sequence[Day]]:
    one = CalendarDay
    rows = db.session.execute(
        select(one.institution_id, one.day, one.kind, one.name_en, one.name_zh, one.replaces).where(
            one.source == ANNOUNCED, one.day >= since
        )
    )
    found: dict[int, list[Day]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(Day(*row[1:]))
    return found


def _write(institution_id: int, changes: Changes, now: datetime) -> None:
    """`changed` names, kinds or what is made up for keep their row."""
    own = (CalendarDay.institution_id == institution_id, CalendarDay.source == ANNOUNCED)
    if changes.removed:
        gone = [day.day for day in changes.removed]
        db.session.execute(delete(CalendarDay).where(*own, CalendarDay.day.in_(gone)))
    for day in changes.changed:
        values = {"kind": day.kind, "name_en": day.name_en, "name_zh": day.name_zh}
        statement = update(CalendarDay).where(*own, CalendarDay.day == day.day)
        db.session.execute(statement.values(**values, replaces=day.replaces, set_at=now))
    if changes.added:
        rows = [row_of(institution_id, day, ANNOUNCED, None, now) for day in changes.added]
        db.session.execute(insert(CalendarDay), rows)


def _forget(institution_id: int, today: date) -> None:
    """Let what was announced for days to come go."""
    own = (CalendarDay.institution_id == institution_id, CalendarDay.source == ANNOUNCED)
    db.session.execute(delete(CalendarDay).where(*own, CalendarDay.day > today))
    db.session.execute(
        delete(KnownYear).where(
            KnownYear.institution_id == institution_id,
            KnownYear.source == ANNOUNCED,
            KnownYear.year >= today.year,
        )
    )
    db.session.expire_all()


def _is_decided(institution_id: int) -> bool:
    return db.session.get(NationalCalendar, institution_id) is not None


def _told(changes: Changes) -> dict[str, object]:
    return {f"days_{name}": told(days) for name, days in vars(changes).items() if days}


def _note(
    institution: Institution, deed: str, detail: dict[str, object], actor_id: int | None, now: datetime
) -> None:
    record(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("institution", institution.id),
        institution_id=institution.id,
        detail=detail,
    )
