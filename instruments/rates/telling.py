"""Prices as programs read them: versions, what they would do, what tells two of them apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from instruments.money import Money
from instruments.rates.card import Window
from instruments.rates.described import Described, Difference, Price, halves
from instruments.rates.drafting import described
from instruments.rates.looking import Looked
from instruments.rates.models import CustomerSplit, RateVersion, Service
from instruments.rates.owners import CardOwner, owner_of_card
from instruments.rates.typed import clock_text, plain


def version_told(row: RateVersion) -> dict[str, Any]:
    """A version whole."""
    owner = owner_of_card(row.card)
    return {
        "id": row.id,
        "card_id": row.card_id,
        "owner": owner_told(owner),
        "lab_id": owner.lab.id,
        "state": row.state,
        "proposed_by": row.proposed_by_id,
        "proposed_at": row.proposed_at,
        "approved_by": row.approved_by_id,
        "approved_at": row.approved_at,
        **said_told(described(row)),
    }


def said_told(said: Described) -> dict[str, Any]:
    """What a version says, by the names of `schemas.VersionIn`."""
    return {
        "valid_from": said.valid_from.isoformat(),
        "valid_to": said.valid_to and said.valid_to.isoformat(),
        "currency": said.currency,
        "basis": said.basis,
        "increment": said.increment,
        "operator_increment": said.operator_increment,
        "operator_windows": said.operator_windows,
        "overrun": plain(said.overrun),
        "late_percent": None if said.fees.late_percent is None else plain(said.fees.late_percent),
        "free_hours": said.fees.free_hours,
        "no_show_percent": None if said.fees.no_show_percent is None else plain(said.fees.no_show_percent),
        "note": said.note,
        "windows": [window_told(window) for window in said.windows],
        "prices": [_price(price) for price in said.prices],
    }


def window_told(window: Window) -> dict[str, Any]:
    """A window of the week, as it is read by programs and typed in the editor."""
    return {
        **dict(zip(("name_en", "name_zh"), halves(window.name), strict=True)),
        "since": clock_text(window.since),
        "until": clock_text(window.until),
        "factor": plain(window.factor),
        "days": sorted(window.days),
    }


def _price(price: Price) -> dict[str, Any]:
    return {
        "customer_class": price.customer, "mode": price.mode, "unit": price.unit, "price": str(price.amount.amount),
        "code": price.code, "name_en": price.name_en, "name_zh": price.name_zh,
    }  # fmt: skip


def owner_told(owner: CardOwner) -> dict[str, Any]:
    """Whose prices they are."""
    return {"kind": owner.kind, "id": owner.id, "name_en": owner.row.name_en, "name_zh": owner.row.name_zh}


def looked_told(looked: Looked, words: Any, reasons: Any) -> dict[str, Any]:
    """What a version would do. words: a reason as a sentence; reasons: several as programs read them."""
    return {
        "problems": [
            {name: each[name] for name in ("code", "field", "message")} for each in reasons(looked.reasons)
        ],
        "without_price": [
            {"customer_class": customer, "mode": mode} for customer, mode in looked.holes.pairs
        ],
        "dates_without_price": [
            {"since": each.since.isoformat(), "until": each.until and each.until.isoformat()}
            for each in looked.holes.dates
        ],
        "ends_version": looked.ends and looked.ends.id,
        "currency": looked.said.currency,
        "examples": [
            {
                "mode": each.mode,
                "words": words(each.words),
                "amounts": {customer: amount_told(amount) for customer, amount in each.amounts.items()},
            }
            for each in looked.examples
        ],
    }


def differences_told(found: Iterable[Difference]) -> list[dict[str, Any]]:
    """Prices that are not the same in both."""
    return [
        {
            "customer_class": each.price.customer,
            "mode": each.price.mode,
            "unit": each.price.unit,
            "code": each.price.code,
            "before": amount_told(each.before),
            "after": amount_told(each.after),
            "percent": None if each.share is None else plain(round(each.share * 100, 2)),
        }
        for each in found
    ]


def split_told(row: CustomerSplit) -> dict[str, Any]:
    """A finer class."""
    return {
        "id": row.id, "key": row.key, "lab_id": row.lab_id, "base": row.base, "name_en": row.name_en,
        "name_zh": row.name_zh, "institutions": [member.institution_id for member in row.members],
    }  # fmt: skip


def service_told(row: Service) -> dict[str, Any]:
    """A service."""
    return {
        "id": row.id, "lab_id": row.lab_id, "name_en": row.name_en, "name_zh": row.name_zh,
        "description_en": row.description_en, "description_zh": row.description_zh, "archived": row.archived,
    }  # fmt: skip


def amount_told(amount: Money | None) -> str | None:
    """An amount as a decimal string; the currency stands beside."""
    return None if amount is None else str(amount.amount)
