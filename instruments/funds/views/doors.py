"""What the doors of funds share: the blueprint, what forms say, and where the thing of an amount is shown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, request

from instruments.errors import N_, Reason
from instruments.funds import words
from instruments.money import Money
from instruments.qualifications.views.papers import Papers
from instruments.typed import decimal

pages = Blueprint("funds", __name__)
PROOFS = Papers("proofs", "document")
THING_PATHS = {
    "fund": "/funds/{}",
    "account": "/ledger/accounts/{}",
    "reservation": "/reservations/{}",
    "charge": "/charges/{}",
    "use": "/uses/{}",
    "statement": "/statements/{}",
    "payment": "/payments/{}",
    "payment_match": "/payments/matches/{}",
}
NOT_AN_AMOUNT = N_("Write an amount, like 1200 or 1200.50.")


@pages.context_processor
def names_of_codes() -> dict[str, Any]:
    """The tables of words, and money of minor units, for the templates."""
    return {"money_words": words, "of_units": of_units, "thing_address": thing_address}


def of_units(units: int | None, currency: str) -> Decimal | None:
    """So many minor units as an amount, for the filters of money."""
    return None if units is None else Money.from_units(units, currency).amount


def thing_address(kind: str, number: int) -> str:
    """Where the thing of an amount is shown; empty where there is no page for it."""
    return THING_PATHS.get(kind, "").format(number)


def amount_of(text: str, currency: str) -> Money | None:
    """An amount as people write it, "1,200.50"; None for what is none, or finer than the currency."""
    found = decimal(text)
    try:
        return Money(found, currency) if found is not None else None
    except ValueError:
        return None


def amount_typed(name: str, currency: str, reasons: list[Reason], needed: bool = False) -> Money | None:
    """The amount in this field of the form; None where it is empty, and a reason where it is none."""
    text = request.form.get(name, "").strip()[:40]
    if not text:
        if needed:
            reasons.append(Reason("missing", name, NOT_AN_AMOUNT))
        return None
    found = amount_of(text, currency)
    if found is None:
        reasons.append(Reason("amount", name, NOT_AN_AMOUNT))
    return found
