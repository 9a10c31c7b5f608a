"""What the examples of programmes are about: a voucher of 50 %, with or without caps."""

from datetime import date
from decimal import Decimal
from typing import Any

from instruments.funds.programmes import Programme, Standing, corrected, divided
from instruments.funds.splits import Payer, shares
from instruments.rates.card import USE, Rate
from instruments.rates.lines import ADD_ON, Line, number_line
from tests.rates.speaking import amounts, yuan

NOTHING = Standing(yuan("0.00"), yuan("0.00"))


def programme(**rest: Any) -> Programme:
    terms = {
        "name": "Voucher",
        "rate": Decimal(50),
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2026, 12, 31),
    }
    return Programme(**{**terms, **rest})


def charge(amount: str) -> list[Line]:
    return [number_line(ADD_ON, Rate(USE, yuan(amount)), 1)]


def capped(order: str | None, year_left: str | None, budget_left: str | None) -> Programme:
    caps = {"cap_per_order": order, "cap_per_year": year_left, "budget": budget_left}
    return programme(**{name: yuan(cap) for name, cap in caps.items() if cap})


def voucher(
    amount: str, order: str | None = None, year_left: str | None = None, budget_left: str | None = None
) -> list[str]:
    """Who bears a charge."""
    division = divided(charge(amount), "CNY", [(capped(order, year_left, budget_left), NOTHING)])
    return amounts(programme=division.granted[0].amount, payer=division.payer)


def voucher_and_funds() -> list[str]:
    """A programme first, then two funds of one class."""
    division = divided(charge("99.99"), "CNY", [(programme(), NOTHING)])
    first, second = shares([Payer(Decimal(50), "lab", division.payer)] * 2)
    return amounts(programme=division.granted[0].amount, first_fund=first, second_fund=second)


def correction(amount: str, other: str, order: str) -> list[str]:
    """Who bears the corrected charge, and what goes back."""
    terms = capped(order, None, None)
    first = divided(charge(amount), "CNY", [(terms, NOTHING)])
    taken = Standing(first.granted[0].amount, first.granted[0].amount)
    second, back = corrected(first, charge(other), [(terms, taken)])
    new, returned = second.granted[0].amount, back.granted[0].amount
    return amounts(programme=new, payer=second.payer) + [
        f"back to the {each}" for each in amounts(payer=back.payer, programme=returned)
    ]


def two_vouchers() -> list[str]:
    """Two programmes that may be combined, of more than the whole together."""
    both = [programme(name=name, rate=Decimal(60), combines=True) for name in ("First", "Second")]
    division = divided(charge("100.00"), "CNY", [(each, NOTHING) for each in both])
    first, second = (each.amount for each in division.granted)
    return amounts(first=first, second=second, payer=division.payer)
