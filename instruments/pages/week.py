"""One instrument's week as its page shows it: picture, list of free spans, and the days for phones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask_babel import gettext

from instruments.availability.calendar import Calendar, Told, closures_told
from instruments.availability.kinds import is_open
from instruments.availability.opening import midnight
from instruments.errors import N_, Refusal
from instruments.pages.closed_days import partly_closed
from instruments.pages.drawing import drawn, label, looks
from instruments.pages.whose_hours import only_to_its_own, told_apart
from instruments.people.rights import Actor
from instruments.reservations import timetable
from instruments.reservations.bookable import Bookable
from instruments.reservations.booking import books_here
from instruments.reservations.form import prefilled, typed_span
from instruments.reservations.parts_closed import PartClosed, parts_closed
from instruments.reservations.timetable import Block
from instruments.timespan import Pair, Timespan, instant, intersect
from instruments.web import formats, wording

DAYS = 7
UNTIL = {
    "booked": N_("booked until %(time)s"),
    "yours": N_("yours until %(time)s"),
    "asked": N_("asked until %(time)s"),
    "maintenance": N_("maintenance until %(time)s"),
    "training": N_("training until %(time)s"),
    "breakdown": N_("out of order until %(time)s"),
    "closed": N_("closed until %(time)s"),
    "busy": N_("busy in the lab’s calendar until %(time)s"),
    "others": N_("open to others until %(time)s"),
}
FIELDS = ("who", "day", "from", "until_day", "until", "week")
LOOK_BACK, LOOK_AHEAD = timedelta(days=366), timedelta(days=730)
EARLIEST, LATEST = date(2000, 1, 3), date(2200, 1, 1)


@dataclass(frozen=True)
class Shown:
    """What of an instrument's calendar the address asks for, and what is chosen in the form.

    first: the week's Monday; day: the day that phones show; chosen: the span in the form, if it is one; path: of the
    page that shows it.
    """

    instrument_id: int
    zone: ZoneInfo
    first: date
    day: date
    view: str
    chosen: Timespan | None
    fields: Mapping[str, str]
    path: str

    def address(self, **changes: str) -> str:
        """The same page with something else shown."""
        fields = {**self.fields, "view": self.view if self.view != "calendar" else ""} | changes
        pairs = {name: value for name, value in fields.items() if value}
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path

    def days(self) -> list[date]:
        """The seven dates."""
        return [self.first + timedelta(days=number) for number in range(DAYS)]

    def seconds(self) -> Pair:
        """The week on the instrument's wall, in UTC seconds."""
        return midnight(self.first, self.zone), midnight(self.first + timedelta(days=DAYS), self.zone)

    def moments(self) -> tuple[datetime, datetime]:
        """The first and the last moment of the week."""
        first, last = self.seconds()
        return instant(first), instant(last - 1)


def asked_for(thing: Bookable, given: Mapping[str, str], now: datetime, path: str = "") -> Shown:
    """Read ?week=2026-W48&view=list&day=2026-11-25&from=14:00&until=16:00; what does not make sense is left out.

    path: of a page other than the instrument's own.
    """
    zone = thing.calendar.zone
    today = now.astimezone(zone).date()
    day = _date(given.get("day", ""))
    week = _date(f"{given['week']}-1") if given.get("week") else None
    shown = week or (day or today)
    first = shown - timedelta(days=shown.weekday())
    within = day if day and first <= day < first + timedelta(days=DAYS) else None
    fields = {name: given[name] for name in FIELDS if given.get(name)}
    return Shown(
        thing.id, zone, first,
        within or (today if first <= today < first + timedelta(days=DAYS) else first),
        "list" if given.get("view") == "list" else "calendar",
        _span(day, given, thing.calendar),
        fields,
        path or f"/instruments/{thing.id}",
    )  # fmt: skip


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day < LATEST else None


