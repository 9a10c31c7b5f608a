"""Prices as JSON: what the public contract says of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from instruments.funds.subsidizing import Offer
from instruments.money import Money
from instruments.rates.lines import Line
from instruments.reservations.paying.quotation import Quotation
from instruments.reservations.paying.recalling import Borne, Price
from instruments.web import reasons


def money(amount: Money) -> dict[str, str]:
    """An amount as a decimal string, with its currency."""
    return {"amount": str(amount.amount), "currency": amount.currency}


def price(found: Price) -> dict[str, Any]:
    """What a reservation was quoted."""
    return {
        "total": money(found.total),
        "at_most": None if found.ceiling is None else money(found.ceiling),
        "customer_class": found.customer_class,
        "why": [reasons.sentence(reason) for reason in found.why],
        "mode": found.mode,
        "version_id": found.version_id,
        "lines": _lines(found.lines),
        "borne": [_borne(each) for each in found.borne],
        "to_pay": money(found.to_pay),
        "paid_from": [
            {
                "fund_id": each.fund_id, "name_en": each.name_en, "name_zh": each.name_zh,
                "percent": str(each.percent), "amount": money(each.share),
            }
            for each in found.paid_from
        ],
    }  # fmt: skip


def quoted(found: Quotation) -> dict[str, Any]:
    """What a time would cost, in the same shape. Funds are named by their numbers alone: whoever asks knows them."""
    terms = found.quote.terms
    chosen = found.subsidies.chosen if found.subsidies else ()
    return {
        "total": money(found.total),
        "at_most": None,
        "customer_class": terms.customer_class,
        "why": [reasons.sentence(found.customer.why)],
        "mode": terms.mode,
        "version_id": terms.version_id,
        "lines": _lines((each.customer_class, each.line) for each in found.shared.lines),
        "borne": [
            _borne(Borne(each.id, *names_of(each), found.borne[each.id], each.terms.afterwards))
            for each in chosen
            if each.id in found.borne
        ],
        "to_pay": money(found.to_pay),
        "paid_from": [],
    }


def names_of(offer: Offer) -> tuple[str, str]:
    """A programme's names in English and Chinese: they stand together, with a stroke between them."""
    english, _, chinese = offer.terms.name.partition(" / ")
    return english, chinese or english


def _borne(one: Borne) -> dict[str, Any]:
    return {
        "programme_id": one.programme_id, "name_en": one.name_en, "name_zh": one.name_zh, "amount": money(one.amount),
        "afterwards": one.afterwards,
    }  # fmt: skip


def _lines(lines: Iterable[tuple[str, Line]]) -> list[dict[str, Any]]:
    return [
        {
            "kind": line.kind,
            "unit": line.unit,
            "customer_class": customer,
            "price": money(line.price),
            "factor": str(line.factor),
            "amount": money(line.amount),
            "why": [reasons.sentence(reason) for reason in line.why],
        }
        for customer, line in lines
    ]
