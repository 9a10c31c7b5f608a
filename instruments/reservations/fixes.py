"""Fixes that keep their word: of what the reasons of a refusal propose instead, only what would really be taken."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from instruments.errors import N_, Reason
from instruments.timespan import Pair, Timespan, instant

MOST_STEPS = 4
# Remedies that name a time, and what they say where that time would not be taken.
IN_GENERAL = {
    N_("Start at %(earliest)s or later."): N_("Choose a later time."),
    N_("Start at %(latest)s or earlier."): N_("Choose an earlier time."),
    N_("Start at %(start)s."): N_("Choose another time."),
    N_("End at %(end)s."): N_("Book less, or choose another time."),
    N_("Part of the time you wanted is free: %(free)s."): N_("Choose another time or another instrument."),
    N_("The nearest opening is %(opening)s."): N_("Stay within the opening hours."),
}


def that_work(
    reasons: Sequence[Reason], wish: Pair, objections: Callable[[Pair], Sequence[Reason]]
) -> list[Reason]:
    """The same reasons, each with its fix only where nothing stands against the wish with that fix, and in the same words.

    Where no fix is enough by itself, those with one share what comes out when one is put after the other.
    """
    alone = [_applied(wish, reason.fix) if is_time(reason) else None for reason in reasons]
    working = [span if span and not objections(span) else None for span in alone]
    if not any(working):
        settled = next(filter(None, (_settled(span, objections) for span in alone if span)), None)
        working = [settled if span else None for span in alone]
    return [
        _said(dataclasses.replace(reason, fix=_besides(reason.fix) | _difference(wish, span)), own, span)
        if is_time(reason)
        else reason
        for reason, own, span in zip(reasons, alone, working, strict=True)
    ]


def _said(reason: Reason, own: Pair | None, span: Pair | None) -> Reason:
    """With words that name the time of its fix; none where there is none. own: the time that they name now."""
    if span == own or reason.remedy not in IN_GENERAL:
        return reason
    if span is None:
        return dataclasses.replace(reason, remedy=IN_GENERAL[reason.remedy])
    values = {**reason.values, "instead": Timespan.from_seconds(*span)}
    return dataclasses.replace(reason, values=values, remedy=N_("Choose %(instead)s instead."))


def is_time(reason: Reason) -> bool:
    """Whether its fix is another time; else it is something to ask for, and stays as it is."""
    return bool(reason.fix.keys() & {"start", "end"})


def _besides(fix: Mapping[str, object]) -> dict[str, object]:
    """What else there is to ask for, whether another time helps or not."""
    return {name: value for name, value in fix.items() if name not in ("start", "end")}


def _applied(wish: Pair, fix: Mapping[str, object]) -> Pair:
    ends = (fix.get(name) for name in ("start", "end"))
    start, end = (
        int(end.timestamp()) if isinstance(end, datetime) else asked
        for end, asked in zip(ends, wish, strict=True)
    )
    return start, end


def _difference(wish: Pair, span: Pair | None) -> dict[str, object]:
    if span is None:
        return {}
    names = zip(("start", "end"), span, wish, strict=True)
    return {name: instant(moment) for name, moment, asked in names if moment != asked}


def _settled(span: Pair, objections: Callable[[Pair], Sequence[Reason]]) -> Pair | None:
    """What comes of a span when the first fix that is proposed for it is followed, and so on; None where none helps."""
    for _ in range(MOST_STEPS):
        reasons = objections(span)
        if not reasons:
            return span
        fix = next((reason.fix for reason in reasons if is_time(reason)), None)
        if fix is None:
            return None
        span = _applied(span, fix)
    return None
