"""What was charged for what somebody used, as a part of their page that comes after it and as rows of its files."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.errors import N_, NotFound, Reason
from instruments.people.signing import the_actor
from instruments.utilization.asking import View
from instruments.utilization.user_costs import by_currency, costs_of, sees_costs_of
from instruments.utilization.user_places import Whose, group_of, people_of
from instruments.utilization.views.charged import costs_list
from instruments.utilization.views.doors import pages
from instruments.utilization.views.user_doors import name_of_whose, view_of
from instruments.utilization.views.words import of_units, words

Rows = list[list[object]]
MEANING = N_(
    "By the day of the service: posted charges to them, less what was taken back, credited or waived, and without what programmes"
    " bear."
)


@pages.get("/groups/<int:group_id>/utilization/costs-card")
def costs_card_of_group(group_id: int) -> ResponseReturnValue:
    """What a group's funds were charged."""
    return _card(group_of(group_id, the_actor()))


@pages.get("/institutions/<int:institution_id>/used/costs-card")
def costs_card_of_people(institution_id: int) -> ResponseReturnValue:
    """What an institution or company was charged."""
    return _card(people_of(institution_id, the_actor()))


def costs_card_address(view: View) -> str:
    """The part of the page of this view."""
    return view.address().replace("?", "/costs-card?", 1)


def costs_rows(whose: Whose, view: View) -> Rows:
    """The rows of a file, their heads first."""
    heads: list[object] = [gettext("Month"), gettext("Currency"), gettext("Charged, before tax")]
    rows = (
        [each.month, each.currency, of_units(each.net, each.currency)]
        for each in costs_of(whose, view.period)
    )
    return [heads, *rows]


def _card(whose: Whose) -> ResponseReturnValue:
    if not sees_costs_of(whose, the_actor()):
        raise NotFound([Reason("not_found", None, N_("There are no figures here that you may see."))])
    view = view_of(whose)
    costs = costs_of(whose, view.period)
    return render_template(
        "utilization/user_costs.html",
        view=view, place_name=name_of_whose(whose), costs=costs, sums=by_currency(costs),
        charged_in=lambda period: costs_list(whose, period),
        meaning=MEANING, **words(),
    )  # fmt: skip
