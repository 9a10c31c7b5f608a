"""Register with an address at a known mail domain, and confirm it."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from instruments.database import db
from instruments.database.transactions import deed
from instruments.errors import N_, Reason, Refusal
from instruments.mail import send
from instruments.people import links, passwords, registering
from instruments.people.forms import Form
from instruments.people.models import Person
from instruments.people.views import letters
from instruments.people.views.answering import answer, cost, done, for_form, pages, today
from instruments.people.views.entrance import let_in
from instruments.web import clock, language
from instruments.web.access import public
from instruments.web.limits import limiter


@pages.route("/register", methods=["GET", "POST"])
@public
@limiter.limit("20 per hour", methods=["POST"])
def register() -> ResponseReturnValue:
    """The form of a newcomer; a known address gets the same answer as a new one."""
    if request.method == "GET":
        return answer("people/register.html", typed={"kind": "student"})
    try:
        token, newcomer = _register()
    except Refusal as refusal:
        return answer("people/register.html", for_form(refusal), typed=request.form)
    if token is not None:
        letters.confirm_address(newcomer.mail, newcomer.language, token)
    else:
        letters.already_registered(newcomer.mail, newcomer.language)
    return redirect(url_for("people.letter", about="confirm"))


def _register() -> tuple[str | None, registering.Newcomer]:
    form = Form(request.form)
    password = request.form.get("password", "")
    mail = form.mail()
    names = form.names(120)
    kind = form.choice("kind", registering.REGISTRANTS)
    phone = form.text("phone", 60)
    form.reasons += passwords.reasons_against(password, mail)
    if not any(reason.field == "mail" for reason in form.reasons):
        form.reasons += registering.reasons_against(mail)
    form.check()
    kept = passwords.hashed(password, cost())
    newcomer = registering.Newcomer(mail, *names, kind, phone, language.chosen(), kept)
    with deed():
        institution = registering.institution_of(mail)
        if institution is None:
            raise Refusal(registering.reasons_against(mail))
        return registering.register(newcomer, institution, clock.now()), newcomer


@pages.get("/letter/<about>")
@public
def letter(about: str) -> ResponseReturnValue:
    """A letter is on its way, if the address is what it should be."""
    if about not in ("confirm", "reset"):
        abort(404)
    return answer("people/letter.html", about=about, is_delivered=send.is_delivered())


@pages.route("/confirm/<token>", methods=["GET", "POST"])
@public
@limiter.limit("30 per hour", methods=["POST"])
def confirm(token: str) -> ResponseReturnValue:
    """The link of the letter: whoever registered gives the password, so that nobody opens an account in another's name."""
    link = links.find("confirm", token, clock.now())
    person = db.session.get(Person, link.person_id) if link else None
    if link is None or person is None:
        return answer("people/link_over.html", links.over(), about="confirm")
    if request.method == "GET":
        return answer("people/confirm.html", person=person, token=token)
    try:
        if not passwords.matches(person.password_hash, request.form.get("password", ""), cost()):
            sentence = N_("This is not the password that was chosen when this address was registered.")
            raise Refusal([Reason("no_match", "password", sentence)])
        with deed():
            person = registering.confirm(token, clock.now(), today())
    except Refusal as refusal:
        return answer("people/confirm.html", for_form(refusal), person=person, token=token)
    let_in(person, stay=False)
    return done("/home", N_("Your address is confirmed. Welcome."))
