"""The public holidays of an institution: read many from pasted lines, add them, take them away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, extract, insert, select

from instruments.availability.models import Holiday
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.models import Institution

MOST_LINES = 400
LONGEST_NAME = 120
LONGEST_RUN = 31
EARLIEST_YEAR, LATEST_YEAR = 2000, 2100
_DATE = r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?"
_LINE = re.compile(rf"({_DATE})(?:\s*(?:to|[–—~～至到]|-(?=\s*\d{{4}}))\s*({_DATE}))?[\s,，;；|\t]+(\S.*)")
_HAN = "[\u3400-\u9fff]"
# Names stand apart by a sign, or by the space between a Chinese one and another.
_PARTED = re.compile(rf"\s*[,，;；|/\t]\s*|\s+(?={_HAN})|(?<={_HAN})\s+(?=[^\W\d])")


@dataclass(frozen=True)
class DayOff:
    """A day and what it is called; where one of the names is not given, it is the other."""

    day: date
    name_en: str
    name_zh: str


def read_lines(text: str, name: str = "lines") -> list[DayOff]:
    """Read holidays, one a line: "2027-10-01 National Day, 国庆节", or a run "2027-10-01 – 2027-10-07 …".

    Raises Refusal with a reason for every line that cannot be read, each under the input called `name`.
    """
    found: dict[date, DayOff] = {}
    reasons: list[Reason] = []
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines:
        reasons.append(Reason("holidays_empty", name, N_("No holiday is written.")))
    if len(lines) > MOST_LINES:
        sentence = N_("These are %(count)s lines; at most %(most)s are taken at a time.")
        raise Refusal([Reason("holidays_many", name, sentence, {"count": len(lines), "most": MOST_LINES})])
    for number, line in lines:
        try:
            for each in _days_off(line):
                if each.day in found:
                    raise _Unread(
                        "holiday_twice", N_("Line %(line)s: %(day)s is written twice."), day=each.day
                    )
                found[each.day] = each
        except _Unread as unread:
            reasons.append(Reason(unread.code, name, unread.message, {"line": number, **unread.values}))
    if reasons:
        raise Refusal(reasons)
    return sorted(found.values(), key=lambda each: each.day)


def holidays_of(institution_id: int, year: int) -> Sequence[Holiday]:
    """The holidays of a year, in order."""
    return db.session.scalars(
        select(Holiday)
        .where(
            Holiday.institution_id == institution_id,
            Holiday.day >= date(year, 1, 1),
            Holiday.day <= date(year, 12, 31),
        )
        .order_by(Holiday.day)
    ).all()


def years_of(institution_id: int) -> list[int]:
    """The years in which the institution has holidays, ascending."""
    year = extract("year", Holiday.day)
    rows = db.session.scalars(select(year).where(Holiday.institution_id == institution_id).distinct())
    return sorted(int(row) for row in rows)


def add_holidays(
    institution: Institution, days: Sequence[DayOff], *, today: date, actor_id: int | None, now: datetime
) -> None:
    """Add these days. Raises Refusal with a reason for each that is over, or a holiday already."""
    raise_catalog()
    wanted = [each.day for each in days]
    there = dict(
        db.session.execute(
            select(Holiday.day, Holiday.name_en).where(
                Holiday.institution_id == institution.id, Holiday.day.in_(wanted)
            )
        ).all()
    )
    over = N_("%(day)s is over: holidays can only be added for days to come.")
    known = N_("%(day)s is a holiday already (%(name)s).")
    reasons = [Reason("holiday_over", "lines", over, {"day": day}) for day in wanted if day < today]
    reasons += [
        Reason("holiday_there", "lines", known, {"day": day, "name": there[day]})
        for day in wanted
        if day in there
    ]
    if reasons:
        raise Refusal(reasons)
    rows = [
        {"institution_id": institution.id, "day": each.day, "name_en": each.name_en, "name_zh": each.name_zh}
        for each in days
    ]
    db.session.execute(insert(Holiday), rows)
    _note(institution, "holiday.added", days, actor_id, now)


def remove_holiday(
    institution: Institution, day: date, *, today: date, actor_id: int | None, now: datetime
) -> None:
    """Open the day again. One that is removed already stays so; one that is over is refused."""
    if day < today:
        sentence = N_("%(day)s is over: what was closed then stays on record.")
        raise Refusal([Reason("holiday_over", None, sentence, {"day": day})])
    raise_catalog()
    holiday = db.session.scalars(
        select(Holiday).where(Holiday.institution_id == institution.id, Holiday.day == day)
    ).first()
    if holiday is None:
        return
    gone = [DayOff(holiday.day, holiday.name_en, holiday.name_zh)]
    db.session.execute(delete(Holiday).where(Holiday.id == holiday.id))
    _note(institution, "holiday.removed", gone, actor_id, now)


class _Unread(Exception):
    """What a line says wrong."""

    def __init__(self, code: str, message: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.message, self.values = code, message, values


def _days_off(line: str) -> list[DayOff]:
    matched = _LINE.fullmatch(line)
    if matched is None:
        raise _Unread(
            "holiday_line",
            N_("Line %(line)s, “%(text)s”: write a date and a name, like 2027-10-01 National Day, 国庆节."),
            text=line[:80],
        )
    first = _date(matched[1])
    last = _date(matched[2]) if matched[2] else first
    if not timedelta(0) <= last - first < timedelta(days=LONGEST_RUN):
        raise _Unread(
            "holiday_run",
            N_("Line %(line)s: the days must run forward, for a month at most."),
            text=line[:80],
        )
    names = [part[:LONGEST_NAME] for part in _PARTED.split(matched[3].strip()) if part]
    if not names:
        raise _Unread("holiday_name", N_("Line %(line)s: the holiday has no name."))
    english = next((name for name in names if not re.search(_HAN, name)), names[0])
    chinese = next((name for name in names if re.search(_HAN, name)), names[-1])
    span = range((last - first).days + 1)
    return [DayOff(first + timedelta(days=number), english, chinese) for number in span]


def _date(text: str) -> date:
    year, month, day = (int(part) for part in re.findall(r"\d+", text))
    try:
        found = date(year, month, day)
    except ValueError:
        raise _Unread("holiday_date", N_("Line %(line)s: there is no day %(text)s."), text=text) from None
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise _Unread("holiday_date", N_("Line %(line)s: there is no day %(text)s."), text=text)
    return found


def _note(
    institution: Institution, deed: str, days: Sequence[DayOff], actor_id: int | None, now: datetime
) -> None:
    record(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("institution", institution.id),
        institution_id=institution.id,
        detail={"days": [[each.day.isoformat(), each.name_en, each.name_zh] for each in days]},
    )
