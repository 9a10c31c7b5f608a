"""Make a draft of a report, keep the rows that were worked out for it, or give it up; inside a deed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from instruments.database import db
from instruments.database.bulk import insert_rows
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.journal.record import record
from instruments.people.rights import Actor
from instruments.reports.disjoint import next_part, one_at_a_time, refuse_nothing_left, refuse_overlap
from instruments.reports.form import LAB, OCCASION, Form
from instruments.reports.models import DRAFT, FILED, Report, ReportRow
from instruments.reports.working_out import WorkedOut
from instruments.reports.writing import Row, as_kept, definitions_of, digest_of, lack_as_kept, layout_of
from instruments.utilization.periods import Period
from instruments.web.versions import stale

_ROW: Any = ReportRow.__table__
_COLUMNS = (
    "report_id", "sheet", "position", "key", "lab_id", "instrument_id", "cells", "lacks", "lacking", "left_out",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be drafted: a form of an institution, or of one of its labs, for a period; fresh_only: of what is filed on
    occasion, only what is not on record yet."""

    form: Form
    institution_id: int
    lab_id: int | None
    period: Period
    fresh_only: bool = True


def blank(wish: Wish, person_id: int, now: datetime) -> Report:
    """The draft that is wished for, without rows and not written yet. Raises Refusal where its form is of another scope."""
    if (wish.form.scope == LAB) != (wish.lab_id is not None):
        of_lab, of_whole = (
            N_("This form is of a lab: say which."),
            N_("This form is of the whole institution."),
        )
        sentence = of_lab if wish.lab_id is None else of_whole
        raise Refusal([Reason("scope", "lab_id", sentence)])
    return Report(
        form=wish.form.code, format_version=wish.form.version, format_digest=wish.form.digest,
        institution_id=wish.institution_id, lab_id=wish.lab_id, period=wish.period.code, number=1,
        fresh_only=wish.fresh_only and wish.form.period == OCCASION, layout=layout_of(wish.form),
        made_by_id=person_id, made_at=now,
    )  # fmt: skip


def make(actor: Actor, wish: Wish, worked: WorkedOut, now: datetime) -> int:
    """Make the draft with the rows that were worked out for it; its number. Raises Refusal where there is one, or where the
    form is filed for the period already."""
    report = blank(wish, actor.person_id, now)
    if wish.form.period == OCCASION:
        one_at_a_time(wish.institution_id)
        report.part = next_part(wish.form.code, wish.institution_id, wish.lab_id, wish.period.code)
        if not worked.rows:
            refuse_nothing_left(wish.form.code, wish.institution_id)
    not_there(wish)
    db.session.add(report)
    db.session.flush()
    note("report.drafted", report, actor.person_id, now)
    keep(report.id, None, worked, now)
    return report.id


def not_there(wish: Wish) -> None:
    """Refuse what is drafted or filed already; what is filed on occasion can be begun again, of other instruments."""
    if wish.form.period == OCCASION:
        return
    lab = Report.lab_id.is_(None) if wish.lab_id is None else Report.lab_id == wish.lab_id
    asked = (
        select(Report.id, Report.state)
        .where(
            Report.form == wish.form.code, Report.institution_id == wish.institution_id, lab,
            Report.period == wish.period.code,
        )
        .order_by(Report.number.desc())
        .limit(1)
    )  # fmt: skip
    there = db.session.execute(asked).first()
    if there is None:
        return
    if there.state == FILED:
        sentence = N_("This is filed. What has to change goes into a correction of it.")
        raise Refusal([Reason("filed", "period", sentence, {"report": there.id})])
    raise Refusal(
        [Reason("draft_there", "period", N_("There is a draft of this already."), {"report": there.id})]
    )


