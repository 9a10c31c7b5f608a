"""One's own profile and password."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from instruments.database import db
from instruments.database.transactions import deed
from instruments.errors import N_, Reason, Refusal
from instruments.people import attempts, passwords, profile, resetting
from instruments.people.forms import ZONES, Form
from instruments.people.models import Person
from instruments.people.signing import the_actor
from instruments.people.views import letters
from instruments.people.views.answering import answer, cost, done, for_form, pages, today, typed, version
from instruments.people.views.entrance import let_in
from instruments.people.views.roles import held_by
from instruments.web import clock
from instruments.web.limits import limiter

FIELDS = ("name_en", "name_zh", "orcid", "phone", "language", "zone", "shows_name")


@pages.route("/profile", methods=["GET", "POST"])
def my_profile() -> ResponseReturnValue:
    """Look at one's profile, and change it."""
    person_id = the_actor().person_id
    if request.method == "GET":
        return _page(None)
    try:
        form = Form(request.form)
        described = profile.read(form)
        with deed():
            profile.edit(person_id, version(), described, form.reasons, clock.now())
    except Refusal as refusal:
        return _page(for_form(refusal))
    return done("/profile", N_("Your profile is saved."))


@pages.post("/profile/password")
@limiter.limit("30 per hour")
def change_password() -> ResponseReturnValue:
    """Set a new password, knowing the old one; every other device is signed out."""
    person = db.session.get_one(Person, the_actor().person_id)
    new = request.form.get("new_password", "")
    try:
        _judge_old(person, request.form.get("old_password", ""), new)
        kept = passwords.hashed(new, cost())
        with deed():
            resetting.change(person, kept, clock.now())
    except Refusal as refusal:
        return _page(for_form(refusal), about="password")
    let_in(person, stay=False)
    letters.password_was_set(person)
    return done("/profile", N_("Your new password is set, and every other device is signed out."))


def _judge_old(person: Person, old: str, new: str) -> None:
    now, address = clock.now(), request.remote_addr or ""
    reasons = passwords.reasons_against(new, person.mail, "new_password")
    with deed():
        attempt = attempts.begin(person.mail, address, now)
    if passwords.matches(person.password_hash, old, cost()):
        with deed():
            attempts.succeed(attempt, person.mail, address)
    else:
        reasons.append(Reason("no_match", "old_password", N_("This is not your password.")))
    if reasons:
        raise Refusal(reasons)


def _page(refusal: Refusal | None, about: str = "profile") -> ResponseReturnValue:
    person = db.session.get_one(Person, the_actor().person_id)
    fields = (
        typed(person, FIELDS) if about == "profile" else {field: getattr(person, field) for field in FIELDS}
    )
    stated = version() if refusal and about == "profile" else person.version
    return answer(
        "people/profile.html",
        refusal,
        about=about,
        person=person,
        typed=fields,
        version=stated,
        zones=ZONES,
        languages=profile.LANGUAGES,
        held=held_by(person),
        today=today(),
    )
