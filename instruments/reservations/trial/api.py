"""The door of tried times for programs."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.reservations.bookable import bookable
from instruments.reservations.paying import wire
from instruments.reservations.trial.schemas import TrialOut, TrialQuery
from instruments.reservations.trial.trying import somebody, try_as
from instruments.web import clock
from instruments.web.incoming import asks
from instruments.web.reasons import as_listed

api = APIBlueprint("trial_api", __name__, url_prefix="/api/v1", tag="Times tried as others")


@api.get("/instruments/<int:instrument_id>/trial")
@token_required("labs:read")
@asks(api, TrialQuery)
@api.output(TrialOut)
@api.doc(responses=[404, 422])
def trial(instrument_id: int, query: TrialQuery) -> dict[str, Any]:
    """What somebody of a circle or an institution would be told who asks for this time, for whoever sets the rules of the
    instrument. They hold no qualification and have used nothing of their quotas; nothing is written."""
    thing = bookable(instrument_id)
    found = try_as(somebody(the_actor(), query.seen_as, thing), thing, query.start, query.end, clock.now())
    return {
        "outcome": "refused" if found.reasons else "asks" if found.asks else "books",
        "reasons": as_listed(found.reasons),
        "prices": [
            {"mode": mode, "customer_class": key, "total": wire.money(total)}
            for mode, key, total in found.prices
        ],
    }
