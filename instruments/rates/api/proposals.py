"""What labs propose, for programs of their institution: listed beside what holds, answered several at once, all or none."""

from __future__ import annotations

from typing import Any

from flask import Response

from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.rates.api.doors import api
from instruments.rates.owners import version_at
from instruments.rates.proposal_schemas import PriceProposalsOut, ProposalAnswerIn, ProposalReturnIn
from instruments.rates.proposals import Proposal, decline_several, looked_at, publish_several, waiting
from instruments.rates.schemas import VersionsOut
from instruments.rates.telling import differences_told, version_told
from instruments.rates.views.proposals import entered
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, takes, whole
from instruments.web.reasons import as_listed

ADDRESS = "/institutions/<int:institution_id>/price-proposals"


@api.get(ADDRESS)
@token_required("labs:read")
@api.output(PriceProposalsOut)
@api.doc(responses=[404])
def proposals(institution_id: int) -> Response:
    """What the labs of an institution proposed and nobody answered yet, as who approves: beside what holds on its first day."""
    entered(institution_id)
    now = clock.now()
    return answer({"items": [_told(looked_at(row, now)) for row in waiting(institution_id)]})


@api.post(f"{ADDRESS}/publish")
@token_required("labs:write")
@takes(api, ProposalAnswerIn)
@api.output(VersionsOut)
@api.doc(responses=[404, 422])
def publish_proposals(institution_id: int, wanted: Incoming[ProposalAnswerIn]) -> Response:
    """Approve these, each as it was seen; all of them, or none with every reason."""
    _, actor = entered(institution_id)
    chosen, now = _chosen(whole(wanted)), clock.now()
    return _answered(perform(lambda: [row.id for row in publish_several(actor, institution_id, chosen, now)]))


@api.post(f"{ADDRESS}/decline")
@token_required("labs:write")
@takes(api, ProposalReturnIn)
@api.output(VersionsOut)
@api.doc(responses=[404, 422])
def decline_proposals(institution_id: int, wanted: Incoming[ProposalReturnIn]) -> Response:
    """Send these back to their labs with one reason; all of them, or none."""
    _, actor = entered(institution_id)
    body, now = whole(wanted), clock.now()
    chosen, reason = _chosen(body), body.reason
    return _answered(
        perform(lambda: [row.id for row in decline_several(actor, institution_id, chosen, reason, now)])
    )


def _chosen(body: ProposalAnswerIn) -> dict[int, int]:
    return {each.id: each.version for each in body.items}


def _answered(numbers: list[int]) -> Response:
    return answer({"items": [version_told(version_at(number)) for number in numbers]})


def _told(one: Proposal) -> dict[str, Any]:
    return {
        "proposed": version_told(one.row),
        "version": one.row.version,
        "before_version_id": one.before and one.before.id,
        "prices": differences_told(one.prices),
        "other": one.other,
        "without_price": [{"customer_class": customer, "mode": mode} for customer, mode in one.without],
        "problems": [
            {name: each[name] for name in ("code", "field", "message")} for each in as_listed(one.reasons)
        ],
    }
