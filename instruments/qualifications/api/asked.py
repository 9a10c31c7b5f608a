"""Doors for programs: asking for qualifications and admissions, and the answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, url_for

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.bearer import token_required
from instruments.people.models import Institution, Lab, Person
from instruments.people.rights import Action, Actor, Scope
from instruments.people.signing import require, the_actor
from instruments.qualifications import listing
from instruments.qualifications.admitting import (
    WantedAdmission,
    admit,
)
from instruments.qualifications.api.telling import (
    SHOWS_IT,
    api,
    request_told,
)
from instruments.qualifications.asking import (
    answer as answer_request,
)
from instruments.qualifications.asking import (
    ask_for_admission,
    ask_for_level,
    ask_to_renew,
    require_answerer,
    the_request,
    withdraw,
)
from instruments.qualifications.granting import Wanted, grant
from instruments.qualifications.models import QualificationRequest
from instruments.qualifications.renewing import renew_asked
from instruments.qualifications.schemas import (
    AnswerIn,
    AskIn,
    RequestOut,
    RequestsIn,
    RequestsOut,
)
from instruments.qualifications.subjects import Subject
from instruments.qualifications.views.doors import the, with_expires_on
from instruments.qualifications.views.papers import EVIDENCE, NO_PAPER
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, takes, whole
from instruments.web.multipart import Arriving, takes_files


@api.get("/qualification-requests")
@token_required("reservations:read")
@asks(api, RequestsIn)
@api.output(RequestsOut)
@api.doc(responses=[404])
def requests(query: RequestsIn) -> Response:
    """My requests, or those that wait for a lab or an institution."""
    actor = the_actor()
    if query.lab_id is not None:
        lab = the(Lab, query.lab_id)
        require(Action.QUALIFICATION_GRANT, Scope(lab.institution_id, lab.id))
        rows = listing.waiting_at_lab(lab.id)
    elif query.institution_id is not None:
        require(Action.ADMISSION_GRANT, Scope(the(Institution, query.institution_id).id))
        rows = listing.waiting_at_institution(query.institution_id)
    else:
        rows = listing.own_requests(actor.person_id)
    return answer({"items": [request_told(row) for row in rows]})


@api.post("/qualification-requests")
@token_required("reservations:write")
@takes(api, AskIn)
@api.output(RequestOut, 201)
@api.doc(responses=[404])
def ask(wanted: Incoming[AskIn]) -> Response:
    """Ask for a level on an instrument, or for the safety admission of an institution: what a refusal's `fix` names; or
    to renew a qualification of mine."""
    actor, now, body = the_actor(), clock.now(), whole(wanted)

    def act() -> Made:
        if body.renews_id is not None:
            if body.instrument_id or body.institution_id or body.level:
                sentence = N_("A renewal keeps what it is for and its level: leave these out.")
                raise Refusal([Reason("subject", "renews_id", sentence)])
            number = ask_to_renew(actor, body.renews_id, body.words, now).id
        elif body.instrument_id is not None and body.level is not None:
            number = ask_for_level(actor, body.instrument_id, body.level, body.words, now).id
        elif body.institution_id is not None:
            number = ask_for_admission(actor, body.institution_id, body.words, now).id
        else:
            sentence = N_("Name an instrument with a level, or an institution.")
            raise Refusal([Reason("subject", "instrument_id", sentence)])
        row = _asked_row(number)
        address = url_for("qualifications_api.one_request", number=number)
        return Made(request_told(row), row.version, address)

    return made_once(actor.person_id, now, act)


@api.get("/qualification-requests/<int:number>")
@token_required("reservations:read")
@api.output(RequestOut)
@api.doc(responses=[404])
def one_request(number: int) -> Response:
    """One request, for who asks and who answers; its ETag is what an answer must name."""
    the_request(the_actor(), number)
    return _asked(number)


@api.post("/qualification-requests/<int:number>/answer")
@token_required("labs:write")
@takes_files(api, AnswerIn, json_too=True, evidence=SHOWS_IT)
@api.output(RequestOut)
@api.doc(responses=[412, 428])
def answer_one(number: int, arriving: Arriving[AnswerIn]) -> Response:
    """Appoint the training, grant, with evidence if there is any, or decline with a reason. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    row = the_request(actor, number)
    require_answerer(actor, row)
    version, arrived = versions.matched(row.version), arriving.read()
    if (body := arrived.value) is None:
        raise Refusal(arrived.reasons)

    def act() -> None:
        row = answer_request(actor, number, body.decision, body.message, version, now)
        if body.decision == "granted":
            _grant(actor, row, body, evidence.take() or NO_PAPER, now)

    with EVIDENCE.arrived(arrived) as evidence:
        misfits = [*arrived.reasons, *evidence.reasons]
        if arrived.files and body.decision != "granted":
            sentence = N_("Evidence is kept with what is granted: leave it out here.")
            misfits.append(Reason("evidence_unused", "evidence", sentence))
        if misfits:
            raise Refusal(misfits)
        perform(act)
    return _asked(number)


@api.post("/qualification-requests/<int:number>/withdraw")
@token_required("reservations:write")
@api.output(RequestOut)
@api.doc(responses=[412, 422, 428])
def withdraw_one(number: int) -> Response:
    """Take my request back. Needs If-Match."""
    actor, now = the_actor(), clock.now()
    version = versions.matched(the_request(actor, number).version)
    perform(lambda: withdraw(actor, number, version, now).id)
    return _asked(number)


def _grant(
    actor: Actor, row: QualificationRequest, body: AnswerIn, evidence: tuple[str, str], now: datetime
) -> None:
    person, until = the(Person, row.person_id), body.expires_on
    if row.instrument_id is None:
        exam, result = body.exam.strip(), body.result.strip()
        admission = WantedAdmission(row.institution_id, until, exam, result, evidence)
        with_expires_on(lambda: admit(actor, [person], admission, now))
        return
    level = body.level or row.level or ""
    if row.renews_id is not None:
        renew_asked(actor, row, level, until, evidence, now)
    else:
        wanted = Wanted(Subject(row.instrument_id, None), level, until, "", evidence)
        grant(actor, [person], wanted, now)


def _asked(number: int) -> Response:
    row = _asked_row(number)
    return answer(request_told(row), version=row.version)


def _asked_row(number: int) -> Any:
    return db.session.execute(listing.requests().where(QualificationRequest.id == number)).one()
