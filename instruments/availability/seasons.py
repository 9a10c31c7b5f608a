"""Named seasons of an institution: which dates they mean, and which changes of them leave alone what is over. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from instruments.errors import N_, Reason

TERM, EXAMS, VACATION, OTHER = "term", "exams", "vacation", "other"
KINDS = (TERM, EXAMS, VACATION, OTHER)
MOST_SPANS = 40
FIRST_YEAR, LAST_YEAR = 2000, 2100
Dates: TypeAlias = tuple[date, date]


@dataclass(frozen=True)
class Known:
    """A span of dates that a season has, by the number of its row."""

    id: int
    first: date
    last: date

    @property
    def dates(self) -> Dates:
        """Its first and last date."""
        return self.first, self.last


@dataclass(frozen=True)
class Moves:
    """What is to be done so that a season has other dates."""

    moved: tuple[tuple[Known, Dates], ...] = ()
    added: tuple[Dates, ...] = ()
    removed: tuple[Known, ...] = ()


def resolved(valid_from: date | None, valid_to: date | None, spans: Iterable[Dates]) -> list[Dates]:
    """The dates of a season on which something that refers to it holds: within its own validity, too."""
    found = []
    for first, last in spans:
        since = first if valid_from is None else max(first, valid_from)
        until = last if valid_to is None else min(last, valid_to)
        if since <= until:
            found.append((since, until))
    return found


def moves(old: Sequence[Known], new: Sequence[Dates]) -> Moves:
    """Which spans move where: those that stay first, then those that begin alike, the others in their order."""
    wanted, left = sorted(set(new)), sorted(old, key=lambda span: span.dates)
    pairs: list[tuple[Known, Dates]] = []
    for alike in (_same, _begins_alike, _any):
        for span in list(left):
            found = next((dates for dates in wanted if alike(span, dates)), None)
            if found is not None:
                pairs.append((span, found))
                left.remove(span)
                wanted.remove(found)
    moved = tuple((span, dates) for span, dates in pairs if span.dates != dates)
    return Moves(moved, tuple(wanted), tuple(left))


def span_objections(spans: Sequence[Dates], field: str = "spans") -> list[Reason]:
    """Why a season cannot have these dates, whatever it had."""
    if not spans:
        return [Reason("no_spans", field, N_("Write at least one span of dates."))]
    if len(spans) > MOST_SPANS:
        sentence = N_("A season has at most %(most)s spans of dates.")
        return [Reason("many_spans", field, sentence, {"most": MOST_SPANS})]
    reasons = []
    if any(not FIRST_YEAR <= day.year <= LAST_YEAR for span in spans for day in span):
        reasons.append(Reason("span_far", field, N_("Choose dates between 2000 and 2100.")))
    for before, after in zip(sorted(spans), sorted(spans)[1:], strict=False):
        if after[0] <= before[1]:
            sentence = N_("Two spans of dates share %(day)s.")
            reasons.append(Reason("spans_overlap", field, sentence, {"day": after[0]}))
    return reasons


def change_objections(change: Moves, today: date, field: str = "spans") -> list[Reason]:
    """Why a change would rewrite days that are over."""
    reasons = []
    for span in change.removed:
        if span.first <= today:
            reasons.append(_stays(span, field))
    for span, (first, last) in change.moved:
        if span.last < today or (span.first <= today and first != span.first):
            reasons.append(_stays(span, field))
        elif last < today:
            sentence = N_("It cannot end on a day that is over.")
            reasons.append(Reason("ends_over", field, sentence, {}, N_("Choose today or later.")))
        elif span.first > today and first < today:
            reasons.append(_begins_over(field))
    reasons += [_begins_over(field) for first, _ in change.added if first < today]
    return reasons


def _stays(span: Known, field: str) -> Reason:
    sentence = N_(
        "%(first)s to %(last)s has begun or is over: its first day, and what is over, stay as they are."
    )
    return Reason("span_over", field, sentence, {"first": span.first, "last": span.last})


def _begins_over(field: str) -> Reason:
    return Reason(
        "begins_over", field, N_("It cannot begin on a day that is over."), {}, N_("Choose today or later.")
    )


def _same(span: Known, dates: Dates) -> bool:
    return span.dates == dates


def _begins_alike(span: Known, dates: Dates) -> bool:
    return span.first == dates[0]


def _any(span: Known, dates: Dates) -> bool:
    return True
