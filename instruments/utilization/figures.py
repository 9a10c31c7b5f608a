"""Figures: measures summed over the same instruments and divided, with their n, or the reason why there is none. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from instruments.utilization.counting import Counts
from instruments.utilization.definitions import DEFINITIONS, Definition, divides
from instruments.utilization.layer_sums import Key, Layers, Length
from instruments.utilization.records import Record

SECONDS = 3600
NONE = Fraction()
HELD = (
    "calendar", "open", "bookable", "down", "reserved", "attended", "effective", "inside", "owned", "outside", "unused",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of some instruments in a period.

    over, under: hours or numbers above and below the line (under is None for what is no quotient); value: None where
    nothing can be divided, and then `missing` says why, in English; n: how many instruments stand behind it.
    """

    code: str
    definition: Definition
    over: Fraction
    under: Fraction | None
    value: Fraction | None
    n: int

    @property
    def missing(self) -> str:
        """Why there is no value; empty where there is one."""
        return "" if self.value is not None else self.definition.missing


def measures_of(
    record: Record,
    layers: Layers,
    counts: Counts,
    *,
    sharable: bool,
    rated: Fraction | None = None,
    survey: Fraction = NONE,
) -> dict[str, Fraction]:
    """What one instrument adds to the sums, by measure; times in hours.

    sharable: whether its owner has opened it to others; rated: its rated seconds, None where no yardstick applies;
    survey: those of the national survey.
    """
    found = {name: Fraction(getattr(layers, name), SECONDS) for name in HELD}
    found["external"] = Fraction(external_seconds(record, layers.parts)) / SECONDS
    for name in ("uses", "samples", "reservations", "no_shows", "late_cancelled", "lead_known", "repairs"):
        found[name] = Fraction(getattr(counts, name))
    found["lead"] = Fraction(counts.lead_seconds, SECONDS)
    found["instruments"] = Fraction(layers.calendar > 0)
    found["sharable"] = Fraction(sharable and layers.calendar > 0)
    found["serving"] = Fraction(bool(found["sharable"]) and (counts.served or found["external"] > 0))
    if rated is not None:
        found |= {"rated": rated / SECONDS, "rated_used": found["owned"]}
    found["survey"] = survey / SECONDS
    return found


def external_seconds(record: Record, parts: Mapping[Key, Length]) -> Length:
    """How much of the time that was shared out served another legal person than the owner."""
    outside = {
        (session.number, position)
        for session in record.sessions
        for position, share in enumerate(session.shares)
        if share.external
    }
    return sum(length for key, length in parts.items() if key in outside)


def figure(code: str, instruments: Iterable[Mapping[str, Fraction]]) -> Figure:
    """A figure over instruments, each by its measures.

    Whoever has nothing below the line is left out above it too: a share covers the same instruments (rule 4).
    """
    definition, rows = DEFINITIONS[code], list(instruments)
    over = _sum(rows, definition.over)
    in_service = int(_sum(rows, "instruments"))
    if not definition.under:
        return Figure(code, definition, over, None, over, in_service)
    n = in_service
    if divides(definition):
        rows = [row for row in rows if row.get(definition.under)]
        over, n = _sum(rows, definition.over), len(rows)
    under = _sum(rows, definition.under)
    return Figure(code, definition, over, under, over / under if under else None, n)


def _sum(rows: Iterable[Mapping[str, Fraction]], measure: str) -> Fraction:
    return sum((row.get(measure, Fraction()) for row in rows), Fraction())
