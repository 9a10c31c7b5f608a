"""The instruments that were in use in some hours of the week: what stands behind a cell of the heat map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, Reason, Refusal
from instruments.rounding import percent
from instruments.typed import whole
from instruments.utilization.asking import View
from instruments.utilization.dashboard import NO_MONTHS
from instruments.utilization.edges import edges, whole_months
from instruments.utilization.listing import tenths
from instruments.utilization.naming import Which, which_of
from instruments.utilization.places import Place
from instruments.utilization.tasks import bring_up_to_date
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
from instruments.utilization.views.words import A_PAGE, hours_words, period_words, weekday_words, words
from instruments.utilization.week_use import A_DAY, AN_HOUR, DAYS, UsedThen, WeekHours, used_then
from instruments.web import clock
from instruments.web.downloads import download
from instruments.web.fields import page_of

HEADS = (N_("Instrument"), N_("Hours in use then"), N_("Hours there were"), N_("Share of places in use"))
MEANING = N_(
    "Hours in use then: effective time of its places in these hours of the week. Hours there were: its places, times how often"
    " these hours came in the period on the wall of its lab, open or not: twice where the clocks are put back, not at all where"
    " they are put forward."
)


@pages.get("/utilization/hours")
def hours() -> ResponseReturnValue:
    """Which instruments were in use in these hours, and how much."""
    view, place, of, rows = _asked()
    page = page_of(len(rows), A_PAGE)
    some = rows[(page - 1) * A_PAGE : page * A_PAGE]
    used, there = sum(row.used for row in rows), sum(row.there for row in rows)
    return render_template(
        "utilization/hours.html",
        view=view, place=place, place_name=name_of(place), rows=some, total=len(rows), page=page, size=A_PAGE,
        which=which_of([row.instrument_id for row in some]), name_cell=name_cell, which_words=which_words,
        used=used / AN_HOUR, there=there / AN_HOUR,
        share=used / there if there else None, unused=sum(1 for row in rows if not row.used), heads=HEADS, meaning=MEANING,
        **hours_form(url_for(".hours"), view.fields(), of), title=then_words(of),
        base=url_for(".hours", **_fields(view, of)), counted=counted(place.chosen, view.period),
        fields=_fields(view, of), **words(),
    )  # fmt: skip


@pages.get("/utilization/hours.<any(xlsx, csv):kind>")
def hours_file(kind: str) -> ResponseReturnValue:
    """The same as a file."""
    view, place, of, rows = _asked()
    which = which_of([row.instrument_id for row in rows])
    heads = [gettext(head) for head in (HEADS[0], *WHICH_HEADS, *HEADS[1:])]
    body = [heads, *(_cells(row, which.get(row.instrument_id, NOTHING)) for row in rows)]
    day, hour = ("x" if each is None else str(each) for each in (of.weekday, of.hour))
    name = f"hours-{day}-{hour}-{view.of}-{view.period.code.replace('/', '-')}"
    if kind == "csv":
        return download(as_csv(body), kind, name)
    about = [
        [gettext("Figures of"), name_of(place)], [gettext("Period shown"), period_words(view.period)],
        [gettext("Hours of the week"), then_words(of)], [gettext("Definitions"), gettext(MEANING)],
        *([sentence] for sentence in counting_words(place.chosen, view.period)),
    ]  # fmt: skip
    sheets = (Sheet(gettext("Figures"), body, WHICH_WIDTHS), Sheet(gettext("Definitions"), about, (30, 60)))
    return download(as_xlsx(*sheets), kind, name)


def hours_form(action: str, kept: Mapping[str, str], then: WeekHours) -> dict[str, Any]:
    """What the form shows in which some hours of the week are chosen; kept: what else the address says."""
    return {
        "action": action, "kept": kept, "then": then, "days": [(str(day), weekday_words(day)) for day in range(DAYS)],
        "clock_hours": [(str(hour), hours_words(hour)) for hour in range(A_DAY)],
    }  # fmt: skip


def then_words(of: WeekHours) -> str:
    """Some hours of the week in words."""
    if of.weekday is None and of.hour is None:
        return gettext("All hours of the week")
    parts = [weekday_words(of.weekday)] if of.weekday is not None else [gettext("Every day")]
    return " ".join([*parts, *([hours_words(of.hour)] if of.hour is not None else [])])


def _cells(row: UsedThen, which: Which) -> list[Any]:
    return [
        named(which),
        *which_cells(which),
        tenths(row.used / AN_HOUR),
        tenths(row.there / AN_HOUR),
        percent(row.share),
    ]


def _asked() -> tuple[View, Place, WeekHours, list[UsedThen]]:
    view, place = the_view()
    of, now = asked_hours(), clock.now()
    bring_up_to_date(view, place, now)
    months, parts = whole_months(view.period) or NO_MONTHS, edges(place.chosen, view.period, now)
    return view, place, of, used_then(place.chosen, months, parts, view.period, of)


def asked_hours() -> WeekHours:
    """The hours of the week that an address asks for; raises Refusal where it cannot be read."""
    reasons: list[Reason] = []
    of = WeekHours(_number("weekday", DAYS, reasons), _number("hour", A_DAY, reasons))
    if reasons:
        raise Refusal(reasons)
    return of


def _number(name: str, end: int, reasons: list[Reason]) -> int | None:
    text = request.args.get(name, "")
    if not text:
        return None
    if (found := whole(text, 2)) is not None and found < end:
        return found
    sentence = N_("Write a whole number from %(least)s to %(most)s.")
    reasons.append(Reason("choice", name, sentence, {"least": 0, "most": end - 1}))
    return None


def _fields(view: View, of: WeekHours) -> dict[str, str]:
    told = {"weekday": of.weekday, "hour": of.hour}
    return {**view.fields(), **{name: str(value) for name, value in told.items() if value is not None}}
