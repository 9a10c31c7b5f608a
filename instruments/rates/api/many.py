"""Prices of many cards at once for programs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response

from instruments.database.transactions import perform
from instruments.errors import Refusal, together
from instruments.people.bearer import token_required
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.rates import changing
from instruments.rates.api.doors import api, owner_at
from instruments.rates.changing import Changed
from instruments.rates.described import Change, differences
from instruments.rates.drafting import described
from instruments.rates.schemas import (
    PricesChangedOut,
    PricesChangeIn,
)
from instruments.rates.telling import (
    differences_told,
    owner_told,
)
from instruments.rates.typed import Reading
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, fitting, takes

# --- Many at once


@api.post("/labs/<int:lab_id>/price-changes")
@token_required("labs:write")
@takes(api, PricesChangeIn)
@api.output(PricesChangedOut)
@api.doc(responses=[404])
def change_many(lab_id: int, wanted: Incoming[PricesChangeIn]) -> Response:
    """Change the prices of a lab's cards by so many percent, each as a draft; dry_run says what it would do."""
    actor = require(Action.PRICES_EDIT, owner_at({"lab_id": lab_id}).scope)
    (body, unread), reading = fitting(wanted), Reading()
    change = Change(
        reading.percent(body.percent, "percent") or Decimal(0), body.step, frozenset(body.customer_classes),
        frozenset(body.modes), frozenset(body.units),
    )  # fmt: skip
    if unread or reading.reasons:
        raise Refusal(together([*unread, *reading.reasons], changing.against_change(change)))
    chosen = set(body.cards) or {card.id for card in changing.cards_of_lab(lab_id)}
    found = [each for each in changing.preview(lab_id, chosen, change, body.valid_from) if each.differs]
    told = [_changed(each) for each in found]
    if not body.dry_run:
        now = clock.now()
        made = perform(
            lambda: [
                (row.card_id, row.id)
                for row in changing.change_many(actor, lab_id, chosen, change, body.valid_from, now)
            ]
        )
        told = [each | {"version_id": dict(made)[each["card_id"]]} for each in told]
    return answer({"items": told})


def _changed(each: Changed) -> dict[str, Any]:
    return {
        "card_id": each.before.card_id,
        "owner": owner_told(each.owner),
        "before_version_id": each.before.id,
        "version_id": None,
        "prices": differences_told(differences(described(each.before), each.after)),
    }
