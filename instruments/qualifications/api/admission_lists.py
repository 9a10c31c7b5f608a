"""Doors for programs: the list of safety admissions that an institution kept elsewhere, looked at, and taken over."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from instruments.catalog.views.uploads import a_table
from instruments.errors import Refusal, gathered
from instruments.people.bearer import token_required
from instruments.people.rights import Actor
from instruments.qualifications.admission_checking import CheckedAdmission, check_admissions
from instruments.qualifications.api.telling import api, brought_told, taken_as_seen
from instruments.qualifications.bringing import the_list
from instruments.qualifications.bringing_admissions import keep_admissions, take_admissions
from instruments.qualifications.granting import day_objections
from instruments.qualifications.list_reading import ADMISSIONS
from instruments.qualifications.list_versions import version_of
from instruments.qualifications.models import AdmissionList
from instruments.qualifications.schemas import AdmissionFileIn, BroughtAdmissionsOut, TakenAdmissionsOut
from instruments.qualifications.views.admission_lists import seen_admission_list
from instruments.qualifications.views.admissions import entered
from instruments.qualifications.views.doors import rows_sent
from instruments.web import clock
from instruments.web.answers import Made, answer, made_once
from instruments.web.limits import limiter
from instruments.web.multipart import Arriving, takes_files
from instruments.web.reasons import as_listed

ONE = "/admission-lists/<int:number>"
THE_FILE = a_table(
    "CSV or XLSX with a column of mail addresses, and columns for the last day, the exam and its result."
)


@api.post("/institutions/<int:institution_id>/admission-lists")
@limiter.limit("30 per hour")
@token_required("labs:write")
@takes_files(api, AdmissionFileIn, file=THE_FILE)
@api.output(BroughtAdmissionsOut, 201)
def bring_admissions(institution_id: int, arriving: Arriving[AdmissionFileIn]) -> Response:
    """Bring the safety admissions that an institution kept elsewhere. Nobody is admitted: the answer says what would become
    of each row."""
    _, actor = entered(institution_id)
    now, arrived = clock.now(), arriving.read()
    reasons, rows, file = list(arrived.reasons), list[dict[str, Any]](), arrived.files.get("file")
    if arrived.value is not None:
        reasons += day_objections(arrived.value.valid_until, now, "valid_until")
    with gathered(reasons):
        rows = rows_sent(file, ADMISSIONS, arrived.value.leave_out if arrived.value else ()) if file else []
    if reasons or arrived.value is None:
        raise Refusal(reasons)
    body, name = arrived.value, (file.filename or "") if file else ""
    until = body.valid_until.isoformat() if body.valid_until else ""

    def act() -> Made:
        kept = keep_admissions(actor, institution_id, name, rows, until, body.exam.strip(), now)
        told, version = _told(kept, actor)
        address = url_for("qualifications_api.brought_admissions", number=kept.id)
        return Made(told, version, address)

    return made_once(actor.person_id, now, act)


@api.get(ONE)
@token_required("labs:read")
@api.output(BroughtAdmissionsOut)
@api.doc(responses=[404])
def brought_admissions(number: int) -> Response:
    """What a list of safety admissions would do now, row by row; its ETag is what taking it over must name."""
    told, version = _told(*seen_admission_list(number))
    return answer(told, version=version)


@api.post(f"{ONE}/take")
@token_required("labs:write")
@api.output(TakenAdmissionsOut)
@api.doc(responses=[404, 412, 422, 428])
def take_list_of_admissions(number: int) -> Response:
    """Grant what the list says; rows that are refused or unknown stay out. Needs If-Match."""
    _, actor = seen_admission_list(number)
    now = clock.now()
    return taken_as_seen(
        lambda: _told(the_list(AdmissionList, number), actor)[1],
        lambda seen: take_admissions(actor, number, seen, now),
    )


def _told(kept: AdmissionList, actor: Actor) -> tuple[dict[str, Any], str]:
    """What is told of it, and what its ETag says."""
    rows = check_admissions(actor, kept.institution_id, kept.rows, clock.now())
    told = brought_told(kept, kept.institution.zone, rows) | {
        "institution_id": kept.institution_id,
        "rows": [_row_told(row) for row in rows],
    }
    return told, version_of(kept, rows)


def _row_told(row: CheckedAdmission) -> dict[str, Any]:
    return {
        "row": row.row,
        "mail": row.mail,
        "outcome": row.outcome,
        "reasons": as_listed(row.reasons),
        "valid_until": row.until,
        "exam": row.exam,
        "result": row.result,
    }
