"""One's own tokens."""

from __future__ import annotations

from flask import make_response, request
from flask.typing import ResponseReturnValue

from instruments.database.transactions import deed
from instruments.errors import N_, Refusal
from instruments.people import tokens
from instruments.people.forms import Form
from instruments.people.signing import the_actor
from instruments.people.views.answering import answer, done, for_form, pages
from instruments.web import clock
from instruments.web.limits import limiter


@pages.route("/profile/tokens", methods=["GET", "POST"])
@limiter.limit("60 per hour", methods=["POST"])
def my_tokens() -> ResponseReturnValue:
    """The list of tokens, and the form of a new one; the answer to the form shows the token, once."""
    actor = the_actor()
    made = refusal = None
    if request.method == "POST":
        form = Form(request.form)
        name, days = form.text("name", tokens.LONGEST_NAME), form.number("days")
        try:
            with deed():
                _, made = tokens.make(
                    actor.person_id, name, request.form.getlist("scopes"), days, clock.now()
                )
        except Refusal as refused:
            refusal = for_form(refused)
    typed = request.form.to_dict() | {"scopes": request.form.getlist("scopes")} if refusal else {"days": 90}
    page = answer(
        "people/tokens.html",
        refusal,
        made=made,
        typed=typed,
        scopes=tokens.SCOPES,
        tokens=tokens.of_person(actor.person_id),
        now=clock.now(),
        zone=actor.zone,
        longest=tokens.LONGEST_DAYS,
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"  # a page with a token is kept nowhere
    return response


@pages.post("/profile/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> ResponseReturnValue:
    """End a token."""
    actor = the_actor()
    with deed():
        tokens.revoke(actor.person_id, token_id, clock.now())
    return done("/profile/tokens", N_("The token is revoked: it no longer opens anything."))
