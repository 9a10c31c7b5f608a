"""A new password by mail."""

from __future__ import annotations

from datetime import date, datetime

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from instruments.database.transactions import deed
from instruments.errors import N_, Refusal
from instruments.people import links, passwords, resetting
from instruments.people.forms import Form
from instruments.people.views import letters
from instruments.people.views.answering import answer, cost, done, for_form, pages, today
from instruments.web import clock
from instruments.web.access import public
from instruments.web.limits import limiter


@pages.route("/forgotten", methods=["GET", "POST"])
@public
@limiter.limit("20 per hour", methods=["POST"])
def forgotten() -> ResponseReturnValue:
    """Ask for a link; the answer is the same whether the address is known or not."""
    if request.method == "GET":
        return answer("people/forgotten.html", typed={"mail": request.args.get("mail", "")})
    try:
        form = Form(request.form)
        mail = form.mail()
        form.check()
    except Refusal as refusal:
        return answer("people/forgotten.html", for_form(refusal), typed=request.form)
    now, day = clock.now(), today()
    letters.later(lambda: _send_link(mail, now, day))
    return redirect(url_for("people.letter", about="reset"))


def _send_link(mail: str, now: datetime, day: date) -> None:
    with deed():
        asked = resetting.ask(mail, now, day)
    if asked:
        letters.reset_password(*asked)


@pages.route("/reset/<token>", methods=["GET", "POST"])
@public
@limiter.limit("30 per hour", methods=["POST"])
def reset(token: str) -> ResponseReturnValue:
    """Set the new password."""
    link = links.find("reset", token, clock.now())
    if link is None:
        return answer("people/link_over.html", links.over(), about="reset")
    if request.method == "GET":
        return answer("people/reset.html", mail=link.mail, token=token)
    password = request.form.get("password", "")
    try:
        if reasons := passwords.reasons_against(password, link.mail):
            raise Refusal(reasons)
        kept = passwords.hashed(password, cost())
        with deed():
            person = resetting.reset(token, kept, clock.now(), today())
    except Refusal as refusal:
        return answer("people/reset.html", for_form(refusal), mail=link.mail, token=token)
    letters.password_was_set(person)
    return done("/sign-in", N_("Your new password is set, and every device is signed out. Sign in with it."))
