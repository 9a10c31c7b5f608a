"""The page of the coming reservations of somebody who leaves: each is handed to another person, or cancelled."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.pages.views.doors import pages
from instruments.people.models import Person
from instruments.people.rights import Action, Actor, Scope
from instruments.people.scopes import of_person
from instruments.people.signing import require, the_actor
from instruments.reservations import choices
from instruments.reservations.cancelling import cancel
from instruments.reservations.handing_over import coming_of, hand_over
from instruments.reservations.users import user_named
from instruments.timespan import Timespan
from instruments.typed import whole
from instruments.web import clock, versions
from instruments.web.reasons import by_field

ADDRESS = "/people/<int:person_id>/reservations"
MOST = 100
SHOWN_IN_FORM = (403, 409, 412, 422)


@pages.get(ADDRESS)
def leaver(person_id: int) -> ResponseReturnValue:
    """What the person will still use, nearest first."""
    return _page(*_leaver(person_id))


@pages.post(ADDRESS)
def deal_with_reservation(person_id: int) -> ResponseReturnValue:
    """Hand one of the reservations over, or cancel it."""
    person, actor = _leaver(person_id)
    number, version = request.form.get("reservation", type=int), versions.typed()
    if number is None:
        raise NotFound([Reason("no_reservation", None, N_("There is no such reservation."))])
    try:
        if "cancel" in request.form:
            perform(lambda: cancel(actor, number, request.form.get("reason", ""), version, clock.now()))
            flash(gettext("The reservation is cancelled."), "free")
        else:
            _hand_over(actor, number, version)
            flash(gettext("The reservation is handed over."), "free")
    except Refusal as refusal:
        if refusal.status not in SHOWN_IN_FORM:
            raise
        db.session.rollback()
        person, actor = _leaver(person_id)
        return _page(person, actor, number, refusal)
    return redirect(url_for("pages.leaver", person_id=person_id))


def _hand_over(actor: Actor, number: int, version: int | None) -> None:
    mail, now = request.form.get("user", "").strip(), clock.now()
    if not mail:
        remedy = N_("Write the mail address of a person who has an account.")
        raise Refusal([Reason("no_user", "user", N_("Say who gets the reservation."), {}, remedy)])
    user = user_named(mail, actor, now)
    unit = whole(request.form.get("unit", ""))
    perform(lambda: hand_over(actor, user, number, version, now, unit))


def _leaver(person_id: int) -> tuple[Person, Actor]:
    person = db.session.get(Person, person_id)
    if person is None:
        require(Action.PERSON_LEAVE, Scope())
        raise NotFound([Reason("not_found", None, N_("There is no such person."))])
    return person, require(Action.PERSON_LEAVE, of_person(person))


def _page(
    person: Person, _actor: Actor, number: int | None = None, refusal: Refusal | None = None
) -> ResponseReturnValue:
    rows = coming_of(person.id, clock.now(), MOST + 1)
    page = render_template(
        "pages/leaver.html",
        person=person,
        rows=rows[:MOST],
        span=lambda row: Timespan(row.starts_at, row.ends_at),
        more=len(rows) > MOST,
        chosen=number if refusal else None,
        typed=_typed(refusal),
        reasons=by_field(refusal),
        units=_units(refusal),
    )
    return page, refusal.status if refusal else 200


def _units(refusal: Refusal | None) -> list[tuple[int | str, str]]:
    """The groups of who shall get it, where it has to be said which of them it is for: told only once they may get it."""
    if refusal is None or not any(
        reason.code in ("which_group", "not_in_group") for reason in refusal.reasons
    ):
        return []
    return choices.units(user_named(request.form.get("user", "").strip(), the_actor(), clock.now()))


def _typed(refusal: Refusal | None) -> dict[str, Any]:
    return request.form.to_dict() if refusal else {}
