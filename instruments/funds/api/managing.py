"""Doors for programs: open funds, change them, say who may charge them and for what."""

from __future__ import annotations

from flask import Response

from instruments.database.transactions import perform
from instruments.errors import N_, Reason
from instruments.funds.api.telling import amount_read, api, whole_told
from instruments.funds.asking.answering import give_and_settle
from instruments.funds.giving import Allowed, Right, allow, take
from instruments.funds.opening import Opened, Terms, edit_fund, open_fund, set_state
from instruments.funds.schemas import AllowedIn, FundIn, RightIn, StateIn, TermsIn, WholeFundOut
from instruments.funds.whose import the_fund
from instruments.people.bearer import token_required
from instruments.people.roles import active_person
from instruments.people.signing import the_actor, today
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, fitting, takes, whole


@api.post("/funds")
@token_required("money:write")
@takes(api, FundIn)
@api.output(WholeFundOut, 201)
def open_one(wanted: Incoming[FundIn]) -> Response:
    """Open a fund."""
    actor, now, body, reasons = the_actor(), clock.now(), whole(wanted), list[Reason]()
    owner = body.owner_institution_id if body.owner_institution_id is not None else body.institution_id
    opened = Opened(
        body.kind, body.institution_id, owner, body.group_id, body.currency,
        _terms(body, body.currency, reasons), body.for_all,
    )  # fmt: skip

    def act() -> Made:
        number = open_fund(actor, opened, now, reasons).id
        told = whole_told(number)
        return Made(told, told["version"], f"/api/v1/funds/{number}")

    return made_once(actor.person_id, now, act)


def _terms(body: TermsIn, currency: str, reasons: list[Reason]) -> Terms:
    budget = amount_read(body.budget, currency, "budget", reasons)
    return Terms(
        body.code.strip(), body.name_en.strip(), body.name_zh.strip(), body.valid_from, body.valid_to, budget,
        body.source, body.warn_percents, body.overdraws,
    )  # fmt: skip


@api.put("/funds/<int:number>/terms")
@token_required("money:write")
@takes(api, TermsIn)
@api.output(WholeFundOut)
@api.doc(responses=[404, 412, 428])
def change_terms(number: int, wanted: Incoming[TermsIn]) -> Response:
    """Set the terms of a fund. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    fund = the_fund(actor, number)
    version, currency = versions.matched(fund.version), fund.currency
    body, reasons = fitting(wanted)
    terms = _terms(body, currency, reasons)
    perform(lambda: edit_fund(actor, number, version, terms, now, reasons).id)
    return _told(number)


@api.post("/funds/<int:number>/state")
@token_required("money:write")
@takes(api, StateIn)
@api.output(WholeFundOut)
@api.doc(responses=[404, 412, 428])
def change_state(number: int, wanted: Incoming[StateIn]) -> Response:
    """Block a fund for new bookings, open it again, or close it for good. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    version, body = versions.matched(the_fund(actor, number).version), whole(wanted)
    perform(lambda: set_state(actor, number, version, body.state, body.reason, now).id)
    return _told(number)


@api.post("/funds/<int:number>/rights")
@token_required("money:write")
@takes(api, RightIn)
@api.output(WholeFundOut)
@api.doc(responses=[404])
def give_rights(number: int, wanted: Incoming[RightIn]) -> Response:
    """Give people the right to charge a fund; who has it already has it as said here then."""
    actor, now, body = the_actor(), clock.now(), whole(wanted)
    currency, reasons = the_fund(actor, number).currency, list[Reason]()
    limit = amount_read(body.limit, currency, "limit", reasons)
    persons: list[int | None] = [None] if body.for_all else list(_named(body.people, reasons))
    rights = [Right(person_id, limit, body.ends_on, body.meant) for person_id in persons]
    perform(lambda: [row.id for row in give_and_settle(actor, number, rights, now, reasons)])
    return _told(number)


def _named(mails: list[str], reasons: list[Reason]) -> list[int]:
    found, day = [], today(clock.now())
    for mail in dict.fromkeys(each.lower() for each in mails):
        person = active_person(mail, day)
        if person is None:
            sentence = N_("Nobody with an account has the address %(mail)s.")
            reasons.append(Reason("no_person", "people", sentence, {"mail": mail}))
        else:
            found.append(person.id)
    return found


@api.delete("/funds/<int:number>/rights/<int:user_id>")
@token_required("money:write")
@api.output(WholeFundOut)
@api.doc(responses=[404])
def take_right(number: int, user_id: int) -> Response:
    """Take the right to charge a fund back; what is booked stays booked."""
    actor, now = the_actor(), clock.now()
    perform(lambda: take(actor, number, user_id, now))
    return _told(number)


@api.put("/funds/<int:number>/allowed")
@token_required("money:write")
@takes(api, AllowedIn)
@api.output(WholeFundOut)
@api.doc(responses=[404, 412, 428])
def allow_some(number: int, wanted: Incoming[AllowedIn]) -> Response:
    """Say what a fund may pay for, in place of what was said before. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    version, body = versions.matched(the_fund(actor, number).version), whole(wanted)
    said = Allowed(
        frozenset(body.lab_ids),
        frozenset(body.institution_ids),
        frozenset(body.class_codes),
        frozenset(body.line_kinds),
    )
    perform(lambda: allow(actor, number, version, said, now).id)
    return _told(number)


def _told(number: int) -> Response:
    told = whole_told(number)
    return answer(told, version=told["version"])
