"""The limits on reservations as a form: a lab's, and what one instrument sets instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability.hours import today_at
from instruments.availability.owners import Owner, lab_of
from instruments.availability.views.doors import scope_of, the_owner
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.reservations.dating import dated_of
from instruments.reservations.limit_words import choices, instead_words, labels, named_limits
from instruments.reservations.limiting import defaults_for, rules_row, set_rules, version_of
from instruments.reservations.limits import LIMITS, Limit, objections
from instruments.reservations.presets import Preset, presets
from instruments.reservations.views.doors import pages, version_again
from instruments.reservations.views.limit_fields import in_form_order, typed_limits
from instruments.web import clock
from instruments.web.language import in_language

ADDRESS = "/<any(labs, instruments):kind>/<int:owner_id>/rules"


@pages.get(ADDRESS)
def rules(kind: str, owner_id: int) -> ResponseReturnValue:
    """What is set, and what holds where nothing is; with ?preset=, filled in from one."""
    owner = the_owner(kind, owner_id)
    require(Action.RULES_EDIT, scope_of(owner))
    row = rules_row(owner)
    typed = {name: "" if row is None or getattr(row, name) is None else getattr(row, name) for name in LIMITS}
    preset = presets().get(request.args.get("preset", ""))
    if preset:
        typed = dict.fromkeys(LIMITS, "") | preset.limits_over(defaults_for(owner))
    filled = in_language(*preset.name) if preset else None
    return _page(kind, owner, typed, version_of(owner), filled=filled)


@pages.post(ADDRESS)
def save_rules(kind: str, owner_id: int) -> ResponseReturnValue:
    """Set them all at once."""
    owner = the_owner(kind, owner_id)
    actor, now = require(Action.RULES_EDIT, scope_of(owner)), clock.now()
    version = request.form.get("version", 0, type=int)
    try:
        own = _read(owner)

        def act() -> None:
            # The deed ended the transaction that the owner was read in.
            set_rules(actor, the_owner(kind, owner_id), own, version, now)

        perform(act)
    except Refusal as refusal:
        seen = version_again(refusal, version, lambda: version_of(the_owner(kind, owner_id)))
        typed = {name: request.form.get(name, "") for name in LIMITS}
        return _page(kind, the_owner(kind, owner_id), typed, seen, refusal), refusal.status
    flash(gettext("Rules saved. Bookings that are made stay as they are."), "free")
    return redirect(url_for(".rules", kind=kind, owner_id=owner_id), 303)


def _read(owner: Owner) -> dict[str, Limit]:
    own, unread = typed_limits(request.form)
    if unread:
        names = [reason.field or "" for reason in unread]
        raise Refusal([*unread, *objections(own, defaults_for(owner), names)])
    return own


def _page(
    kind: str,
    owner: Owner,
    typed: Mapping[str, Any],
    version: int,
    refusal: Refusal | None = None,
    filled: str | None = None,
) -> str:
    now = clock.now()
    today = today_at(owner, now)
    return render_template(
        "reservations/rules.html",
        kind=kind,
        owner=owner,
        lab=lab_of(owner),
        typed=typed,
        version=version,
        reasons=in_form_order(refusal),
        instead=instead_words(defaults_for(owner)),
        choices=choices(),
        filled=filled,
        labels=labels(),
        presets=[(each.key, _offered(each)) for each in presets().values()],
        dated=[
            {
                "row": row,
                "words": named_limits(row),
                "begun": row.valid_from <= today,
                "season": in_language(row.season.name_en, row.season.name_zh) if row.season else "",
            }
            for row in dated_of(owner, now)
        ],
    )


def _offered(preset: Preset) -> str:
    return gettext("%(name)s: %(words)s", name=in_language(*preset.name), words=in_language(*preset.words))
