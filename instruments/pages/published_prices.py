"""The published prices of an instrument as its page shows them: the reader's class first, with the reason why it is theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext

from instruments.catalog.models import Instrument
from instruments.people.customer import payer_of
from instruments.people.rights import Actor
from instruments.rates import words
from instruments.rates.listed import price_list
from instruments.rates.owners import owner_of
from instruments.rates.views.doors import class_names
from instruments.web.reasons import sentence


def published_prices(row: Instrument, actor: Actor | None, now: datetime) -> dict[str, Any]:
    """What holds today; "modes" is empty where no price is set."""
    listed = price_list(owner_of("instrument", row.id), payer_of(actor) if actor else None, now)
    classes = class_names(row.lab_id)
    return {
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
        "coming": listed.coming,
        "words": words,
    }


def _mode(mode: str) -> str:
    return gettext(words.MODE_WORDS[mode])
