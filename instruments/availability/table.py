"""A week as a table of rules, one a row: how people type it; and what one day opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from instruments.availability.week import (
    CLOSED,
    DAY,
    DAYS,
    HOW_TO_WRITE,
    NOT_A_SPAN,
    Week,
    WeekSpan,
    parse_rule,
    parse_week,
)
from instruments.availability.words import clock, days_in_words
from instruments.errors import N_, Reason, Refusal
from instruments.timespan import Pair

SHUT = {CLOSED, "-", "–", "—", "不开放", "休息", "休", "关闭"}


@dataclass(frozen=True)
class Row:
    """One rule as typed: on which days, from when until when."""

    days: str = ""
    since: str = ""
    until: str = ""

    def is_empty(self) -> bool:
        """Whether nothing is typed in it."""
        return not (self.days.strip() or self.since.strip() or self.until.strip())


def rows_of(week: Week | None, language: str) -> list[Row]:
    """A week as rules, each span once with all the days that have it: ("Mon–Thu", "08:00", "20:00")."""
    found: dict[Pair, list[int]] = {}
    for span in week.spans if week else ():
        found.setdefault((span.since, span.until), []).append(span.weekday)
    return [
        Row(days_in_words(days, language), clock(since), clock(until if until <= DAY else until - DAY))
        for (since, until), days in found.items()
    ]


def read_rows(rows: Sequence[Row]) -> Week:
    """The week that the rules say.

    Raises Refusal with every reason, each under the input of its row ("days-0", "from-0"). A table without any word
    is refused: whoever means closed all week says so.
    """
    spans, reasons = _read_each(rows)
    if all(row.is_empty() for row in rows):
        sentence = N_("No opening hours are written. Tick “Closed all week” if that is meant.")
        reasons.append(Reason("week_empty", "days-0", sentence))
    if reasons:
        raise Refusal(reasons)
    written = "; ".join(f"{DAYS[span.weekday]} {_text(span)}" for _, span in spans)
    return parse_week(written, f"days-{spans[-1][0]}")


def understood(rows: Sequence[Row]) -> Week:
    """As much of the rules as can be read, whether or not it can stand: what a picture shows meanwhile."""
    return Week(tuple(sorted({span for _, span in _read_each(rows)[0]})))


def unread_rows(rows: Sequence[Row]) -> list[int]:
    """The numbers of the rows that cannot be read."""
    fields = (reason.field or "" for reason in _read_each(rows)[1])
    return sorted({int(name.partition("-")[2]) for name in fields})


def read_times(text: str, name: str = "times") -> tuple[Pair, ...]:
    """What one day opens, as minutes of it: "09:00-12:00, 22:00-02:00"; nothing for "closed".

    Raises Refusal with every reason, each under the input called `name`.
    """
    if text.strip().lower() in SHUT:
        return ()
    if not text.strip():
        sentence = N_("No hours are written. Write “closed” if it is closed.")
        raise Refusal([Reason("times_empty", name, sentence, {}, HOW_TO_WRITE)])
    try:
        spans = parse_week(f"{DAYS[0]} {text}", name).spans
    except Refusal as refused:
        raise Refusal(_of_a_day(refused.reasons, text, name)) from None
    return tuple((span.since, span.until) for span in spans)


def times_text(spans: Sequence[Pair]) -> str:
    """The one way to write what a day opens: "09:00-12:00,22:00-02:00", or "closed"."""
    return ",".join(_text(WeekSpan(0, *span)) for span in spans) or CLOSED


def minutes_open(week: Week | None) -> int:
    """How long a week is open, by the wall clock."""
    return sum(span.until - span.since for span in week.spans) if week else 0


def blocks(week: Week | None) -> list[tuple[int, int, int, str]]:
    """What a picture of the week draws: (column, from minute, until minute, words), cut at midnight."""
    drawn = []
    for span in week.spans if week else ():
        words = f"{clock(span.since)}–{clock(span.until if span.until <= DAY else span.until - DAY)}"
        drawn.append((span.weekday, span.since, min(span.until, DAY), words))
        if span.until > DAY:
            drawn.append(((span.weekday + 1) % 7, 0, span.until - DAY, ""))
    return drawn


def _read_each(rows: Sequence[Row]) -> tuple[list[tuple[int, WeekSpan]], list[Reason]]:
    """The spans of each row that can be read, with its number, and what is wrong with the others."""
    spans: list[tuple[int, WeekSpan]] = []
    reasons: list[Reason] = []
    for number, row in enumerate(rows):
        if row.is_empty():
            continue
        try:
            read = parse_rule(row.days, row.since, row.until, (f"days-{number}", f"from-{number}"))
            spans += [(number, span) for span in read]
        except Refusal as refused:
            reasons += refused.reasons
    return spans, reasons


def _of_a_day(reasons: Sequence[Reason], text: str, name: str) -> Sequence[Reason]:
    """The reasons against the text of one day. Whoever types in a day's row named no day, so none is talked of."""
    if not any(reason.code in ("week_day", "week_days", "week_times") for reason in reasons):
        return reasons
    return [Reason("week_time", name, NOT_A_SPAN, {"text": text.strip()}, HOW_TO_WRITE)]


def _text(span: WeekSpan) -> str:
    return f"{clock(span.since)}-{clock(span.until if span.until <= DAY else span.until - DAY)}"
