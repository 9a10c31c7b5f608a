"""The weekly pattern of opening hours as text that people write and read: "Mon-Fri 08:00-18:00"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from instruments.errors import N_, Reason, Refusal
from instruments.timespan import Pair, merge

DAY = 24 * 60
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ALWAYS = "24/7"
NOT_A_SPAN = N_("“%(text)s” is not a span of time.")
NO_SPAN_ON = N_("%(days)s: “%(text)s” is not a span of time.")
NO_TIMES = N_("“%(text)s” has no times.")
HOW_TO_WRITE = N_("Write 24-hour times like 08:00-18:00; the latest end is 24:00.")
CLOSED = "closed"

_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))?")
_WHOLE_WEEK = re.compile(r"(7\s*[/x×*]\s*24|24\s*[/x×*]\s*7)\s*(小时|h)?")
_NAMES = {
    name: number
    for number, names in enumerate(
        (
            "mon monday",
            "tue tues tuesday",
            "wed wednesday",
            "thu thur thurs thursday",
            "fri friday",
            "sat saturday",
            "sun sunday",
        )
    )
    for name in names.split()
}
# Of a day in a reason each reader reads their own half.
_IN_BOTH = tuple(f"{day} / 周{name}" for day, name in zip(DAYS, "一二三四五六日", strict=True))
_GROUPS = {
    "daily": range(7), "everyday": range(7), "every day": range(7),
    "weekdays": range(5), "weekend": range(5, 7), "weekends": range(5, 7),
}  # fmt: skip
# What a Chinese keyboard and Chinese habit write, in the order in which it is replaced.
_SAME_AS = (
    *zip("：；，、。（）　０１２３４５６７８９", ":;,,;   0123456789", strict=True),
    *((dash, "-") for dash in "–—－−～~至到"),
    ("周末", " weekend "), ("工作日", " weekdays "), ("每天", " daily "), ("每日", " daily "), ("不开放", CLOSED),
    ("全天", "00:00-24:00"), ("24小时", "00:00-24:00"), ("all day", "00:00-24:00"), ("次日", ""),
    *((week + day, f" {DAYS[number].lower()} ")
      for week in ("星期", "礼拜", "周")
      for number, days in enumerate(("一", "二", "三", "四", "五", "六", "日天")) for day in days),
    ("点", ":00"), ("\n", ";"),
)  # fmt: skip


@dataclass(frozen=True, order=True)
class WeekSpan:
    """One opening: a weekday (0 is Monday) and minutes by the wall clock from that day's midnight.

    It belongs to the day it starts; `until` may pass 24:00 (1440) into the next day, by less than a day.
    """

    weekday: int
    since: int
    until: int


@dataclass(frozen=True)
class Week:
    """A weekly pattern: sorted spans that neither overlap nor, on one day, adjoin."""

    spans: tuple[WeekSpan, ...]

    def __str__(self) -> str:
        return _written(self)

    def minutes(self) -> list[Pair]:
        """The open minutes from Monday's midnight on, merged: the same however the week was written."""
        whole = 7 * DAY
        opened = [(span.weekday * DAY + span.since, span.weekday * DAY + span.until) for span in self.spans]
        over = [(0, until - whole) for _, until in opened if until > whole]
        return merge([*((since, min(until, whole)) for since, until in opened), *over])


def parse_week(text: str, name: str = "hours") -> Week:
    """Read a pattern such as "Mon-Fri 08:00-12:00,13:00-18:00; Sat 22:00-02:00", "24/7" or "周一至周五 8:00-18:00".

    Raises Refusal with every reason, each under the input called `name`.
    """
    if _WHOLE_WEEK.fullmatch(text.strip().lower()):
        return Week(tuple(WeekSpan(day, 0, DAY) for day in range(7)))
    plain = _plain(text)
    if plain == CLOSED:
        return Week(())
    reading = _Reading(name)
    for entry in plain.split(";"):
        if entry.strip():
            reading.entry(entry.strip())
    if not reading.spans and not reading.reasons:
        reading.refuse(
            "week_empty",
            N_("No opening hours are written."),
            N_("Write them like Mon-Fri 08:00-18:00, or 24/7."),
        )
    reading.refuse_overlaps()
    if reading.reasons:
        raise Refusal(reading.reasons)
    return Week(tuple(_adjoined(reading.spans)))


def parse_rule(
    days: str, since: str, until: str, names: tuple[str, str] = ("days", "from")
) -> list[WeekSpan]:
    """Read one rule: days as "Mon-Thu, Sat" or "周一至周四", and two times; an end before the start is of the next day.

    Raises Refusal with every reason, under the input of the days or that of the times.
    """
    reading, timing = _Reading(names[0]), _Reading(names[1])
    on = reading.days(_plain(days).strip(" ,:-"), days.strip())
    span = list(timing.span(f"{_plain(since)}-{_plain(until)}"))
    if reading.reasons or timing.reasons:
        typed = since.strip() or until.strip()
        raise Refusal([*reading.reasons, *(_on_days(each, days.strip(), typed) for each in timing.reasons)])
    return [WeekSpan(day, *times) for day in on for times in span]


def _on_days(reason: Reason, days: str, times: str) -> Reason:
    """What is wrong with the times of a rule, and on which days: of the reasons of a table one could not tell which row."""
    if not days or reason.message != NOT_A_SPAN:
        return reason
    if not times:
        return replace(reason, code="week_times", message=NO_TIMES, values={"text": days})
    return replace(reason, message=NO_SPAN_ON, values={**reason.values, "days": days})


