"""The uses behind an instrument's figure, row by row, as a page and as files."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database import db
from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Lab
from instruments.people.rights import Action, Scope
from instruments.people.signing import require, the_actor
from instruments.utilization.asking import INSTRUMENT, View
from instruments.utilization.listing import fine_hours
from instruments.utilization.naming import which_of
from instruments.utilization.places import Place, sees_companies
from instruments.utilization.use_rows import UseRow, use_rows
from instruments.utilization.views.doors import name_of, pages, the_view
from instruments.utilization.views.tables import A_PAGE
from instruments.utilization.views.which import WHICH_HEADS, named, which_cells
from instruments.utilization.views.words import GRADE_WORDS, customer_words, words
from instruments.web import clock, formats
from instruments.web.downloads import download
from instruments.web.fields import page_of
from instruments.web.language import in_language

HEADS = (
    N_("Began"), N_("User"), N_("Of"), N_("Effective hours"), N_("External hours"), N_("Samples handled"),
    N_("Evidence of the hours"), N_("Instrument"), *WHICH_HEADS,
)  # fmt: skip


@pages.get("/utilization/uses")
def uses() -> ResponseReturnValue:
    """The uses of one instrument in a period; their hours add up to its figure."""
    view, place, zone, rows = _asked()
    page = page_of(len(rows), A_PAGE)
    return render_template(
        "utilization/uses.html",
        view=view, place_name=name_of(place), rows=rows[(page - 1) * A_PAGE : page * A_PAGE], total=len(rows), page=page,
        size=A_PAGE, zone=zone, hours=sum(row.hours for row in rows), began=sum(row.counts for row in rows),
        external=sum(row.external for row in rows), base=url_for(".uses", **view.fields()), **words(),
    )  # fmt: skip


@pages.get("/utilization/uses.<any(xlsx, csv):kind>")
def uses_file(kind: str) -> ResponseReturnValue:
    """The same as a file."""
    view, place, zone, rows = _asked()
    which = which_of([place.number])[place.number]
    told = [named(which), *which_cells(which)]
    body = [[gettext(head) for head in HEADS], *([*_cells(row, zone), *told] for row in rows)]
    name = f"uses-{view.of}-{view.period.code.replace('/', '-')}"
    if kind == "csv":
        return download(as_csv(body), kind, name)
    return download(as_xlsx(Sheet(gettext("Uses"), body, (24, 24, 30))), kind, name)


def _asked() -> tuple[View, Place, str, list[UseRow]]:
    view, place = the_view()
    if view.kind != INSTRUMENT:
        raise NotFound([Reason("of", "of", N_("Uses are told of one instrument."))])
    require(Action.USE_SEE, Scope(institution_id=place.institution_id, lab_id=place.lab_id))
    zone = db.session.get_one(Lab, place.lab_id).zone
    companies = sees_companies(the_actor(), place)
    return view, place, zone, use_rows(place.number, view.period, clock.now(), companies=companies)


def _cells(row: UseRow, zone: str) -> list[object]:
    return [
        formats.moment(row.started, zone), in_language(row.user_en, row.user_zh),
        customer_words(row), fine_hours(row.hours), fine_hours(row.external), row.samples,
        gettext(GRADE_WORDS[row.grade]) if row.grade else "",
    ]  # fmt: skip
