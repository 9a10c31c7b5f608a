"""Doors of availability for programs: faults, reported by anyone and answered by the lab."""

from __future__ import annotations

from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response, url_for

from instruments.availability import faults
from instruments.availability.models import FaultReport
from instruments.availability.schemas import FaultAnswerIn, FaultIn, FaultOut, FaultsOut
from instruments.availability.views.doors import scope_of, the_owner
from instruments.availability.views.faults import FOLDER, photo_of
from instruments.catalog.models import Instrument
from instruments.catalog.views.uploads import a_photo, drop_from, keep_in
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.bearer import token_required
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import require, the_actor
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, takes, whole
from instruments.web.limits import limiter
from instruments.web.multipart import Arriving, downloads, has_no_file, kept_for_a_deed, takes_files

api = APIBlueprint("availability_api", __name__, url_prefix="/api/v1", tag="Faults")
OWNED = "/instruments/<int:instrument_id>/faults"
ONE = "/faults/<int:fault_id>"


@api.get(OWNED)
@token_required("reservations:read")
@api.output(FaultsOut)
@api.doc(responses=[404])
def faults_of(instrument_id: int) -> Response:
    """What is known to be wrong with an instrument, and what I reported; for its lab all reports."""
    actor, instrument = the_actor(), _instrument(instrument_id)
    answers = _answers(actor, instrument)
    rows = [row[0] for row in faults.faults_of(instrument_id)]
    return answer({"items": [_told(row, actor, answers=answers) for row in rows
                             if faults.is_shown(row, actor.person_id, answers=answers)]})  # fmt: skip


@api.post(OWNED)
@limiter.limit("30 per hour", exempt_when=has_no_file)
@token_required("reservations:write")
@takes_files(
    api, FaultIn, json_too=True, photo=a_photo("What can be seen of it; the lab and you can open it.")
)
@api.output(FaultOut, 201)
@api.doc(responses=[404])
def report(instrument_id: int, arriving: Arriving[FaultIn]) -> Response:
    """Report a fault, with a photo if you like; the lab sees it at once."""
    actor, now = the_actor(), clock.now()
    _instrument(instrument_id)
    arrived = arriving.read()
    words = arrived.value.words if arrived.value else ""

    def act() -> Made:
        row = faults.report_fault(
            _instrument(instrument_id), words, photo.take() or "", actor_id=actor.person_id, now=now
        )
        body = _told(row, actor, answers=_answers(actor, row.instrument))
        return Made(body, row.version, url_for("availability_api.fault", fault_id=row.id))

    with kept_for_a_deed(
        arrived.files.get("photo"), partial(keep_in, FOLDER), partial(drop_from, FOLDER)
    ) as photo:
        if misfits := [*arrived.reasons, *photo.reasons]:
            more = faults.report_objections(instrument_id, words) if arrived.value else ()
            raise Refusal([*misfits, *more])
        return made_once(actor.person_id, now, act)


@api.get(f"{ONE}/photo")
@token_required("reservations:read")
@api.doc(responses={200: downloads("The photo", "image/jpeg"), 404: ""})
def photo(fault_id: int) -> Response:
    """The photo of a report, for the lab and for whoever reported it."""
    return photo_of(fault_id)


@api.get(ONE)
@token_required("reservations:read")
@api.output(FaultOut)
@api.doc(responses=[404])
def fault(fault_id: int) -> Response:
    """One report that I may see; its ETag is what an answer must name."""
    return _one(the_actor(), fault_id)


@api.post(f"{ONE}/answer")
@token_required("labs:write")
@takes(api, FaultAnswerIn)
@api.output(FaultOut)
@api.doc(responses=[404, 412, 428])
def answer_one(fault_id: int, wanted: Incoming[FaultAnswerIn]) -> Response:
    """Answer a report for the lab. Needs If-Match."""
    row = faults.the_fault(fault_id)
    actor, now = require(Action.CLOSURE_EDIT, scope_of(row.instrument)), clock.now()
    version = versions.matched(row.version) or row.version
    body = whole(wanted)
    perform(
        lambda: faults.answer_fault(
            faults.the_fault(fault_id),
            body.state,
            body.note,
            version=version,
            actor_id=actor.person_id,
            now=now,
        )
    )
    return _one(actor, fault_id)


def _instrument(instrument_id: int) -> Instrument:
    owner = the_owner("instruments", instrument_id)
    assert isinstance(owner, Instrument)  # noqa: S101 - by the kind that was asked for
    return owner


def _answers(actor: Actor, instrument: Instrument) -> bool:
    return may(actor, Action.CLOSURE_EDIT, scope_of(instrument))


def _one(actor: Actor, fault_id: int) -> Response:
    row = faults.the_fault(fault_id)
    answers = _answers(actor, row.instrument)
    if not faults.is_shown(row, actor.person_id, answers=answers):
        raise faults.no_fault()
    return answer(_told(row, actor, answers=answers), version=row.version)


def _told(row: FaultReport, actor: Actor, *, answers: bool) -> dict[str, Any]:
    zone = ZoneInfo(row.instrument.lab.zone)
    seen = answers or row.reporter_id == actor.person_id
    return {
        "id": row.id,
        "instrument_id": row.instrument_id,
        "state": row.state,
        "note": row.note,
        "reported_at": row.reported_at.astimezone(zone),
        "answered_at": row.answered_at and row.answered_at.astimezone(zone),
        "words": row.words if seen else None,
        "has_photo": bool(row.photo) if seen else None,
        "reporter_id": row.reporter_id if seen else None,
        "version": row.version,
    }
