"""Doors for programs that bring files of instrument logs or outputs."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from flask import Response, url_for

from instruments.catalog.views.uploads import a_table
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.bearer import token_required
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor
from instruments.people.signing import require
from instruments.usage.answer_schemas import FileOut, FileTakenOut
from instruments.usage.api.telling import api
from instruments.usage.bringing import checked, keep_file, note_taken, the_file
from instruments.usage.foreseeing import Lot
from instruments.usage.log_checking import OUTCOMES
from instruments.usage.output_models import UsageFile
from instruments.usage.schemas import FileIn
from instruments.usage.views.doors import place, the_lab
from instruments.usage.views.files import rows_of, take_all
from instruments.web import clock
from instruments.web.answers import Made, answer, made_once
from instruments.web.limits import limiter
from instruments.web.multipart import Arriving, takes_files
from instruments.web.reasons import as_listed

THE_FILE = a_table("CSV or XLSX with a header row: instrument, start and end; or instrument, year and kind.")
ONE = "/usage-files/<int:number>"


@api.post("/labs/<int:lab_id>/usage-files")
@limiter.limit("30 per hour")
@token_required("usage:write")
@takes_files(api, FileIn, file=THE_FILE)
@api.output(FileOut, 201)
@api.doc(responses=[404])
def bring(lab_id: int, arriving: Arriving[FileIn]) -> Response:
    """Bring a file to a lab that I run. Nothing is counted yet: the answer says what would become of each row."""
    actor, now = require(Action.USE_CONFIRM, place(the_lab(lab_id))), clock.now()
    arrived = arriving.read()
    file = arrived.files.get("file")
    if arrived.value is None or arrived.reasons or file is None:
        raise Refusal(arrived.reasons)
    kind, name = arrived.value.kind, file.filename or "file"
    rows = rows_of(file, kind)

    def act() -> Made:
        kept = keep_file(actor, the_lab(lab_id), kind, name, rows, now)
        return Made(_told(kept, the_lab(lab_id)), 1, url_for("usage_api.brought", number=kept.id))

    return made_once(actor.person_id, now, act)


@api.get(ONE)
@token_required("usage:read")
@api.output(FileOut)
@api.doc(responses=[404])
def brought(number: int) -> Response:
    """What a file would do now, row by row."""
    kept, lab, _ = _entered(number)
    return answer(_told(kept, lab))


@api.post(f"{ONE}/take")
@token_required("usage:write")
@api.output(FileTakenOut)
@api.doc(responses=[404])
def take(number: int) -> Response:
    """Take the new rows over; what was taken before is not taken again."""
    kept, lab, actor = _entered(number)
    lab_id, now = lab.id, clock.now()
    taken, _ = take_all(kept, lab, actor, now)
    perform(lambda: note_taken(actor, the_file(number), the_lab(lab_id), taken, now))
    return answer({"taken": taken})


def _entered(number: int) -> tuple[UsageFile, Lab, Actor]:
    kept = the_file(number)
    lab = the_lab(kept.lab_id)
    return kept, lab, require(Action.USE_CONFIRM, place(lab))


def _told(kept: UsageFile, lab: Lab) -> dict[str, Any]:
    rows = checked(kept, lab, clock.now())
    counts = Counter(row.outcome for row in rows)
    return {
        "id": kept.id, "lab_id": kept.lab_id, "kind": kept.kind, "file_name": kept.file_name, "state": kept.state,
        "counts": {outcome: counts.get(outcome, 0) for outcome in OUTCOMES},
        "rows": [
            {"row": row.row, "outcome": row.outcome, "reasons": as_listed(row.reasons),
             "uses": [_lot(lot) for lot in getattr(row, "lots", ())]}
            for row in rows
        ],
    }  # fmt: skip


def _lot(lot: Lot) -> dict[str, Any]:
    return asdict(lot) | {"use_id": lot.use_id or None, "flags": lot.flags.split()}
