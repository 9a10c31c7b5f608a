"""The tables behind the figures, as pages, and as files of exactly what is shown."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.usage.kinds import GRADES
from instruments.utilization.asking import View
from instruments.utilization.definitions import DEFINITIONS, EVIDENCE_SUMS, MEASURES
from instruments.utilization.listing import (
    ORDERS,
    Row,
    cells,
    heads,
    named,
    rows_by,
    ways_of,
)
from instruments.utilization.naming import which_of
from instruments.utilization.places import Place
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.views.doors import counted, counting_words, name_of, pages, the_view
from instruments.utilization.views.which import NOTHING, WHICH_HEADS, WHICH_WIDTHS, which_cells, which_words
from instruments.utilization.views.words import A_PAGE, GRADE_WORDS, period_words, words
from instruments.web import clock
from instruments.web.downloads import download
from instruments.web.fields import page_of
from instruments.web.language import in_language

ON_PAGE = ("bookable", "effective", "external", "uses")
FIGURES_ON_PAGE = ("utilization", "shared_by_hours", "no_show_rate")
BY_WORDS = {
    "instrument": N_("By instrument"), "lab": N_("By lab"), "institution": N_("By institution"),
    "class": N_("By class"), "month": N_("By month"),
}  # fmt: skip


@pages.get("/utilization/table")
def table() -> ResponseReturnValue:
    """The figures row by row."""
    view, place = the_view()
    bring_up_to_date(view, place, clock.now())
    by, order, having = _by(view), _order(), _having()
    rows = rows_by(by, place.chosen, view.period, clock.now(), order, having)
    page = page_of(len(rows), A_PAGE)
    fields = {**view.fields(), "by": by, "order": order} | ({"having": having} if having else {})
    some = named(by, rows[(page - 1) * A_PAGE : page * A_PAGE])
    return render_template(
        "utilization/table.html",
        view=view, place=place, place_name=name_of(place), rows=some,
        which=which_of([row.key for row in some]) if by == "instrument" else {}, which_words=which_words,
        total=len(rows), page=page, size=A_PAGE, by=by, order=order, having=having, fields=fields,
        base=url_for(".table", **fields),
        ways=ways_of(view.kind),
        by_words=BY_WORDS, measures_shown=ON_PAGE, figures_shown=FIGURES_ON_PAGE, definitions=DEFINITIONS,
        row_name=row_name, counted=counted(place.chosen, view.period), **words(),
    )  # fmt: skip


@pages.get("/utilization/figures.<any(xlsx, csv):kind>")
def file(kind: str) -> ResponseReturnValue:
    """All rows and columns as a workbook, with the definitions as its second sheet, or as CSV."""
    view, place = the_view()
    bring_up_to_date(view, place, clock.now())
    by = _by(view)
    found = named(by, rows_by(by, place.chosen, view.period, clock.now(), _order(), _having()))
    is_of_instruments = by == "instrument"
    which = which_of([row.key for row in found]) if is_of_instruments else {}
    head = [
        gettext("Name"), *(gettext(each) for each in WHICH_HEADS if is_of_instruments),
        *(gettext(name) for _, name in heads()), *evidence_heads(),
    ]  # fmt: skip
    body = [head]
    for row in found:
        told = which_cells(which.get(row.key, NOTHING)) if is_of_instruments else []
        body.append([row_name(by, row), *told, *cells(row.totals)])
    widths = WHICH_WIDTHS if is_of_instruments else WHICH_WIDTHS[:1]
    name = f"utilization-{view.of}-{view.period.code.replace('/', '-')}"
    if kind == "csv":
        return download(as_csv(body), kind, name)
    return download(as_xlsx(Sheet(gettext("Figures"), body, widths), _definitions(view, place)), kind, name)


def _definitions(view: View, place: Place) -> Sheet:
    """What the workbook is of, and what each column means: a number never travels without its definition."""
    rows: list[list[Any]] = [
        [gettext("Figures of"), name_of(place), ""],
        [gettext("Period shown"), period_words(view.period), ""],
        *([sentence, "", ""] for sentence in counting_words(place.chosen, view.period)),
        [gettext("Figure"), gettext("Definition"), gettext("Version")],
    ]
    rows += [[gettext(name), _meaning(code), _version(code)] for code, name in heads()]
    return Sheet(gettext("Definitions"), rows, (36, 60, 10))


def evidence_heads() -> list[str]:
    """What the columns of evidence are called."""
    return [
        f"{gettext(MEASURES[code].name)}, {gettext('Evidence of the hours')}{gettext(': ')}{gettext(GRADE_WORDS[grade])} (%)"
        for code in EVIDENCE_SUMS
        for grade in GRADES
    ]


def _meaning(code: str) -> str:
    from_measures = words()["measures"]
    return gettext(from_measures[code].words if code in MEASURES else DEFINITIONS[code].words)


def _version(code: str) -> int | str:
    return DEFINITIONS[code].version if code in DEFINITIONS else ""


def row_name(by: str, row: Row) -> str:
    """What a row is called."""
    return key_name(by, row.key, in_language(row.name_en, row.name_zh))


def key_name(by: str, key: Any, name: str) -> str:
    """What a row is called by its key, where it has no name."""
    if by == "month":
        return f"{key // 100}-{key % 100:02d}"
    return name or (gettext("Without a class") if key is None else str(key))


def _by(view: View) -> str:
    ways = ways_of(view.kind)
    by = request.args.get("by") or ways[0]
    if by not in ways:
        raise NotFound([Reason("by", "by", N_("Figures of this place cannot be told apart like this."))])
    return by


def _having() -> str:
    """Of which measure a row has any; empty: all rows."""
    having = request.args.get("having") or ""
    if having and having not in MEASURES:
        sentence = N_("This is none of the choices: %(choices)s.")
        raise Refusal([Reason("choice", "having", sentence, {"choices": ", ".join(MEASURES)})])
    return having


def _order() -> str:
    order = request.args.get("order") or "effective"
    if order not in ORDERS:
        sentence = N_("This is none of the choices: %(choices)s.")
        raise Refusal([Reason("choice", "order", sentence, {"choices": ", ".join(ORDERS)})])
    return order
