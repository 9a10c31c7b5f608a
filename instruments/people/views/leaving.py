"""Somebody leaves: set the last day, or take it back."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from instruments.database.transactions import deed
from instruments.errors import N_, Refusal
from instruments.people import membership
from instruments.people.forms import Form
from instruments.people.rights import Action
from instruments.people.scopes import of_person
from instruments.people.signing import require
from instruments.people.views.answering import answer, done, for_form, pages, today, version
from instruments.people.views.persons import seen_person
from instruments.people.views.roles import held_by
from instruments.web import clock


@pages.route("/people/<int:person_id>/leaving", methods=["GET", "POST"])
def leaving(person_id: int) -> ResponseReturnValue:
    """Set a person's last day; their coming reservations are on a page of their own."""
    person = seen_person(person_id)
    actor = require(Action.PERSON_LEAVE, of_person(person))
    refusal = None
    if request.method == "POST":
        try:
            form = Form(request.form)
            last_day = form.day("ends_on", N_("Choose the last day."))
            with deed():
                membership.leave(person_id, version(), last_day, form.reasons, actor, clock.now(), today())
            return done(
                f"/people/{person_id}/reservations", N_("The last day is set. Now their coming reservations.")
            )
        except Refusal as refused:
            refusal = for_form(refused)
    return answer(
        "people/leaving.html",
        refusal,
        person=person,
        held=held_by(person),
        typed=request.form if refusal else {"ends_on": person.ends_on or today()},
        version=version() if refusal else person.version,
        today=today(),
    )


@pages.post("/people/<int:person_id>/staying")
def staying(person_id: int) -> ResponseReturnValue:
    """Take the last day back."""
    actor = require(Action.PERSON_LEAVE, of_person(seen_person(person_id)))
    with deed():
        membership.stay(person_id, version(), actor, clock.now())
    return done(
        f"/people/{person_id}", N_("The last day is taken back. Give the roles anew that are needed.")
    )
