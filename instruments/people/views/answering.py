"""The blueprint of people's pages, and how its doors answer: a page, or a form with its reasons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.errors import Refusal
from instruments.people import signing, words
from instruments.web import clock
from instruments.web.fields import number_typed
from instruments.web.reasons import by_field
from instruments.web.views import local_path

pages = Blueprint("people", __name__)
# Refusals that a form can show; the others are pages of their own.
SHOWN_IN_FORMS = (409, 412, 422, 429)


@pages.context_processor
def names_of_codes() -> dict[str, Any]:
    """The tables of words, for the templates."""
    return {"words": words, "zip_same": lambda values: [(value, value) for value in values]}


def today() -> date:
    """The date on which roles and memberships begin and end now."""
    return signing.today(clock.now())


def cost() -> str:
    """How dear passwords are kept here."""
    return str(current_app.config["PASSWORD_COST"])


def answer(template: str, refusal: Refusal | None = None, **context: Any) -> ResponseReturnValue:
    """The page, with the reasons of a refusal beside its fields."""
    page = render_template(template, reasons=by_field(refusal), refusal=refusal, **context)
    if refusal is None:
        return page
    headers = {"Retry-After": str(refusal.details["retry_after"])} if "retry_after" in refusal.details else {}
    return page, refusal.status, headers


def for_form(refusal: Refusal) -> Refusal:
    """The refusal, if a form can show it; else it is raised again."""
    if refusal.status not in SHOWN_IN_FORMS:
        raise refusal
    return refusal


def typed(row: object | None, fields: Iterable[str]) -> dict[str, Any]:
    """What the fields of a form show: what was typed, else what the row says."""
    if request.method == "POST":
        return request.form.to_dict()
    return {field: getattr(row, field, "") for field in fields} if row is not None else {}


def version() -> int | None:
    """The version of what a form changes."""
    return number_typed("version")


def done(address: str, message: str, **values: Any) -> ResponseReturnValue:
    """Go on to an address (of this site), saying what was done."""
    flash(gettext(message, **values), "free")
    return redirect(local_path(address))
