"""One line of a quote or a charge, and the sentences that explain it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from instruments.errors import N_, Reason
from instruments.money import Money, total
from instruments.rates.card import DAY, FULL, ITEM, LONGER, RESERVED, SAMPLE, STARTED_DAY, USE, Rate
from instruments.rates.windows import Part

TIME, MINIMUM, ADD_ON, OPERATOR, FEE = "time", "minimum", "add_on", "operator", "fee"
KINDS = (TIME, MINIMUM, ADD_ON, OPERATOR, FEE)
# The unit of what comes once a reservation: the minimum, a fee.
RESERVATION = "reservation"


@dataclass(frozen=True, slots=True)
class Line:
    """So many units at a price, times a factor in percent: rounded here, once, and nowhere again.

    The quantity is exact (20 minutes are a third of an hour); amount: what it comes to; why: the sentences that say where
    it comes from. came_to: the amount of a line that was computed before, and is read again or divided.
    """

    kind: str
    unit: str
    quantity: Fraction
    price: Money
    why: tuple[Reason, ...]
    factor: Decimal = FULL
    came_to: Money | None = field(default=None, repr=False, compare=False)
    amount: Money = field(init=False)

    def __post_init__(self) -> None:
        amount = self.price.times(self.quantity, self.factor) if self.came_to is None else self.came_to
        object.__setattr__(self, "amount", amount)


def sum_of(lines: Iterable[Line], currency: str, *kinds: str) -> Money:
    """What lines add up to; with kinds, only those of them."""
    return total((line.amount for line in lines if not kinds or line.kind in kinds), currency)


BY_THE_HOUR = {
    (False, False): N_("%(length)s at %(price)s an hour."),
    (True, False): N_("%(window)s: %(length)s at %(factor)s %% of %(price)s an hour."),
    (False, True): N_("After the reserved end: %(length)s at %(factor)s %% of %(price)s an hour."),
    (True, True): N_("%(window)s, after the reserved end: %(length)s at %(factor)s %% of %(price)s an hour."),
}
BY_THE_NUMBER = {
    DAY: N_("Days on the calendar that it touches: %(count)s at %(price)s."),
    STARTED_DAY: N_("24 hours begun: %(count)s at %(price)s."),
    USE: N_("One use: %(price)s."),
    SAMPLE: N_("%(name)s: %(count)s at %(price)s a sample."),
    ITEM: N_("%(name)s: %(count)s at %(price)s each."),
}
ROUNDED_UP = N_("Counted in steps of %(step)s minutes, so %(added)s are added.")
BY_THE_BASIS = {
    RESERVED: N_("What is reserved counts, used or not."),
    LONGER: N_("What is reserved and what is used count together."),
}
PAID_ELSEWHERE = N_("Not charged: %(length)s that were given back and that another pays for.")
LEFT_OUT = N_("Not charged: %(length)s in which the instrument was down or the lab at fault.")


def time_line(rate: Rate, part: Part, factor: Decimal, more: Sequence[Reason] = ()) -> Line:
    """Time in one window, at a price an hour."""
    values = {"length": timedelta(seconds=part.seconds), "price": rate.price, "factor": factor}
    if part.window:
        values["window"] = part.window.name
    sentence = BY_THE_HOUR[part.window is not None, part.overran]
    code = "after_the_end" if part.overran else "by_the_hour"
    why = (Reason(code, None, sentence, values), *more)
    return Line(TIME, rate.unit, Fraction(part.seconds, 3600), rate.price, why, factor)


def operator_line(rate: Rate, part: Part, factor: Decimal, more: Sequence[Reason] = ()) -> Line:
    """The operator's time, at a price an hour."""
    line = time_line(rate, part, factor)
    if part.window:
        sentence = N_("Operator, %(window)s: %(length)s at %(factor)s %% of %(price)s an hour.")
    else:
        sentence = N_("Operator: %(length)s at %(price)s an hour.")
    why = (Reason("operator", None, sentence, line.why[0].values), *more)
    return Line(OPERATOR, rate.unit, line.quantity, rate.price, why, factor)


def number_line(kind: str, rate: Rate, number: Decimal | Fraction | int, more: Sequence[Reason] = ()) -> Line:
    """So many days, samples or items, or one use."""
    name = rate.name or rate.code
    values = {"name": name, "count": number, "price": rate.price}
    why = (Reason("by_the_number", None, BY_THE_NUMBER[rate.unit], values), *more)
    return Line(kind, rate.unit, Fraction(number), rate.price, why)


def minimum_line(minimum: Money, reached: Money) -> Line:
    """What is missing to the least that time costs."""
    sentence = N_(
        "A reservation costs at least %(minimum)s for its time; what was counted comes to %(reached)s."
    )
    why = (Reason("minimum", None, sentence, {"minimum": minimum, "reached": reached}),)
    return Line(MINIMUM, RESERVATION, Fraction(1), minimum - reached, why)


def rounded_up_by(step: int, seconds: int) -> list[Reason]:
    """Why more is counted than passed; nothing where it is not."""
    values = {"step": step, "added": timedelta(seconds=seconds)}
    return [Reason("rounded_up", None, ROUNDED_UP, values)] if seconds else []


def counted_by(basis: str) -> list[Reason]:
    """Why what was used is not what counts."""
    return [Reason("basis", None, BY_THE_BASIS[basis])]


def not_charged_for(left_out: int, paid_elsewhere: int) -> Iterator[Reason]:
    """Why fewer seconds are counted than there were: what the lab owes, and what others pay for."""
    for code, sentence, seconds in (
        ("left_out", LEFT_OUT, left_out),
        ("paid_elsewhere", PAID_ELSEWHERE, paid_elsewhere),
    ):
        if seconds:
            yield Reason(code, None, sentence, {"length": timedelta(seconds=seconds)})