def the_draft(report_id: int, version: int | None) -> Report:
    """A draft, locked, as it now stands. Raises NotFound, Refusal where it is filed, Stale where it was changed since."""
    asked = select(Report).where(Report.id == report_id).with_for_update()
    found = db.session.execute(asked.execution_options(populate_existing=True)).scalar()
    if found is None:
        raise NotFound([Reason("not_found", None, N_("There is no such report."))])
    if found.state != DRAFT:
        sentence = N_("This is filed. What has to change goes into a correction of it.")
        raise Refusal([Reason("filed", None, sentence)])
    if version is not None and found.version != version:
        raise stale()
    return found


def keep(report_id: int, version: int | None, worked: WorkedOut, now: datetime) -> None:
    """Put the rows that were worked out in place of those that were there."""
    report = the_draft(report_id, version)
    if worked.form.period == OCCASION:
        one_at_a_time(report.institution_id)
        refuse_overlap(report, (row.instrument_id for row in worked.rows))
    db.session.execute(delete(_ROW).where(_ROW.c.report_id == report_id))
    insert_rows("report_row", _COLUMNS, _as_kept(report_id, worked))
    report.format_version, report.format_digest = worked.form.version, worked.form.digest
    report.layout, report.definitions = layout_of(worked.form), definitions_of(worked.form)
    report.rows_total, report.unknown, report.old = len(worked.rows), worked.unknown, worked.old
    report.rows_lacking = sum(bool(row.lacks) for row in worked.rows)
    report.digest, report.counted_at = digest_worked(worked), now
    report.version += 1
    db.session.flush()


def keep_some(report_id: int, version: int | None, rows: Sequence[Row]) -> None:
    """Put these rows in place of those with the same keys; the others stay as they were worked out."""
    report = the_draft(report_id, version)
    for row in rows:
        same = (_ROW.c.report_id == report_id, _ROW.c.sheet == row.sheet, _ROW.c.key == row.key)
        told = {"cells": as_kept(row.cells), "lacks": _lacks(row), "lacking": bool(row.lacks)}
        db.session.execute(update(_ROW).where(*same).values(**told))
    asked = select(_ROW.c.sheet, _ROW.c.key, _ROW.c.cells, _ROW.c.lacking).where(
        _ROW.c.report_id == report_id
    )
    kept = db.session.execute(asked.order_by(_ROW.c.position)).all()
    report.rows_lacking = sum(row.lacking for row in kept)
    report.digest = digest_of((row.sheet, row.key, _marked(row.cells, row.lacking)) for row in kept)
    report.version += 1
    db.session.flush()


def _lacks(row: Row) -> str:
    return as_kept([lack_as_kept(lack) for lack in row.lacks])


def _marked(cells: str, lacking: object) -> str:
    return cells + ("!" if lacking else "")


def _as_kept(report_id: int, worked: WorkedOut) -> list[tuple[Any, ...]]:
    return [
        (
            report_id, row.sheet, position, row.key, row.lab_id, row.instrument_id, as_kept(row.cells),
            _lacks(row), bool(row.lacks), False,
        )
        for position, row in enumerate(worked.rows, 1)
    ]  # fmt: skip


def digest_worked(worked: WorkedOut) -> str:
    """Of all rows that were worked out, with what they lack."""
    return digest_of(
        (row.sheet, row.key, _marked(as_kept(row.cells), bool(row.lacks))) for row in worked.rows
    )


def give_up(actor: Actor, report_id: int, version: int | None, now: datetime) -> None:
    """Take a draft away; what was filed stays."""
    report = the_draft(report_id, version)
    note("report.given_up", report, actor.person_id, now)
    db.session.delete(report)
    db.session.flush()


def note(deed: str, report: Report, person_id: int | None, now: datetime, **detail: Any) -> None:
    """Write into the journal what happened to a report."""
    told = {"form": report.form, "period": report.period, "number": report.number, **detail}
    record(
        now=now, actor_id=person_id, deed=deed, thing=("report", report.id), institution_id=report.institution_id,
        lab_id=report.lab_id, detail=told,
    )  # fmt: skip
