"""In which hours of the week somebody used instruments, as a part of their page that comes after it, and as a page of its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, Refusal
from instruments.people.signing import the_actor
from instruments.rounding import half_up
from instruments.utilization.asking import View
from instruments.utilization.naming import which_of
from instruments.utilization.user_places import Whose, group_of, people_of
from instruments.utilization.user_week import MEANING, WeekOfUse, week_of
from instruments.utilization.views.doors import pages
from instruments.utilization.views.hours import asked_hours, hours_form, then_words
from instruments.utilization.views.user_doors import name_of_whose, view_of
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
from instruments.utilization.week_use import A_DAY, DAYS, WeekHours
from instruments.web import clock, wording
from instruments.web.downloads import download
from instruments.web.fields import page_of
from instruments.web.reasons import in_full

Rows = list[list[object]]
TEN = 10
EVERY = WeekHours()
HEADS = (N_("Instrument"), N_("Hours used then"))


@pages.get("/groups/<int:group_id>/utilization/week")
def week_of_group(group_id: int) -> ResponseReturnValue:
    """The hours of the week of a group, and the instruments used in some of them."""
    return _page(group_of(group_id, the_actor()))


@pages.get("/institutions/<int:institution_id>/used/week")
def week_of_people(institution_id: int) -> ResponseReturnValue:
    """Those of the people of an institution or company."""
    return _page(people_of(institution_id, the_actor()))


@pages.get("/groups/<int:group_id>/utilization/week-card")
def week_card_of_group(group_id: int) -> ResponseReturnValue:
    """The part of a group's page."""
    return _card(group_of(group_id, the_actor()))


@pages.get("/institutions/<int:institution_id>/used/week-card")
def week_card_of_people(institution_id: int) -> ResponseReturnValue:
    """The part of the page of the people of an institution or company."""
    return _card(people_of(institution_id, the_actor()))


@pages.get("/groups/<int:group_id>/utilization/week.<any(xlsx, csv):kind>")
def week_file_of_group(group_id: int, kind: str) -> ResponseReturnValue:
    """The instruments that a group used in some hours of the week, as a file."""
    return _file(group_of(group_id, the_actor()), kind)


@pages.get("/institutions/<int:institution_id>/used/week.<any(xlsx, csv):kind>")
def week_file_of_people(institution_id: int, kind: str) -> ResponseReturnValue:
    """Those of the people of an institution or company."""
    return _file(people_of(institution_id, the_actor()), kind)


def week_address(view: View, then: WeekHours = EVERY, *, card: bool = False, kind: str = "") -> str:
    """Where the hours of the week of a view are, with the instruments of some of them; kind: of the file of these."""
    told = {"weekday": then.weekday, "hour": then.hour}
    fields = {**view.asked(), **{name: value for name, value in told.items() if value is not None}}
    return f"{view.path}/{'week-card' if card else 'week'}{f'.{kind}' if kind else ''}?{urlencode(fields)}"


def week_rows(whose: Whose, view: View) -> Rows:
    """The rows of a file, their heads first; raises Refusal where there are too many uses."""
    hours = week_of(whose.user, view.period, clock.now()).a_week
    days = [
        [weekday_words(day), *(half_up(hours[day * A_DAY + hour], 2) for hour in range(A_DAY))]
        for day in range(DAYS)
    ]
    return [[gettext("hours of use, a week on average"), *map(hours_words, range(A_DAY))], *days]


def _page(whose: Whose) -> ResponseReturnValue:
    view, then = view_of(whose), asked_hours()
    shown = _shown(whose, view, then)
    rows = shown["week"].then(then) if shown["week"] else []
    page = page_of(len(rows), A_PAGE)
    some = rows[(page - 1) * A_PAGE : page * A_PAGE]
    told = render_template(
        "utilization/user_week.html",
        title=then_words(then), rows=some, total=len(rows), page=page, size=A_PAGE,
        hours_then=sum(hours for _, hours in rows), base=week_address(view, then),
        which=which_of([number for number, _ in some]), name_cell=name_cell, which_words=which_words,
        files={kind: week_address(view, then, kind=kind) for kind in ("xlsx", "csv")},
        **hours_form(f"{view.path}/week", view.asked(), then), **shown,
    )  # fmt: skip
    return told, 200 if shown["week"] else 422


def _card(whose: Whose) -> ResponseReturnValue:
    return render_template("utilization/user_week_card.html", **_shown(whose, view_of(whose), None))


def _file(whose: Whose, kind: str) -> ResponseReturnValue:
    view, then = view_of(whose), asked_hours()
    rows = week_of(whose.user, view.period, clock.now()).then(then)
    which = which_of([number for number, _ in rows])
    body: list[list[object]] = [[gettext(head) for head in (HEADS[0], *WHICH_HEADS, HEADS[1])]]
    for number, hours in rows:
        one = which.get(number, NOTHING)
        body.append([named(one), *which_cells(one), half_up(hours, 2)])
    day, hour = ("x" if each is None else str(each) for each in (then.weekday, then.hour))
    name = f"hours-{day}-{hour}-{view.of}-{view.period.code.replace('/', '-')}"
    if kind == "csv":
        return download(as_csv(body), kind, name)
    about = [
        [gettext("Figures of"), name_of_whose(whose)], [gettext("Period shown"), period_words(view.period)],
        [gettext("Hours of the week"), then_words(then)], [gettext(HEADS[1]), gettext(MEANING)],
    ]  # fmt: skip
    sheets = (Sheet(gettext("Figures"), body, WHICH_WIDTHS), Sheet(gettext("Definitions"), about, (30, 60)))
    return download(as_xlsx(*sheets), kind, name)


def _shown(whose: Whose, view: View, then: WeekHours | None) -> dict[str, Any]:
    """The week, or why it is not shown; then: which hours of it are chosen."""
    week, why = None, list[str]()
    try:
        week = week_of(whose.user, view.period, clock.now())
    except Refusal as refusal:
        why = [in_full(each) for each in refusal.reasons]
    return {
        "whose": whose, "place_name": name_of_whose(whose), "view": view, "week": week, "why": why, "meaning": MEANING,
        "is_then": lambda weekday, hour: then is not None and then != EVERY and then == WeekHours(weekday, hour),
        "hour_said": hour_said, "week_address": week_address, "some_hours": WeekHours, "fullest": fullest, **words(),
    }  # fmt: skip


def hour_said(hours: float, most: float) -> str:
    """Hours of a week in a cell; with a decimal where none reaches ten."""
    return wording.decimals(hours, 1 if most < TEN else 0) if hours else wording.NONE


def fullest(week: WeekOfUse) -> str:
    """When most was used, in a sentence."""
    hours = week.a_week
    if not any(hours):
        return gettext("Nothing was used in this period.")
    best = max(range(len(hours)), key=hours.__getitem__)
    return gettext(
        "Fullest: %(day)s %(hours)s, %(used)s h a week.",
        day=weekday_words(best // A_DAY), hours=hours_words(best % A_DAY), used=wording.decimals(hours[best], 1),
    )  # fmt: skip
