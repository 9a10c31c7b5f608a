"""What the doors of charges for programs share: the blueprint, a look noted, and a charge with its chain on the wire."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response

from instruments.charges import listing
from instruments.charges.chain import chain_of
from instruments.charges.disputing import OPEN
from instruments.charges.looking import note_look
from instruments.charges.lowering import disputed
from instruments.charges.other_funds import changes_of
from instruments.charges.sight import of_creditor, sees_entry, sees_share, visible_charge
from instruments.charges.waiting_answers import waiting_answer
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason
from instruments.money import Money
from instruments.people.rights import Action, Actor, Scope, may
from instruments.rates.kept import reasons_from_json
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.reasons import sentence

api = APIBlueprint("charges_api", __name__, url_prefix="/api/v1", tag="Charges")


def allowed(actor: Actor, action: Action, scope: Scope, thing: tuple[str, int], what: str) -> None:
    """Let those in who may, and note their look; NotFound as for none for the others."""
    if not may(actor, action, scope):
        raise nothing()
    looked(actor, thing, scope.institution_id, scope.lab_id, what)


def looked(
    actor: Actor,
    thing: tuple[str, int],
    institution_id: int | None,
    lab_id: int | None = None,
    what: str = "",
) -> None:
    """Note a look at money that is not the actor's own; what: of a place, which list."""
    now = clock.now()
    perform(lambda: note_look(actor, thing, now, institution_id, lab_id, what))


def the(model: Any, number: int) -> Any:
    """The thing of this number; NotFound where there is none."""
    found = db.session.get(model, number)
    if found is None:
        raise nothing()
    return found


def nothing() -> NotFound:
    """There is nothing here, for who asks."""
    return NotFound([Reason("not_found", None, N_("There is nothing at this address."))])


def one(actor: Actor, charge_id: int) -> Response:
    """The answer that is a charge with its chain, and its ETag."""
    row = visible_charge(actor, charge_id)
    return answer(whole_charge(actor, row), version=row.version)


def whole_charge(actor: Actor, row: Any) -> dict[str, Any]:
    """A charge with its chain, as far as the actor sees it."""
    chain, creditor = chain_of(row, clock.now()), of_creditor(actor, row)
    (told,) = listing.page(listing.only(row.id), listing.Which(), None, 1)
    zone = ZoneInfo(chain.place.zone)

    def there(moment: datetime | None) -> datetime | None:
        return moment and moment.astimezone(zone)

    return told_charge(told) | {
        "customer_class": row.customer_class,
        "version_id": row.version_id,
        "lacking": [sentence(reason) for reason in chain.lacking],
        "why_class": [sentence(reason) for reason in chain.why_class],
        "quoted": None if chain.price is None else _amount(chain.price.quoted_units, chain.price.currency),
        "lines": [_line(each, row.currency) for each in chain.lines],
        "shares": [
            _share(each, row.currency) for each in chain.shares if creditor or sees_share(actor, row, each)
        ],
        "entries": [_entry(each) for each in chain.entries if sees_entry(actor, row, each)],
        "disputes": [
            {
                "id": each.id, "line": each.position, "line_kind": each.line_kind or None, "state": each.state,
                "reason": each.reason, "raised_at": there(each.raised_at), "due_at": there(each.due_at),
                "escalated_at": there(each.escalated_at), "at_most": _at_most(row, each), "answer": each.answer,
                "less": _less(row, each), "decided_at": there(each.decided_at), "result_id": each.result_id,
                "waiting_id": _waiting_id(each), **_by_whom(each),
            }
            for each in chain.disputes
        ],
        "taken_off": [
            {
                "dispute_id": each.id, "charge_id": each.charge_id, "amount": _less(row, each),
                "line_kind": each.line_kind or None, "reason": each.answer, "decided_at": there(each.decided_at),
                **_by_whom(each),
            }
            for each in chain.taken_off
        ],
        "fund_changes": [
            {
                "id": each.id, "fund_id": each.fund_id, "code": each.code or each.said, "state": each.state,
                "reason": each.reason, "asked_at": there(each.asked_at), "answer": each.answer,
                "decided_at": there(each.decided_at), "result_id": each.result_id,
            }
            for each in changes_of(row.id)
        ],
        "related": [each.id for each in chain.related],
    }  # fmt: skip


def _at_most(row: Any, each: Any) -> str | None:
    return str(disputed(row, each.position).left.amount) if each.state == OPEN else None


def _less(row: Any, each: Any) -> str | None:
    return None if each.less_units is None else _amount(each.less_units, row.currency)


def _by_whom(each: Any) -> dict[str, Any]:
    return {
        "decided_by": _named(each.decided_by_id, each.decider_en, each.decider_zh),
        "agreed_by": _named(each.agreed_by_id, each.second_en, each.second_zh),
    }


def _waiting_id(each: Any) -> int | None:
    waiting = waiting_answer(each.id) if each.state == OPEN else None
    return None if waiting is None else int(waiting.id)


def told_charge(row: Any) -> dict[str, Any]:
    """A charge in a list."""
    names = (
        "id", "kind", "state", "service_on", "month", "currency", "reservation_id", "use_id", "reverses_id",
        "corrects_id", "about_id", "waits_for_second", "reason", "version",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names} | {
        "amount": _amount(row.total_units, row.currency),
        "lab": _named(row.lab_id, row.lab_en, row.lab_zh),
        "instrument": _named(row.instrument_id, row.instrument_en, row.instrument_zh),
        "user": _named(row.user_id, row.user_en, row.user_zh),
    }


def _named(number: int | None, name_en: str | None, name_zh: str | None) -> dict[str, Any] | None:
    return None if number is None else {"id": number, "name_en": name_en, "name_zh": name_zh}


def _amount(units: int, currency: str) -> str:
    return str(Money.from_units(units, currency).amount)


def _line(each: Any, currency: str) -> dict[str, Any]:
    names = ("position", "kind", "unit", "factor", "customer_class")
    return {name: getattr(each, name) for name in names} | {
        "quantity": str(Fraction(each.quantity_above, each.quantity_below)),
        "price": _amount(each.price_units, currency),
        "amount": _amount(each.amount_units, currency),
        "why": [sentence(reason) for reason in reasons_from_json(each.why)],
    }


def _share(each: Any, currency: str) -> dict[str, Any]:
    names = ("role", "route", "fund_id", "programme_id", "payer_institution_id")
    return {name: getattr(each, name) for name in names} | {"amount": _amount(each.amount_units, currency)}


def _entry(each: Any) -> dict[str, Any]:
    names = ("id", "debit", "credit", "month")
    return {name: getattr(each, name) for name in names} | {
        "amount": _amount(each.amount_units, each.currency),
        "debit_account_id": each.debit_id,
        "credit_account_id": each.credit_id,
    }
