"""The kinds of violation that a lab knows, as a page: add one, change one, give one up."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability.views.doors import scope_of
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.reservations.conduct.kinds import (
    Wanted,
    add_kind,
    change_kind,
    kinds_of,
    objections,
    the_kind,
)
from instruments.reservations.conduct.rules import Consequence
from instruments.reservations.conduct.views.doors import LAB, pages, the_lab
from instruments.reservations.conduct.words import kind_name, rule_words
from instruments.typed import signed
from instruments.web import clock
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

NUMBERS = ("suspended_days", "after", "expires_days")
NEW = {"name_en": "", "name_zh": "", "suspended_days": 0, "after": 1, "expires_days": 365, "in_use": "1"}


@pages.get(f"{LAB}/kinds")
def kinds(lab_id: int) -> ResponseReturnValue:
    """Those of the lab, and the form of a new one, or of the one chosen."""
    lab = the_lab(lab_id)
    require(Action.RULES_EDIT, scope_of(lab))
    chosen = request.args.get("kind", type=int)
    if chosen is None:
        return _page(lab, NEW, 0, None)
    row = _of(lab, chosen)
    return _page(lab, {name: getattr(row, name) for name in NEW}, row.version, chosen)


@pages.post(f"{LAB}/kinds")
def save_kind(lab_id: int) -> ResponseReturnValue:
    """Add it, or change the one chosen."""
    actor, now = require(Action.RULES_EDIT, scope_of(the_lab(lab_id))), clock.now()
    chosen, version = request.form.get("kind", type=int), request.form.get("version", 0, type=int)
    try:
        wanted = _wanted()

        def act() -> None:
            lab = the_lab(lab_id)
            if chosen is None:
                add_kind(actor, lab, wanted, now)
            else:
                change_kind(actor, lab, _of(lab, chosen), wanted, version, now)

        perform(act)
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        lab = the_lab(lab_id)
        seen = _of(lab, chosen).version if refusal.status == 412 and chosen else version
        return _page(lab, dict(request.form), seen, chosen, refusal), refusal.status
    flash(gettext("Saved. What was recorded before stays as it was."), "free")
    return redirect(url_for(".kinds", lab_id=lab_id), 303)


def _of(lab: Lab, kind_id: int) -> Any:
    kind = the_kind(kind_id)
    if kind.lab_id != lab.id:
        return the_kind(0)  # raises as for none
    return kind


def _wanted() -> Wanted:
    """What was typed; raises Refusal with every reason why it cannot be read or cannot stand."""
    form, numbers, unread = request.form, {}, []
    for name in NUMBERS:
        text = form.get(name, "").strip()
        found = signed(text)
        if found is not None:
            numbers[name] = found
        else:
            unread.append(Reason("number", name, N_("Enter a whole number.")))
    names = (" ".join(form.get(name, "").split()) for name in ("name_en", "name_zh"))
    wanted = Wanted(*names, Consequence(**numbers), bool(form.get("in_use")))
    if unread:
        named = {reason.field for reason in unread}
        raise Refusal([*unread, *(each for each in objections(wanted) if each.field not in named)])
    return wanted


def _page(
    lab: Lab, typed: dict[str, Any], version: int, chosen: int | None, refusal: Refusal | None = None
) -> str:
    return render_template(
        "reservations/violation_kinds.html",
        lab=lab,
        lab_name=in_language(lab.name_en, lab.name_zh),
        rows=[
            {
                "id": row.id,
                "name": kind_name(row),
                "rule": rule_words(row.consequence()),
                "in_use": row.in_use,
            }
            for row in kinds_of(lab.id)
        ],
        typed=typed,
        version=version,
        chosen=chosen,
        reasons=by_field(refusal),
    )
