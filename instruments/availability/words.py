"""Opening hours as people read them, in English and in Chinese: pure."""

from __future__ import annotations

from collections.abc import Sequence

from instruments.availability.week import DAY, Week, WeekSpan, runs_of
from instruments.timespan import Pair

NAMES = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
WORDS = {
    "en": {
        "daily": "Daily",
        "always": "Open 24 hours, every day",
        "closed": "Closed",
        "next": "{} (next day)",
    },
    "zh": {"daily": "每天", "always": "全天 24 小时开放", "closed": "不开放", "next": "次日 {}"},
}
JOINS = {"en": (", ", "; ", "–"), "zh": ("、", "；", "至")}


def hours_in_words(week: Week, language: str) -> str:
    """A weekly pattern in words: "Mon–Fri 08:00–12:00, 13:00–18:00; Sat 09:00–12:30", "周一至周五 08:00–18:00".

    language: "en", or any code of Chinese ("zh_Hans_CN").
    """
    tongue = "zh" if language.startswith("zh") else "en"
    if not week.spans:
        return WORDS[tongue]["closed"]
    if week.spans == tuple(WeekSpan(day, 0, DAY) for day in range(7)):
        return WORDS[tongue]["always"]
    days: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for day in range(7):
        times = tuple((span.since, span.until) for span in week.spans if span.weekday == day)
        if times:
            days.setdefault(times, []).append(day)
    listed, parted, _ = JOINS[tongue]
    return parted.join(
        f"{days_in_words(numbers, tongue)} {listed.join(span_in_words(*span, tongue) for span in times)}"
        for times, numbers in days.items()
    )


def times_in_words(spans: Sequence[Pair], language: str) -> str:
    """What one day opens, in words: "08:00–12:00, 13:00–18:00", "Closed"."""
    tongue = "zh" if language.startswith("zh") else "en"
    if not spans:
        return WORDS[tongue]["closed"]
    return JOINS[tongue][0].join(span_in_words(*span, tongue) for span in spans)


def days_in_words(days: Sequence[int], language: str) -> str:
    """Weekdays (0 is Monday, ascending) with runs of three or more drawn together: "Mon–Fri", "Sat, Sun"."""
    tongue = "zh" if language.startswith("zh") else "en"
    if len(days) == 7:
        return WORDS[tongue]["daily"]
    listed, _, until = JOINS[tongue]
    names = NAMES[tongue]
    parts = []
    for run in runs_of(days):
        if len(run) > 2:
            parts.append(f"{names[run[0]]}{until}{names[run[-1]]}")
        else:
            parts += [names[day] for day in run]
    return listed.join(parts)


def parts_of_days(language: str) -> dict[str, str]:
    """What days_in_words joins the names of days with, for whoever writes them elsewhere."""
    tongue = "zh" if language.startswith("zh") else "en"
    listed, _, until = JOINS[tongue]
    return {"daily": WORDS[tongue]["daily"], "listed": listed, "until": until}


def span_in_words(since: int, until: int, language: str) -> str:
    """Two minutes of the day as a span: "22:00–02:00 (next day)"; midnight at the end is 24:00."""
    end = clock(until if until <= DAY else until - DAY)
    if until > DAY:
        end = WORDS["zh" if language.startswith("zh") else "en"]["next"].format(end)
    return f"{clock(since)}–{end}"


def length_in_words(minutes: int, language: str) -> str:
    """How long a week is open, in hours however many: "69 h 30 min", "69 小时 30 分"."""
    hours, rest = divmod(minutes, 60)
    hour, minute = ("小时", "分") if language.startswith("zh") else ("h", "min")
    return f"{hours} {hour} {rest} {minute}" if rest else f"{hours} {hour}"


def clock(minute: int) -> str:
    """A minute of the day as a time: "08:05"."""
    return f"{minute // 60:02}:{minute % 60:02}"
