"""What the doors of funds for programs share: the blueprint, amounts as text, and how things are told."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from instruments.errors import N_, Reason
from instruments.funds import listing
from instruments.funds.knowing import standings
from instruments.funds.views.doors import amount_of
from instruments.money import Money

api = APIBlueprint("funds_api", __name__, url_prefix="/api/v1", tag="Funds")


def text(units: int, currency: str) -> str:
    """An amount in minor units as programs read it: "1200.50"."""
    return str(Money.from_units(units, currency).amount)


def maybe(units: int | None, currency: str) -> str | None:
    """The same; None stays None."""
    return None if units is None else text(units, currency)


def amount_read(typed: str | None, currency: str, field: str, reasons: list[Reason]) -> Money | None:
    """The amount that a program sent; a reason where it is finer than the currency."""
    if typed is None:
        return None
    found = amount_of(typed, currency)
    if found is None:
        sentence = N_("This is finer than the currency, or there is no such currency.")
        reasons.append(Reason("amount", field, sentence))
    return found


def needed(typed: str, currency: str, field: str, reasons: list[Reason]) -> Money:
    """The amount that a program sent; nothing and a reason where it is none."""
    return amount_read(typed, currency, field, reasons) or Money.none(currency)


def named(row: Any) -> dict[str, Any] | None:
    """A person by number and names; None where there is none."""
    if row.person_id is None:
        return None
    return {"id": row.person_id, "name_en": row.name_en or "", "name_zh": row.name_zh or ""}


def fund_told(row: Any, standing: Any) -> dict[str, Any]:
    """A fund (a row of listing) with what became of its money."""
    names = (
        "id", "kind", "code", "name_en", "name_zh", "institution_id", "owner_institution_id", "group_id", "source",
        "currency", "valid_from", "valid_to", "state", "blocked_why", "overdrawn", "version",
    )  # fmt: skip
    money = row.currency
    return {
        **{name: getattr(row, name) for name in names},
        "budget": maybe(standing.budget, money),
        "spent": text(standing.spent, money),
        "held": text(standing.held, money),
        "left": maybe(standing.left, money),
        "warn_percents": list(row.warn_percents or ()),
    }


def whole_told(number: int) -> dict[str, Any]:
    """A fund with who may charge it and for what."""
    row, taken = listing.one(number), listing.taken_by_each(number)
    rights = [
        {
            "id": user.id,
            "person": named(user),
            "limit": maybe(user.limit_units, row.currency),
            "ends_on": user.ends_on,
            "taken": text(taken.get(user.person_id, 0), row.currency) if user.person_id else None,
        }
        for user in listing.users(number)
    ]
    told = fund_told(row, standings([number])[number])
    return {**told, "rights": rights, "allowed": allowed_told(number)}


def part_told(number: int) -> dict[str, Any]:
    """A fund without what is told only to those who see all of it."""
    row = listing.one(number)
    names = ("source", "budget", "spent", "held", "left", "warn_percents", "rights")
    told = fund_told(row, standings([number])[number])
    return {**told, **dict.fromkeys(names), "allowed": allowed_told(number)}


def allowed_told(number: int) -> dict[str, Any]:
    """What a fund may pay for."""
    permits = listing.allowed(number)
    return {
        "lab_ids": [each.lab_id for each in permits if each.lab_id],
        "institution_ids": [each.institution_id for each in permits if each.institution_id],
        "class_codes": [each.class_code for each in permits if each.class_code],
        "line_kinds": [each.line_kind for each in permits if each.line_kind],
    }
