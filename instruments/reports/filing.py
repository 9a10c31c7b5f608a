"""File a report, after which it never changes, and begin its correction; inside a deed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, literal, select, update

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, Reason, Refusal, Stale
from instruments.people.models import Institution
from instruments.people.rights import Actor
from instruments.reports.drafting import digest_worked, keep, note, the_draft
from instruments.reports.form import OCCASION, SERVICE, Form
from instruments.reports.models import FILED, Report, ReportEntry, ReportOverride, ReportRow
from instruments.reports.working_out import WorkedOut
from instruments.reports.writing import digest_of
from instruments.timespan import instant
from instruments.usage.kinds import RUNNING
from instruments.usage.models import InstrumentUse
from instruments.utilization import periods
from instruments.utilization.periods import midnight

_ROW: Any = ReportRow.__table__
_ENTRY: Any = ReportEntry.__table__
_OVERRIDE: Any = ReportOverride.__table__
_USE: Any = InstrumentUse.__table__
LONGEST_REASON, LONGEST_REFERENCE = 500, 120


def file(
    actor: Actor, report_id: int, version: int | None, worked: WorkedOut, now: datetime,
    *, today: date, reference: str = "", reason: str = "", leave_out: bool = False,
) -> None:  # fmt: skip
    """File what was worked out, if it is what was seen. Raises Refusal with every reason, Stale where the facts changed.

    leave_out: without the rows that lack something, where the form allows it; a correction brings them.
    """
    report = the_draft(report_id, version)
    if digest_worked(worked) != report.digest:
        sentence = N_("The facts changed since this was worked out. Look at it again, then file it.")
        raise Stale([Reason("changed", None, sentence)])
    reasons = [
        *_not_yet(report, worked, today),
        *_lacking(report, worked.form, leave_out=leave_out),
        *_words(report, reference, reason, leave_out=leave_out),
    ]
    if reasons:
        raise Refusal(reasons)
    if leave_out:
        left = update(_ROW).where(_ROW.c.report_id == report_id, _ROW.c.lacking.is_(True))
        db.session.execute(left.values(left_out=True))
        report.rows_left_out = report.rows_lacking
    report.digest = digest_of(_kept(report_id))
    if report.corrects_id is not None:
        _differs(report)
    report.reference, report.reason, report.old = reference, reason, worked.old
    report.filed_by_id, report.filed_at, report.state = actor.person_id, now, FILED
    report.version += 1
    db.session.flush()
    rows = report.rows_total - report.rows_left_out
    told = {"rows": rows, "left_out": report.rows_left_out, "reference": reference, "reason": reason}
    note("report.corrected" if report.corrects_id else "report.filed", report, actor.person_id, now, **told)


def _not_yet(report: Report, worked: WorkedOut, today: date) -> Iterator[Reason]:
    period, form = periods.read(report.period), worked.form
    if form.period != OCCASION and period.end > today:
        sentence = N_("This period is not over. It can be filed from %(day)s on.")
        yield Reason("not_over", None, sentence, {"day": period.end})
    if worked.old:
        sentence = N_(
            "Figures that it rests on are being worked out anew. Work it out again in a minute, then file it."
        )
        yield Reason("old", None, sentence)
    if form.period == OCCASION and not report.rows_total:
        yield Reason("nothing", None, N_("There is nothing to file."))
    if any(sheet.rows == SERVICE for sheet in form.sheets) and (running := still_running(report)):
        sentence = N_("Uses of this period that still run: %(count)s. End them first.")
        yield Reason("running", None, sentence, {"count": running})


def still_running(report: Report) -> int:
    """How many uses that began in the period, or before it, nobody has ended."""
    zone = ZoneInfo(db.session.get_one(Institution, report.institution_id).zone)
    last = instant(midnight(periods.read(report.period).end, zone))
    asked = (
        select(func.count())
        .select_from(_USE)
        .join(Instrument, Instrument.id == _USE.c.instrument_id)
        .where(
            _USE.c.state == RUNNING,
            _USE.c.started_at < last,
            Instrument.institution_id == report.institution_id,
        )
    )
    if report.lab_id is not None:
        asked = asked.where(Instrument.lab_id == report.lab_id)
    return int(db.session.scalar(asked) or 0)


def _lacking(report: Report, form: Form, *, leave_out: bool) -> Iterator[Reason]:
    if not report.rows_lacking:
        return
    if not form.rows_may_wait:
        sentence = N_("Rows that lack something: %(count)s. Mend them, then file it.")
        yield Reason("lacking", None, sentence, {"count": report.rows_lacking})
    elif not leave_out:
        sentence = N_("Rows that lack something: %(count)s. Mend them, or file the others without them.")
        yield Reason("lacking", "leave_out", sentence, {"count": report.rows_lacking})


def _words(report: Report, reference: str, reason: str, *, leave_out: bool) -> Iterator[Reason]:
    left_out = leave_out and report.rows_lacking
    if report.corrects_id is not None and not reason:
        yield Reason("no_reason", "reason", N_("Say why it is corrected; it stays with the report."))
    elif left_out and not reason:
        yield Reason("no_reason", "reason", N_("Say why rows are left out; it stays with the report."))
    for name, words, most in (
        ("reference", reference, LONGEST_REFERENCE), ("reason", reason, LONGEST_REASON),
    ):  # fmt: skip
        yield from against_words(name, words, most)


def against_words(name: str, words: str, most: int) -> Iterator[Reason]:
    """Against what is said of a report as a whole."""
    if len(words) > most:
        yield Reason("too_long", name, N_("At most %(most)s characters."), {"most": most})
    elif not all(letter.isprintable() or letter in "\n\r\t" for letter in words):
        yield Reason("unreadable", name, N_("This holds characters that cannot be shown."))


def _kept(report_id: int) -> list[tuple[str, str, str]]:
    """The rows that leave, as they are kept."""
    asked = (
        select(_ROW.c.sheet, _ROW.c.key, _ROW.c.cells)
        .where(_ROW.c.report_id == report_id, _ROW.c.left_out.is_(False))
        .order_by(_ROW.c.position)
    )
    return [(row.sheet, row.key, row.cells) for row in db.session.execute(asked)]


def _differs(report: Report) -> None:
    if db.session.get_one(Report, report.corrects_id).digest == report.digest:
        sentence = N_("Nothing differs from what was filed.")
        raise Refusal([Reason("same", None, sentence)])


def next_version(report_id: int, person_id: int, now: datetime) -> Report:
    """The draft of a correction of what was filed, without rows and not written yet. Raises Refusal where there is one."""
    filed = db.session.get(Report, report_id)
    if filed is None or filed.state != FILED:
        raise Refusal([Reason("not_filed", None, N_("This is a draft: change it as it is."))])
    later = db.session.scalar(select(Report.id).where(Report.corrects_id == report_id))
    if later is not None:
        sentence = N_("There is a correction of this already. Correct the newest version.")
        raise Refusal([Reason("corrected", None, sentence, {"report": later})])
    return Report(
        form=filed.form, format_version=filed.format_version, format_digest=filed.format_digest,
        institution_id=filed.institution_id, lab_id=filed.lab_id, period=filed.period, part=filed.part,
        number=filed.number + 1, corrects_id=filed.id, fresh_only=filed.fresh_only, layout=filed.layout,
        made_by_id=person_id, made_at=now,
    )  # fmt: skip


def correct(actor: Actor, report_id: int, worked: WorkedOut, now: datetime) -> int:
    """Begin the correction of what was filed, with the rows that were worked out for it and everything that was entered
    by hand; its number."""
    draft = next_version(report_id, actor.person_id, now)
    db.session.add(draft)
    db.session.flush()
    for table in (_ENTRY, _OVERRIDE):
        columns = [column for column in table.columns if column.name != "report_id"]
        rows = select(literal(draft.id), *columns).where(table.c.report_id == report_id)
        names = ["report_id", *(column.name for column in columns)]
        db.session.execute(insert(table).from_select(names, rows))
    note("report.correction_begun", draft, actor.person_id, now)
    keep(draft.id, None, worked, now)
    return draft.id
