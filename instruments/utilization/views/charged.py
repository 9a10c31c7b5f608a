"""Where the charges of a period are, from the figures that add them up: of a place what it earned, of users what they cost."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import url_for

from instruments.people.rights import Action, Scope, may
from instruments.people.signing import the_actor
from instruments.utilization.asking import GROUP, INSTRUMENT
from instruments.utilization.periods import MONTH, Period
from instruments.utilization.places import Place
from instruments.utilization.user_places import Whose


def charges_of(place: Place, period: Period) -> str:
    """Those of a place, for whoever reads them there; of an instrument among those of its lab. Empty: nowhere."""
    scope = Scope(institution_id=place.institution_id, lab_id=place.lab_id)
    if place.institution_id is None or not may(the_actor(), Action.INCOME_SEE, scope):
        return ""
    fields = {"month": _when(period)}
    if place.lab_id is None:
        return url_for("charges.of_institution", institution_id=place.institution_id, **fields)
    if place.kind == INSTRUMENT:
        fields["instrument"] = str(place.number)
    return url_for("charges.of_lab", lab_id=place.lab_id, **fields)


def costs_list(whose: Whose, period: Period) -> str:
    """What a group, an institution or a company was charged."""
    page = f"/groups/{whose.number}/charges" if whose.kind == GROUP else f"/institutions/{whose.number}/costs"
    return f"{page}?{urlencode({'month': _when(period)})}"


def _when(period: Period) -> str:
    """A month, or any days with the last of them, as the lists of charges are asked for them."""
    return period.code if period.kind == MONTH else f"{period.first}..{period.last}"
