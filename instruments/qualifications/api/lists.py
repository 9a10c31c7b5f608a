"""Doors for programs: the list that a lab kept elsewhere, brought as a file, looked at row by row, and taken over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, url_for

from instruments.catalog.views.uploads import a_table
from instruments.errors import N_, Reason, Refusal, gathered
from instruments.people.bearer import token_required
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.qualifications.api.telling import api, brought_told, taken_as_seen
from instruments.qualifications.bringing import keep_list, take_over, the_list
from instruments.qualifications.list_checking import Checked, check
from instruments.qualifications.list_versions import version_of
from instruments.qualifications.models import QualificationList
from instruments.qualifications.schemas import BroughtOut, ListFileIn, TakenOut
from instruments.qualifications.subjects import Subject
from instruments.qualifications.views.doors import rows_sent, the
from instruments.qualifications.views.of_lab import entered, seen_list
from instruments.web import clock
from instruments.web.answers import Made, answer, made_once
from instruments.web.limits import limiter
from instruments.web.multipart import Arriving, takes_files
from instruments.web.reasons import as_listed

ONE = "/qualification-lists/<int:number>"
THE_FILE = a_table(
    "CSV or XLSX with a column of mail addresses, and columns for the level, the last day and the instrument."
)


@api.post("/labs/<int:lab_id>/qualification-lists")
@limiter.limit("30 per hour")
@token_required("labs:write")
@takes_files(api, ListFileIn, file=THE_FILE)
@api.output(BroughtOut, 201)
def bring(lab_id: int, arriving: Arriving[ListFileIn]) -> Response:
    """Bring the list that a lab kept elsewhere. Nothing is granted: the answer says what would become of each row."""
    _, actor = entered(lab_id)
    now, arrived = clock.now(), arriving.read()
    reasons, rows, file = list(arrived.reasons), list[dict[str, Any]](), arrived.files.get("file")
    name = (file.filename or "") if file else ""
    if arrived.value is not None:
        reasons += _against(arrived.value)
    with gathered(reasons):
        rows = rows_sent(file, left_out=_left_out(arrived.value)) if file else []
    if reasons or arrived.value is None:
        raise Refusal(reasons)
    body = arrived.value

    def act() -> Made:
        kept = keep_list(actor, the(Lab, lab_id), name, rows, _subject(body), body.level, now)
        told, version = _told(kept, actor)
        return Made(told, version, url_for("qualifications_api.brought", number=kept.id))

    return made_once(actor.person_id, now, act)


@api.get(ONE)
@token_required("labs:read")
@api.output(BroughtOut)
@api.doc(responses=[404])
def brought(number: int) -> Response:
    """What a list would do now, row by row; its ETag is what taking it over must name."""
    return _one(number, seen_list(number)[1])


@api.post(f"{ONE}/take")
@token_required("labs:write")
@api.output(TakenOut)
@api.doc(responses=[404, 412, 422, 428])
def take(number: int) -> Response:
    """Grant what the list says; rows that are refused or unknown stay out. Needs If-Match."""
    _, actor = seen_list(number)
    now = clock.now()
    return taken_as_seen(
        lambda: _told(the_list(QualificationList, number), actor)[1],
        lambda seen: take_over(actor, number, seen, now),
    )


def _left_out(body: ListFileIn | None) -> list[str]:
    return body.leave_out if body is not None else []


def _against(body: ListFileIn) -> Iterator[Reason]:
    if body.instrument_id is not None and body.technique_id is not None:
        yield Reason("subject", "instrument_id", N_("Name either an instrument or a technique."))


def _subject(body: ListFileIn) -> str:
    """What it is for, as a list may call it."""
    if body.instrument_id is not None:
        return f"i{body.instrument_id}"
    return f"t{body.technique_id}" if body.technique_id is not None else ""


def _one(number: int, actor: Actor) -> Response:
    told, version = _told(the_list(QualificationList, number), actor)
    return answer(told, version=version)


def _told(kept: QualificationList, actor: Actor) -> tuple[dict[str, Any], str]:
    """What is told of it, and what its ETag says."""
    rows = check(actor, kept.lab, kept.rows, clock.now())
    told = brought_told(kept, kept.lab.zone, rows) | {
        "lab_id": kept.lab_id,
        "rows": [_row_told(row) for row in rows],
    }
    return told, version_of(kept, rows)


def _row_told(row: Checked) -> dict[str, Any]:
    subject = row.subject or Subject(None, None)
    return {
        "row": row.row,
        "mail": row.mail,
        "outcome": row.outcome,
        "reasons": as_listed(row.reasons),
        "instrument_id": subject.instrument_id,
        "technique_id": subject.technique_id,
        "level": row.level or None,
        "expires_on": row.until,
    }
