"""Programmes in the reader's words: which may be chosen, why others do not pay here, and what each bears of a price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext

from instruments.funds.programmes import Programme, Standing
from instruments.funds.sharing import LATER
from instruments.funds.subsidizing import Offer
from instruments.money import Money
from instruments.reservations.paying import words
from instruments.reservations.paying.quotation import Quotation
from instruments.web import formats
from instruments.web.reasons import in_full, sentence

# Whoever lacks nothing but these can still have them, and is told of the programme.
CAN_BE_HAD = {"not_admitted", "no_declaration"}


def programme_choices(offers: Sequence[Offer], payment: Iterable[int], *, own: bool) -> dict[str, Any]:
    """Arguments for the fields of programmes. own: whether the reader pays themselves, and so may read what is left.

    key: which they are, so that the fields are drawn anew when others are open to whoever pays.
    """
    chosen = set(payment)
    able = [each for each in offers if not each.why_not or each.id in chosen]
    return {
        "key": ",".join(str(each.id) for each in able),
        "options": [
            {
                "id": each.id,
                "name": formats.own_words(each.terms.name),
                "hint": words.joined(_terms(each.terms, each.standing if own else None)),
                "chosen": each.id in chosen,
            }
            for each in able
        ],
        "others": [
            {"id": each.id, "words": words.joined([in_full(reason) for reason in each.why_not])}
            for each in offers
            if own and each.why_not and each.id not in chosen and _is_near(each)
        ],
    }


def _is_near(offer: Offer) -> bool:
    """Whether to tell why it does not pay: not of what is for other payers, nor of all that somebody never asked for."""
    codes = {reason.code for reason in offer.why_not}
    return "payer_kind" not in codes and ("not_admitted" not in codes or codes <= CAN_BE_HAD)


def _terms(terms: Programme, standing: Standing | None) -> list[str]:
    said = [gettext("Bears %(rate)s%% of what it is for.", rate=formats.count(terms.rate))]
    if terms.cap_per_order is not None:
        said.append(gettext("At most %(sum)s for one order.", sum=words.money(terms.cap_per_order)))
    if standing is not None and terms.cap_per_year is not None:
        left = max(terms.cap_per_year - standing.in_the_year, Money.none(terms.cap_per_year.currency))
        said.append(gettext("%(sum)s is left for this year.", sum=words.money(left)))
    return said


def borne_lines(found: Quotation) -> list[dict[str, Any]]:
    """What each chosen programme bears of a price, and why so much."""
    chosen = {each.id: each for each in found.subsidies.chosen} if found.subsidies else {}
    return [
        {
            "name": formats.own_words(chosen[part.programme_id].terms.name),
            "amount": words.money(-part.amount),
            "why": words.joined([sentence(reason) for reason in part.why]),
            "later": words.money(part.amount) if part.role == LATER else "",
        }
        for part in found.shared.parts
        if part.programme_id is not None and part.programme_id in chosen
    ]


def against_programmes(found: Quotation | None) -> list[str]:
    """Why those that were chosen do not pay."""
    if found is None or found.subsidies is None:
        return []
    return list(dict.fromkeys(in_full(reason) for reason in found.subsidies.objections()))
