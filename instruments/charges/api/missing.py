"""The worklist of what is not charged yet, for programs: what each lacks, and naming it, singly or by rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response

from instruments.charges import naming, naming_many, worklist
from instruments.charges.api.telling import api, looked, nothing, one, the
from instruments.charges.charging import charge, prepare
from instruments.charges.schemas import (
    AllMissingOut,
    MissingQuery,
    NamedNowOut,
    PayerIn,
    UsePriceIn,
    WholeChargeOut,
)
from instruments.charges.sight import is_own, visible_charge
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Reason
from instruments.money import Money
from instruments.people.bearer import token_required
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import the_actor
from instruments.rates.kept import reasons_from_json
from instruments.usage.kinds import CONFIRMED
from instruments.web import clock, paging, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, asks, takes, whole
from instruments.web.language import in_language
from instruments.web.reasons import in_full

MISSING = "/charges/missing"
OF_USE = f"{MISSING}/<int:use_id>/<int:customer>"
OF_LAB = "/labs/<int:lab_id>/charges/missing"
MOST_FEES = 200


@api.get(MISSING)
@token_required("money:read")
@asks(api, MissingQuery)
@api.output(AllMissingOut)
@api.doc(responses=[404])
def missing(query: MissingQuery) -> Response:
    """What a lab cannot charge yet: uses with every piece that is missing, and fees without a payer. A look is noted."""
    actor, lab, now = the_actor(), _entered(query.lab_id), clock.now()
    looked(actor, ("lab", lab.id), lab.institution_id, lab.id, "not charged")
    after = paging.decode(query.cursor, (int, int))
    rows, last = worklist.unpriced(query.lab_id, worklist.Place(*after) if after else None, query.limit)
    following = paging.encode(list(last)) if last else None
    fees = [] if after else worklist.unpaid_fees(query.lab_id, MOST_FEES)
    return answer(
        {
            "total": worklist.how_many([query.lab_id]).get(query.lab_id, 0),
            "items": [_use(actor, row, now) for row in rows],
            "fees": [_fee(actor, row, now) for row in fees],
            "next": following,
        }
    )


@api.post(f"{OF_USE}/payer")
@token_required("money:write")
@takes(api, PayerIn)
@api.output(NamedNowOut)
@api.doc(responses=[404])
def name_payer(use_id: int, customer: int, wanted: Incoming[PayerIn]) -> Response:
    """Say who pays for a use; it is charged at once if nothing else is missing. Again changes nothing: 404."""
    actor, now = the_actor(), clock.now()
    naming.the_missing(actor, use_id, customer)
    body = whole(wanted)

    def act() -> list[int]:
        naming.name_payer(actor, use_id, customer, body.kind, body.id, now)
        return [use_id]

    return _named(act, actor, now)


@api.post(f"{OF_USE}/price")
@token_required("money:write")
@takes(api, UsePriceIn)
@api.output(NamedNowOut)
@api.doc(responses=[404])
def choose_price(use_id: int, customer: int, wanted: Incoming[UsePriceIn]) -> Response:
    """Charge a use by what was published for its day. Again changes nothing: 404."""
    actor, now = the_actor(), clock.now()
    naming.the_missing(actor, use_id, customer)
    body = whole(wanted)

    def act() -> list[int]:
        naming.choose_price(actor, use_id, customer, body.reason, now)
        return [use_id]

    return _named(act, actor, now)


@api.post("/charges/<int:charge_id>/payer")
@token_required("money:write")
@takes(api, PayerIn)
@api.output(WholeChargeOut)
@api.doc(responses=[404, 412, 428])
def name_fee_payer(charge_id: int, wanted: Incoming[PayerIn]) -> Response:
    """Say who pays a fee that waits for it: it is posted. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    versions.matched(visible_charge(actor, charge_id).version)
    body = whole(wanted)
    perform(lambda: naming_many.name_fee_payer(actor, charge_id, body.kind, body.id, now))
    return one(actor, charge_id)


@api.post(f"{OF_LAB}/prices")
@token_required("money:write")
@takes(api, UsePriceIn)
@api.output(NamedNowOut)
@api.doc(responses=[404])
def choose_prices(lab_id: int, wanted: Incoming[UsePriceIn]) -> Response:
    """Charge every use of a lab that lacks a price by what was published for its day, up to 500 at once."""
    actor, now = the_actor(), clock.now()
    _entered(lab_id)
    body = whole(wanted)
    return _named(lambda: naming_many.choose_prices(actor, lab_id, body.reason, now), actor, now)


@api.post(f"{OF_LAB}/payers")
@token_required("money:write")
@api.output(NamedNowOut)
@api.doc(responses=[404])
def name_payers(lab_id: int) -> Response:
    """Name for each use and fee of a lab that lacks a payer the fund that could pay, where there is just one."""
    actor, now = the_actor(), clock.now()
    _entered(lab_id)
    return _named(lambda: naming_many.name_only_funds(actor, lab_id, now), actor, now)


def _entered(lab_id: int) -> Lab:
    lab: Lab = the(Lab, lab_id)
    if not may(the_actor(), Action.CHARGE_PREPARE, Scope(lab.institution_id, lab.id)):
        raise nothing()
    return lab


def _named(act: Callable[[], list[int]], actor: Actor, now: datetime) -> Response:
    """Name it, and charge at once what lacks nothing more."""
    uses = perform(act)
    prepared = prepare(uses)
    db.session.rollback()
    charges = perform(lambda: charge(prepared, now, actor.person_id))
    still = [reason for each in prepared.lacking for reason in each.reasons]
    return answer({"uses": uses, "charges": charges, "still_missing": _pieces(still)})


def _pieces(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    return [{"code": reason.code, "message": in_full(reason)} for reason in reasons]


def _use(actor: Actor, row: Any, now: datetime) -> dict[str, Any]:
    zone = ZoneInfo(row.zone)
    return {
        "use_id": row.use_id,
        "customer": row.customer,
        "instrument": {
            "id": row.instrument_id, "name_en": row.instrument_en, "name_zh": row.instrument_zh,
        },
        "user": in_language(row.user_en or "", row.user_zh or ""),
        "start": row.started_at.astimezone(zone),
        "end": row.ended_at.astimezone(zone),
        "confirmed": row.state == CONFIRMED,
        "reservation_id": row.reservation_id,
        "missing": _pieces(reasons_from_json(row.reasons)),
        "funds": naming.funds_of(row, now),
        "own": is_own(actor, row),
    }  # fmt: skip


def _fee(actor: Actor, row: Any, now: datetime) -> dict[str, Any]:
    return {
        "charge_id": row.id,
        "kind": row.kind,
        "service_on": row.service_on,
        "amount": str(Money.from_units(row.total_units, row.currency).amount),
        "currency": row.currency,
        "user_id": row.user_id,
        "funds": naming.funds_of(row, now),
        "own": is_own(actor, row),
    }