def _plain(text: str) -> str:
    plain = text.strip().lower()
    for written, meant in _SAME_AS:
        plain = plain.replace(written, meant)
    plain = re.sub(r":00(\d{2})分?", r":\1", plain)  # 8点30分
    plain = re.sub(r"\s*-\s*", "-", plain)
    plain = re.sub(r"(?<=\d)[,\s]*(?=[a-z])", ";", plain)  # a day's name after a time begins the next entry
    return re.sub(r"\s+", " ", plain).strip(" ;")


@dataclass
class _Reading:
    """What was understood of a text so far, and what was not."""

    name: str
    spans: list[WeekSpan] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)

    def refuse(self, code: str, message: str, remedy: str, **values: object) -> None:
        self.reasons.append(Reason(code, self.name, message, values, remedy))

    def entry(self, text: str) -> None:
        digit = re.search(r"\d", text)
        begins = digit.start() if digit else len(text)
        days_text, times_text = text[:begins], text[begins:]
        days = self.days(days_text.strip(" ,:-"), text)
        spans = [span for part in re.split(r"[,\s]+", times_text) if part for span in self.span(part)]
        if not times_text:
            self.refuse("week_times", NO_TIMES, N_("Write them like 08:00-18:00."), text=text)
        self.spans += [WeekSpan(day, since, until) for day in days for since, until in spans]

    def days(self, text: str, entry: str) -> list[int]:
        if not text:
            message = N_("“%(text)s” does not say on which days.") if entry else N_("No days are written.")
            self.refuse("week_days", message, N_("Begin with the days, like Mon-Fri or daily."), text=entry)
        days: list[int] = []
        for part in filter(None, (part.strip() for part in text.split(","))):
            days += self.day_range(part)
        return sorted(set(days))

    def day_range(self, text: str) -> Iterable[int]:
        if text in _GROUPS:
            return _GROUPS[text]
        ends = [_NAMES.get(name.strip(" .")) for name in text.split("-")]
        first, last = ends[0], ends[-1]
        if len(ends) > 2 or first is None or last is None:
            self.refuse("week_day", N_("“%(text)s” is not a day of the week."),
                        N_("Write Mon, Tue, Wed, Thu, Fri, Sat or Sun, or a range like Mon-Fri."), text=text)  # fmt: skip
            return ()
        return [day % 7 for day in range(first, last + 1 if first <= last else last + 8)]

    def span(self, text: str) -> Iterator[tuple[int, int]]:
        ends = [_minutes(end) for end in text.split("-")]
        since, until = ends[0], ends[-1]
        if len(ends) != 2 or since is None or until is None or since == DAY:
            self.refuse("week_time", NOT_A_SPAN, HOW_TO_WRITE, text=text)
        elif since == until:
            self.refuse("week_time", N_("“%(text)s” begins and ends at the same time."),
                        N_("For the whole day write 00:00-24:00."), text=text)  # fmt: skip
        else:
            yield since, until if until > since else until + DAY

    def refuse_overlaps(self) -> None:
        """Two openings over one another are a slip of the pen, so say it instead of guessing."""
        seen: set[tuple[str, str]] = set()
        ordered = sorted(self.spans)
        for one, other in zip(ordered, ordered[1:] + _next_week(ordered[:1]), strict=True):
            begins = other.weekday * DAY + other.since
            if begins < one.weekday * DAY + one.until and (pair := (_times(one), _times(other))) not in seen:
                seen.add(pair)
                self.refuse("week_overlap", N_("%(one)s and %(other)s overlap on %(day)s."),
                            N_("Write them as one span, or change one of them."),
                            one=pair[0], other=pair[1], day=_IN_BOTH[other.weekday % 7])  # fmt: skip


def _next_week(spans: list[WeekSpan]) -> list[WeekSpan]:
    return [WeekSpan(span.weekday + 7, span.since, span.until) for span in spans]


def _minutes(text: str) -> int | None:
    found = _TIME.fullmatch(text)
    if not found:
        return None
    hours, minutes = int(found[1]), int(found[2] or 0)
    return hours * 60 + minutes if minutes < 60 and hours * 60 + minutes <= DAY else None


def _adjoined(spans: Iterable[WeekSpan]) -> list[WeekSpan]:
    joined: list[WeekSpan] = []
    for span in sorted(spans):
        last = joined[-1] if joined else None
        if (
            last
            and last.weekday == span.weekday
            and last.until == span.since
            and span.until - last.since <= DAY
        ):
            joined[-1] = WeekSpan(last.weekday, last.since, span.until)
        else:
            joined.append(span)
    return joined


def _written(week: Week) -> str:
    """The one way to write a pattern: days with the same hours together, runs of days as ranges."""
    if not week.spans:
        return CLOSED
    hours = {
        day: times for day in range(7)
        if (times := ",".join(_times(span) for span in week.spans if span.weekday == day))
    }  # fmt: skip
    if list(hours.values()) == ["00:00-24:00"] * 7:
        return ALWAYS
    groups: dict[str, list[int]] = {}
    for day, times in hours.items():
        groups.setdefault(times, []).append(day)
    return "; ".join(f"{_days_text(days)} {times}" for times, days in groups.items())


def _times(span: WeekSpan) -> str:
    until = span.until if span.until <= DAY else span.until - DAY
    return f"{span.since // 60:02}:{span.since % 60:02}-{until // 60:02}:{until % 60:02}"


def runs_of(days: Sequence[int]) -> list[list[int]]:
    """Ascending days cut into runs that follow each other: [0, 1, 2, 5] is [[0, 1, 2], [5]]."""
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _days_text(days: list[int]) -> str:
    return ",".join(
        DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs_of(days)
    )
