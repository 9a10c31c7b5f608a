"""Home of a signed-in person: what comes next, what to book again, what waits."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from instruments.pages.own import needs_you, recent_instruments, today_in_labs
from instruments.pages.places import places_of
from instruments.pages.views.doors import pages
from instruments.people.rights import Role
from instruments.people.signing import the_actor
from instruments.reservations import listing
from instruments.timespan import Timespan
from instruments.web import clock
from instruments.web.language import in_language

NEXT = 5


@pages.get("/home")
def home() -> ResponseReturnValue:
    """The signed-in person's own page."""
    actor, now = the_actor(), clock.now()
    return render_template(
        "pages/home.html",
        name=in_language(actor.name_en, actor.name_zh),
        me=actor.person_id,
        coming=listing.mine(actor, "coming", now, None, NEXT)[:NEXT],
        recent=recent_instruments(actor, now),
        today=today_in_labs(actor, now),
        runs_labs=actor.has(Role.LAB_MANAGER) or actor.has(Role.LAB_OPERATOR),
        needs=needs_you(actor, now),
        places=places_of(actor),
        span=lambda row: Timespan(row.starts_at, row.ends_at),
    )
