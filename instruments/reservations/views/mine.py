"""My reservations: coming, past and cancelled."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from instruments.catalog.revision import catalog_number
from instruments.people.signing import the_actor
from instruments.reservations import listing
from instruments.reservations.cutoff import is_too_late
from instruments.reservations.series.finding import series_of, to_come
from instruments.reservations.views.doors import pages
from instruments.reservations.waitlist.listing import offers_to
from instruments.timespan import Timespan
from instruments.web import clock, paging

A_PAGE = 25


@pages.get("/reservations")
def mine() -> ResponseReturnValue:
    """The reservations that I use, booked, or will be present at as the second person."""
    view = request.args.get("view", "coming")
    if view not in listing.VIEWS:
        view = "coming"
    after = paging.decode(request.args.get("after"), (int, int))
    actor, now = the_actor(), clock.now()
    rows = listing.mine(actor, view, now, after, A_PAGE)
    shown, cursor = paging.page(rows, A_PAGE, lambda row: [int(row.starts_at.timestamp()), row.id])
    following = cursor and url_for("reservations.mine", view=view, after=cursor)
    number = catalog_number() if shown else None
    series = series_of([row.id for row in shown], the_actor())
    return render_template(
        "reservations/mine.html",
        series=series,
        to_come=to_come(set(series.values()), clock.now()) if view == "coming" else {},
        view=view,
        me=actor.person_id,
        late={row.id for row in shown if is_too_late(actor, row, now, number)},
        offers=len(offers_to(actor, now, A_PAGE)) if view == "coming" else 0,
        rows=[(row, Timespan(row.starts_at, row.ends_at)) for row in shown],
        first=url_for("reservations.mine", view=view) if after else None,
        following=following,
    )
