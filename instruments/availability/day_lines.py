"""Read days and their names from pasted lines, each with its fault."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from instruments.errors import N_, Reason, Refusal

MOST_LINES = 400
LONGEST_NAME = 120
LONGEST_RUN = 31
EARLIEST_YEAR, LATEST_YEAR = 2000, 2100
_DATE = r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?"
_RUN_OF_DATES = rf"({_DATE})(?:\s*(?:to|[–—~～至到]|-(?=\s*\d{{4}}))\s*({_DATE}))?"
_LINE = re.compile(rf"{_RUN_OF_DATES}[\s,，;；|\t]+(\S.*)")
_RUN = re.compile(_RUN_OF_DATES)
_HAN = "[\u3400-\u9fff]"
# Names stand apart by a sign, or by the space between a Chinese one and another.
_PARTED = re.compile(rf"\s*[,，;；|/\t]\s*|\s+(?={_HAN})|(?<={_HAN})\s+(?=[^\W\d])")


@dataclass(frozen=True)
class NamedDay:
    """A day and what it is called; where one of the names is not given, it is the other."""

    day: date
    name_en: str
    name_zh: str


def read_lines(text: str, reasons: list[Reason], name: str = "lines") -> list[NamedDay]:
    """Read days, one a line: "2027-10-01 National Day, 国庆节", or a run "2027-10-01 – 2027-10-07 …".

    Adds a reason for every line that cannot be read, each under the input called `name`, so that rules can look at the
    others.
    """
    found: dict[date, NamedDay] = {}
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines:
        reasons.append(Reason("holidays_empty", name, N_("No day is written.")))
    if len(lines) > MOST_LINES:
        sentence = N_("These are %(count)s lines; at most %(most)s are taken at a time.")
        reasons.append(Reason("holidays_many", name, sentence, {"count": len(lines), "most": MOST_LINES}))
        return []
    for number, line in lines:
        try:
            for each in _days_of(line):
                if each.day in found:
                    raise _Unread(
                        "holiday_twice", N_("Line %(line)s: %(day)s is written twice."), day=each.day
                    )
                found[each.day] = each
        except _Unread as unread:
            reasons.append(Reason(unread.code, name, unread.message, {"line": number, **unread.values}))
    return sorted(found.values(), key=lambda each: each.day)


def read_runs(text: str, name: str = "spans") -> list[tuple[date, date]]:
    """Read spans of dates, one a line: "2027-01-04 – 2027-01-17", or a single date.

    Raises Refusal with a reason for every line that cannot be read, each under the input called `name`.
    """
    found: list[tuple[date, date]] = []
    reasons: list[Reason] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(_run(line.strip()))
        except _Unread as unread:
            reasons.append(Reason(unread.code, name, unread.message, {"line": number, **unread.values}))
    if reasons:
        raise Refusal(reasons)
    return found


def _run(line: str) -> tuple[date, date]:
    matched = _RUN.fullmatch(line)
    if matched is None:
        sentence = N_("Line %(line)s, “%(text)s”: write dates, like 2027-01-04 – 2027-01-17.")
        raise _Unread("span_line", sentence, text=line[:80])
    first = _date(matched[1])
    last = _date(matched[2]) if matched[2] else first
    if last < first:
        raise _Unread("span_order", N_("Line %(line)s: the last day lies before the first."))
    return first, last


class _Unread(Exception):
    """What a line says wrong."""

    def __init__(self, code: str, message: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.message, self.values = code, message, values


def _days_of(line: str) -> list[NamedDay]:
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
        raise _Unread("holiday_name", N_("Line %(line)s: the day has no name."))
    english = next((name for name in names if not re.search(_HAN, name)), names[0])
    chinese = next((name for name in names if re.search(_HAN, name)), names[-1])
    span = range((last - first).days + 1)
    return [NamedDay(first + timedelta(days=number), english, chinese) for number in span]


def _date(text: str) -> date:
    year, month, day = (int(part) for part in re.findall(r"\d+", text))
    try:
        found = date(year, month, day)
    except ValueError:
        raise _Unread("holiday_date", N_("Line %(line)s: there is no day %(text)s."), text=text) from None
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise _Unread("holiday_date", N_("Line %(line)s: there is no day %(text)s."), text=text)
    return found
