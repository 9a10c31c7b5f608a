"""Sign in, sign out."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, request, session
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import deed
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people import attempts, passwords, resetting, roles, signing
from instruments.people.models import Person
from instruments.people.views.answering import answer, cost, done, for_form, pages, today
from instruments.web import clock
from instruments.web.access import public
from instruments.web.limits import limiter
from instruments.web.views import local_path

TRIES_LEFT = {
    0: N_("E-mail and password do not match. There is a pause of 15 minutes now."),
    1: N_("E-mail and password do not match. One more try, then a pause of 15 minutes."),
}
NO_MATCH = N_("E-mail and password do not match. %(left)s more tries, then a pause of 15 minutes.")


@pages.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The door."""
    if signing.current_actor() is not None:
        return redirect(_onward(request.args.get("next")))
    return answer("people/sign_in.html", typed={}, next=request.args.get("next", ""))


@pages.post("/sign-in")
@public
@limiter.limit("60 per minute")
def signing_in() -> ResponseReturnValue:
    """Let somebody in who knows mail and password."""
    mail = request.form.get("mail", "").strip().lower()[:200]
    onward = request.form.get("next", "")
    try:
        person = _recognised(mail, request.form.get("password", ""), clock.now())
    except Refusal as refusal:
        return answer("people/sign_in.html", for_form(refusal), typed=request.form, next=onward)
    let_in(person, stay=bool(request.form.get("stay")))
    return redirect(_onward(onward))


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this session."""
    logout_user()
    session.clear()
    # What stays in the cookie jar is only flask-login's order to drop “stay signed in”.
    session["_remember"] = "clear"
    return done("/", N_("You are signed out."))


@pages.post("/profile/sign-out-everywhere")
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of this person, this one too."""
    actor = signing.the_actor()
    with deed():
        resetting.sign_out_everywhere(db.session.get_one(Person, actor.person_id), clock.now())
    logout_user()
    session.clear()
    session["_remember"] = "clear"
    return done("/sign-in", N_("You are signed out on every device."))


def let_in(person: Person, *, stay: bool) -> None:
    """Begin a new session for a person who proved who they are; nothing of the old one goes on."""
    actor = signing.actor_by_id(person.id, clock.now())
    if actor is None:
        raise Refusal([_unusable(person)])
    session.clear()
    login_user(signing.SignedIn(actor, person.session_key), remember=stay)


def _recognised(mail: str, password: str, now: datetime) -> Person:
    address = request.remote_addr or ""
    with deed():
        attempt = attempts.begin(mail, address, now)
    # Several at the same moment: those that came too late for the limit are refused unjudged.
    attempts.refuse_in_pause(mail, address, now, spare=1)
    person = db.session.scalars(select(Person).where(Person.mail == mail)).first()
    kept = person.password_hash if person else None
    db.session.rollback()  # no transaction stays open while the password is judged
    if not passwords.matches(kept, password, cost()) or person is None:
        left = attempts.tries_left(mail, address, now)
        raise Refusal([Reason("no_match", "password", TRIES_LEFT.get(left, NO_MATCH), {"left": left})])
    anew = passwords.hashed(password, cost()) if kept and passwords.is_outdated(kept, cost()) else None
    with deed():
        attempts.succeed(attempt, mail, address)
        if anew:
            resetting.keep_anew(person.id, anew)
        if roles.is_active(person, today()):
            record(
                now=now, actor_id=person.id, deed="person.signed_in", thing=("person", person.id),
                institution_id=person.institution_id,
            )  # fmt: skip
    if not roles.is_active(person, today()):
        raise Refusal([_unusable(person)])
    return person


def _unusable(person: Person) -> Reason:
    if person.mail_confirmed_at is None:
        sentence = N_(
            "Your address is not confirmed yet. Open the link in the letter, or register again for a new one."
        )
        return Reason("unconfirmed", "mail", sentence)
    sentence = N_("This account has ended. A manager of your institution can open it again.")
    return Reason("ended", "mail", sentence)


def _onward(wanted: str | None) -> str:
    address = local_path(wanted) if wanted else "/home"
    return "/home" if address.startswith("/sign-in") else address
