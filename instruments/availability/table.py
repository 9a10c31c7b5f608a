"""A week as a table of seven texts, one a weekday: how people type it."""

from __future__ import annotations

from collections.abc import Sequence

from instruments.availability.week import (
    CLOSED,
    DAY,
    DAYS,
    HOW_TO_WRITE,
    NOT_A_SPAN,
    Week,
    WeekSpan,
    parse_week,
)
from instruments.availability.words import clock
from instruments.errors import N_, Reason, Refusal
from instruments.timespan import Pair

SHUT = {CLOSED, "-", "–", "—", "不开放", "休息", "休", "关闭"}


def day_texts(week: Week | None) -> list[str]:
    """The seven texts of a week, Monday first: "08:00-12:00, 13:00-18:00", empty where it is closed."""
    spans = week.spans if week else ()
    return [", ".join(_text(span) for span in spans if span.weekday == day) for day in range(7)]


def read_days(texts: Sequence[str]) -> Week:
    """The week that seven texts say; an empty one is a closed day.

    Raises Refusal with every reason, each under the input of its day ("day0" is Monday). A table without any
    word is refused: whoever means closed all week says so.
    """
    spans, reasons = _read_each(texts)
    if not any(text.strip() for text in texts):
        sentence = N_("No opening hours are written. Write “closed” if it is closed all week.")
        reasons.append(Reason("week_empty", "day0", sentence))
    if reasons:
        raise Refusal(reasons)
    week = Week(tuple(sorted(spans)))
    return parse_week(str(week), _first_open(week))


def understood(texts: Sequence[str]) -> Week:
    """As much of the seven texts as can be read, whether or not it can stand: what a picture shows meanwhile."""
    return Week(tuple(sorted(_read_each(texts)[0])))


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


def _read_each(texts: Sequence[str]) -> tuple[list[WeekSpan], list[Reason]]:
    spans: list[WeekSpan] = []
    reasons: list[Reason] = []
    for number, text in enumerate(texts):
        if not text.strip() or text.strip().lower() in SHUT:
            continue
        try:
            spans += parse_week(f"{DAYS[number]} {text}", f"day{number}").spans
        except Refusal as refused:
            reasons += _of_a_day(refused.reasons, text, f"day{number}")
    return spans, reasons


def _of_a_day(reasons: Sequence[Reason], text: str, name: str) -> Sequence[Reason]:
    """The reasons against the text of one day. Whoever types in a day's row named no day, so none is talked of."""
    if not any(reason.code in ("week_day", "week_days", "week_times") for reason in reasons):
        return reasons
    return [Reason("week_time", name, NOT_A_SPAN, {"text": text.strip()}, HOW_TO_WRITE)]


def _text(span: WeekSpan) -> str:
    return f"{clock(span.since)}-{clock(span.until if span.until <= DAY else span.until - DAY)}"


def _first_open(week: Week) -> str:
    return f"day{week.spans[0].weekday}" if week.spans else "day0"
