"""What somebody looked for in vain, as a part of their page that comes after it and as rows of its files."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from instruments.errors import N_, NotFound, Reason
from instruments.people.signing import the_actor
from instruments.utilization.asking import GROUP, View
from instruments.utilization.user_places import Whose, group_of, people_of
from instruments.utilization.user_unmet import sees_unmet_of, unmet_of
from instruments.utilization.views.doors import pages
from instruments.utilization.views.unmet import HEADS, MEANING, class_words, place_words, rows_of
from instruments.utilization.views.user_doors import name_of_whose, view_of
from instruments.utilization.views.words import words

Rows = list[list[object]]
OF_A_GROUP = N_(
    "Requests of the group’s members on the waitlist that found nothing; one person, class and day count once. Searches are kept"
    " without a group."
)


@pages.get("/groups/<int:group_id>/utilization/unmet-card")
def unmet_card_of_group(group_id: int) -> ResponseReturnValue:
    """What a group waited for in vain."""
    return _card(group_of(group_id, the_actor()))


@pages.get("/institutions/<int:institution_id>/used/unmet-card")
def unmet_card_of_people(institution_id: int) -> ResponseReturnValue:
    """What the people of an institution looked for in vain."""
    return _card(people_of(institution_id, the_actor()))


def unmet_card_address(view: View) -> str:
    """The part of the page of this view."""
    return view.address().replace("?", "/unmet-card?", 1)


def unmet_rows(whose: Whose, view: View) -> Rows:
    """The rows of a file, their heads first."""
    return rows_of(unmet_of(whose, view.period))


def _card(whose: Whose) -> ResponseReturnValue:
    if not sees_unmet_of(whose, the_actor()):
        raise NotFound([Reason("not_found", None, N_("There are no figures here that you may see."))])
    view = view_of(whose)
    wishes = unmet_of(whose, view.period)
    return render_template(
        "utilization/user_unmet.html",
        view=view, place_name=name_of_whose(whose), wishes=wishes, times=sum(each.times for each in wishes), heads=HEADS,
        meaning=OF_A_GROUP if whose.kind == GROUP else MEANING, class_words=class_words, place_words=place_words, **words(),
    )  # fmt: skip
