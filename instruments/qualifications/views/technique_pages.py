"""The techniques of a lab or an institution as pages: add one, change its name and instruments, remove it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.models import Institution, Lab
from instruments.people.rights import Action, Actor
from instruments.people.signing import require
from instruments.qualifications import techniques
from instruments.qualifications.techniques import Owner
from instruments.qualifications.views.doors import pages, the
from instruments.web import clock
from instruments.web.fields import numbers_ticked
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import flash_or_raise, show_or_raise

ADDRESS = "/<any(labs, institutions):kind>/<int:owner_id>/techniques"


@pages.get(ADDRESS)
def techniques_of(kind: str, owner_id: int) -> ResponseReturnValue:
    """The techniques, and the form for a new one."""
    owner, _ = _entered(kind, owner_id)
    return _page(kind, owner, {})


@pages.post(ADDRESS)
def add_technique(kind: str, owner_id: int) -> ResponseReturnValue:
    """Add one."""
    _, actor = _entered(kind, owner_id)
    return _saved(kind, owner_id, actor, None)


@pages.get(f"{ADDRESS}/<int:number>")
def technique(kind: str, owner_id: int, number: int) -> ResponseReturnValue:
    """Change one: its names and its instruments."""
    owner, _ = _entered(kind, owner_id)
    row = techniques.the_technique(owner, number)
    typed = {"name_en": row.name_en, "name_zh": row.name_zh, "chosen": techniques.members_of(row.id)}
    return _page(kind, owner, typed | {"version": row.version}, number=number)


@pages.post(f"{ADDRESS}/<int:number>")
def change_technique(kind: str, owner_id: int, number: int) -> ResponseReturnValue:
    """Change it."""
    _, actor = _entered(kind, owner_id)
    return _saved(kind, owner_id, actor, number)


@pages.post(f"{ADDRESS}/<int:number>/remove")
def remove_technique(kind: str, owner_id: int, number: int) -> ResponseReturnValue:
    """Remove one for which nobody was ever qualified."""
    _, actor = _entered(kind, owner_id)
    now = clock.now()
    try:
        perform(lambda: techniques.remove_technique(actor, _owner(kind, owner_id), number, now))
    except Refusal as refusal:
        flash_or_raise(refusal, 422)
    else:
        flash(gettext("Removed."), "free")
    return redirect(url_for(".techniques_of", kind=kind, owner_id=owner_id), 303)


def _owner(kind: str, owner_id: int) -> Owner:
    return the(Lab, owner_id) if kind == "labs" else the(Institution, owner_id)


def _entered(kind: str, owner_id: int) -> tuple[Owner, Actor]:
    owner = _owner(kind, owner_id)
    return owner, require(Action.RULES_EDIT, techniques.scope_of(owner))


def _saved(kind: str, owner_id: int, actor: Actor, number: int | None) -> ResponseReturnValue:
    form, now, chosen = request.form, clock.now(), numbers_ticked("instruments")
    names = (form.get("name_en", "").strip(), form.get("name_zh", "").strip())
    version = form.get("version", 0, type=int)

    def act() -> int:
        owner = _owner(kind, owner_id)
        row = None if number is None else techniques.the_technique(owner, number)
        return techniques.set_technique(actor, owner, row, names, chosen, version, now).id

    try:
        perform(act)
    except Refusal as refusal:
        show_or_raise(refusal)
        typed = {"name_en": names[0], "name_zh": names[1], "chosen": chosen, "version": version}
        return _page(kind, _owner(kind, owner_id), typed, refusal, number), refusal.status
    flash(gettext("Saved."), "free")
    return redirect(url_for(".techniques_of", kind=kind, owner_id=owner_id), 303)


def _page(
    kind: str, owner: Owner, typed: dict[str, Any], refusal: Refusal | None = None, number: int | None = None
) -> str:
    several = not isinstance(owner, Lab)
    return render_template(
        "qualifications/techniques.html",
        kind=kind,
        owner=owner,
        rows=techniques.techniques_of(owner),
        instruments=[
            (
                row.id,
                in_language(row.name_en, row.name_zh)
                + (f" ({in_language(row.lab_en, row.lab_zh)})" if several else ""),
            )
            for row in techniques.instruments_for(owner)
        ],
        typed=typed,
        number=number,
        reasons=by_field(refusal),
    )
