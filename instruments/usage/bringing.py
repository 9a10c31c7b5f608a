"""Bring a file of logs or outputs to a lab: read it, keep what it says until it is taken over, take each row once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.journal.record import record
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.usage.kinds import FILE
from instruments.usage.log_checking import NEW, SAME, TAKEN, check_logs, reporter_name
from instruments.usage.metering import Metered, Reporter, take
from instruments.usage.output_models import UsageFile
from instruments.usage.outputs import Output, check_outputs, enter

KINDS = ("logs", "outputs")


def keep_file(
    actor: Actor, lab: Lab, kind: str, file_name: str, rows: list[dict[str, Any]], now: datetime
) -> UsageFile:
    """Keep what was read until it is taken over, inside a deed."""
    kept = UsageFile(
        lab_id=lab.id, kind=kind, person_id=actor.person_id, file_name=file_name[:200], file_path="",
        state="checked", report={"rows": rows}, created_at=now,
    )  # fmt: skip
    db.session.add(kept)
    db.session.flush()
    return kept


def the_file(number: int) -> UsageFile:
    """One file that was brought; raises NotFound."""
    found = db.session.get(UsageFile, number)
    if found is None:
        raise NotFound([Reason("no_file", None, N_("There is no such file."))])
    return found


def checked(kept: UsageFile, lab: Lab, now: datetime) -> list[Any]:
    """Every row of the file as it would be done now; what this file itself was the first to say says so."""
    rows = kept.report["rows"]
    found = check_logs(lab, rows, now) if kept.kind == "logs" else check_outputs(lab, rows, now)
    own = set(kept.report.get("own", ()))
    return [
        replace(each, outcome=TAKEN) if each.outcome == SAME and each.row in own else each for each in found
    ]


def new_rows(kept: UsageFile, lab: Lab, now: datetime) -> dict[int, Metered | Output]:
    """What is to be taken over, by its row; a file that was taken half-way says the rest."""
    return {each.row: each.wanted for each in checked(kept, lab, now) if each.outcome == NEW and each.wanted}


def note_own(kept: UsageFile, rows: Collection[int]) -> None:
    """Keep which rows this file is the first to say, inside a deed, before they are taken: known later, they are its own."""
    kept.report = {**kept.report, "own": sorted({*kept.report.get("own", ()), *rows})}


def take_row(actor: Actor, lab: Lab, wanted: Metered | Output, now: datetime) -> None:
    """Take one row over, inside a deed: logs by their key once, outputs by their reference."""
    if isinstance(wanted, Output):
        enter(actor, wanted, lab, now)
        return
    take(wanted, Reporter(reporter_name(lab.id), FILE, actor.person_id, actor.institution_id), now)


def note_taken(actor: Actor, kept: UsageFile, lab: Lab, taken: int, now: datetime) -> None:
    """Say that the file was taken over, inside a deed."""
    kept.state, kept.finished_at = "done", now
    record(
        now=now, actor_id=actor.person_id, deed="usage_file.taken", thing=("usage_file", kept.id),
        institution_id=lab.institution_id, lab_id=lab.id,
        detail={"file": kept.file_name, "kind": kept.kind, "rows": taken},
    )  # fmt: skip
