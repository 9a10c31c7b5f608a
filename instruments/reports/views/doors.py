"""What the doors of reports share: the blueprint, working out a draft and keeping it, and noting who looked and took away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from flask import Blueprint, current_app

from instruments.availability.institution_days import today_of
from instruments.charges.looking import note_look
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Stale
from instruments.people.models import Institution
from instruments.people.rights import Actor
from instruments.reports.drafting import Wish, blank, keep, keep_some, make, not_there, note
from instruments.reports.filing import correct, file, next_version
from instruments.reports.gathering.summaries import months_needed
from instruments.reports.models import DRAFT, Report
from instruments.reports.seeing import Sight
from instruments.reports.working_out import WorkedOut, work_out, work_out_some
from instruments.utilization.recounting import due
from instruments.utilization.sums import Selection, numbers_of
from instruments.utilization.tasks import freshen
from instruments.web import clock

pages = Blueprint("reports", __name__)
ONE = "/reports/<int:report_id>"
# So many summaries of months are worked out while somebody waits, so many at once; the rest is the worker's.
AT_ONCE, MOST_WHILE_WAITING = 300, 1500
MANY = 1_000_000


def today_at(home: Institution) -> date:
    """The date on an institution's wall."""
    return today_of(home, clock.now())


def worked_out(report_id: int) -> WorkedOut:
    """The rows of a report as the facts now say."""
    return rows_for(lambda: db.session.get_one(Report, report_id, populate_existing=True))


def rows_for(which: Callable[[], Report]) -> WorkedOut:
    """The rows of a report that is written or not, with the summaries they rest on up to date as far as that goes.

    Reads alone, and ends the reading, so that a deed may follow. which: the report, asked anew after each deed.
    """
    report, now = which(), clock.now()
    months = months_needed(report, now)
    old = _bring_up_to_date(report.institution_id, report.lab_id, months, now) if months else 0
    found = replace(work_out(which(), now, current_app.config["BASE_URL"]), old=old)
    db.session.rollback()
    return found


def _bring_up_to_date(institution_id: int, lab_id: int | None, months: Sequence[int], now: datetime) -> int:
    """Work out summaries that are missing or old; how many are left."""
    numbers = numbers_of(Selection(institution_id, lab_id))
    for _ in range(MOST_WHILE_WAITING // AT_ONCE):
        if not freshen(months, now, numbers, AT_ONCE):
            return 0
    return len(due(months, now, numbers, MANY))


def count(report_id: int, version: int | None) -> None:
    """Work a draft out anew: read outside of the lock, written in one short deed."""
    worked = worked_out(report_id)
    perform(partial(keep, report_id, version, worked, clock.now()))


def count_some(report_id: int, sheet: str, keys: Sequence[str]) -> None:
    """Work some rows out anew, after something was entered into them."""
    report = db.session.get_one(Report, report_id, populate_existing=True)
    rows = work_out_some(report, sheet, keys, clock.now(), current_app.config["BASE_URL"])
    version = report.version
    db.session.rollback()
    perform(partial(keep_some, report_id, version, rows))


def to_draft(actor: Actor, wish: Wish) -> Callable[[], int]:
    """The deed that makes a draft, with its rows worked out before it begins; it gives the number of the draft."""
    now = clock.now()
    not_there(wish)
    worked = rows_for(lambda: blank(wish, actor.person_id, now))
    return partial(make, actor, wish, worked, now)


def to_correct(actor: Actor, report_id: int) -> Callable[[], int]:
    """The same of the draft of a correction."""
    now = clock.now()
    worked = rows_for(lambda: next_version(report_id, actor.person_id, now))
    return partial(correct, actor, report_id, worked, now)


def filed(
    actor: Actor, report: Report, version: int | None, *, reference: str, reason: str, leave_out: bool
) -> None:
    """File what was seen. Where the facts changed since, the draft shows them, and the refusal says so."""
    number, today = report.id, today_at(report.institution)
    worked = worked_out(number)
    act = partial(
        file, actor, number, version, worked, clock.now(),
        today=today, reference=reference, reason=reason, leave_out=leave_out,
    )  # fmt: skip
    try:
        perform(act)
    except Stale as refusal:
        if any(reason.code == "changed" for reason in refusal.reasons):
            perform(partial(keep, number, version, worked, clock.now()))
        raise


def note_taken(actor: Actor, sight: Sight, kind: str, rows: int) -> None:
    """Note that a file was taken away: by whom, how many rows, and the personal data in it."""
    report = sight.report
    personal = sorted(
        {column["key"] for sheet in report.layout for column in sheet["columns"] if column["personal"]}
    )
    told = {"file": kind, "rows": rows, "personal": personal, "draft": report.state == DRAFT}
    perform(partial(note, "report.taken_away", report, actor.person_id, clock.now(), **told))


def note_seen(actor: Actor, sight: Sight) -> None:
    """Note that somebody looked at rows that tell of people or money."""
    report = sight.report
    columns = [column for sheet in report.layout for column in sheet["columns"]]
    if any(column["personal"] or column["unit"] in ("yuan", "10000_yuan") for column in columns):
        perform(
            partial(
                note_look, actor, ("report", report.id), clock.now(), report.institution_id, report.lab_id
            )
        )
