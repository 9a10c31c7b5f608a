"""Who bears which part of a charge: programmes first, then the payers, each at the price of its own class. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from instruments.errors import N_, Reason
from instruments.funds.programmes import Division, Programme, Standing, divided
from instruments.funds.splits import Payer, shares
from instruments.money import Money, total
from instruments.rates.lines import RESERVATION, Line, sum_of

PAYER, PROGRAMME, LATER = "payer", "programme", "later"
ROLES = (PAYER, PROGRAMME, LATER)


class Bearer(NamedTuple):
    """Who pays so many percent, at the price of a class."""

    percent: Decimal
    customer_class: str


class ClassLine(NamedTuple):
    """A line at the price of a class of customers."""

    customer_class: str
    line: Line


class Terms(NamedTuple):
    """A programme by its number, with its rules and what it has paid so far."""

    programme_id: int
    programme: Programme
    standing: Standing


class Part(NamedTuple):
    """What one bears: a payer by its place, or a programme by its number.

    Of role LATER is what a programme gives back afterwards: the payers are billed for it all the same, so it is no part
    of the total. programme_owner_id: the institution whose programme it is, if it is one's.
    """

    role: str
    amount: Money
    place: int | None = None
    programme_id: int | None = None
    why: tuple[Reason, ...] = ()
    programme_owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """The lines of a charge and who bears them. Lines add up to the total, and so do the parts but those of LATER."""

    lines: tuple[ClassLine, ...]
    parts: tuple[Part, ...]
    total: Money


def share_out(
    bearers: Sequence[Bearer],
    priced: Mapping[str, Sequence[Line]],
    currency: str,
    terms: Sequence[Terms] = (),
    ceiling: Money | None = None,
) -> Shared:
    """Share what was priced by class among those who bear it. Raises KeyError for a class without a price.

    ceiling: what it never costs more than, since so much was quoted and accepted.
    """
    if ceiling is not None:
        priced = {each: [*lines, *_above(lines, ceiling)] for each, lines in priced.items()}
    lines = tuple(_lines(bearers, priced, currency))
    whole = total((each.line.amount for each in lines), currency)
    plain = [each.line for each in lines]
    division = divided(plain, currency, [(each.programme, each.standing) for each in terms])
    parts = [*_of_payers(bearers, priced, currency, division.billed), *_of_programmes(division, terms)]
    return Shared(lines, tuple(parts), whole)


def shared_again(
    lines: Sequence[ClassLine], weights: Sequence[Fraction], currency: str, terms: Sequence[Terms] = ()
) -> Shared:
    """Share lines that were corrected among the same payers, in proportion to what each bore, and the same programmes.

    The terms of programmes are the original ones, and apply as if the first charge had not been.
    """
    division = divided(
        [each.line for each in lines], currency, [(each.programme, each.standing) for each in terms]
    )
    payers = [
        Part(PAYER, amount, place)
        for place, amount in enumerate(division.billed.split(weights if any(weights) else [1] * len(weights)))
    ]
    return Shared(tuple(lines), (*payers, *_of_programmes(division, terms)), division.whole)


def lessened(
    lines: Sequence[ClassLine], less: Money, why: tuple[Reason, ...], kind: str = ""
) -> Iterator[ClassLine]:
    """What takes an amount off a charge: off its lines of a kind as far as these go, the rest over all kinds that it has.

    Raises ValueError where all of them come to nothing.
    """
    plain, rest = [each.line for each in lines], less
    mine = [each for each in lines if each.line.kind == kind]
    if mine and (off := min(less, sum_of(plain, less.currency, kind))).amount > 0:
        line = Line(kind, RESERVATION, Fraction(1), -off, why)
        yield ClassLine(mine[0].customer_class, line)
        plain, rest = [*plain, line], less - off
    if rest:
        for line in _less(plain, -rest, why):
            yield ClassLine(lines[0].customer_class, line)


def _lines(
    bearers: Sequence[Bearer], priced: Mapping[str, Sequence[Line]], currency: str
) -> Iterator[ClassLine]:
    """The lines of every class; where there are several, each less what the others pay."""
    classes = list(dict.fromkeys(bearer.customer_class for bearer in bearers))
    for each in classes:
        for line in priced[each]:
            yield ClassLine(each, line)
        if len(classes) > 1:
            percent = sum((one.percent for one in bearers if one.customer_class == each), Decimal(0))
            for line in _others_pay(priced[each], currency, percent):
                yield ClassLine(each, line)


def _others_pay(lines: Sequence[Line], currency: str, percent: Decimal) -> Iterator[Line]:
    """What leaves of a price the percentages of its own class: rounded once for the whole, a line for each kind of line."""
    price = sum_of(lines, currency)
    less = price.percent(percent) - price
    if not less:
        return
    sentence = N_("Payers of other classes bear %(percent)s %% of it, at their own price.")
    why = (Reason("others_pay", None, sentence, {"percent": 100 - percent}),)
    yield from _less(lines, less, why)


def _above(lines: Sequence[Line], ceiling: Money) -> Iterator[Line]:
    """What a price is above what was accepted, and so is not charged."""
    price = sum_of(lines, ceiling.currency)
    if price > ceiling:
        sentence = N_("The accepted quote of %(ceiling)s is the most it costs.")
        why = (Reason("ceiling", None, sentence, {"ceiling": ceiling}),)
        yield from _less(lines, ceiling - price, why)


def _less(lines: Sequence[Line], less: Money, why: tuple[Reason, ...]) -> Iterator[Line]:
    """An amount below zero over the kinds of line, in proportion, so that each kind is told what is left of it."""
    whole = {line.kind: sum_of(lines, less.currency, line.kind) for line in lines}
    kinds = [kind for kind, amount in whole.items() if amount.amount > 0]
    sums = [Fraction(whole[kind].amount) for kind in kinds]
    over = Money.none(less.currency)
    for kind, share in zip(kinds, less.split(sums), strict=True):
        # The remainder is the first kind's; what is more than that has goes on to the next ones.
        amount = max(share + over, -whole[kind])
        over = share + over - amount
        if amount:
            yield Line(kind, RESERVATION, Fraction(1), amount, why)


def _of_payers(
    bearers: Sequence[Bearer], priced: Mapping[str, Sequence[Line]], currency: str, billed: Money
) -> Iterator[Part]:
    """What is billed, among the payers in their order: by percentage, or where their classes differ by what each costs."""
    if len(bearers) == 1:
        yield Part(PAYER, billed, 0)
        return
    sums = {each: sum_of(lines, currency) for each, lines in priced.items()}
    payers = [Payer(one.percent, one.customer_class, sums[one.customer_class]) for one in bearers]
    amounts = shares(payers)
    classes = {one.customer_class for one in bearers}
    if len(classes) == 1 or not any(amounts):
        weights = [Fraction(one.percent) for one in bearers]
    else:
        weights = [Fraction(amount.amount) for amount in amounts]
    for place, amount in enumerate(billed.split(weights)):
        yield Part(PAYER, amount, place)


def _of_programmes(division: Division, terms: Sequence[Terms]) -> Iterator[Part]:
    for granted, each in zip(division.granted, terms, strict=True):
        role = LATER if each.programme.afterwards else PROGRAMME
        yield Part(
            role, granted.amount, programme_id=each.programme_id, why=granted.why,
            programme_owner_id=each.programme.owner_id,
        )  # fmt: skip
