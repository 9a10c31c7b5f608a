"""Doors for programs: ask for the right to charge a fund, and answer who asks for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response

from instruments.database.transactions import perform
from instruments.funds.api.telling import amount_read, api
from instruments.funds.asking.answering import decline, grant
from instruments.funds.asking.asking import ask, withdraw
from instruments.funds.asking.finding import (
    asked_by,
    funds_for,
    may_answer,
    one_named,
    the_request,
    to_answer,
)
from instruments.funds.asking.schemas import (
    AskedFundIn,
    DeclineRequestIn,
    FundRequestOut,
    FundRequestsIn,
    FundRequestsOut,
    GrantRequestIn,
    WithdrawRequestIn,
)
from instruments.people.bearer import token_required
from instruments.people.rights import Actor
from instruments.people.signing import the_actor
from instruments.web import clock, paging, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, takes, whole

ONE = "/fund-requests/<int:number>"


@api.get("/fund-requests")
@token_required("money:read")
@asks(api, FundRequestsIn)
@api.output(FundRequestsOut)
def fund_requests(query: FundRequestsIn) -> Response:
    """What you asked for, the newest first; or what waits for your answer, the oldest first."""
    actor, now = the_actor(), clock.now()
    cursor = paging.decode(query.cursor, (int,))
    at = cursor[0] if cursor else None
    mine = query.which == "mine"
    most = query.limit + 1
    rows = asked_by(actor, at, most) if mine else to_answer(actor, now, at, most)
    shown, following = paging.page(rows, query.limit, lambda row: [row.id])
    return answer({"items": [_told(actor, row, now) for row in shown], "next": following})


@api.post("/fund-requests")
@token_required("money:write")
@takes(api, AskedFundIn)
@api.output(FundRequestOut, 201)
def ask_for_fund(wanted: Incoming[AskedFundIn]) -> Response:
    """Ask for the right to charge a fund. The answer is the same whether there is such a fund or not."""
    actor, now, body = the_actor(), clock.now(), whole(wanted)

    def act() -> Made:
        row = ask(actor, body.fund, body.reason, now)
        return Made(_told(actor, one_named(row.id), now), row.version, f"/api/v1/fund-requests/{row.id}")

    return made_once(actor.person_id, now, act)


@api.get(ONE)
@token_required("money:read")
@api.output(FundRequestOut)
@api.doc(responses=[404])
def fund_request(number: int) -> Response:
    """One request, for who asked and who can answer it."""
    actor = the_actor()
    the_request(actor, number, clock.now())
    return _one(actor, number)


@api.post(f"{ONE}/grant")
@token_required("money:write")
@takes(api, GrantRequestIn)
@api.output(FundRequestOut)
@api.doc(responses=[404, 412, 428])
def grant_request(number: int, wanted: Incoming[GrantRequestIn]) -> Response:
    """Give the right that is asked for, up to a sum and a day if you like. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    version, body = versions.matched(the_request(actor, number, now).version), whole(wanted)

    def act() -> None:
        grant(
            actor, number, body.fund_id,
            lambda currency, reasons: amount_read(body.limit, currency, "limit", reasons),
            body.ends_on, version, now, cut=body.meant,
        )  # fmt: skip

    perform(act)
    return _one(actor, number)


@api.post(f"{ONE}/decline")
@token_required("money:write")
@takes(api, DeclineRequestIn)
@api.output(FundRequestOut)
@api.doc(responses=[404, 412, 428])
def decline_request(number: int, wanted: Incoming[DeclineRequestIn]) -> Response:
    """Decline, with a reason. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    version, body = versions.matched(the_request(actor, number, now).version), whole(wanted)
    perform(lambda: decline(actor, number, body.reason, version, now).id)
    return _one(actor, number)


@api.post(f"{ONE}/withdraw")
@token_required("money:write")
@takes(api, WithdrawRequestIn)
@api.output(FundRequestOut)
@api.doc(responses=[404, 412, 428])
def withdraw_request(number: int, wanted: Incoming[WithdrawRequestIn]) -> Response:
    """Take your own request back. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    version = versions.matched(the_request(actor, number, now).version)
    whole(wanted)
    perform(lambda: withdraw(actor, number, version, now).id)
    return _one(actor, number)


def _one(actor: Actor, number: int) -> Response:
    row = one_named(number)
    return answer(_told(actor, row, clock.now()), version=row.version)


def _told(actor: Actor, row: Any, now: datetime) -> dict[str, Any]:
    """For who answers it with the funds of which they could give the right."""
    answers = row.state == "open" and may_answer(actor, row, now)
    funds = funds_for(actor, row, now) if answers else ()
    decided = row.state in ("granted", "declined")
    return {
        "id": row.id,
        "asker": {"id": row.asker_id, "name_en": row.asker_en, "name_zh": row.asker_zh},
        "fund": row.said,
        "reason": row.words,
        "state": row.state,
        "asked_at": row.asked_at,
        "expires_at": row.expires_at,
        "ended_at": row.ended_at,
        "answered_by": {"id": row.ended_by_id, "name_en": row.decider_en, "name_zh": row.decider_zh}
        if decided
        else None,
        "message": row.message,
        "fund_id": row.fund_id,
        "could_be": [
            {"id": fund.id, "code": fund.code, "name_en": fund.name_en, "name_zh": fund.name_zh}
            for fund in funds
        ],
        "version": row.version,
    }
