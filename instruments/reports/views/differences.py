"""What a version of a report says otherwise than the one it corrects, row by row; as a page and as CSV."""

from __future__ import annotations

from collections import Counter

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database import db
from instruments.documents.sheets import as_csv
from instruments.errors import N_, NotFound, Reason
from instruments.reports.differing import ADDED, CHANGED, TAKEN_OUT, Difference, differences
from instruments.reports.files import file_name
from instruments.reports.listing import cells_of
from instruments.reports.models import Report
from instruments.reports.seeing import Sight
from instruments.reports.views.doors import ONE, note_seen, note_taken, pages
from instruments.reports.views.one import the_sight
from instruments.reports.views.words import column_name, names_of_rows
from instruments.web.downloads import download
from instruments.web.fields import page_of

A_PAGE = 50
# Of a row that is new or gone so much is told in the list; the rest stands on its page and in the file.
MOST_SAID = 6
HEADS = (N_("Sheet"), N_("Row"), N_("What"), N_("Column"), N_("Before"), N_("After"))
WORDS = {ADDED: N_("Added"), CHANGED: N_("Changed"), TAKEN_OUT: N_("Taken out")}


def found_differences(sight: Sight) -> list[Difference]:
    """As far as they are seen. Raises NotFound where nothing is corrected."""
    report = sight.report
    if report.corrects_id is None:
        raise NotFound([Reason("no_correction", None, N_("This is the first version: it corrects nothing."))])
    before = db.session.get_one(Report, report.corrects_id)
    return differences(cells_of(before, labs=sight.labs), cells_of(report, labs=sight.labs))


@pages.get(f"{ONE}/differences")
def differences_page(report_id: int) -> ResponseReturnValue:
    """The list of what differs, all of it or what was added, changed or taken out."""
    actor, sight = the_sight(report_id)
    every = found_differences(sight)
    what = request.args.get("what", "")
    if what and what not in WORDS:
        raise NotFound([Reason("no_list", "what", N_("There is no such list."))])
    found = [each for each in every if what in ("", each.what)]
    number = page_of(len(found), A_PAGE)
    note_seen(actor, sight)
    shown = found[(number - 1) * A_PAGE : number * A_PAGE]
    return render_template(
        "reports/differences.html",
        report=sight.report, found=shown, total=len(found), number=number,
        a_page=A_PAGE, base=url_for(".differences_page", report_id=report_id, what=what), what_words=WORDS, what=what,
        counts=Counter(each.what for each in every), all=len(every), said=_said,
        row_names=names_of_rows(sight.report, {(each.sheet, each.key) for each in shown}),
    )  # fmt: skip


def _said(each: Difference, side: int) -> str:
    """The first things that a row says which is there in one version alone, so that one knows which it is."""
    some = [pair[side] for pair in each.cells.values() if pair[side]]
    return " · ".join(some[:MOST_SAID]) + (" …" if len(some) > MOST_SAID else "")


@pages.get(f"{ONE}/differences.csv")
def differences_file(report_id: int) -> ResponseReturnValue:
    """The same as CSV: a line for each cell."""
    actor, sight = the_sight(report_id)
    found = found_differences(sight)
    heads = [gettext(head) for head in HEADS]
    lines = [
        [each.sheet, each.key, gettext(WORDS[each.what]), column_name(sight.report, each.sheet, name), *cells]
        for each in found
        for name, cells in each.cells.items()
    ]
    note_taken(actor, sight, "differences", len(found))
    return download(as_csv([heads, *lines]), "csv", f"{file_name(sight.report)}-differences")
