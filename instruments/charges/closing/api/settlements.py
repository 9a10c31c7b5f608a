"""Settlement between institutions for programs: positions, proposals to net, and the answers of the two finance offices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, url_for

from instruments.charges.closing.api.telling import api, files, text
from instruments.charges.closing.netting.accepting import accept, decline, lapse_if_changed, withdraw
from instruments.charges.closing.netting.owing import positions
from instruments.charges.closing.netting.proposing import propose
from instruments.charges.closing.netting.schemas import (
    PositionsOut,
    PositionsQuery,
    ProposalAcceptIn,
    ProposalCloseIn,
    ProposalsOut,
    ProposalsQuery,
    SettlementProposeIn,
    WholeProposalOut,
)
from instruments.charges.closing.netting.seeing import listed, shown, the_proposal
from instruments.charges.closing.papers import number_of
from instruments.charges.closing.views.doors import note_look, the_house
from instruments.charges.closing.views.netting import file_of
from instruments.charges.settlement_models import SettlementProposal
from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.models import Institution
from instruments.people.rights import Action
from instruments.people.signing import the_actor
from instruments.web import clock, paging
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, takes, whole

ALL = "/settlement-proposals"
ONE = f"{ALL}/<int:proposal_id>"


@api.get("/settlement-positions")
@token_required("money:read")
@asks(api, PositionsQuery)
@api.output(PositionsOut)
@api.doc(responses=[404])
def settlement_positions(query: PositionsQuery) -> Response:
    """What an institution and others owe one another on issued statements, gross: its finance and auditors."""
    actor, home = the_house(query.institution_id)
    items = []
    for each in positions(home.id):
        other = db.session.get_one(Institution, each.other_id)
        sums = {"they_owe": each.they_owe, "we_owe": each.we_owe, "nettable": each.nettable}
        items.append(
            {
                "institution_id": other.id, "name_en": other.name_en, "name_zh": other.name_zh, "currency": each.currency,
                **{name: text(units, each.currency) for name, units in sums.items()},
            }
        )  # fmt: skip
    note_look(actor, ("institution", home.id), home.id, "settlements")
    return answer({"items": items})


@api.get(ALL)
@token_required("money:read")
@asks(api, ProposalsQuery)
@api.output(ProposalsOut)
@api.doc(responses=[404])
def settlement_proposals(query: ProposalsQuery) -> Response:
    """The proposals of an institution, the newest first: its finance and auditors."""
    actor, home = the_house(query.institution_id)
    after = paging.decode(query.cursor, (int,))
    rows = listed(home.id, after[0] if after else None, query.limit + 1, query.state)
    proposals, following = paging.page(rows, query.limit, lambda row: [row.id])
    items = [_told(row, home.zone) for row in proposals]
    note_look(actor, ("institution", home.id), home.id, "settlements")
    return answer({"items": items, "next": following})


@api.post(ALL)
@token_required("money:write")
@takes(api, SettlementProposeIn)
@api.output(WholeProposalOut, 201)
@api.doc(responses=[404])
def propose_settlement(wanted: Incoming[SettlementProposeIn]) -> Response:
    """Propose to net what two institutions owe one another, for the finance office of one of them."""
    body, now = whole(wanted), clock.now()
    actor, home = the_house(body.institution_id, Action.SETTLEMENT_DECIDE)
    number = home.id

    def act() -> Made:
        made = propose(number, body.with_institution_id, body.currency, body.accept, now, actor.person_id)
        told = _whole(db.session.get_one(SettlementProposal, made), number)
        return Made(told, told["version"], url_for(".settlement_proposal", proposal_id=made))

    return made_once(actor.person_id, now, act)


@api.get(ONE)
@token_required("money:read")
@api.output(WholeProposalOut)
@api.doc(responses=[404])
def settlement_proposal(proposal_id: int) -> Response:
    """One proposal with its statements: the finance and auditors of the two institutions."""
    actor = the_actor()
    row, side = the_proposal(actor, proposal_id)
    found = _whole(row, side)
    note_look(actor, ("settlement", proposal_id), side)
    return answer(found, version=found["version"])


@api.get(f"{ONE}.<any(pdf, xlsx):kind>")
@token_required("money:read")
@api.doc(responses=files("The proposal, or what was netted: on paper, as a workbook", "pdf", "xlsx"))
def settlement_file(proposal_id: int, kind: str) -> Response:
    """It as a file, in the language that is asked for; the same bytes whenever it is asked for."""
    return file_of(proposal_id, kind)


@api.post(f"{ONE}/accept")
@token_required("money:write")
@takes(api, ProposalAcceptIn)
@api.output(WholeProposalOut)
@api.doc(responses=[404])
def accept_settlement(proposal_id: int, wanted: Incoming[ProposalAcceptIn]) -> Response:
    """Accept it for your side; the second acceptance books it on both. What it proposes never changes, so it takes no If-Match.

    Refused as `lapsed` where a statement of it was paid, disputed or corrected meanwhile.
    """
    return _answered(proposal_id, whole(wanted).institution_id, accept)


@api.post(f"{ONE}/decline")
@token_required("money:write")
@takes(api, ProposalCloseIn)
@api.output(WholeProposalOut)
@api.doc(responses=[404])
def decline_settlement(proposal_id: int, wanted: Incoming[ProposalCloseIn]) -> Response:
    """Decline what the other side proposed, with a reason."""
    body = whole(wanted)
    return _answered(proposal_id, body.institution_id, decline, body.reason)


@api.post(f"{ONE}/withdraw")
@token_required("money:write")
@takes(api, ProposalCloseIn)
@api.output(WholeProposalOut)
@api.doc(responses=[404])
def withdraw_settlement(proposal_id: int, wanted: Incoming[ProposalCloseIn]) -> Response:
    """Withdraw what your own side proposed."""
    body = whole(wanted)
    return _answered(proposal_id, body.institution_id, withdraw, body.reason)


def _answered(proposal_id: int, wanted: int | None, deed: Callable[..., object], *said: str) -> Response:
    """Do it once for an Idempotency-Key; a proposal that changed meanwhile lapses first, and stays so."""
    actor, now = the_actor(), clock.now()
    _, side = the_proposal(actor, proposal_id, wanted, Action.SETTLEMENT_DECIDE)
    db.session.rollback()
    perform(partial(lapse_if_changed, proposal_id, now))

    def act() -> Made:
        deed(proposal_id, side, *said, now, actor.person_id)
        told = _whole(db.session.get_one(SettlementProposal, proposal_id), side)
        return Made(told, told["version"], url_for(".settlement_proposal", proposal_id=proposal_id))

    return made_once(actor.person_id, now, act, 200)


def _whole(row: SettlementProposal, side: int) -> dict[str, Any]:
    seen = shown(row, side)
    return _told(row, seen.side.zone) | {
        "statements": [
            {
                "statement_id": part.statement.id, "number": number_of(part.statement),
                "creditor_id": part.statement.creditor_id,
                "payer_institution_id": part.statement.payer_institution_id,
                "left": text(part.left, row.currency), "netted": text(part.netted, row.currency),
            }
            for part in seen.parts
        ]
    }  # fmt: skip


def _told(row: Any, zone: str) -> dict[str, Any]:
    names = (
        "id", "one_id", "two_id", "proposed_for_id", "currency", "state", "reason", "lapsed_because", "version",
    )  # fmt: skip
    moments = ("proposed_at", "one_accepted_at", "two_accepted_at", "closed_at")
    sums = {"netted": row.netted_units, "one_owes": row.one_owes_units, "two_owes": row.two_owes_units}
    return {
        **{name: getattr(row, name) for name in names},
        **{name: _there(getattr(row, name), zone) for name in moments},
        **{name: text(units, row.currency) for name, units in sums.items()},
    }


def _there(moment: datetime | None, zone: str) -> datetime | None:
    return moment and moment.astimezone(ZoneInfo(zone))
