"""Doors for programs: the safety admissions of an institution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Response

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.bearer import token_required
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope
from instruments.people.signing import require, the_actor, today
from instruments.qualifications import listing
from instruments.qualifications.admitting import (
    WantedAdmission,
    admit,
    admit_objections,
    renew_admissions,
    require_admitter,
    revoke_admission,
    the_admission,
)
from instruments.qualifications.api.telling import (
    SHOWS_IT,
    admission_told,
    api,
    next_page,
    page_of,
    people_named,
    refuse_all,
    told_of_items,
)
from instruments.qualifications.changing import ChangedAdmission, change_admission, seen_admission
from instruments.qualifications.evidence import TYPES
from instruments.qualifications.schemas import (
    AdmissionOut,
    AdmissionsIn,
    AdmissionsOut,
    AdmitIn,
    ChangeAdmissionIn,
    RenewIn,
    RenewSeveralIn,
    RevokeIn,
)
from instruments.qualifications.views.doors import the
from instruments.qualifications.views.papers import EVIDENCE, NO_PAPER, evidence_of
from instruments.web import clock, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, asks, takes, whole
from instruments.web.multipart import Arriving, downloads, takes_files
from instruments.web.reasons import sent_as

# The name under which programs send what the act calls otherwise.
RENEWED = {"until": "expires_on"}


@api.get("/admissions")
@token_required("reservations:read")
@asks(api, AdmissionsIn)
@api.output(AdmissionsOut)
@api.doc(responses=[404])
def admissions(query: AdmissionsIn) -> Response:
    """My safety admissions, or those that an institution grants."""
    actor = the_actor()
    if query.institution_id is None:
        return answer(
            {"items": [admission_told(row) for row in listing.own_admissions(actor.person_id)], "next": None}
        )
    require(Action.ADMISSION_GRANT, Scope(the(Institution, query.institution_id).id))
    number = page_of(query.cursor)
    rows, total = listing.page_of_admissions(
        query.institution_id, listing.Filter(), today(clock.now()), number
    )
    return answer({"items": [admission_told(row) for row in rows], "next": next_page(number, total)})


@api.post("/admissions")
@token_required("labs:write")
@takes_files(api, AdmitIn, json_too=True, evidence=SHOWS_IT)
@api.output(AdmissionsOut)
def admit_some(arriving: Arriving[AdmitIn]) -> Response:
    """Grant the safety admission to people, all of them or nobody, with evidence if there is any."""
    actor, now, arrived = the_actor(), clock.now(), arriving.read()
    if (body := arrived.value) is None:
        raise Refusal(arrived.reasons)
    require_admitter(actor, body.institution_id)
    people, unknown = people_named(body.people, now)
    asked = WantedAdmission(body.institution_id, body.valid_until, body.exam.strip(), body.result.strip())
    with EVIDENCE.arrived(arrived) as evidence:
        refuse_all(
            [*arrived.reasons, *unknown, *evidence.reasons], admit_objections(actor, people, asked, now)
        )
        given = replace(asked, evidence=evidence.take() or NO_PAPER)
        numbers = perform(lambda: [row.id for row in admit(actor, people, given, now)])
    return answer({"items": [admission_told(row) for row in _admissions(numbers)], "next": None})


@api.get("/admissions/<int:number>")
@token_required("reservations:read")
@api.output(AdmissionOut)
@api.doc(responses=[404])
def one_admission(number: int) -> Response:
    """One safety admission, for its holder and those who grant it; its ETag is what a change must name."""
    seen_admission(the_actor(), number)
    return _one_admission(number)


@api.patch("/admissions/<int:number>")
@token_required("labs:write")
@takes(api, ChangeAdmissionIn)
@api.output(AdmissionOut)
@api.doc(responses=[404, 412, 428])
def change_admission_of(number: int, wanted: Incoming[ChangeAdmissionIn]) -> Response:
    """Change its exam, result or last day, with the reason. Needs If-Match."""
    actor, now, body = the_actor(), clock.now(), whole(wanted)
    row = seen_admission(actor, number)
    version = versions.matched(row.version)
    asked = ChangedAdmission(
        row.exam if body.exam is None else body.exam.strip(),
        row.result if body.result is None else body.result.strip(),
        body.valid_until or row.valid_until,
        body.reason,
    )
    perform(lambda: change_admission(actor, number, asked, version, now).id)
    return _one_admission(number)


@api.get("/admissions/<int:number>/evidence")
@token_required("reservations:read")
@api.doc(responses={200: downloads("The evidence", *TYPES.values()), 404: ""})
def evidence_of_admission(number: int) -> Response:
    """The evidence of a safety admission, for its holder and those who grant it."""
    return evidence_of(seen_admission(the_actor(), number))


@api.post("/admissions/<int:number>/renew")
@token_required("labs:write")
@takes(api, RenewIn)
@api.output(AdmissionOut)
@api.doc(responses=[412, 428])
def renew_admission(number: int, wanted: Incoming[RenewIn]) -> Response:
    """Let it last to another day. Needs If-Match."""
    actor, now = _admitting(number), clock.now()
    version = versions.matched(the_admission(number).version)
    until = whole(wanted).expires_on
    with sent_as(RENEWED):
        perform(lambda: renew_admissions(actor, {number: version}, until, now))
    return _one_admission(number)


@api.post("/admissions/renew")
@token_required("labs:write")
@takes(api, RenewSeveralIn)
@api.output(AdmissionsOut)
@api.doc(responses=[404])
def renew_several_admissions(wanted: Incoming[RenewSeveralIn]) -> Response:
    """Let several last to another day, all of them or none; each names the version that was seen."""
    now, body = clock.now(), whole(wanted)
    seen = {each.id: each.version for each in body.items}
    for number in seen:
        actor = _admitting(number)
    with sent_as(RENEWED), told_of_items():
        perform(lambda: renew_admissions(actor, seen, body.expires_on, now))
    return answer({"items": [admission_told(row) for row in _admissions(list(seen))], "next": None})


@api.post("/admissions/<int:number>/revoke")
@token_required("labs:write")
@takes(api, RevokeIn)
@api.output(AdmissionOut)
@api.doc(responses=[412, 428])
def revoke_one_admission(number: int, wanted: Incoming[RevokeIn]) -> Response:
    """Take it back, with a reason. Needs If-Match."""
    actor, now = _admitting(number), clock.now()
    version, why = versions.matched(the_admission(number).version), whole(wanted).reason
    perform(lambda: revoke_admission(actor, number, why, version, now).id)
    return _one_admission(number)


def _admitting(number: int) -> Actor:
    """Who asks, if they grant this admission."""
    actor = the_actor()
    row = seen_admission(actor, number)
    require_admitter(actor, row.institution_id, row.person_id)
    return actor


def _admissions(numbers: Sequence[int]) -> Sequence[Any]:
    one = listing.SafetyAdmission
    return db.session.execute(listing.admissions().where(one.id.in_(numbers)).order_by(one.id)).all()


def _one_admission(number: int) -> Response:
    row = _admissions([number])[0]
    return answer(admission_told(row), version=row.version)
