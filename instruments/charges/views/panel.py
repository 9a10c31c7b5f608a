"""What the page of a reservation says of its charges, for who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext
from markupsafe import Markup

from instruments.charges import listing
from instruments.charges.entered import standing_of_use
from instruments.charges.sight import visible
from instruments.charges.states import DRAFT, NAMES, USE
from instruments.charges.views.doors import line
from instruments.charges.worklist import lacks, lacks_of_use
from instruments.errors import N_
from instruments.money import Money
from instruments.people.rights import Action, Actor, Scope, may
from instruments.rates.kept import reasons_from_json
from instruments.web import formats
from instruments.web.reasons import sentence

MOST = 20
CARRIED = N_(
    "%(kind)s of %(amount)s: it stands about the corrected charge too, at most what that comes to. Reason: %(reason)s"
)


def panel(row: Any, actor: Actor, _now: datetime) -> str:
    """Each charge with its state; amounts only of one's own, as a look at others' money is noted where it is shown."""
    return _drawn(row, actor, listing.Which(reservation_id=row.id), lacks(row.id))


def of_use(row: Any, actor: Actor) -> str:
    """The same on the page of a use, with or without a reservation."""
    return _drawn(row, actor, listing.Which(use_id=row.id), lacks_of_use(row.id))


def _drawn(row: Any, actor: Actor, which: listing.Which, lacking: Sequence[Any]) -> str:
    own = row.user_id == actor.person_id
    rows = listing.page(visible(actor), which, None, MOST)
    staff = may(actor, Action.CHARGE_PREPARE, Scope(institution_id=row.owner_id, lab_id=row.lab_id))
    lines = [
        line(each) | {"is_draft": each.state == DRAFT and each.kind == USE and not lacking}
        for each in rows[:MOST]
    ]
    lacking = lacking if own or staff else ()
    if not rows and not lacking:
        return ""
    if not own:
        lines = [each | {"amount": None} for each in lines]
    return Markup(  # noqa: S704 - drawn by our own template
        render_template(
            "charges/panel.html",
            lines=lines,
            lacking=[sentence(reason) for reasons in lacking for reason in reasons_from_json(reasons)],
            worklist=url_for("charges.missing", lab_id=row.lab_id) if staff else "",
        )
    )


def carried(use_id: int) -> list[str]:
    """What was entered by hand about the charges of a use, and stands about the corrected ones too; said before."""
    found = []
    for each in standing_of_use(use_id):
        amount = formats.money(Money.from_units(abs(each.total_units), each.currency).amount, each.currency)
        kind, reason = gettext(NAMES[each.kind]), formats.own_words(each.reason)
        found.append(gettext(CARRIED, kind=kind, amount=amount, reason=reason))
    return found
