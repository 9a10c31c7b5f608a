"""The published prices of a lab, an instrument or a service as a page shows them: the reader's class first, with the reason."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from instruments.people.customer import payer_of
from instruments.people.rights import Action, Actor, may
from instruments.rates import words
from instruments.rates.listed import PriceList, price_list
from instruments.rates.owners import CardOwner
from instruments.rates.views.doors import class_names
from instruments.web.reasons import sentence


def published_prices(
    owner: CardOwner, actor: Actor | None, now: datetime, on: date | None = None
) -> dict[str, Any]:
    """What holds on a day, today without one; "modes" is empty where no price is set, "next" what holds after it, or None."""
    finer = may(actor, Action.PRICES_SEE, owner.scope)
    payer = payer_of(actor) if actor else None
    classes = class_names(owner.lab.id)
    listed = price_list(owner, payer, now, on, finer=finer)
    shown = _shown(listed, classes)
    if listed.changes:
        shown["next"] = _shown(price_list(owner, payer, now, listed.changes, finer=finer), classes)
    return shown


def _shown(listed: PriceList, classes: dict[str, str]) -> dict[str, Any]:
    return {
        "day": listed.day,
        "modes": [
            (_mode(mode), gettext("Prices, table: %(mode)s", mode=_mode(mode)), lines)
            for mode in listed.modes
            if (lines := listed.lines(mode))
        ],
        "said": listed.said,
        "currency": listed.said.currency if listed.said else "",
        "customers": listed.customers,
        "classes": classes,
        "own": listed.own.key if listed.own else None,
        "own_name": classes.get(listed.own.key, "") if listed.own else "",
        "why": sentence(listed.own.why) if listed.own else "",
        "of_the_lab": listed.of_the_lab,
        "changes": listed.changes,
        "next": None,
        "words": words,
    }


def _mode(mode: str) -> str:
    return gettext(words.MODE_WORDS[mode])
