"""Every error as an answer: problem+json for programs, a page with a way on for people."""

from __future__ import annotations

import logging

import orjson
from apiflask import APIFlask
from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError
from werkzeug.exceptions import HTTPException

from instruments.database import db
from instruments.database.transactions import is_outage, not_known_yet
from instruments.errors import N_, Forbidden, NotFound, NotSignedIn, Reason, Refusal, TooMany
from instruments.web import access
from instruments.web.reasons import as_problem
from instruments.web.returning import address_after_signing_in, address_of_form

log = logging.getLogger(__name__)

SENTENCES = {
    400: N_("The request cannot be read. Go back, and send it again."),
    404: N_("There is nothing at this address. It may have moved, or never been here."),
    405: N_("This address does not take that kind of request."),
    413: N_(
        "What was sent is too large: a form takes %(most)s MB in all. Nothing was changed. Choose a smaller file: "
        "the form says how large it may be."
    ),
    500: N_("Something broke on our side. What you asked for was not done."),
}


class Malformed(Refusal):
    """The request itself is wrong: unreadable, too large, of the wrong kind."""

    title = N_("The request cannot be taken")

    def __init__(self, status: int, reasons: list[Reason], **details: object) -> None:
        super().__init__(reasons, **details)
        self.status = status


# Forms that could not be read: nothing can be shown in them again.
WITH_A_WAY_BACK = (400, 413)
# What of a refusal's details programs read.
ON_THE_WIRE = ("conflicts", "alternatives", "dates")


def answer(refusal: Refusal) -> ResponseReturnValue:
    """The refusal as the answer to this request."""
    if access.is_api():
        body = as_problem(refusal) | {
            key: value for key, value in refusal.details.items() if key in ON_THE_WIRE
        }
        response = Response(orjson.dumps(body), refusal.status, mimetype="application/problem+json")
    elif isinstance(refusal, NotSignedIn):
        if request.method not in ("GET", "HEAD"):
            flash(
                gettext("You were signed out, so nothing was booked or changed. Sign in, then do it again."),
                "warn",
            )
        return redirect(url_for("people.sign_in", next=address_after_signing_in()))
    else:
        back = address_of_form() if request.method == "POST" and refusal.status in WITH_A_WAY_BACK else ""
        page = render_template("web/problem.html", refusal=refusal, problem=as_problem(refusal), back=back)
        response = Response(page, refusal.status)
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    for detail, header in (("retry_after", "Retry-After"), ("allow", "Allow")):
        if detail in refusal.details:
            response.headers[header] = str(refusal.details[detail])
    return response


def init_app(app: APIFlask) -> None:
    """Answer every kind of error of the application."""
    app.register_error_handler(Refusal, answer)
    app.register_error_handler(DBAPIError, answer_database_error)
    app.register_error_handler(OverflowError, answer_unstorable)
    app.register_error_handler(RateLimitExceeded, answer_rate_limit)
    app.register_error_handler(CSRFError, answer_forged)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(Exception, answer_crash)


def answer_database_error(error: DBAPIError) -> ResponseReturnValue:
    """A database that is away is told apart from a mistake of ours."""
    db.session.rollback()
    if is_outage(error):
        db.engine.dispose()
        return answer(not_known_yet())
    return answer_unstorable(error) if isinstance(error, DataError) else answer_crash(error)


def answer_unstorable(error: DataError | OverflowError) -> ResponseReturnValue:
    """A number beyond what a column holds, or a text with characters that no database keeps."""
    log.warning("unstorable input: %s", type(error).__name__)
    db.session.rollback()
    sentence = N_(
        "Something in this request cannot be kept: a number is too large, or a text holds invisible characters."
    )
    return answer(Malformed(422, [Reason("unstorable", None, sentence)]))


def answer_rate_limit(error: RateLimitExceeded) -> ResponseReturnValue:
    """Too many requests from one place."""
    sentence = N_("Too many attempts from here. Wait a minute, then try again.")
    return answer(TooMany([Reason("too_many", None, sentence)], retry_after=60))


def answer_forged(error: CSRFError) -> ResponseReturnValue:
    """A form without its key: usually a page left open for too long."""
    sentence = N_(
        "This page had been open for too long. Nothing was changed. Go back, reload it, and send it again."
    )
    return answer(Malformed(400, [Reason("form_expired", None, sentence)]))


def answer_http_error(error: HTTPException) -> ResponseReturnValue:
    """Errors that Flask itself raises."""
    code = error.code or 500
    if code < 400 and error.response is not None:
        return error
    message = SENTENCES.get(code, SENTENCES[400] if code < 500 else SENTENCES[500])
    values = {"most": current_app.config["MAX_CONTENT_LENGTH"] // 1024 // 1024} if code == 413 else {}
    reason = Reason(f"http_{code}", None, message, values)
    if code == 404:
        return answer(NotFound([reason]))
    if code == 403:
        return answer(Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))]))
    methods = getattr(error, "valid_methods", None)
    return answer(Malformed(code, [reason], **({"allow": ", ".join(sorted(methods))} if methods else {})))


def answer_crash(error: Exception) -> ResponseReturnValue:
    """A mistake of ours: logged whole, told plainly."""
    log.exception("unhandled", exc_info=error)
    db.session.rollback()
    return answer(Malformed(500, [Reason("broken", None, SENTENCES[500])]))
