"""From what was reserved, used and counted to the lines it costs by a card. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from instruments.errors import N_, Reason, Refusal
from instruments.rates.card import (
    COUNTED_UNITS,
    DAY,
    FULL,
    HOUR,
    OPERATOR_HOUR,
    SAMPLE,
    STARTED_DAY,
    TIME_UNITS,
    USE,
    Card,
    Rate,
)
from instruments.rates.counting import Use, counted, is_what_was_used, left_out, paid_elsewhere
from instruments.rates.lines import (
    ADD_ON,
    TIME,
    Line,
    counted_by,
    minimum_line,
    not_charged_for,
    number_line,
    operator_line,
    rounded_up_by,
    sum_of,
    time_line,
)
from instruments.rates.runs import borne
from instruments.rates.windows import (
    A_DAY,
    Part,
    Wall,
    days_touched,
    first_of,
    parts_of,
    rounded_up,
    seconds_of,
    together,
)
from instruments.timespan import Pair


class Unpriced(Refusal):
    """Something that was used has no price: it is never taken for nothing, and waits for the lab."""

    title = N_("No price is set")


def lines_of(card: Card, use: Use, wall: Wall) -> tuple[Line, ...]:
    """What a use costs: its time, what is missing to the minimum, then add-ons and operator. A run for several is priced as
    one, each line once, and then divided.

    Raises Unpriced, with every piece that is missing. A price of 0.00 is a price, and makes a line of 0.00.
    """
    missing = tuple(without_price(card, use))
    if missing:
        raise Unpriced(missing)
    spans = counted(use, card.basis)
    parts = parts_of(spans, card.windows, wall, use.reserved[1] if use.reserved else None)
    timed = tuple(_time_lines(card, use, wall, spans, parts))
    whole = (
        *timed,
        *_minimum(card, timed),
        *_add_ons(card, use, bool(spans)),
        *_operator(card, use, parts),
    )
    return whole if use.part is None else tuple(borne(whole, use.part))


def time_lines_of(card: Card, use: Use, wall: Wall) -> tuple[Line, ...]:
    """Only the lines of its time, without the minimum: what fees are counted on."""
    return tuple(line for line in lines_of(card, use, wall) if line.kind == TIME)


def without_price(card: Card, use: Use) -> Iterator[Reason]:
    """What was used and the card has no price for."""
    if card.lacks_time or not card.of(*TIME_UNITS, USE, *COUNTED_UNITS):
        yield Reason("no_price", None, N_("No price is set for this instrument and this class of customers."))
    known = {rate.code for rate in card.of(*COUNTED_UNITS)}
    for code, number in sorted(use.counts.items()):
        if number and code not in known:
            yield Reason("no_price_for", None, N_("The card has no price for “%(code)s”."), {"code": code})
    if use.operator_minutes and not card.of(OPERATOR_HOUR):
        remedy = N_(
            "Minutes of an operator were counted of it: say anew that there were none, or add a price for an operator’s hour."
        )
        words = N_("The card has no price for an operator’s hour.")
        yield Reason("no_operator_price", None, words, {}, remedy)


def _time_lines(card: Card, use: Use, wall: Wall, spans: list[Pair], parts: list[Part]) -> Iterator[Line]:
    if not spans:
        return
    for rate in card.of(*TIME_UNITS):
        if rate.unit == HOUR:
            yield from _by_the_hour(card, rate, parts, _notes(card, use))
        elif rate.unit == DAY:
            yield number_line(TIME, rate, days_touched(spans, wall.zone))
        elif rate.unit == STARTED_DAY:
            yield number_line(TIME, rate, -(-seconds_of(parts) // A_DAY))


def _by_the_hour(card: Card, rate: Rate, parts: list[Part], notes: list[Reason]) -> Iterator[Line]:
    """A line for each window: the first says what else is counted than was used, the last part why it is rounded up."""
    whole = rounded_up(parts, card.increment)
    last = (parts[-1].window, parts[-1].overran)
    added = rounded_up_by(card.increment, seconds_of(whole) - seconds_of(parts))
    for part in together(whole):
        rounding = added if (part.window, part.overran) == last else []
        yield time_line(rate, part, _factor(card, part), [*notes, *rounding])
        notes = []


def _factor(card: Card, part: Part) -> Decimal:
    factor = part.window.factor if part.window else FULL
    return factor * card.overrun / 100 if part.overran else factor


def _notes(card: Card, use: Use) -> list[Reason]:
    """Why something else is counted than was used."""
    owed, elsewhere = left_out(use, card.basis), paid_elsewhere(use, card.basis)
    basis = [] if is_what_was_used(use, card.basis) else counted_by(card.basis)
    return [*basis, *not_charged_for(_length(owed), _length(elsewhere))]


def _length(spans: list[Pair]) -> int:
    return sum(end - start for start, end in spans)


def _minimum(card: Card, timed: tuple[Line, ...]) -> Iterator[Line]:
    reached = sum_of(timed, card.currency)
    if timed and card.minimum is not None and reached < card.minimum:
        yield minimum_line(card.minimum, reached)


def _add_ons(card: Card, use: Use, any_time: bool) -> Iterator[Line]:
    """What comes once a use, unless nothing of it is left, and what the operator counted."""
    for rate in card.of(USE, *COUNTED_UNITS):
        if rate.unit == USE and any_time:
            yield number_line(ADD_ON, rate, 1)
        elif rate.unit != USE and (number := _number_of(card, rate, use)):
            yield number_line(ADD_ON, rate, number)


def _number_of(card: Card, rate: Rate, use: Use) -> Decimal:
    """How many of it were counted: by its code, or of the only kind of sample there is, as many as there were samples."""
    kinds = card.of(SAMPLE)
    if rate.unit == SAMPLE and len(kinds) == 1 and rate.code not in use.counts:
        return Decimal(use.samples)
    return use.counts.get(rate.code, Decimal(0))


def _operator(card: Card, use: Use, parts: list[Part]) -> Iterator[Line]:
    """The operator's minutes, in steps of their own. By the windows only if the card says so: from the first counted
    minute on, as if the operator had been there from the beginning.
    """
    seconds = use.operator_minutes * 60
    if not seconds:
        return
    present = _windows_only(first_of(parts, seconds)) if card.operator_windows else []
    present = present or [Part(seconds, None, overran=False)]
    whole = rounded_up(present, card.operator_increment)
    added = rounded_up_by(card.operator_increment, seconds_of(whole) - seconds)
    for rate in card.of(OPERATOR_HOUR):
        for part in together(whole):
            rounding = added if part.window == present[-1].window else []
            factor = part.window.factor if part.window else FULL
            yield operator_line(rate, part, factor, rounding)


def _windows_only(parts: Iterable[Part]) -> list[Part]:
    """Parts of which none is an overrun: its factor is for the instrument, not for the operator."""
    return [part._replace(overran=False) for part in parts]
