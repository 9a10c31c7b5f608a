"""What a place earned, row by row: by instrument, lab or month of the service, for whoever reads charges there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, NotFound, Reason
from instruments.people.signing import the_actor
from instruments.utilization.asking import INSTRUMENT, View
from instruments.utilization.customers import income as income_of
from instruments.utilization.dashboard import NO_MONTHS
from instruments.utilization.definitions import EARNED
from instruments.utilization.edges import edges, whole_months
from instruments.utilization.income_rows import IncomeRow, income_by, income_ways
from instruments.utilization.naming import Which, names_in, names_of, which_of
from instruments.utilization.places import Place, sees_income_rows
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.views.charged import charges_of
from instruments.utilization.views.doors import counted, counting_words, name_of, pages, the_view
from instruments.utilization.views.tables import BY_WORDS, key_name
from instruments.utilization.views.which import NOTHING, WHICH_HEADS, WHICH_WIDTHS, which_cells, which_words
from instruments.utilization.views.words import A_PAGE, of_units, period_words, words
from instruments.web import clock
from instruments.web.downloads import download
from instruments.web.fields import page_of
from instruments.web.language import in_language

HEADS = (N_("Name"), N_("Currency"), *(each.name for each in EARNED.values()))
BY_DAY = N_("By the day of the service. Statements and the books go by the month in which it was posted.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, of which place, by what its rows are, and the sums by currency."""

    view: View
    place: Place
    by: str
    rows: Sequence[IncomeRow]
    sums: dict[str, tuple[int, int]]


@pages.get("/utilization/income")
def income() -> ResponseReturnValue:
    """What was charged for services of a period."""
    asked = _asked()
    view, place = asked.view, asked.place
    page = page_of(len(asked.rows), A_PAGE)
    rows = asked.rows[(page - 1) * A_PAGE : page * A_PAGE]
    fields, which = {**view.fields(), "by": asked.by}, _which(asked.by, rows)
    return render_template(
        "utilization/income.html",
        view=view, place=place, place_name=name_of(place), by=asked.by, ways=income_ways(view.kind), by_words=BY_WORDS,
        rows=rows, names=_names(asked.by, rows, which), which=which, which_words=which_words,
        total=len(asked.rows), page=page, size=A_PAGE, sums=asked.sums,
        key_name=key_name, heads=HEADS, definitions=EARNED, by_day=BY_DAY, fields=fields, base=url_for(".income", **fields),
        charges=charges_of(place, view.period), counted=counted(place.chosen, view.period), **words(),
    )  # fmt: skip


@pages.get("/utilization/income.<any(xlsx, csv):kind>")
def income_file(kind: str) -> ResponseReturnValue:
    """The same as a file."""
    asked = _asked()
    view, place, which = asked.view, asked.place, _which(asked.by, asked.rows)
    names, is_of_instruments = _names(asked.by, asked.rows, which), asked.by == INSTRUMENT
    beside = WHICH_HEADS if is_of_instruments else ()
    body: list[list[Any]] = [[gettext(head) for head in (HEADS[0], *beside, *HEADS[1:])]]
    for row in asked.rows:
        name = key_name(asked.by, row.key, in_language(*names.get(row.key, ("", ""))))
        told = which_cells(which.get(row.key, NOTHING)) if is_of_instruments else []
        amounts = (of_units(units, row.currency) for units in (row.charged, row.outside))
        body.append([name, *told, row.currency, *amounts])
    file = f"income-{view.of}-{view.period.code.replace('/', '-')}"
    if kind == "csv":
        return download(as_csv(body), kind, file)
    about = [
        [gettext("Figures of"), name_of(place)], [gettext("Period shown"), period_words(view.period)],
        *([gettext(each.name), gettext(each.words)] for each in EARNED.values()), [gettext(BY_DAY)],
        *([sentence] for sentence in counting_words(place.chosen, view.period)),
    ]  # fmt: skip
    widths = WHICH_WIDTHS if is_of_instruments else WHICH_WIDTHS[:1]
    sheets = (Sheet(gettext("What it earned"), body, widths), Sheet(gettext("Definitions"), about, (36, 60)))
    return download(as_xlsx(*sheets), kind, file)


def _asked() -> Asked:
    view, place = the_view()
    if not sees_income_rows(the_actor(), place):
        raise NotFound([Reason("not_found", "of", N_("There are no figures here that you may see."))])
    ways = income_ways(view.kind)
    by = request.args.get("by") or ways[0]
    if by not in ways:
        raise NotFound([Reason("by", "by", N_("Figures of this place cannot be told apart like this."))])
    now = clock.now()
    bring_up_to_date(view, place, now)
    months, parts = whole_months(view.period) or NO_MONTHS, edges(place.chosen, view.period, now)
    rows = income_by(by, place.chosen, months, parts)
    return Asked(view, place, by, rows, income_of(place.chosen, months, parts))


def _which(by: str, rows: Sequence[IncomeRow]) -> dict[int, Which]:
    """Of rows by instrument, which ones they are. One statement."""
    return which_of([row.key for row in rows]) if by == INSTRUMENT else {}


def _names(by: str, rows: Sequence[IncomeRow], which: Mapping[int, Which]) -> dict[Any, tuple[str, str]]:
    if by == INSTRUMENT:
        return names_in(which)
    return {} if by == "month" else names_of(by, [row.key for row in rows])
