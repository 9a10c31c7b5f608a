"""The instruments behind a cell of who uses whose: what one institution, or companies together, had of each."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_
from instruments.utilization.asking import View
from instruments.utilization.customers import UsedBy, used_by
from instruments.utilization.dashboard import NO_MONTHS
from instruments.utilization.definitions import MEASURES
from instruments.utilization.edges import edges, whole_months
from instruments.utilization.listing import tenths
from instruments.utilization.naming import which_of
from instruments.utilization.places import Place
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.used_by_whom import code_of, read
from instruments.utilization.views.doors import counted, counting_words, name_of, pages, the_view
from instruments.utilization.views.which import (
    NOTHING,
    WHICH_HEADS,
    WHICH_WIDTHS,
    name_cell,
    named,
    which_cells,
    which_words,
)
from instruments.utilization.views.words import A_PAGE, name_in, period_words, words
from instruments.web import clock
from instruments.web.downloads import download
from instruments.web.fields import page_of
from instruments.web.language import in_language

AN_HOUR = 3_600_000
MEANING = MEASURES["effective"].words
HEADS = (N_("Instrument"), N_("Effective hours"), N_("Uses"), N_("Samples handled"))


@pages.get("/utilization/used-by")
def used_by_page() -> ResponseReturnValue:
    """Which instruments of a place were used by one institution, and how much."""
    view, place, customer, whom, rows = _asked()
    page = page_of(len(rows), A_PAGE)
    some = rows[(page - 1) * A_PAGE : page * A_PAGE]
    fields = {**view.fields(), "user": code_of(customer)}
    return render_template(
        "utilization/used_by.html",
        view=view, place=place, place_name=name_of(place), whom=whom, rows=some, total=len(rows), page=page, size=A_PAGE,
        which=which_of([row.instrument_id for row in some]), name_cell=name_cell, which_words=which_words,
        heads=HEADS, fields=fields,
        hours=sum(row.effective for row in rows) / AN_HOUR, uses=sum(row.uses for row in rows),
        samples=sum(row.samples for row in rows), meaning=MEANING, base=url_for(".used_by_page", **fields),
        counted=counted(place.chosen, view.period), **words(),
    )  # fmt: skip


@pages.get("/utilization/used-by.<any(xlsx, csv):kind>")
def used_by_file(kind: str) -> ResponseReturnValue:
    """The same as a file."""
    view, place, customer, whom, rows = _asked()
    found = which_of([row.instrument_id for row in rows])
    body: list[list[object]] = [[gettext(head) for head in (HEADS[0], *WHICH_HEADS, *HEADS[1:])]]
    for row in rows:
        which = found.get(row.instrument_id, NOTHING)
        body.append(
            [named(which), *which_cells(which), tenths(row.effective / AN_HOUR), row.uses, row.samples]
        )
    file = f"used-by-{code_of(customer)}-{view.of}-{view.period.code.replace('/', '-')}"
    if kind == "csv":
        return download(as_csv(body), kind, file)
    about = [
        [gettext("Figures of"), name_of(place)], [gettext("Period shown"), period_words(view.period)],
        [gettext("Used by"), whom], [gettext("Effective hours"), gettext(MEANING)],
        *([sentence] for sentence in counting_words(place.chosen, view.period)),
    ]  # fmt: skip
    sheets = (Sheet(gettext("Figures"), body, WHICH_WIDTHS), Sheet(gettext("Definitions"), about, (36, 60)))
    return download(as_xlsx(*sheets), kind, file)


def _asked() -> tuple[View, Place, int, str, list[UsedBy]]:
    view, place = the_view()
    customer, name_en, name_zh = read(request.args.get("user", ""))
    now = clock.now()
    bring_up_to_date(view, place, now)
    months, parts = whole_months(view.period) or NO_MONTHS, edges(place.chosen, view.period, now)
    whom = in_language(name_en, name_zh) or name_in({}, customer)
    return view, place, customer, whom, used_by(place.chosen, months, customer, parts)
