"""Note the number that was given for a filed report; inside a deed. What was filed does not change by it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.rights import Actor
from instruments.reports.drafting import note
from instruments.reports.filing import LONGEST_REFERENCE, against_words
from instruments.reports.models import FILED, Report, ReportReceipt
from instruments.web.versions import stale


def note_receipt(actor: Actor, report_id: int, version: int | None, reference: str, now: datetime) -> None:
    """Note the number, in place of one that was noted before, which stays on record.

    Raises NotFound, Stale where another was noted meanwhile, or Refusal with every reason.
    """
    asked = select(Report).where(Report.id == report_id).with_for_update()
    report = db.session.execute(asked.execution_options(populate_existing=True)).scalar()
    if report is None:
        raise NotFound([Reason("not_found", None, N_("There is no such report."))])
    if version is not None and version != report.version_shown:
        raise stale()
    reference = " ".join(reference.split())
    if report.state != FILED:
        sentence = N_("This is a draft. Say the number when you file it, or note it afterwards.")
        raise Refusal([Reason("not_filed", None, sentence)])
    reasons = list(against_words("reference", reference, LONGEST_REFERENCE))
    if not reference:
        reasons.append(Reason("missing", "reference", N_("Write the number that you were given.")))
    elif reference == report.receipt:
        reasons.append(Reason("same", "reference", N_("This number is noted already.")))
    if reasons:
        raise Refusal(reasons)
    before, position = report.receipt, len(report.receipts) + 1
    db.session.add(
        ReportReceipt(
            report_id=report_id, position=position, reference=reference, noted_by_id=actor.person_id, noted_at=now
        )
    )  # fmt: skip
    db.session.flush()
    note("report.receipt_noted", report, actor.person_id, now, reference=reference, before=before)
