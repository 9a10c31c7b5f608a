"""The secret addresses of feeds as pages: one's own beside the profile, a lab's beside the lab."""

from __future__ import annotations

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.calendars import keys
from instruments.calendars.models import CalendarFeed
from instruments.calendars.views.doors import base, pages
from instruments.database.transactions import deed
from instruments.errors import N_, Forbidden, Reason, Refusal
from instruments.people import labs
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, may
from instruments.people.scopes import of_place
from instruments.people.signing import require, the_actor
from instruments.web import clock
from instruments.web.limits import limiter
from instruments.web.reasons import by_field


@pages.route("/profile/calendars", methods=["GET", "POST"])
@limiter.limit("60 per hour", methods=["POST"])
def my_feeds() -> ResponseReturnValue:
    """One's own addresses; the answer to the form shows the new one, once."""
    return _page(the_actor(), None)


@pages.route("/labs/<int:lab_id>/feeds", methods=["GET", "POST"])
@limiter.limit("60 per hour", methods=["POST"])
def lab_feeds(lab_id: int) -> ResponseReturnValue:
    """The addresses of a lab, for those who see its reservations; who runs the lab sees everybody's."""
    lab = labs.get(lab_id)
    return _page(require(Action.RESERVATION_SEE, of_place(lab)), lab)


@pages.post("/calendars/feeds/<int:feed_id>/revoke")
def revoke_feed(feed_id: int) -> ResponseReturnValue:
    """End an address: one's own, or of a lab that one runs."""
    actor, feed = the_actor(), keys.the_feed(feed_id)
    if feed.person_id != actor.person_id and not runs(actor, feed.lab):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    lab_id = feed.lab_id
    with deed():
        keys.revoke(keys.the_feed(feed_id), actor.person_id, clock.now())
    flash(gettext("The address is revoked: it no longer shows anything."), "free")
    if lab_id is None:
        return redirect(url_for(".my_feeds"), 303)
    return redirect(url_for(".lab_feeds", lab_id=lab_id), 303)


def runs(actor: Actor, lab: Lab | None) -> bool:
    """Whether the actor runs this lab, and so sees and ends everybody's addresses of it."""
    return lab is not None and may(actor, Action.LAB_EDIT, of_place(lab))


def _page(actor: Actor, lab: Lab | None) -> ResponseReturnValue:
    made = refusal = None
    lab_id = lab.id if lab else None
    if request.method == "POST":
        try:
            with deed():
                place = labs.get(lab_id) if lab_id else None
                made = keys.make(actor.person_id, place, request.form.get("name", ""), clock.now())
        except Refusal as refused:
            refusal = refused
    place = labs.get(lab_id) if lab_id else None
    page = render_template(
        "calendars/feeds.html",
        lab=place,
        made=address_of(made, place) if made else None,
        feeds=feeds_shown(actor, place),
        actor=actor,
        typed=request.form.get("name", "") if refusal else "",
        reasons=by_field(refusal),
    )
    response = make_response(page, refusal.status if refusal else 200)
    # A page with a secret address is kept nowhere, and tells nobody where it was.
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def address_of(token: str, lab: Lab | None) -> str:
    """The whole address, of which the token is the secret part."""
    return f"{base()}/calendars/{'labs' if lab else 'people'}/{token}.ics"


def feeds_shown(actor: Actor, lab: Lab | None) -> list[CalendarFeed]:
    """The addresses in force that the actor sees: their own (no lab), or of a lab."""
    if lab is None:
        return keys.of_person(actor.person_id)
    return keys.of_lab(lab.id, None if runs(actor, lab) else actor.person_id)
