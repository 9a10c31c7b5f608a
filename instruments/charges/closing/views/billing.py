"""What an institution's statements say of itself, as a page for its finance office."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.charges.closing.billing import DAYS, TEXTS, set_details
from instruments.charges.closing.letterheads import details
from instruments.charges.closing.views.doors import HOUSE, pages, the_house
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.rights import Action
from instruments.web import clock, versions
from instruments.web.reasons import by_field, in_full

ADDRESS = f"{HOUSE}/billing"


@pages.get(ADDRESS)
def billing(institution_id: int) -> ResponseReturnValue:
    """The billing details."""
    return _page(institution_id)


@pages.post(ADDRESS)
def set_billing(institution_id: int) -> ResponseReturnValue:
    """Change them."""
    actor, _ = the_house(institution_id, Action.CHARGING_SET)
    wanted: dict[str, Any] = {name: request.form.get(name, "").strip() for name in TEXTS}
    wanted |= {name: request.form.get(name, type=int) for name in DAYS}
    act = partial(set_details, institution_id, wanted, versions.typed(), clock.now(), actor.person_id)
    try:
        perform(act)
    except Refusal as refusal:
        return _page(institution_id, refusal)
    flash(gettext("Saved. Statements issued from now on say so."), "free")
    return redirect(url_for(".billing", institution_id=institution_id), 303)


def _page(institution_id: int, refusal: Refusal | None = None) -> ResponseReturnValue:
    _, home = the_house(institution_id, Action.CHARGING_SET)
    row = details(institution_id)
    known = {name: getattr(row, name) for name in (*TEXTS, *DAYS)}
    typed = known | {name: request.form.get(name, "") for name in known} if refusal else known
    page = render_template(
        "charges/billing.html",
        home=home,
        typed=typed,
        version=row.version,
        reasons=by_field(refusal),
        sentences=[in_full(reason) for reason in refusal.reasons] if refusal else [],
    )
    db.session.rollback()
    return page, refusal.status if refusal else 200
