"""What the doors of month end share: the blueprint, the institution in the address, amounts, and noting a look."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from functools import partial
from typing import Any

from flask import Blueprint, request

from instruments.charges.closing.months import is_month
from instruments.charges.closing.papers import number_of
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason
from instruments.journal.record import entry, record, record_many
from instruments.money import Money
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import the_actor
from instruments.typed import decimal
from instruments.web import clock

pages = Blueprint("month_end", __name__)
HOUSE = "/institutions/<int:institution_id>"


@pages.context_processor
def _money() -> dict[str, Any]:
    return {"of_units": of_units, "number_of": number_of}


def of_units(units: int, currency: str) -> Decimal:
    """So many minor units as an amount, for the filters of money."""
    return Money.from_units(units, currency).amount


def the_house(institution_id: int, action: Action = Action.LEDGER_SEE) -> tuple[Actor, Institution]:
    """Who asks and the institution, where they may do this in its books; as if it were not there where they may not."""
    actor, home = the_actor(), db.session.get(Institution, institution_id)
    if home is None or not may(actor, action, Scope(institution_id)):
        raise nothing_here()
    return actor, home


def nothing_here() -> NotFound:
    """The refusal of an address that there is not for whoever asks."""
    return NotFound([Reason("not_found", None, N_("There is nothing at this address."))])


def month_of(text: str) -> str:
    """The month in the address."""
    if not is_month(text):
        raise nothing_here()
    return text


def note_look(actor: Actor, thing: tuple[str, int], institution_id: int, what: str = "") -> None:
    """Note that somebody looked at money that is not their own."""
    perform(
        partial(
            record, now=clock.now(), actor_id=actor.person_id, deed="money.looked_at", thing=thing,
            institution_id=institution_id, detail={"what": what} if what else {},
        )
    )  # fmt: skip


def note_lists(actor: Actor, institution_ids: Collection[int], what: str) -> None:
    """Note that somebody looked at a list of what institutions issued, each once, in one deed."""
    now = clock.now()
    looks = [
        entry(
            now=now, actor_id=actor.person_id, deed="money.looked_at", thing=("institution", each),
            institution_id=each, detail={"what": what},
        )
        for each in sorted(institution_ids)
    ]  # fmt: skip
    if looks:
        perform(partial(record_many, looks))


def amount_typed(name: str, currency: str, reasons: list[Reason]) -> Money | None:
    """The amount in this field of the form; None and a reason where it is none."""
    number = decimal(request.form.get(name, ""))
    try:
        found = Money(number, currency) if number is not None else None
    except ValueError:
        found = None
    if found is None or found.units <= 0:
        reasons.append(Reason("amount", name, N_("Write an amount, like 1200 or 1200.50.")))
        return None
    return found