def _span(day: date | None, given: Mapping[str, str], calendar: Calendar) -> Timespan | None:
    """The span in the form's fields, where it is one; what is wrong with it is said when it is sent."""
    if day is None:
        return None
    try:
        return Timespan(*typed_span(given, calendar))
    except (Refusal, ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class Week:
    """Everything that parts/week.html wants of one instrument."""

    head: dict[str, Any]
    spans: list[dict[str, Any]]
    free: list[dict[str, Any]]
    days: list[dict[str, Any]]
    day_rows: list[dict[str, Any]]
    partly: list[str]


def week_of(thing: Bookable, shown: Shown, city: str, actor: Actor | None, now: datetime) -> Week:
    """The week as this reader may see it."""
    first, last = shown.seconds()
    found = timetable.spans([thing.id], first, last, now, actor=actor)[thing.id]
    blocks = timetable.blocks(thing.id, first, last, actor)
    told = told_in_part(thing, first, last)
    usable = actor is None or books_here(actor, thing)
    parts = parts_closed(told, thing.capacity, found.opened)
    return Week(
        head=_head(shown, city, now),
        spans=drawn(found.opened, blocks, parts),
        free=[
            _free_row(span, whom, found.opened, blocks, parts, shown, usable)
            for span, whom in told_apart(thing, found.free, shown.seconds(), actor)
        ],
        days=_days(found, shown),
        day_rows=list(_day_rows(found, blocks, parts, shown, "" if usable else only_to_its_own(thing))),
        partly=partly_closed(thing, told),
    )


def told_in_part(thing: Bookable, first: int, last: int) -> list[Told]:
    """The closures of an instrument that can be closed in part; of another nothing is asked."""
    return closures_told(thing.id, thing.lab_id, first, last) if thing.capacity > 1 else []


def _head(shown: Shown, city: str, now: datetime) -> dict[str, Any]:
    today = now.astimezone(shown.zone).date()

    def week(day: date) -> str:
        year, number, _ = day.isocalendar()
        return shown.address(week=f"{year}-W{number:02}")

    begins, ends = shown.moments()
    return {
        "days": shown.days(),
        "begins": begins,
        "ends": ends,
        "zone": shown.zone.key,
        "city": city or None,
        "previous": week(shown.first - timedelta(days=DAYS)) if shown.first > today - LOOK_BACK else None,
        "next": week(shown.first + timedelta(days=DAYS))
        if shown.first < today + timedelta(days=730)
        else None,
        "today": None if shown.first <= today < shown.first + timedelta(days=DAYS) else week(today),
        "view": shown.view,
        "calendar": shown.address(view=""),
        "list": shown.address(view="list"),
    }


def _free_row(
    span: Pair,
    whom: str,
    opened: Sequence[Pair],
    blocks: Sequence[Block],
    parts: Sequence[PartClosed],
    shown: Shown,
    usable: bool,
) -> dict[str, Any]:
    free = Timespan.from_seconds(*span)
    chosen = shown.chosen is not None and free.contains(shown.chosen)
    return {
        "span": free,
        "then": " · ".join(filter(None, (whom, _then(span[1], opened, blocks, shown)))),
        "less": [
            _less(part, span, shown.zone) for part in parts if part.start < span[1] and span[0] < part.end
        ],
        "use": shown.address(**_use(free, shown)) + "#booking" if usable else "",
        "chosen": chosen,
    }


def _less(part: PartClosed, span: Pair, zone: ZoneInfo) -> str:
    """What is closed of the places in a free span, with its hours where it is not for all of it."""
    if part.start <= span[0] and span[1] <= part.end:
        return part.words
    within = Timespan.from_seconds(max(part.start, span[0]), min(part.end, span[1]))
    return gettext("%(when)s: %(why)s", when=formats.hours_and_day(within, zone.key), why=part.words)


def _use(free: Timespan, shown: Shown) -> dict[str, str]:
    """The form's fields for a free span: as long as what is chosen now where that fits, else an hour, else all of it."""
    length = shown.chosen.length if shown.chosen else timedelta(hours=1)
    end = min(free.start + length, free.end)
    return {"until_day": "", "week": ""} | prefilled(Timespan(free.start, end), shown.zone.key)


def _then(end: int, opened: Sequence[Pair], blocks: Sequence[Block], shown: Shown) -> str:
    """What follows a free span within the week."""
    if end >= shown.seconds()[1]:
        return ""
    following = next((block for block in blocks if block.start <= end < block.end), None)
    if following is None:
        return "" if any(start <= end < closes for start, closes in opened) else gettext("closed")
    if is_open(following.end):
        return gettext("out of order, end not known")
    until = _until(following.end, end, shown.zone)
    return gettext(UNTIL.get(following.state, UNTIL["closed"]), time=until)


def _until(end: int, since: int, zone: ZoneInfo) -> str:
    there, here = (datetime.fromtimestamp(moment, zone) for moment in (end, since))
    return f"{there:%H:%M}" if there.date() == here.date() else formats.moment(instant(end), zone.key)


def _days(found: timetable.Spans, shown: Shown) -> list[dict[str, Any]]:
    days = []
    # A time chosen on one day is not chosen on another.
    given_up = {"week": ""} if shown.chosen else {"week": "", "from": "", "until": "", "until_day": ""}
    for day in shown.days():
        within = [(midnight(day, shown.zone), midnight(day + timedelta(days=1), shown.zone))]
        opened = sum(end - start for start, end in intersect(found.opened, within))
        free = sum(end - start for start, end in intersect(found.free, within))
        days.append(
            {
                "date": day,
                "address": shown.address(**given_up, day=day.isoformat()),
                "share": free / opened if opened else 0,
                "here": day == shown.day,
            }
        )
    return days


def _day_rows(
    found: timetable.Spans, blocks: Sequence[Block], parts: Sequence[PartClosed], shown: Shown, whom: str
) -> Iterator[dict[str, Any]]:
    """The chosen day from its first opening to its last, free and not; whom: to whom it is free where not to the reader."""
    day = [(midnight(shown.day, shown.zone), midnight(shown.day + timedelta(days=1), shown.zone))]
    rows: list[tuple[Pair, str, str]] = [(span, "free", whom) for span in intersect(found.free, day)]
    for block in blocks:
        rows += [
            (span, looks(block.state), label(block)) for span in intersect([(block.start, block.end)], day)
        ]
    for part in parts:
        rows += [(span, "partly", part.words) for span in intersect([part[:2]], day)]
    for span, state, words in sorted(rows):
        row = {
            "span": Timespan.from_seconds(*span),
            "state": state,
            "label": words,
            "use": None,
            "chosen": None,
        }
        if state == "free" and not whom:
            if shown.chosen and row["span"].contains(shown.chosen):
                row["chosen"] = wording.hours(shown.chosen, shown.zone)
            else:
                row["use"] = shown.address(**_use(row["span"], shown)) + "#booking"
        yield row


def free_now(free: Sequence[Pair], now: int, zone: ZoneInfo) -> str | None:
    """ "Free now until 17:00", when it is."""
    current = next((span for span in free if span[0] <= now + 15 * 60 and now < span[1]), None)
    if current is None:
        return None
    return gettext("Free now until %(time)s", time=_until(current[1], now, zone))
