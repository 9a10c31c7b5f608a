"""Doors of formal quotes and framework agreements for programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response, abort, url_for

from instruments.availability.views.doors import scope_of, the_owner
from instruments.database.transactions import perform
from instruments.documents.printing import pdf_of
from instruments.errors import N_, NotFound, Reason
from instruments.funds.whose import note_look
from instruments.people.bearer import token_required
from instruments.people.rights import Action, Actor, Scope
from instruments.people.signing import require, the_actor
from instruments.reservations.booking import BookingRequest
from instruments.reservations.formal_quotes.agreements import (
    accept_agreement,
    acceptance_of,
    agreement_numbered,
    agreement_of,
    publish,
)
from instruments.reservations.formal_quotes.answering import accept, decline, withdraw
from instruments.reservations.formal_quotes.finding import name_of, of_lab, of_payer, quote_row, state_at
from instruments.reservations.formal_quotes.making import make_quote
from instruments.reservations.formal_quotes.ordering import order_of, parties
from instruments.reservations.formal_quotes.printing import annex_paper, quote_paper
from instruments.reservations.formal_quotes.schemas import (
    AcceptQuoteIn,
    AgreementAcceptIn,
    AgreementIn,
    AgreementOut,
    AgreementQuery,
    DeclineQuoteIn,
    FormalQuoteIn,
    FormalQuoteOut,
    FormalQuotesOut,
    FormalQuotesQuery,
    WithdrawQuoteIn,
)
from instruments.reservations.formal_quotes.views.agreement import paper_of, the_institution
from instruments.reservations.formal_quotes.views.doors import address_of, note
from instruments.reservations.formal_quotes.words import price_of
from instruments.reservations.paying import wire
from instruments.reservations.payment import Part, Payment
from instruments.reservations.users import second_named
from instruments.reservations.wire import second_person
from instruments.web import clock, paging, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.downloads import download
from instruments.web.incoming import Incoming, asks, takes, whole
from instruments.web.multipart import downloads

api = APIBlueprint("formal_quotes_api", __name__, url_prefix="/api/v1", tag="Formal quotes")
ONE = "/formal-quotes/<int:quote_id>"
OF = "/institutions/<int:institution_id>/agreement"
PDF = "application/pdf"


@api.get("/formal-quotes")
@token_required("reservations:read")
@asks(api, FormalQuotesQuery)
@api.output(FormalQuotesOut)
@api.doc(responses=[404])
def quotes(query: FormalQuotesQuery) -> Response:
    """My formal quotes and those of the company that I manage, or those that a lab wrote; the newest first."""
    actor, now, after = the_actor(), clock.now(), paging.decode(query.cursor, (int,))
    last = after[0] if after else None
    if query.lab_id is None:
        rows = of_payer(actor, last, query.limit)
    else:
        lab_id, scope = query.lab_id, scope_of(the_owner("labs", query.lab_id))
        require(Action.FORMAL_QUOTE_SEE, scope)
        perform(lambda: note_look(actor, ("lab", lab_id), scope.institution_id or 0, now, "formal quotes"))
        rows = of_lab(lab_id, last, query.limit)
    shown, following = paging.page(rows, query.limit, lambda row: [row.id])
    return answer({"items": [_told(row, now) for row in shown], "next": following})


@api.post("/formal-quotes")
@token_required("reservations:write")
@takes(api, FormalQuoteIn)
@api.output(FormalQuoteOut, 201)
@api.doc(responses=[404, 409])
def make(wanted: Incoming[FormalQuoteIn]) -> Response:
    """Get a formal quote for a time on an instrument of another institution. It holds nothing until it is accepted."""
    actor, now, body = the_actor(), clock.now(), whole(wanted)
    asked = BookingRequest(
        body.instrument_id, body.start, body.end, body.purpose, body.title.strip(" "),
        body.group_id if body.group_id is not None else actor.only_group,
        hazardous=body.hazardous, second_id=second_named(body.second_person, now),
        payment=Payment(programmes=tuple(body.programmes), mode=body.mode, counts=dict(body.add_ons)),
    )  # fmt: skip

    def act() -> Made:
        number = make_quote(actor, asked, now)
        row = quote_row(number, actor)
        return Made(_told(row, now), row.version, url_for("formal_quotes_api.quote", quote_id=number))

    return made_once(actor.person_id, now, act)


@api.get(ONE)
@token_required("reservations:read")
@api.output(FormalQuoteOut)
def quote(quote_id: int) -> Response:
    """One formal quote, of mine, of the company that I manage, or of a lab whose quotes I see."""
    actor = the_actor()
    note(actor, quote_row(quote_id, actor))
    return _one(actor, quote_id)


@api.get(f"{ONE}/document")
@token_required("reservations:read")
@api.doc(responses={200: downloads("The quote on paper", PDF), 404: ""})
def document(quote_id: int) -> Response:
    """The quote as a PDF, in the language that is asked for."""
    actor, now = the_actor(), clock.now()
    row = quote_row(quote_id, actor)
    note(actor, row)
    return download(pdf_of(quote_paper(row, *parties(row), address_of(row), now)), "pdf", name_of(row))


@api.get(f"{ONE}/annex")
@token_required("reservations:read")
@api.doc(responses={200: downloads("The annex to the order", PDF), 404: ""})
def annex(quote_id: int) -> Response:
    """The annex to the order as a PDF, where the quote was accepted."""
    actor, now = the_actor(), clock.now()
    row = quote_row(quote_id, actor)
    order = order_of(row)
    if order is None:
        abort(404)
    note(actor, row)
    return download(pdf_of(annex_paper(row, order, *parties(row), now)), "pdf", f"{name_of(row)}-annex")


@api.post(f"{ONE}/accept")
@token_required("reservations:write")
@takes(api, AcceptQuoteIn)
@api.output(FormalQuoteOut)
@api.doc(responses=[404, 409, 412, 428])
def accept_one(quote_id: int, wanted: Incoming[AcceptQuoteIn]) -> Response:
    """Accept it: the time is booked at its price. Needs If-Match."""

    def act(actor: Actor, body: AcceptQuoteIn, version: int | None, now: datetime) -> None:
        alone = (Part(body.fund_id),) if body.fund_id is not None else ()
        parts = (*alone, *(Part(part.fund_id, part.percent) for part in body.funds))
        accept(actor, quote_id, parts, version, now, programmes=body.programmes)

    return _answered(quote_id, wanted, act)


@api.post(f"{ONE}/decline")
@token_required("reservations:write")
@takes(api, DeclineQuoteIn)
@api.output(FormalQuoteOut)
@api.doc(responses=[404, 412, 428])
def decline_one(quote_id: int, wanted: Incoming[DeclineQuoteIn]) -> Response:
    """Say that it is not wanted. Needs If-Match."""
    return _answered(
        quote_id, wanted, lambda actor, _body, version, now: decline(actor, quote_id, version, now)
    )


@api.post(f"{ONE}/withdraw")
@token_required("labs:write")
@takes(api, WithdrawQuoteIn)
@api.output(FormalQuoteOut)
@api.doc(responses=[404, 412, 428])
def withdraw_one(quote_id: int, wanted: Incoming[WithdrawQuoteIn]) -> Response:
    """Take back what my lab offered, with a reason. Needs If-Match."""
    return _answered(
        quote_id,
        wanted,
        lambda actor, body, version, now: withdraw(actor, quote_id, body.reason, version, now),
    )


@api.get(OF)
@token_required("reservations:read")
@asks(api, AgreementQuery)
@api.output(AgreementOut)
@api.doc(responses=[404])
def agreement(institution_id: int, query: AgreementQuery) -> Response:
    """The framework agreement of an institution under which it takes orders; 404 where it has none."""
    return _agreement(the_actor(), institution_id, query.number)


@api.get(f"{OF}/document")
@token_required("reservations:read")
@asks(api, AgreementQuery)
@api.doc(responses={200: downloads("The agreement on paper", PDF), 404: ""})
def agreement_document(institution_id: int, query: AgreementQuery) -> Response:
    """The agreement as a PDF, in the language that is asked for."""
    paper = paper_of(the_actor(), institution_id, query.number)
    return download(pdf_of(paper), "pdf", f"agreement-{institution_id}")


@api.post(OF)
@token_required("money:write")
@takes(api, AgreementIn)
@api.output(AgreementOut, 201)
@api.doc(responses=[404, 412])
def publish_agreement(institution_id: int, wanted: Incoming[AgreementIn]) -> Response:
    """Publish the next framework agreement of my institution. What is published never changes."""
    the_institution(institution_id)
    actor, now = require(Action.AGREEMENT_PUBLISH, Scope(institution_id)), clock.now()
    body = whole(wanted)

    def act() -> Made:
        number = publish(actor, institution_id, (body.text_en, body.text_zh), body.replaces, now)
        told = _agreement_told(actor, institution_id, number)
        location = url_for("formal_quotes_api.agreement", institution_id=institution_id, number=number)
        return Made(told, number, location)

    return made_once(actor.person_id, now, act)


@api.post(f"{OF}/accept")
@token_required("reservations:write")
@takes(api, AgreementAcceptIn)
@api.output(AgreementOut)
@api.doc(responses=[404, 412, 428])
def agree(institution_id: int, wanted: Incoming[AgreementAcceptIn]) -> Response:
    """Accept the agreement that holds, for the company that I manage or for myself, once. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    the_institution(institution_id)
    newest = agreement_of(institution_id)
    if newest is None:
        raise _no_agreement()
    number = versions.matched(newest.number) or newest.number
    whole(wanted)
    perform(lambda: accept_agreement(actor, institution_id, number, now))
    return _agreement(actor, institution_id, None)


