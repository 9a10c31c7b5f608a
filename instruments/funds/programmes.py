"""Programmes that pay a part, such as innovation vouchers: who is eligible, how much, and what a correction means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from instruments.errors import N_, Reason
from instruments.money import Money, total
from instruments.rates.lines import ADD_ON, FEE, MINIMUM, OPERATOR, TIME, Line, sum_of


@dataclass(frozen=True, slots=True)
class Programme:
    """The terms of a programme. Empty sets admit all; no cap is no limit.

    institutions: whose instruments it is for. lines: the kinds of line it pays a part of, fees never among them.
    combines: whether it bears another beside it. afterwards: the payer pays all, and claims its part back.
    owner_id: the institution whose programme it is; none where it is the platform's.
    """

    name: str
    rate: Decimal
    valid_from: date
    valid_to: date
    payer_kinds: frozenset[str] = frozenset()
    small_firms_only: bool = False
    instrument_classes: frozenset[str] = frozenset()
    institutions: frozenset[int] = frozenset()
    lines: frozenset[str] = frozenset({TIME, MINIMUM, ADD_ON, OPERATOR})
    cap_per_order: Money | None = None
    cap_per_year: Money | None = None
    budget: Money | None = None
    combines: bool = False
    afterwards: bool = False
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Who asks a programme for what: the payer, the instrument, and the date of acceptance."""

    payer_kind: str
    small_firm: bool
    instrument_classes: frozenset[str]
    institution_id: int
    accepted_on: date


@dataclass(frozen=True, slots=True)
class Standing:
    """What a programme has paid and reserved: for this payer in the year of acceptance, and to all."""

    in_the_year: Money
    in_all: Money


@dataclass(frozen=True, slots=True)
class Granted:
    """What a programme pays of a charge, and the sentences that say how much it is."""

    programme: Programme
    amount: Money
    why: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Division:
    """Who bears a charge: the programmes, and the payer the rest."""

    whole: Money
    granted: tuple[Granted, ...] = ()

    @property
    def payer(self) -> Money:
        """What the payer bears in the end."""
        return self.whole - total((each.amount for each in self.granted), self.whole.currency)

    @property
    def billed(self) -> Money:
        """What the payer is asked for: what is settled afterwards is paid first and claimed back."""
        direct = (each.amount for each in self.granted if not each.programme.afterwards)
        return self.whole - total(direct, self.whole.currency)


def divided(
    lines: Sequence[Line], currency: str, terms: Iterable[tuple[Programme, Standing]] = ()
) -> Division:
    """A charge among programmes, in their order, and the payer.

    Each pays its rate of the eligible lines, rounded down, then as much as its caps and the ones before it leave.
    """
    granted: list[Granted] = []
    for programme, standing in terms:
        eligible = sum_of(lines, currency, *sorted(programme.lines - {FEE}))
        before = total((each.amount for each in granted), currency)
        granted.append(_granted(programme, standing, eligible, sum_of(lines, currency) - before))
    return Division(sum_of(lines, currency), tuple(granted))


def corrected(
    first: Division, lines: Sequence[Line], terms: Iterable[tuple[Programme, Standing]]
) -> tuple[Division, Division]:
    """What a corrected charge is divided into, and what goes back to everybody of the first.

    The terms are the original ones; what the first charge took of their caps is given back before they are applied, as
    if it had not been.
    """
    taken = {each.programme: each.amount for each in first.granted}
    currency = first.whole.currency
    freed = [(programme, _without(standing, taken.get(programme))) for programme, standing in terms]
    second = divided(lines, currency, freed)
    anew = {each.programme: each.amount for each in second.granted}
    back = tuple(
        Granted(each.programme, each.amount - anew.get(each.programme, Money.none(currency)), each.why)
        for each in first.granted
    )
    return second, Division(first.whole - second.whole, back)


def objections(programme: Programme, currency: str) -> Iterator[Reason]:
    """Every reason against such terms, of a programme that pays in a currency."""
    if not 0 < programme.rate <= 100:
        yield Reason("rate_out_of_bounds", "rate", N_("It pays more than 0 and at most 100 percent."))
    if programme.valid_to < programme.valid_from:
        yield Reason("ends_before", "valid_to", N_("The last day comes before the first."))
    if not programme.lines - {FEE}:
        yield Reason("pays_nothing", "lines", N_("Choose what it pays a part of; fees are never paid."))
    for field in ("cap_per_order", "cap_per_year", "budget"):
        limit: Money | None = getattr(programme, field)
        if limit is not None and limit.currency != currency:
            sentence = N_("It pays in %(currency)s, so its limits are in %(currency)s.")
            yield Reason("other_currency", field, sentence, {"currency": currency})
        elif limit is not None and limit.amount < 0:
            yield Reason("negative_limit", field, N_("A limit is never below zero."))


def not_eligible(programme: Programme, order: Order) -> Iterator[Reason]:
    """Every reason why a programme does not pay for an order."""
    name = {"name": programme.name}
    if not programme.valid_from <= order.accepted_on <= programme.valid_to:
        values = {**name, "first": programme.valid_from, "last": programme.valid_to}
        yield Reason("not_valid", None, N_("%(name)s is valid from %(first)s to %(last)s."), values)
    if programme.payer_kinds and order.payer_kind not in programme.payer_kinds:
        yield Reason("payer_kind", None, N_("%(name)s is not for payers of this kind."), name)
    if programme.small_firms_only and not order.small_firm:
        sentence = N_("%(name)s is for small and medium-sized enterprises.")
        yield Reason(
            "no_declaration", None, sentence, name, N_("Declare the size of the company, with a proof.")
        )
    if programme.instrument_classes and not programme.instrument_classes & order.instrument_classes:
        yield Reason("instrument_class", None, N_("%(name)s is not for instruments of this class."), name)
    if programme.institutions and order.institution_id not in programme.institutions:
        yield Reason("institution", None, N_("%(name)s is not for instruments of this institution."), name)


def not_together(programmes: Sequence[Programme]) -> Iterator[Reason]:
    """Why these cannot pay for one order together: all of them must bear the others."""
    if len(programmes) > 1:
        sentence = N_("%(name)s cannot be combined with another programme.")
        for programme in programmes:
            if not programme.combines:
                yield Reason("not_combined", None, sentence, {"name": programme.name})


def _granted(programme: Programme, standing: Standing, eligible: Money, left: Money) -> Granted:
    amount = eligible.percent_down(programme.rate)
    values = {"name": programme.name, "rate": programme.rate, "eligible": eligible}
    why = [Reason("rate", None, N_("%(name)s pays %(rate)s %% of %(eligible)s."), values)]
    for limit, sentence in _limits(programme, standing, left):
        if amount > limit:
            amount = max(limit, Money.none(eligible.currency))
            why.append(Reason("capped", None, sentence, {"limit": amount}))
    return Granted(programme, amount, tuple(why))


def _limits(programme: Programme, standing: Standing, left: Money) -> Iterator[tuple[Money, str]]:
    if programme.cap_per_order is not None:
        yield programme.cap_per_order, N_("For one order it pays at most %(limit)s.")
    if programme.cap_per_year is not None:
        yield (
            programme.cap_per_year - standing.in_the_year,
            N_("Of its sum for this payer and year %(limit)s is left."),
        )
    if programme.budget is not None:
        yield programme.budget - standing.in_all, N_("Of its budget %(limit)s is left.")
    yield left, N_("Only %(limit)s is left to be paid.")


def _without(standing: Standing, taken: Money | None) -> Standing:
    if taken is None:
        return standing
    return Standing(standing.in_the_year - taken, standing.in_all - taken)
