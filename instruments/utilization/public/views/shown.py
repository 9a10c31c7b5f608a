"""The public page: what an institution tells everybody of its sharing."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from instruments.utilization.definitions import MEASURES
from instruments.utilization.public.views.doors import pages, the_home, what_is_told
from instruments.utilization.views.words import period_words
from instruments.web.access import public


@pages.get("/institutions/<int:institution_id>/sharing")
@public
def sharing(institution_id: int) -> ResponseReturnValue:
    """What was shared in a year, as far as the institution tells it."""
    home = the_home(institution_id)
    _, found = what_is_told(home.id)
    return render_template(
        "utilization/sharing.html", home=home, told=found, period_words=period_words, measures=MEASURES
    )
