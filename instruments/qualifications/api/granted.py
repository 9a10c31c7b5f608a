"""Doors for programs: who is qualified, granting, renewing, taking back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Response

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.bearer import token_required
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, Scope
from instruments.people.signing import require, the_actor, today
from instruments.qualifications import listing
from instruments.qualifications.api.telling import (
    SHOWS_IT,
    api,
    next_page,
    page_of,
    people_named,
    refuse_all,
    told_of,
    told_of_items,
)
from instruments.qualifications.changing import ChangedQualification, change_qualification, seen_qualification
from instruments.qualifications.evidence import TYPES
from instruments.qualifications.granting import (
    Wanted,
    grant,
    grant_objections,
    renew,
    revoke,
    the_qualification,
)
from instruments.qualifications.schemas import (
    GrantIn,
    ListIn,
    QualificationChangeIn,
    QualificationOut,
    QualificationsOut,
    RenewIn,
    RenewSeveralIn,
    RevokeIn,
)
from instruments.qualifications.subjects import Subject, place_of, require_granter
from instruments.qualifications.views.doors import the
from instruments.qualifications.views.papers import EVIDENCE, NO_PAPER, evidence_of
from instruments.web import clock, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, asks, takes, whole
from instruments.web.multipart import Arriving, downloads, takes_files
from instruments.web.reasons import sent_as

# The name under which programs send what the act calls otherwise.
RENEWED = {"until": "expires_on"}


@api.get("/qualifications")
@token_required("reservations:read")
@asks(api, ListIn)
@api.output(QualificationsOut)
@api.doc(responses=[404])
def qualifications(query: ListIn) -> Response:
    """My qualifications, or those that a lab grants."""
    actor = the_actor()
    if query.lab_id is None:
        return answer({"items": [told_of(row) for row in listing.own(actor.person_id)], "next": None})
    lab = the(Lab, query.lab_id)
    require(Action.QUALIFICATION_GRANT, Scope(lab.institution_id, lab.id))
    which, number = listing.Filter(state=query.state or ""), page_of(query.cursor)
    rows, total = listing.page_of_lab(lab, which, today(clock.now()), number)
    return answer({"items": [told_of(row) for row in rows], "next": next_page(number, total)})


@api.post("/qualifications")
@token_required("labs:write")
@takes_files(api, GrantIn, json_too=True, evidence=SHOWS_IT)
@api.output(QualificationsOut)
@api.doc(responses=[404])
def grant_some(arriving: Arriving[GrantIn]) -> Response:
    """Grant a level to people, all of them or nobody, with evidence if there is any."""
    actor, now, arrived = the_actor(), clock.now(), arriving.read()
    if (body := arrived.value) is None:
        raise Refusal(arrived.reasons)
    if (body.instrument_id is None) == (body.technique_id is None):
        sentence = N_("Name either an instrument or a technique.")
        raise Refusal([Reason("subject", "instrument_id", sentence)])
    subject = Subject(body.instrument_id, body.technique_id)
    require_granter(actor, place_of(subject))
    people, unknown = people_named(body.people, now)
    asked = Wanted(subject, body.level, body.expires_on, body.remark.strip())
    with EVIDENCE.arrived(arrived) as evidence:
        refuse_all(
            [*arrived.reasons, *unknown, *evidence.reasons], grant_objections(actor, people, asked, now)
        )
        given = replace(asked, evidence=evidence.take() or NO_PAPER)
        numbers = perform(lambda: [row.id for row in grant(actor, people, given, now)])
    return answer({"items": [told_of(row) for row in _rows(numbers)], "next": None})


@api.get("/qualifications/<int:number>")
@token_required("reservations:read")
@api.output(QualificationOut)
@api.doc(responses=[404])
def one_qualification(number: int) -> Response:
    """One qualification, for its holder and those who grant it; its ETag is what a change must name."""
    seen_qualification(the_actor(), number)
    return _one(number)


@api.patch("/qualifications/<int:number>")
@token_required("labs:write")
@takes(api, QualificationChangeIn)
@api.output(QualificationOut)
@api.doc(responses=[404, 412, 428])
def change_one(number: int, wanted: Incoming[QualificationChangeIn]) -> Response:
    """Change its level, last day or remark, with the reason. Needs If-Match."""
    actor, now, body = the_actor(), clock.now(), whole(wanted)
    row = seen_qualification(actor, number)
    version = versions.matched(row.version)
    asked = ChangedQualification(
        body.level or row.level,
        body.expires_on if "expires_on" in body.model_fields_set else row.expires_on,
        row.remark if body.remark is None else body.remark.strip(),
        body.reason,
    )
    perform(lambda: change_qualification(actor, number, asked, version, now).id)
    return _one(number)


@api.get("/qualifications/<int:number>/evidence")
@token_required("reservations:read")
@api.doc(responses={200: downloads("The evidence", *TYPES.values()), 404: ""})
def evidence_of_one(number: int) -> Response:
    """The evidence of a qualification, for its holder and those who grant it."""
    return evidence_of(seen_qualification(the_actor(), number))


@api.post("/qualifications/<int:number>/renew")
@token_required("labs:write")
@takes(api, RenewIn)
@api.output(QualificationOut)
@api.doc(responses=[412, 428])
def renew_one(number: int, wanted: Incoming[RenewIn]) -> Response:
    """Let it last to another day. Needs If-Match."""
    actor, now = _granting(number), clock.now()
    version = versions.matched(the_qualification(number).version)
    until = whole(wanted).expires_on
    with sent_as(RENEWED):
        perform(lambda: renew(actor, {number: version}, until, now))
    return _one(number)


@api.post("/qualifications/renew")
@token_required("labs:write")
@takes(api, RenewSeveralIn)
@api.output(QualificationsOut)
@api.doc(responses=[404])
def renew_several(wanted: Incoming[RenewSeveralIn]) -> Response:
    """Let several last to another day, all of them or none; each names the version that was seen."""
    now, body = clock.now(), whole(wanted)
    seen = {each.id: each.version for each in body.items}
    for number in seen:
        actor = _granting(number)
    with sent_as(RENEWED), told_of_items():
        perform(lambda: renew(actor, seen, body.expires_on, now))
    return answer({"items": [told_of(row) for row in _rows(list(seen))], "next": None})


@api.post("/qualifications/<int:number>/revoke")
@token_required("labs:write")
@takes(api, RevokeIn)
@api.output(QualificationOut)
@api.doc(responses=[412, 428])
def revoke_one(number: int, wanted: Incoming[RevokeIn]) -> Response:
    """Take it back, with a reason. Needs If-Match."""
    actor, now = _granting(number), clock.now()
    version, why = versions.matched(the_qualification(number).version), whole(wanted).reason
    perform(lambda: revoke(actor, number, why, version, now).id)
    return _one(number)


def _granting(number: int) -> Actor:
    """Who asks, if they grant this qualification."""
    actor = the_actor()
    row = seen_qualification(actor, number)
    require_granter(actor, place_of(Subject(row.instrument_id, row.technique_id)), row.person_id)
    return actor


def _rows(numbers: Sequence[int]) -> Sequence[Any]:
    one = listing.Qualification
    return db.session.execute(listing.whole().where(one.id.in_(numbers)).order_by(one.id)).all()


def _one(number: int) -> Response:
    row = _rows([number])[0]
    return answer(told_of(row), version=row.version)
