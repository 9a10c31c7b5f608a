"""How a reservation is to be paid, as whoever books it says: funds, programmes, how it is used, add-ons. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from instruments.errors import N_, Reason
from instruments.rates.terms import MODES

WHOLE = Decimal(100)
MOST_FUNDS = 10
MOST_COUNTED = Decimal(100_000)


class Part(NamedTuple):
    """A fund that is to pay so many percent."""

    fund_id: int
    percent: Decimal = WHOLE


class Bound(NamedTuple):
    """The prices that bind: a version, as which class of customers, and the most that it comes to in minor units."""

    version_id: int
    customer_class: str
    at_most: int


@dataclass(frozen=True, slots=True)
class Payment:
    """Who pays, in their order; nobody named: what it costs waits for a payer after the use.

    programmes: those that shall bear a part, in their order. mode: how it is used (self, assisted, service), None: as the
    qualification of its user says. counts: add-ons by the code of their price. bound: the prices of a formal quote that
    was accepted, by which it is quoted whatever was published since. later: nobody has to be named yet.
    """

    parts: tuple[Part, ...] = ()
    programmes: tuple[int, ...] = ()
    mode: str | None = None
    counts: Mapping[str, Decimal] = field(default_factory=dict)
    bound: Bound | None = None
    later: bool = False

    @property
    def fund_ids(self) -> frozenset[int]:
        """The funds that are named."""
        return frozenset(part.fund_id for part in self.parts)


NOTHING_SAID = Payment()


def from_fund(fund_id: int | None) -> Payment:
    """One fund pays all; without one, nobody is named."""
    return NOTHING_SAID if fund_id is None else Payment((Part(fund_id),))


def objections(payment: Payment) -> Iterator[Reason]:
    """Every reason against what was said, whatever it costs."""
    added = sum((part.percent for part in payment.parts), Decimal(0))
    if payment.parts and added != WHOLE:
        sentence = N_("The percentages come to %(added)s, not to 100.")
        yield Reason("not_the_whole", "funds", sentence, {"added": added}, N_("Change one of them."))
    if any(part.percent <= 0 for part in payment.parts):
        yield Reason("no_share", "funds", N_("Each fund pays a part above zero."))
    if len(payment.fund_ids) < len(payment.parts):
        yield Reason(
            "fund_twice", "funds", N_("A fund is named twice."), {}, N_("Name it once, with its whole part.")
        )
    if len(payment.parts) > MOST_FUNDS:
        yield Reason(
            "too_many_funds", "funds", N_("At most %(most)s funds share a price."), {"most": MOST_FUNDS}
        )
    if len(set(payment.programmes)) < len(payment.programmes):
        yield Reason(
            "programme_twice", "programmes", N_("A programme is named twice."), {}, N_("Name it once.")
        )
    if payment.mode is not None and payment.mode not in MODES:
        yield Reason(
            "unknown_mode", "mode", N_("Choose how it is used: alone, assisted, or done by the lab.")
        )
    if any(not 0 <= number <= MOST_COUNTED for number in payment.counts.values()):
        sentence = N_("Enter a number from %(least)s to %(most)s.")
        yield Reason("count_out_of_bounds", "add_ons", sentence, {"least": 0, "most": MOST_COUNTED})
