"""What a group, a company or the people of an institution used, wherever it stood: page and files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, NotFound, Reason
from instruments.people.signing import the_actor
from instruments.rounding import percent
from instruments.utilization import asking
from instruments.utilization.asking import View
from instruments.utilization.definitions import DEFINITIONS
from instruments.utilization.periods import RANGE, Period
from instruments.utilization.recounting import first_day, month_of, next_month
from instruments.utilization.reserved_rows import FIGURES as COUNT_RESERVATIONS
from instruments.utilization.saying import said
from instruments.utilization.sums import Selection
from instruments.utilization.tasks import bring_everything_up_to_date
from instruments.utilization.totals import Totals
from instruments.utilization.user_figures import (
    USER_FIGURES,
    FigureRow,
    evidence_of,
    figure_rows,
    rows_in_order,
    totals_of,
    totals_of_months,
)
from instruments.utilization.user_places import Whose, group_of, people_of, sees_reservations_of
from instruments.utilization.users import BY, Used, used, used_by_month
from instruments.utilization.views.board import months_to_choose
from instruments.utilization.views.board_files import named_cell, number_cell
from instruments.utilization.views.doors import counted, counting_words, pages
from instruments.utilization.views.tables import A_PAGE, BY_WORDS, key_name
from instruments.utilization.views.words import GRADE_WORDS, period_words, words
from instruments.web import clock, formats
from instruments.web.downloads import download
from instruments.web.fields import page_of
from instruments.web.language import in_language

# 13 months: the same one of last year stands beside the last.
A_YEAR = 100


@pages.get("/groups/<int:group_id>/utilization")
def of_group(group_id: int) -> ResponseReturnValue:
    """What a group used."""
    return _page(group_of(group_id, the_actor()))


@pages.get("/groups/<int:group_id>/utilization.<any(xlsx, csv):kind>")
def group_file(group_id: int, kind: str) -> ResponseReturnValue:
    """The same as a file."""
    return _file(group_of(group_id, the_actor()), kind)


@pages.get("/institutions/<int:institution_id>/used")
def of_people(institution_id: int) -> ResponseReturnValue:
    """What the people of an institution or company used."""
    return _page(people_of(institution_id, the_actor()))


@pages.get("/institutions/<int:institution_id>/used.<any(xlsx, csv):kind>")
def people_file(institution_id: int, kind: str) -> ResponseReturnValue:
    """The same as a file."""
    return _file(people_of(institution_id, the_actor()), kind)


def _page(whose: Whose) -> ResponseReturnValue:
    view, by = _view(), _by()
    now = clock.now()
    bring_everything_up_to_date(view, now)
    found = used(whose.user, view.period, now)
    rows = rows_in_order(whose, found, by, view.period, now)
    page = page_of(len(rows), A_PAGE)
    mine, year = totals_of(whose, found), _year_to(view.period.last)
    shown, there = (
        rows[(page - 1) * A_PAGE : page * A_PAGE],
        [each for each in found if each.was_used],
    )
    fields = {"period": view.period.code, "by": by}
    return render_template(
        "utilization/users.html",
        whose=whose, whose_name=in_language(whose.name_en, whose.name_zh), view=view, by=by, by_words=BY_WORDS, ways=BY,
        rows=figure_rows(shown, by), total=len(rows), page=page, size=A_PAGE, fields=fields,
        row_figures=USER_FIGURES, told=said, definitions=DEFINITIONS,
        address=whose.address, base=f"{whose.address}?period={view.period.code}&by={by}", row_name=_name,
        samples=mine.sums["samples"], instruments=len(there),
        owners=len({each.institution_id for each in there}),
        months=figure_rows(rows_in_order(whose, (), "month", year, now), "month"), choices=months_to_choose(view),
        counted=counted(Selection(), view.period), **_figures(whose, view, mine), **words(),
    )  # fmt: skip


def _year_to(day: date) -> Period:
    """The month of a day and the twelve before it."""
    last = month_of(day)
    return Period(RANGE, first_day(last - A_YEAR), first_day(next_month(last)))


def _figures(whose: Whose, view: View, mine: Totals) -> dict[str, Any]:
    """The tiles beside the same of a year ago, and what the opened one opens to."""
    other = _before(whose, view)
    tiles = [said(mine.figure(code), other.figure(code)) for code in USER_FIGURES]
    here = f"{whose.address}?period={view.period.code}"
    return {
        "tiles": tiles, "all_figures": tiles, "opened": view.open if view.open in USER_FIGURES else USER_FIGURES[0],
        "tile_address": lambda code: f"{here}&open={code}#tiles",
        "rows_behind": lambda code: _rows_behind(whose, code, here, mine.n), "whole_n": mine.n,
        "evidence": evidence_of(mine), "until": view.period.end > clock.now().date(),
        "lines": {}, "sets": False, "target_figures": (),
    }  # fmt: skip


def _before(whose: Whose, view: View) -> Totals:
    months = used_by_month(whose.user, whose.institution_id, view.other, clock.now())
    return totals_of_months(months.values())


def _rows_behind(whose: Whose, code: str, here: str, count: int) -> tuple[str, str] | None:
    """Where the rows behind a figure stand, and what the link says."""
    if code in COUNT_RESERVATIONS:
        if not sees_reservations_of(whose, the_actor()):
            return None
        words = gettext("Reservations behind the figure")
        return f"{here.replace('?', '/reservations?')}&figure={code}", words
    sentence = ngettext(
        "%(count)s instrument behind it", "%(count)s instruments behind it", count, count=formats.count(count)
    )
    return f"{here}&by=instrument&open={code}#rows-title", sentence


def _file(whose: Whose, kind: str) -> ResponseReturnValue:
    view, by = _view(), _by()
    now = clock.now()
    bring_everything_up_to_date(view, now)
    found = used(whose.user, view.period, now)
    rows = figure_rows(rows_in_order(whose, found, by, view.period, now), by)
    defined = [DEFINITIONS[code] for code in USER_FIGURES]
    head = [
        gettext(BY_WORDS[by]), *(named_cell(each.name, each.unit) for each in defined), gettext("Samples handled"),
        gettext("Instruments"),
    ]  # fmt: skip
    body = [head, *([_name(by, row), *_cells(row)] for row in rows)]
    name = f"used-{whose.code}-{view.period.code.replace('/', '-')}"
    if kind == "csv":
        return download(as_csv(body), kind, name)
    about = [
        [gettext("Figures of"), in_language(whose.name_en, whose.name_zh)], [gettext("Period shown"), period_words(view.period)],
        *([gettext(DEFINITIONS[code].name), gettext(DEFINITIONS[code].words)] for code in USER_FIGURES),
        *([sentence, ""] for sentence in counting_words(Selection(), view.period)),
    ]  # fmt: skip
    sheets = (
        Sheet(gettext("All figures"), _figure_rows(whose, found), (36,)),
        Sheet(gettext("Figures"), body, (40,)), Sheet(gettext("Definitions"), about, (36, 60)),
    )  # fmt: skip
    return download(as_xlsx(*sheets), kind, name)


def _cells(row: FigureRow) -> list[object]:
    """The figures of a row as the page shows them, "" where there is none."""
    values = [said(row.totals.figure(code)).value for code in USER_FIGURES]
    return [
        *(number_cell(value) if value else "" for value in values), row.totals.sums["samples"], row.totals.n,
    ]  # fmt: skip


def _figure_rows(whose: Whose, found: Sequence[Used]) -> list[list[object]]:
    """The figures with what stands above and below the line, and the evidence of the hours."""
    mine = totals_of(whose, found)
    rows: list[list[object]] = [
        [
            gettext(head)
            for head in (N_("Figure"), N_("Value"), N_("Above"), N_("Below"), N_("n (instruments)"))
        ]
    ]
    for code in USER_FIGURES:
        each = said(mine.figure(code))
        values = [number_cell(number) if number else "" for number in (each.value, each.over, each.under)]
        definition = each.figure.definition
        rows.append([named_cell(definition.name, definition.unit), *values, each.figure.n])
    for grade, part in evidence_of(mine):
        rows.append([f"{gettext('Evidence of the hours')} (%): {gettext(GRADE_WORDS[grade])}", percent(part)])
    return rows


def _view() -> View:
    """The period of the address and the figure that is opened; nothing else is chosen here."""
    return asking.read({name: request.args.get(name, "") for name in ("period", "open")}, clock.now().date())


def the_period() -> Period:
    """The period of the address."""
    return _view().period


def _by() -> str:
    by = request.args.get("by") or BY[0]
    if by not in BY:
        raise NotFound([Reason("by", "by", N_("Figures of this place cannot be told apart like this."))])
    return by


def _name(by: str, row: FigureRow) -> str:
    return key_name(by, row.key, in_language(row.name_en, row.name_zh))
