"""The same entered into many rows of a report at once, or many let stand for one reason."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.reports.entering import enter_together, let_stand
from instruments.reports.listing import Chosen, rows
from instruments.reports.seeing import Sight
from instruments.reports.views.doors import ONE, count_some, pages
from instruments.reports.views.one import SHOWN, the_sight
from instruments.reports.views.rows import chosen_rows, list_page, refuse_completing
from instruments.reports.views.words import entered_as
from instruments.web import clock, versions
from instruments.web.refusals import show_or_raise

# Before the name of a column that is entered together with the one that is looked at.
BESIDE = "with-"
NOTHING_SAID = N_("Say what is to be entered. What was entered is taken away on the page of its row.")


@pages.post(f"{ONE}/rows")
def complete_many(report_id: int) -> ResponseReturnValue:
    """Enter the same into every row that lacks it, of those that are looked at."""
    actor, sight = the_sight(report_id)
    chosen = chosen_rows(sight)
    refuse_completing(actor, sight, chosen.lab_id)
    value = request.form.get("value", "").strip()
    beside = {
        name.removeprefix(BESIDE): said.strip()
        for name, said in request.form.items()
        if name.startswith(BESIDE)
    }
    values = {chosen.column: value} | {name: said for name, said in beside.items() if said}

    def act(keys: list[str]) -> int:
        if not value:
            raise Refusal([Reason("missing", "value", NOTHING_SAID)])
        with entered_as(
            sight.report, chosen.sheet, lambda column: "value" if column == chosen.column else BESIDE + column
        ):
            return enter_together(actor, report_id, versions.typed(), chosen.sheet, keys, values, clock.now())

    return _many(sight, chosen, act, _entered)


def _entered(done: int) -> str:
    return ngettext("Entered into %(num)s row.", "Entered into %(num)s rows.", done)


@pages.post(f"{ONE}/let-stand")
def let_many_stand(report_id: int) -> ResponseReturnValue:
    """Let all rows stand that are looked at, in spite of one rule, with a reason."""
    actor, sight = the_sight(report_id, files=True)
    chosen, reason = chosen_rows(sight), request.form.get("reason", "").strip()

    def act(keys: list[str]) -> int:
        if not reason:
            raise Refusal([Reason("no_reason", "reason", N_("Say why it is true all the same."))])
        return let_stand(
            actor, report_id, versions.typed(), chosen.sheet, keys, chosen.code, reason, clock.now()
        )

    return _many(sight, chosen, act, _stands)


def _stands(done: int) -> str:
    return ngettext("%(num)s row stands, with the reason.", "%(num)s rows stand, with the reason.", done)


def _many(
    sight: Sight, chosen: Chosen, act: Callable[[list[str]], int], words: Callable[[int], str]
) -> ResponseReturnValue:
    report = sight.report
    number, keys = report.id, [row.key for row in rows(sight, chosen, 0, report.rows_total + 1)]
    try:
        done = perform(lambda: act(keys))
        count_some(number, chosen.sheet, keys)
    except Refusal as refusal:
        show_or_raise(refusal, *SHOWN)
        return list_page(number, refusal)
    flash(words(done), "free")
    return redirect(
        url_for(".rows_page", report_id=number, sheet=chosen.sheet, lab=chosen.lab_id, lacking="1"), 303
    )
