"""What a group, a company or the people of an institution used, wherever it stood, as pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.errors import Refusal
from instruments.people.rights import Actor, may
from instruments.people.signing import the_actor
from instruments.utilization.asking import AGAINST, BY, View
from instruments.utilization.boards.lines import lines_of_use, of_a_month
from instruments.utilization.boards.models import SavedView
from instruments.utilization.boards.saving import may_share, views_of
from instruments.utilization.boards.subjects import of_use
from instruments.utilization.boards.targets import targets_of
from instruments.utilization.definitions import DEFINITIONS, HOURS
from instruments.utilization.known import is_running
from instruments.utilization.naming import which_of
from instruments.utilization.places import ROLES
from instruments.utilization.reserved_rows import FIGURES as COUNT_RESERVATIONS
from instruments.utilization.saying import said
from instruments.utilization.user_board import UserBoard, counted_of_use, trend, user_board
from instruments.utilization.user_costs import sees_costs_of
from instruments.utilization.user_figures import (
    ALL_FIGURES,
    USER_FIGURES,
    FigureRow,
    figure_rows,
    measured,
    rows_in_order,
)
from instruments.utilization.user_places import Whose, group_of, people_of, sees_reservations_of
from instruments.utilization.user_unmet import sees_unmet_of
from instruments.utilization.views.board import evidence_under, months_to_choose
from instruments.utilization.views.charged import costs_list
from instruments.utilization.views.doors import pages
from instruments.utilization.views.tables import A_PAGE, BY_WORDS, key_name
from instruments.utilization.views.user_costs import costs_card_address
from instruments.utilization.views.user_doors import having_of, name_of_whose, view_of
from instruments.utilization.views.user_pareto import numbers_of, pareto_part
from instruments.utilization.views.user_steps import steps_part
from instruments.utilization.views.user_unmet import unmet_card_address
from instruments.utilization.views.user_week import week_address
from instruments.utilization.views.which import name_cell, which_words
from instruments.utilization.views.words import words
from instruments.web import clock, formats
from instruments.web.fields import page_of as page_number
from instruments.web.language import in_language
from instruments.web.reasons import by_field

NO_SHOWS = "no_shows"
HOURS_FIGURES = [code for code in USER_FIGURES if DEFINITIONS[code].unit == HOURS]


@pages.get("/groups/<int:group_id>/utilization")
def of_group(group_id: int) -> ResponseReturnValue:
    """What a group used."""
    return _page(group_of(group_id, the_actor()))


@pages.get("/institutions/<int:institution_id>/used")
def of_people(institution_id: int) -> ResponseReturnValue:
    """What the people of an institution or company used."""
    return _page(people_of(institution_id, the_actor()))


def _page(whose: Whose) -> ResponseReturnValue:
    """What the address asks for; where it is none, the usual and why."""
    try:
        view, having = view_of(whose), having_of()
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        return page_of(whose, view_of(whose, {}), by_field(refusal)), 422
    return page_of(whose, view, having=having)


def page_of(
    whose: Whose,
    view: View,
    refused: Mapping[str, Any] | None = None,
    typed: Mapping[str, str] | None = None,
    having: str = "",
) -> str:
    """The page; refused: why something was not done, by field; typed: what a form of it was sent with; having: only rows that
    have any of this measure."""
    now = clock.now()
    board = user_board(whose, view, now)
    rows = rows_in_order(whose, board.found, view.by, view.period, now, having)
    page = page_number(len(rows), A_PAGE)
    some, pareto = rows[(page - 1) * A_PAGE : page * A_PAGE], pareto_part(view, board.found)
    of_instruments = view.by == BY[0]
    which = which_of(numbers_of(pareto["bars"]) | {key for key, _ in some if of_instruments})
    months = trend(whose, view, now, board.begun)
    there = [each for each in board.found if each.was_used]
    name = name_of_whose(whose)
    return render_template(
        "utilization/users.html",
        whose=whose, place_name=name, view=view, by=view.by, by_words=BY_WORDS, ways=BY,
        rows=figure_rows(some, view.by, which if of_instruments else None), total=len(rows), page=page, size=A_PAGE,
        row_figures=USER_FIGURES, told=said, definitions=DEFINITIONS, row_name=row_name,
        which=which, name_cell=name_cell, which_words=which_words,
        having=having, kept=f"&having={having}" if having else "",
        samples=board.now.sums["samples"], instruments=len(there), owners=len({each.institution_id for each in there}),
        months=months, counted=counted_of_use(view.period, now, board.begun),
        choices={"places": None, "classes": None, "months": months_to_choose(view), "against": AGAINST}, per_words={},
        saved=_saved(the_actor(), view), shares=may_share(the_actor()), refused=refused or {}, typed=typed,
        begun=board.begun, not_compared=board.not_compared,
        ahead=view.period.first > now.date(), until=is_running(view.period, now.date()),
        **_figures(whose, view, board), **steps_part(view, board, months), **pareto,
        week_address=week_address,
        unmet_card=unmet_card_address(view) if sees_unmet_of(whose, the_actor()) else None,
        costs_card=costs_card_address(view) if sees_costs_of(whose, the_actor()) else None,
        costs_list=costs_list(whose, view.period),
        **words(),
    )  # fmt: skip


def _figures(whose: Whose, view: View, board: UserBoard) -> dict[str, Any]:
    """The tiles beside the same of the other period, and what the opened one opens to."""
    figures = board.figures
    opened = view.open if view.open in ALL_FIGURES else ALL_FIGURES[0]
    return {
        "tiles": [each for each in figures if each.figure.code in USER_FIGURES], "all_figures": figures,
        "opened": opened,
        "tile_address": lambda code: view.address(open=code) + "#tiles",
        "rows_behind": lambda code: _rows_behind(whose, view, board, code, DEFINITIONS[code].over),
        "rows_below": lambda code: _rows_behind(whose, view, board, code, DEFINITIONS[code].under),
        "whole_n": board.now.n,
        **evidence_under(board.now, opened), **_targets(whose, view, board),
    }  # fmt: skip


def _targets(whose: Whose, view: View, board: UserBoard) -> dict[str, Any]:
    """What the figures are held against; sets: whether whoever looks sets their targets."""
    subject = of_use(whose)
    set_ = targets_of(subject)
    return {
        "lines": lines_of_use((each.figure for each in board.figures), view.period, set_),
        "sets": may(the_actor(), subject.action, subject.scope), "target_figures": subject.figures,
        "hours_figures": HOURS_FIGURES, "target_line": of_a_month(set_.get("effective")),
    }  # fmt: skip


def _saved(actor: Actor, view: View) -> list[SavedView]:
    """Their own, and those that the institution shares: of this page, or all for who sees figures of places as well."""
    mine = views_of(actor)
    if any(grant.role in ROLES for grant in actor.grants):
        return mine
    return [each for each in mine if each.person_id or each.query.startswith(f"of={view.of}&")]


def _rows_behind(
    whose: Whose, view: View, board: UserBoard, code: str, measure: str
) -> tuple[str, str] | None:
    """Where the rows of what stands above or below the line of a figure are, and what the link says: the reservations, or the
    instruments of which they had any of it."""
    if code in COUNT_RESERVATIONS:
        if not sees_reservations_of(whose, the_actor()):
            return None
        address = view.address().replace("?", "/reservations?") + f"&figure={code}"
        if measure == NO_SHOWS:
            return f"{address}&missed=yes", gettext("The no-shows one by one")
        return address, gettext("Reservations behind the figure")
    count = sum(1 for each in measured(whose, board.found, measure) if each)
    sentence = ngettext(
        "%(count)s instrument behind it", "%(count)s instruments behind it", count, count=formats.count(count)
    )
    return f"{view.address(by=BY[0], open=code)}&having={measure}#rows-title", sentence


def row_name(by: str, row: FigureRow) -> str:
    """What a row is called."""
    return key_name(by, row.key, in_language(row.name_en, row.name_zh))
