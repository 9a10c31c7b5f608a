"""How a lab's uses are kept, as a form: a lab's settings, and what one instrument has instead."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability.owners import Owner, lab_of
from instruments.availability.views.doors import scope_of, the_owner
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.usage.kinds import OFF, OPTIONAL, REQUIRED
from instruments.usage.rules import FIELDS, LIMITS, UsageRules, objections
from instruments.usage.setting import rules_of_lab, set_usage, settings_row
from instruments.usage.views.doors import number_in, pages
from instruments.web import clock
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

ADDRESS = "/<any(labs, instruments):kind>/<int:owner_id>/usage-settings"


@pages.get(ADDRESS)
def settings(kind: str, owner_id: int) -> ResponseReturnValue:
    """What is set."""
    owner = the_owner(kind, owner_id)
    require(Action.RULES_EDIT, scope_of(owner))
    return _page(kind, owner, _standing(owner), _version(owner))


@pages.post(ADDRESS)
def save_settings(kind: str, owner_id: int) -> ResponseReturnValue:
    """Set all of it at once."""
    owner = the_owner(kind, owner_id)
    actor, now = require(Action.RULES_EDIT, scope_of(owner)), clock.now()
    version = request.form.get("version", 0, type=int)
    try:
        wanted = _wanted()
        perform(lambda: set_usage(actor, the_owner(kind, owner_id), wanted, version, now))
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        owner = the_owner(kind, owner_id)
        seen = _version(owner) if refusal.status == 412 else version
        return _page(kind, owner, dict(request.form.items()), seen, refusal), refusal.status
    flash(gettext("Saved. It holds from now on."), "free")
    return redirect(url_for(".settings", kind=kind, owner_id=owner_id), 303)


def _version(owner: Owner) -> int:
    row = settings_row(owner)
    return row.version if row else 0


def _standing(owner: Owner) -> dict[str, Any]:
    row = settings_row(owner)
    own = {name: getattr(row, name, None) for name in FIELDS}
    own["walk_up"] = {True: "yes", False: "no", None: ""}[own["walk_up"]]
    return {name: "" if value is None else value for name, value in own.items()}


def _wanted() -> dict[str, Any]:
    reasons: list[Reason] = []
    wanted: dict[str, Any] = {name: number_in(name, reasons) for name in LIMITS}
    wanted["check_in"] = request.form.get("check_in") or None
    wanted["walk_up"] = {"yes": True, "no": False}.get(request.form.get("walk_up", ""))
    if reasons:
        named = {reason.field for reason in reasons}
        raise Refusal([*reasons, *(reason for reason in objections(wanted) if reason.field not in named)])
    return wanted


def _page(
    kind: str, owner: Owner, typed: dict[str, Any], version: int, refusal: Refusal | None = None
) -> str:
    lab = lab_of(owner)
    otherwise = UsageRules() if isinstance(owner, Lab) else rules_of_lab(lab.id)
    words = {OFF: gettext("Off"), OPTIONAL: gettext("Optional"), REQUIRED: gettext("Required")}
    return render_template(
        "usage/settings.html",
        kind=kind, owner=owner, lab=lab, typed=typed, version=version, reasons=by_field(refusal), otherwise=otherwise,
        check_ins=words,
    )  # fmt: skip