def _answered(
    quote_id: int,
    wanted: Incoming[Any],
    act: Callable[[Actor, Any, int | None, datetime], object],
) -> Response:
    """Do it to a quote that the actor may see: 404, 428, 412, and only then the body."""
    actor, now = the_actor(), clock.now()
    version = versions.matched(quote_row(quote_id, actor).version)
    body = whole(wanted)
    perform(lambda: act(actor, body, version, now))
    return _one(actor, quote_id)


def _one(actor: Actor, quote_id: int) -> Response:
    row = quote_row(quote_id, actor)
    return answer(_told(row, clock.now()), version=row.version)


def _told(row: Any, now: datetime) -> dict[str, Any]:
    zone = ZoneInfo(row.zone)
    names = (
        "id", "institution_id", "lab_id", "instrument_id", "payer_institution_id", "asked_by_id", "group_id", "purpose",
        "title", "hazardous", "reason", "reservation_id", "version",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names} | {
        "number": name_of(row),
        "start": row.starts_at.astimezone(zone),
        "end": row.ends_at.astimezone(zone),
        "second_person": second_person(row),
        "add_ons": row.counts,
        "price": wire.price(price_of(row)),
        "made_at": row.made_at.astimezone(zone),
        "valid_until": row.valid_until.astimezone(zone),
        "state": state_at(row, now),
        "ended_at": row.ended_at and row.ended_at.astimezone(zone),
        "agreement_number": row.agreement_number,
    }


def _agreement(actor: Actor, institution_id: int, number: int | None) -> Response:
    told = _agreement_told(actor, institution_id, number)
    return answer(told, version=told["number"])


def _agreement_told(actor: Actor, institution_id: int, number: int | None) -> dict[str, Any]:
    the_institution(institution_id)
    newest = agreement_of(institution_id)
    row = newest if number is None else agreement_numbered(institution_id, number)
    if row is None or newest is None:
        raise _no_agreement()
    accepted = acceptance_of(row.id, actor.institution_id, actor.person_id)
    return {
        "id": row.id,
        "institution_id": institution_id,
        "number": row.number,
        "holds": row.number == newest.number,
        "text_en": row.text_en,
        "text_zh": row.text_zh,
        "published_at": row.published_at,
        "accepted_at": accepted.accepted_at if accepted else None,
    }


def _no_agreement() -> NotFound:
    return NotFound([Reason("no_agreement", None, N_("This institution has published no agreement."))])
