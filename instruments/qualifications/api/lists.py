"""Doors for programs: the list that a lab kept elsewhere, brought as a file, looked at row by row, and taken over."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from flask import Response, url_for

from instruments.catalog.views.uploads import a_table
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal, gathered
from instruments.people.bearer import token_required
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.qualifications.api.telling import api
from instruments.qualifications.bringing import keep_list, take_over, the_list
from instruments.qualifications.list_checking import OUTCOMES, Checked, check
from instruments.qualifications.models import QualificationList
from instruments.qualifications.schemas import BroughtOut, ListFileIn, TakenOut
from instruments.qualifications.subjects import Subject
from instruments.qualifications.views.doors import rows_sent, the
from instruments.qualifications.views.of_lab import entered, seen_list
from instruments.web import clock, versions
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
        rows = rows_sent(file) if file else []
    if reasons or arrived.value is None:
        raise Refusal(reasons)
    body = arrived.value

    def act() -> Made:
        kept = keep_list(actor, the(Lab, lab_id), name, rows, _subject(body), body.level, now)
        told = _told(kept, actor)
        return Made(told, _version(told), url_for("qualifications_api.brought", number=kept.id))

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
    kept, actor = seen_list(number)
    now = clock.now()
    seen = versions.matched(_version(_told(kept, actor)))

    def act() -> tuple[int, int]:
        if seen is not None and _version(_told(the_list(number), actor)) != seen:
            raise versions.stale()
        return take_over(actor, number, now)

    added, changed = perform(act)
    return answer({"added": added, "changed": changed}, version=_version(_told(the_list(number), actor)))


def _against(body: ListFileIn) -> Iterator[Reason]:
    if body.instrument_id is not None and body.technique_id is not None:
        yield Reason("subject", "instrument_id", N_("Name either an instrument or a technique."))


def _subject(body: ListFileIn) -> str:
    """What it is for, as a list may call it."""
    if body.instrument_id is not None:
        return f"i{body.instrument_id}"
    return f"t{body.technique_id}" if body.technique_id is not None else ""


def _one(number: int, actor: Actor) -> Response:
    told = _told(the_list(number), actor)
    return answer(told, version=_version(told))


def _told(kept: QualificationList, actor: Actor) -> dict[str, Any]:
    rows, zone = check(actor, kept.lab, kept.rows, clock.now()), ZoneInfo(kept.lab.zone)
    counts = Counter(row.outcome for row in rows)
    return {
        "id": kept.id,
        "lab_id": kept.lab_id,
        "file_name": kept.file_name,
        "brought_at": kept.brought_at.astimezone(zone),
        "taken_at": kept.taken_at and kept.taken_at.astimezone(zone),
        "counts": {outcome: counts.get(outcome, 0) for outcome in OUTCOMES},
        "rows": [_row_told(row) for row in rows],
    }


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


def _version(told: dict[str, Any]) -> str:
    """What a list would do, in a few letters; the words of reasons are in the reader's language and do not count."""
    rows = [{name: value for name, value in row.items() if name != "reasons"} for row in told["rows"]]
    return hashlib.blake2b(orjson.dumps([told["taken_at"], rows]), digest_size=12).hexdigest()
