"""Each instrument stands in one draft of what is filed on occasion; what another holds, or was filed since, is left out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, not_, or_, select
from sqlalchemy.orm import aliased

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.models import Institution
from instruments.reports.models import DRAFT, FILED, Report, ReportRow

_ROW: Any = ReportRow.__table__


def in_drafts(form: str, institution_id: int, but: int | None = None) -> dict[int, int]:
    """By instrument, the draft of a form that holds it; but: not this one. One statement."""
    asked = _of(form, institution_id, but).where(Report.state == DRAFT)
    return {row.instrument_id: row.report_id for row in db.session.execute(asked)}


def left_to_others(report: Report, on_record: frozenset[int]) -> frozenset[int]:
    """The instruments that a report is without; on_record: those that it leaves out since they are on record already.

    A correction keeps what was filed by the version that it corrects, whoever else holds it. What an earlier version left out
    comes, too, unless another report took it since the first version was begun: a report of all instruments holds again what was
    filed before it.
    """
    if report.corrects_id is None:
        return on_record | elsewhere(report)
    filed, ever_filed, left_out, begun = _versions(report)
    drafts = frozenset(in_drafts(report.form, report.institution_id, report.id))
    first = _filed_by_others(report)
    again = {number for number in left_out if number in first and first[number] <= begun}
    return (on_record - ever_filed) | (drafts - filed) | (first.keys() - filed - again)


def _versions(report: Report) -> tuple[frozenset[int], frozenset[int], frozenset[int], datetime]:
    """Of a correction: what the version that it corrects holds, what any version before holds, what any of them left out, and
    when the first was begun."""
    begun = db.session.scalar(select(func.min(Report.made_at)).where(_same(report), Report.state == FILED))
    asked = _of(report.form, report.institution_id, report.id).add_columns(_ROW.c.left_out)
    rows = db.session.execute(asked.where(_same(report), Report.state == FILED)).all()
    kept = [row for row in rows if not row.left_out]
    return (
        frozenset(row.instrument_id for row in kept if row.report_id == report.corrects_id),
        frozenset(row.instrument_id for row in kept),
        frozenset(row.instrument_id for row in rows if row.left_out),
        begun or report.made_at,
    )


def _filed_by_others(report: Report) -> dict[int, datetime]:
    """What the newest filed versions of other reports hold: by instrument, since when; of several reports the latest."""
    later = aliased(Report)
    corrected = select(later.id).where(later.corrects_id == Report.id, later.state == FILED).exists()
    asked = (
        select(_ROW.c.instrument_id, func.min(Report.filed_at).label("since"))
        .join(Report, Report.id == _ROW.c.report_id)
        .where(
            Report.form == report.form, Report.institution_id == report.institution_id, Report.state == FILED,
            not_(_same(report)), _ROW.c.left_out.is_(False), _ROW.c.instrument_id.is_not(None),
        )
        .group_by(_ROW.c.instrument_id, Report.lab_id, Report.period, Report.part)
        .having(func.min(case((corrected, 1), else_=0)) == 0)
    )  # fmt: skip
    found: dict[int, datetime] = {}
    for row in db.session.execute(asked):
        found[row.instrument_id] = max(row.since, found.get(row.instrument_id, row.since))
    return found


def _same(report: Report) -> Any:
    """The versions of one report."""
    return and_(
        Report.form == report.form, Report.institution_id == report.institution_id,
        Report.lab_id.is_not_distinct_from(report.lab_id), Report.period == report.period, Report.part == report.part,
    )  # fmt: skip


def elsewhere(report: Report) -> frozenset[int]:
    """The instruments that are another report's: those of the other drafts, and those that were filed since this one was
    begun. One statement."""
    since = (Report.state == FILED) & (Report.filed_at > report.made_at) & _ROW.c.left_out.is_(False)
    asked = _of(report.form, report.institution_id, report.id).where(or_(Report.state == DRAFT, since))
    return frozenset(row.instrument_id for row in db.session.execute(asked))


def _of(form: str, institution_id: int, but: int | None) -> Any:
    found = (
        select(_ROW.c.instrument_id, _ROW.c.report_id)
        .join(Report, Report.id == _ROW.c.report_id)
        .where(
            Report.form == form, Report.institution_id == institution_id, _ROW.c.instrument_id.is_not(None)
        )
    )  # fmt: skip
    return found if but is None else found.where(Report.id != but)


def one_at_a_time(institution_id: int) -> None:
    """Hold the institution until the deed ends, so that no two drafts of it take the same instrument at the same moment."""
    asked = select(Institution.id).where(Institution.id == institution_id)
    db.session.execute(asked.with_for_update(key_share=True))


def next_part(form: str, institution_id: int, lab_id: int | None, period: str) -> int:
    """The number of one more report of a form for the same day."""
    lab = Report.lab_id.is_(None) if lab_id is None else Report.lab_id == lab_id
    asked = select(func.max(Report.part)).where(
        Report.form == form, Report.institution_id == institution_id, lab, Report.period == period
    )
    return int(db.session.scalar(asked) or 0) + 1


def refuse_overlap(report: Report, instruments: Iterable[int | None]) -> None:
    """Refuse rows of instruments that another draft holds; of a correction, too, which brings all that it corrects."""
    drafts = in_drafts(report.form, report.institution_id, report.id)
    both = {number: drafts[number] for number in instruments if number in drafts}
    if both:
        sentence = N_(
            "Instruments of it that stand in another draft: %(count)s. File that first, or give it up."
        )
        raise Refusal(
            [Reason("in_draft", None, sentence, {"count": len(both), "report": max(both.values())})]
        )


def refuse_nothing_left(form: str, institution_id: int) -> None:
    """Refuse a draft without rows where the drafts that there are hold them all."""
    if drafts := in_drafts(form, institution_id):
        sentence = N_("There is a draft of each of these instruments already.")
        raise Refusal([Reason("draft_there", "which", sentence, {"report": max(drafts.values())})])
