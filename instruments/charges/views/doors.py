"""What the doors of charges share: the blueprint, noting a look at others' money, reading amounts, the words of a row."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext

from instruments.charges.closing.months import is_month
from instruments.charges.listing import VIEWS, Which
from instruments.charges.looking import note_look
from instruments.charges.states import DISPUTED, DRAFT, NAMES, POSTED, REVERSED, STATE_NAMES
from instruments.database.transactions import perform
from instruments.errors import N_, Reason
from instruments.money import Money
from instruments.people.rights import Actor
from instruments.typed import day, decimal, whole
from instruments.web import clock, formats, paging
from instruments.web.language import in_language

pages = Blueprint("charges", __name__)
A_PAGE = 25
TONES = {
    DRAFT: ("accent", "hourglass"),
    POSTED: ("free", "circle-check"),
    DISPUTED: ("warn", "triangle-alert"),
    REVERSED: ("", "ban"),
}


def looked(
    actor: Actor,
    thing: tuple[str, int],
    institution_id: int | None,
    lab_id: int | None = None,
    what: str = "",
) -> None:
    """Note that the actor looked at money that is not their own; what: of a place, which list."""
    perform(partial(note_look, actor, thing, clock.now(), institution_id, lab_id, what))


def which() -> Which:
    """What the address asks for: a month ("2027-02") or two days of the service ("2027-01-01..2027-03-31"), a state, an
    instrument; what cannot be is left out."""
    when, state = request.args.get("month", ""), request.args.get("state", "")
    first, _, last = (day(part) for part in when.partition(".."))
    if first is None or last is None or first > last:
        first = last = None
    number = whole(request.args.get("instrument", ""))
    return Which(
        when if is_month(when) else "",
        state if state in VIEWS else "",
        first=first,
        last=last,
        instrument_id=number or None,
    )


def after() -> tuple[date, int] | None:
    """After which charge the page begins."""
    found = paging.decode(request.args.get("after"), (str, int))
    if found is None:
        return None
    try:
        return date.fromisoformat(found[0]), found[1]
    except ValueError:
        return None


def money_typed(name: str, currency: str, reasons: list[Reason]) -> Money | None:
    """An amount from the form; None and a reason where it is none."""
    found = decimal(request.form.get(name, ""))
    try:
        if found is not None:
            return Money(found, currency)
    except ValueError:
        pass
    reasons.append(Reason("no_amount", name, N_("Enter an amount such as 120.50.")))
    return None


def line(row: Any) -> dict[str, Any]:
    """A charge of a list, in words."""
    tone, picture = TONES[row.state]
    waits = row.waits_for_second
    return {
        "id": row.id,
        "what": in_language(row.instrument_en, row.instrument_zh)
        if row.instrument_id
        else gettext(NAMES[row.kind]),
        "kind": "" if row.kind == "use" else gettext(NAMES[row.kind]),
        "lab": in_language(row.lab_en, row.lab_zh),
        "user": in_language(row.user_en, row.user_zh) if row.user_id else "",
        "on": row.service_on,
        "amount": Money.from_units(row.total_units, row.currency).amount,
        "currency": row.currency,
        "mark": (
            gettext("Waits for a second person") if waits else gettext(STATE_NAMES[row.state]),
            tone,
            picture,
        ),
        "later": bool(row.month) and row.month != f"{row.service_on:%Y-%m}",
        "month": month_words(row.month),
    }


def month_words(month: str | None) -> str:
    """A month of the books, "2027-03", in words; empty for none."""
    return formats.month(month) if month else ""
