"""How an institution charges, as a page for its finance office."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.charges.changing_settings import change_settings
from instruments.charges.settings import Settings, settings_of
from instruments.charges.views.doors import pages
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import the_actor
from instruments.typed import decimal, whole
from instruments.web import clock
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

ADDRESS = "/institutions/<int:institution_id>/charging"


@pages.get(ADDRESS)
def settings(institution_id: int) -> ResponseReturnValue:
    """As it is set."""
    _entered(institution_id)
    now = settings_of([institution_id])[institution_id]
    typed = {
        "share": f"{Decimal(now.share_rate) / 100:f}", "tax": f"{Decimal(now.tax_rate) / 100:f}",
        "above": f"{Decimal(now.second_above_units) / 100:f}", "days": now.answer_days,
    }  # fmt: skip
    return _page(institution_id, typed, now.version)


@pages.post(ADDRESS)
def set_settings(institution_id: int) -> ResponseReturnValue:
    """Set it anew; what is posted stays as it was."""
    actor, now = _entered(institution_id), clock.now()
    version = request.form.get("version", 0, type=int)
    unread: list[Reason] = []
    wanted = _wanted(unread)
    try:
        perform(lambda: change_settings(actor, institution_id, wanted, version, now, unread))
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        seen = settings_of([institution_id])[institution_id].version if refusal.status == 412 else version
        return _page(institution_id, dict(request.form), seen, refusal), refusal.status
    flash(gettext("Saved. What is posted stays as it was."), "free")
    return redirect(url_for(".settings", institution_id=institution_id), 303)


def _wanted(unread: list[Reason]) -> Settings:
    """What was typed, nothing where it cannot be read, which adds a reason."""
    hundredths = dict.fromkeys(("share", "tax", "above"), 0)
    for name in hundredths:
        found = decimal(request.form.get(name, ""))
        if found is not None:
            hundredths[name] = int(found * 100)
        else:
            unread.append(Reason("number", name, N_("Write a number.")))
    days = whole(request.form.get("days", "").strip(), 4)
    if days is None:
        unread.append(Reason("number", "days", N_("Enter a whole number.")))
    return Settings(hundredths["share"], hundredths["tax"], hundredths["above"], days or 0)


def _entered(institution_id: int) -> Actor:
    actor = the_actor()
    home = db.session.get(Institution, institution_id)
    if home is None or not may(actor, Action.CHARGING_SET, Scope(institution_id=institution_id)):
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))])
    return actor


def _page(institution_id: int, typed: dict[str, Any], version: int, refusal: Refusal | None = None) -> str:
    home = db.session.get(Institution, institution_id)
    assert home is not None  # noqa: S101 - entered before
    return render_template(
        "charges/settings.html",
        home=home,
        name=in_language(home.name_en, home.name_zh),
        typed=typed,
        version=version,
        reasons=by_field(refusal),
    )
