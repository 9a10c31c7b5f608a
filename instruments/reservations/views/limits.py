"""The limits on reservations as a form: a lab's, and what one instrument sets instead."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability.owners import Owner, lab_of
from instruments.availability.views.doors import scope_of, the_owner
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.reservations.limiting import defaults_for, rules_row, set_rules
from instruments.reservations.limits import LIMITS, objections
from instruments.reservations.views.doors import pages
from instruments.web import clock, formats
from instruments.web.reasons import by_field

ADDRESS = "/<any(labs, instruments):kind>/<int:owner_id>/rules"


@pages.get(ADDRESS)
def rules(kind: str, owner_id: int) -> ResponseReturnValue:
    """What is set, and what holds where nothing is."""
    owner = the_owner(kind, owner_id)
    require(Action.RULES_EDIT, scope_of(owner))
    row = rules_row(owner)
    typed = {name: "" if row is None or getattr(row, name) is None else getattr(row, name) for name in LIMITS}
    return _page(kind, owner, typed, row.version if row else 0)


@pages.post(ADDRESS)
def save_rules(kind: str, owner_id: int) -> ResponseReturnValue:
    """Set them all at once."""
    owner = the_owner(kind, owner_id)
    actor, now = require(Action.RULES_EDIT, scope_of(owner)), clock.now()
    version = request.form.get("version", 0, type=int)
    try:
        own = _numbers(owner)

        def act() -> None:
            # The deed ended the transaction that the owner was read in.
            set_rules(actor, the_owner(kind, owner_id), own, version, now)

        perform(act)
    except Refusal as refusal:
        db.session.rollback()
        if refusal.status not in (412, 422):
            raise
        row = rules_row(the_owner(kind, owner_id))
        seen = (row.version if row else 0) if refusal.status == 412 else version
        typed = {name: request.form.get(name, "") for name in LIMITS}
        return _page(kind, the_owner(kind, owner_id), typed, seen, refusal), refusal.status
    flash(gettext("Rules saved. Bookings that are made stay as they are."), "free")
    return redirect(url_for(".rules", kind=kind, owner_id=owner_id), 303)


def _numbers(owner: Owner) -> dict[str, int | None]:
    typed = {name: request.form.get(name, "").strip() for name in LIMITS}
    read = {name: text.isascii() and text.isdigit() and len(text) < 9 for name, text in typed.items()}
    own = {name: int(text) if read[name] else None for name, text in typed.items()}
    unread = [name for name, text in typed.items() if text and not read[name]]
    if unread:
        reasons = [Reason("number", name, N_("Enter a whole number.")) for name in unread]
        raise Refusal(reasons + objections(own, defaults_for(owner), unread))
    return own


def _page(
    kind: str, owner: Owner, typed: dict[str, Any], version: int, refusal: Refusal | None = None
) -> str:
    defaults = defaults_for(owner)
    return render_template(
        "reservations/rules.html",
        kind=kind,
        owner=owner,
        lab=lab_of(owner),
        typed=typed,
        version=version,
        reasons=by_field(refusal),
        instead={name: _in_words(name, getattr(defaults, name)) for name in LIMITS},
    )


def _in_words(name: str, value: int) -> str:
    if name == "horizon_days":
        return gettext("%(days)s days", days=formats.count(value))
    return formats.length(timedelta(minutes=value)) if value else gettext("none")
