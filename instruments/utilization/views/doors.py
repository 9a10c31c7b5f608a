"""What the pages of utilization share: the view of an address, its place, and summaries that are up to date."""

from __future__ import annotations

from flask import Blueprint, request
from flask_babel import gettext

from instruments.people.signing import the_actor
from instruments.utilization import asking
from instruments.utilization.asking import PLATFORM, View
from instruments.utilization.places import Place, first_place, the_place
from instruments.utilization.totals import Totals
from instruments.web import clock
from instruments.web.language import in_language

pages = Blueprint("utilization", __name__)
# So many summaries are worked out while somebody waits, a tenth of a second; the rest is the worker's.
AT_ONCE = 300


def the_view() -> tuple[View, Place]:
    """What the address asks for, if whoever asks may see it."""
    actor = the_actor()
    fields = request.args.to_dict()
    usual = first_place(actor) if not fields.get("of") else (PLATFORM, 0)
    view = asking.read(fields, clock.now().date(), usual)
    return view, the_place(view, actor)


def name_of(place: Place) -> str:
    """What the place is called."""
    return in_language(place.name_en, place.name_zh) if place.number else gettext("All institutions")


def missing_rows(totals: Totals, expected: int) -> int:
    """How many months of instruments are not up to date."""
    return max(0, expected - totals.fresh)
