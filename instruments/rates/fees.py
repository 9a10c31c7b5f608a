"""What a late cancellation, a shortening or a move and a no-show cost, by the lab's two rules. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from instruments.errors import N_, Reason
from instruments.money import Money
from instruments.rates.card import Card
from instruments.rates.counting import Use
from instruments.rates.lines import FEE, RESERVATION, Line, sum_of
from instruments.rates.pricing import time_lines_of
from instruments.rates.windows import Wall
from instruments.timespan import Pair, intersect, subtract

# Who booked inside the window may think better of it for so long, in seconds.
SECOND_THOUGHTS = 15 * 60
AN_HOUR = 60 * 60
MOST_FREE_HOURS = 31 * 24


@dataclass(frozen=True, slots=True)
class FeeRules:
    """A lab's two rules, each a percentage of the quoted time; None: no such fee. Free until so many hours before."""

    late_percent: Decimal | None = None
    free_hours: int = 0
    no_show_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a fee is a part of: a reservation in UTC seconds, and what it was quoted by when it was booked."""

    card: Card
    wall: Wall
    reserved: Pair
    booked_at: int


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Time that its user gives up at a moment: all of what is reserved, but what is kept of it.

    by_lab: the lab is the cause, so it costs nothing; paid_by_others: what of it others book and pay for.
    """

    at: int
    kept: Pair | None = None
    by_lab: bool = False
    paid_by_others: tuple[Pair, ...] = ()


def late_fee(rules: FeeRules, quoted: Quoted, given_up: GivenUp) -> Line | None:
    """The fee for cancelling, shortening or moving; None where it is free, or there is no rule."""
    if rules.late_percent is None or given_up.by_lab or not is_late(rules, quoted, given_up.at):
        return None
    before = timedelta(seconds=max(quoted.reserved[0] - given_up.at, 0))
    free = timedelta(hours=rules.free_hours)
    why = Reason(
        "late", None,
        N_("Given up %(before)s before the start, free until %(free)s before: %(percent)s %% of %(price)s quoted for it."),
        {"before": before, "free": free, "percent": rules.late_percent},
    )  # fmt: skip
    return _fee(quoted, given_up, rules.late_percent, why)


def no_show_fee(rules: FeeRules, quoted: Quoted, given_up: GivenUp) -> Line | None:
    """The fee where nobody came, whatever the basis of the card; None where there is no rule."""
    if rules.no_show_percent is None or given_up.by_lab:
        return None
    why = Reason(
        "no_show", None,
        N_("Nobody came: %(percent)s %% of %(price)s quoted for the time."),
        {"percent": rules.no_show_percent},
    )  # fmt: skip
    return _fee(quoted, given_up, rules.no_show_percent, why)


def is_late(rules: FeeRules, quoted: Quoted, at: int) -> bool:
    """Whether it is no longer free: the last free instant is still free, and so is what was booked just now."""
    free_until = quoted.reserved[0] - rules.free_hours * AN_HOUR
    if quoted.booked_at > free_until:
        free_until = quoted.booked_at + SECOND_THOUGHTS
    return at > free_until


def objections(rules: FeeRules) -> Iterator[Reason]:
    """Every reason against such rules."""
    sentence = N_("From %(least)s to %(most)s.")
    for field in ("late_percent", "no_show_percent"):
        percent = getattr(rules, field)
        if percent is not None and not 0 <= percent <= 100:
            yield Reason("out_of_range", field, sentence, {"least": 0, "most": 100})
    if not 0 <= rules.free_hours <= MOST_FREE_HOURS:
        yield Reason("out_of_range", "free_hours", sentence, {"least": 0, "most": MOST_FREE_HOURS})


def _fee(quoted: Quoted, given_up: GivenUp, percent: Decimal, why: Reason) -> Line | None:
    """Such a part of what the time was quoted at, as far as nobody else pays for it."""
    kept = intersect([quoted.reserved], [given_up.kept] if given_up.kept else [])
    lost = subtract([quoted.reserved], kept)
    if not lost:
        return None
    price = _quoted_for(quoted, kept)
    paid = _seconds(intersect(lost, given_up.paid_by_others))
    unpaid = Fraction(_seconds(lost) - paid, _seconds(lost))
    reasons = [Reason(why.code, None, why.message, {**why.values, "price": price})]
    if paid:
        sentence = N_("Another pays for %(paid)s of it, so the fee is less by as much.")
        reasons.append(Reason("paid_by_others", None, sentence, {"paid": timedelta(seconds=paid)}))
    return Line(FEE, RESERVATION, unpaid, price, tuple(reasons), percent)


def _quoted_for(quoted: Quoted, kept: list[Pair]) -> Money:
    """By how much what is kept was quoted below the whole: so that what is kept and what is lost are never more."""
    card = quoted.card
    whole = _time_price(quoted, [quoted.reserved])
    rest = _time_price(quoted, kept) if kept else Money.none(card.currency)
    return max(whole - rest, Money.none(card.currency))


def _time_price(quoted: Quoted, spans: list[Pair]) -> Money:
    lines = time_lines_of(quoted.card, Use(tuple(spans)), quoted.wall)
    return sum_of(lines, quoted.card.currency)


def _seconds(spans: list[Pair]) -> int:
    return sum(end - start for start, end in spans)
