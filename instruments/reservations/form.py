"""The day and times of the booking form: from a span to its fields, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from instruments.availability.calendar import Calendar
from instruments.availability.closures import SKIPPED
from instruments.availability.opening import midnight
from instruments.errors import N_, Reason, Refusal
from instruments.timespan import Pair, Timespan

CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}")
# Which of the two is meant by a time that comes twice: the values of the fields "from_turn" and "until_turn".
TURNS = ("1", "2")
TWICE = N_("The clocks go back over this time, so that it comes twice that day.")
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)


def prefilled(span: Timespan, zone: str) -> dict[str, str]:
    """{"day", "from", "until"} on the wall of the zone, and "until_day" where it ends on another."""
    start, end = span.start.astimezone(ZoneInfo(zone)), span.end.astimezone(ZoneInfo(zone))
    fields = {"day": start.date().isoformat(), "from": f"{start:%H:%M}", "until": f"{end:%H:%M}"}
    if end.date() > start.date():
        fields["until_day"] = end.date().isoformat()
    return fields


def can_say(span: Timespan, zone: str) -> bool:
    """Whether the fields can say a span: of a time that comes twice they mean the first."""
    return all(not end.astimezone(ZoneInfo(zone)).fold for end in (span.start, span.end))


def typed_span(
    given: Mapping[str, str], calendar: Calendar, standing: Timespan | None = None
) -> tuple[datetime, datetime]:
    """The aware ends that the fields mean; raises Refusal with a reason for each field that cannot be read.

    Of a time that comes twice the first is meant, unless it is that of `standing`, which is being changed.
    Without a last day, an end at or before the start is on the next day if the instrument is open over
    that midnight; else it stays on the day, where it is refused as what it probably is, a slip.
    """
    reasons: list[Reason] = []
    start, end = _walls(given, calendar, reasons)
    ends = (
        _moment("from", start, calendar.zone, reasons, standing and standing.start),
        _moment("until", end, calendar.zone, reasons, standing and standing.end),
    )
    if reasons:
        raise Refusal(reasons)
    return ends


def typed_exactly(given: Mapping[str, str], calendar: Calendar) -> tuple[datetime, datetime]:
    """The same of what is a fact: of a time that comes twice "from_turn" and "until_turn" say which; raises as well."""
    ends, reasons = list(typed_span(given, calendar)), []
    for place, (name, both) in enumerate(said_twice(given, calendar).items()):
        turn = given.get(f"{name}_turn", "")
        if both and turn in TURNS:
            ends[place] = both[TURNS.index(turn)]
        elif both:
            reasons.append(
                Reason("twice", f"{name}_turn", TWICE, {}, N_("Choose which of the two is meant."))
            )
    if reasons:
        raise Refusal(reasons)
    return ends[0], ends[1]


def said_twice(given: Mapping[str, str], calendar: Calendar) -> dict[str, tuple[datetime, datetime] | None]:
    """The two moments that "from" and "until" may mean, of each; None where it comes once. Raises Refusal."""
    walls = _walls(given, calendar, [])
    return {name: _both(wall, calendar.zone) for name, wall in zip(("from", "until"), walls, strict=True)}


def _walls(given: Mapping[str, str], calendar: Calendar, reasons: list[Reason]) -> tuple[datetime, datetime]:
    """What the wall shows at both ends; raises Refusal."""
    day = _date(given, "day", reasons)
    start, end = _time(given, "from", reasons), _time(given, "until", reasons)
    until_day = _date(given, "until_day", reasons) if given.get("until_day", "").strip() else None
    if reasons or day is None or start is None or end is None:
        raise Refusal(reasons)
    if until_day is None:
        over = end <= start and _open_over_midnight(calendar, day, end)
        until_day = day + timedelta(days=1) if over else day
    return datetime.combine(day, start), datetime.combine(until_day, end)


def _both(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Both moments at which the wall shows a time; None where it does so once, or never."""
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return (first, second) if first.timestamp() < second.timestamp() else None


def typed_part(given: Mapping[str, str], calendar: Calendar) -> Pair | None:
    """The span that the fields mean, as far as they can be read: of a day alone its first moment; None without a day."""
    try:
        start, end = typed_span(given, calendar)
    except Refusal:
        day = _date(given, "day", [])
        if day is None:
            return None
        first = midnight(day, calendar.zone)
        return first, first + 1
    first = int(start.timestamp())
    return first, max(int(end.timestamp()), first + 1)


def _moment(
    name: str, wall: datetime, zone: ZoneInfo, reasons: list[Reason], standing: datetime | None
) -> datetime:
    """The moment at which the wall shows a time; a reason where it never does."""
    if standing is not None and standing.astimezone(zone).replace(tzinfo=None) == wall:
        return standing.astimezone(zone)
    moment = wall.replace(tzinfo=zone)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        reasons.append(Reason("skipped", name, SKIPPED, {}, N_("Choose another time.")))
    return moment


def _open_over_midnight(calendar: Calendar, day: date, end: time) -> bool:
    """Whether the instrument is open at the midnight after a day, and beyond it if the end is."""
    turn = midnight(day + timedelta(days=1), calendar.zone)
    around = calendar.opened(turn - 60, turn + 60)
    return any(opens < turn <= closes and (closes > turn or end == time(0)) for opens, closes in around)


def _date(given: Mapping[str, str], name: str, reasons: list[Reason]) -> date | None:
    try:
        day = date.fromisoformat(given.get(name, "").strip())
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day < LATEST:
        reasons.append(Reason("date", name, N_("Choose a day."), {}, N_("Write it like 2026-11-25.")))
        return None
    return day


def _time(given: Mapping[str, str], name: str, reasons: list[Reason]) -> time | None:
    text = given.get(name, "").strip()
    try:
        if CLOCK.fullmatch(text):
            return time(0) if text == "24:00" else time.fromisoformat(text)
    except ValueError:
        pass
    reasons.append(Reason("time", name, N_("Choose a time."), {}, N_("Write it like 14:30.")))
    return None
