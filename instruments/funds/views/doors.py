"""What the doors of funds share: the blueprint, what forms say, and where the thing of an amount is shown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, current_app, request
from werkzeug.exceptions import HTTPException

from instruments.errors import N_, Reason
from instruments.funds import words
from instruments.money import Money
from instruments.people.models import Person
from instruments.people.roles import active_person
from instruments.people.signing import today
from instruments.qualifications.views.papers import Papers
from instruments.web import clock

pages = Blueprint("funds", __name__)
MOST_PEOPLE = 100
PROOFS = Papers("proofs", "document")
THING_PATHS = {
    "fund": "/funds/{}",
    "account": "/ledger/accounts/{}",
    "reservation": "/reservations/{}",
    "charge": "/charges/{}",
    "use": "/uses/{}",
    "statement": "/statements/{}",
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
    if kind not in THING_PATHS:
        return ""
    path = THING_PATHS[kind].format(number)
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return ""
    return path


def amount_of(text: str, currency: str) -> Money | None:
    """An amount as people write it, "1,200.50"; None for what is none, or finer than the currency."""
    try:
        return Money(Decimal(text.replace(",", "").replace("，", "")), currency)
    except (InvalidOperation, ValueError):
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


def day_typed(name: str, reasons: list[Reason], needed: bool = False) -> date | None:
    """The date in this field of the form; None where it is empty, and a reason where it is none."""
    text = request.form.get(name, "").strip()
    try:
        if text:
            return date.fromisoformat(text)
    except ValueError:
        needed = True
    if needed:
        reasons.append(Reason("date", name, N_("Write a date, like 2027-03-01.")))
    return None


def people_typed(reasons: list[Reason], field: str = "people") -> list[Person]:
    """The people whose mail addresses stand in this field, apart by spaces, commas or lines."""
    typed = request.form.get(field, "").replace("\0", " ")
    for mark in ",;，；、":
        typed = typed.replace(mark, " ")
    mails = list(dict.fromkeys(each.lower() for each in typed.split()))[:MOST_PEOPLE]
    found = []
    for mail in mails:
        person = active_person(mail, today(clock.now()))
        if person is None:
            sentence = N_("Nobody with an account has the address %(mail)s.")
            remedy = N_("Look at the spelling, or invite them first.")
            reasons.append(Reason("no_person", field, sentence, {"mail": mail[:200]}, remedy))
        else:
            found.append(person)
    return found


def number_typed(name: str) -> int | None:
    """A whole number that a column can hold, or None."""
    text = request.form.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def numbers_of(texts: list[str]) -> frozenset[int]:
    """Whole numbers among what was ticked or typed."""
    return frozenset(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 16)


def page_number() -> int:
    """Which page of a list is asked for."""
    return max(1, min(request.args.get("page", 1, type=int), 100_000))
