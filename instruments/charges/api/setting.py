"""How an institution charges, for programs of its finance office."""

from __future__ import annotations

from decimal import Decimal

from flask import Response

from instruments.charges.api.telling import api, nothing, the
from instruments.charges.changing_settings import change_settings
from instruments.charges.schemas import ChargingIn, ChargingOut
from instruments.charges.settings import Settings, settings_of
from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import the_actor
from instruments.web import clock, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, fitting, takes

ADDRESS = "/institutions/<int:institution_id>/charging"


@api.get(ADDRESS)
@token_required("money:read")
@api.output(ChargingOut)
@api.doc(responses=[404])
def charging(institution_id: int) -> Response:
    """How an institution charges; its ETag is what a change must name."""
    _entered(institution_id)
    return _told(institution_id)


@api.put(ADDRESS)
@token_required("money:write")
@takes(api, ChargingIn)
@api.output(ChargingOut)
@api.doc(responses=[404, 412, 428])
def set_charging(institution_id: int, wanted: Incoming[ChargingIn]) -> Response:
    """Set it anew, for what is posted from now on. Needs If-Match."""
    actor, now = _entered(institution_id), clock.now()
    seen = settings_of([institution_id])[institution_id].version
    versions.matched(seen)
    body, reasons = fitting(wanted)
    share, tax, above = (
        int(Decimal(each) * 100) for each in (body.share_percent, body.tax_percent, body.second_above)
    )
    new = Settings(share, tax, above, body.answer_days)
    perform(lambda: change_settings(actor, institution_id, new, seen, now, reasons))
    return _told(institution_id)


def _entered(institution_id: int) -> Actor:
    actor = the_actor()
    the(Institution, institution_id)
    if not may(actor, Action.CHARGING_SET, Scope(institution_id=institution_id)):
        raise nothing()
    return actor


def _told(institution_id: int) -> Response:
    now = settings_of([institution_id])[institution_id]
    body = {
        "institution_id": institution_id,
        "share_percent": f"{Decimal(now.share_rate) / 100:.2f}",
        "tax_percent": f"{Decimal(now.tax_rate) / 100:.2f}",
        "second_above": f"{Decimal(now.second_above_units) / 100:.2f}",
        "answer_days": now.answer_days,
    }
    return answer(body, version=now.version)
