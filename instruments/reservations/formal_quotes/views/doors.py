"""What the doors of formal quotes share: the blueprint, whose looks are noted, and the numbers in forms."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, url_for

from instruments.database.transactions import perform
from instruments.funds.whose import note_look
from instruments.people.rights import Actor
from instruments.reservations.formal_quotes.finding import is_payers
from instruments.web import clock

pages = Blueprint("formal_quotes", __name__)
ONE = "/formal-quotes/<int:quote_id>"
# Refusals that a page shows; the others are answered as everywhere.


def note(actor: Actor, row: Any) -> None:
    """Note that somebody looked at a quote for other people's money; one's own is not noted."""
    if not is_payers(actor, row):
        now, number, institution_id = clock.now(), row.id, row.institution_id
        perform(lambda: note_look(actor, ("formal_quote", number), institution_id, now))


def address_of(row: Any) -> str:
    """Where a quote is read and accepted, for paper."""
    return f"{current_app.config['BASE_URL']}{url_for('formal_quotes.quote', quote_id=row.id)}"
