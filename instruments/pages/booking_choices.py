"""The booking form on an instrument's page: filled from the address, with the choices of the person who reads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask_babel import gettext

from instruments.pages.week import Shown
from instruments.people.rights import Actor
from instruments.reservations import choices
from instruments.reservations.approval_words import before_the_click
from instruments.reservations.asking import has_to_ask_for
from instruments.reservations.bookable import Bookable
from instruments.reservations.booking import LONGEST_TITLE
from instruments.reservations.series.words import weekday_choices
from instruments.web import formats


def booking_choices(
    actor: Actor, thing: Bookable, shown: Shown, told: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """Arguments for parts/booking_form.html: what is typed already, and the choices of this person.

    told: what the address says, for whoever had filled in the form before signing in.
    """
    units = choices.units(actor)
    typed: dict[str, Any] = {
        name: shown.fields.get(name, "") for name in ("day", "from", "until_day", "until")
    }
    whom = choices.for_whom(actor, thing, now)
    approval, always = before_the_click(thing, actor)
    span = shown.chosen.seconds if shown.chosen else None
    asks = always or bool(span and has_to_ask_for(thing, actor, span))
    typed |= {
        "user": "" if whom["finder"] else actor.person_id,
        "unit": units[0][0] if units else "",
        "purpose": told.get("purpose", "research"),
        "title": told.get("title", "")[:LONGEST_TITLE],
        "public_title": bool(told.get("public_title")),
        "hazardous": bool(told.get("hazardous")),
        "second_person": told.get("second_person", "")[:254],
    }
    return {
        "typed": typed,
        "said": formats.when(shown.chosen, shown.zone.key) if shown.chosen else None,
        "own_time": formats.own_time(shown.chosen, shown.zone.key) if shown.chosen else "",
        **whom,
        "units": units,
        "purposes": choices.purposes(),
        "weekdays": weekday_choices(),
        "hidden": {"key": uuid4().hex},
        "approval": approval,
        "safety": choices.safety(thing),
        "submit": gettext("Ask the lab") if asks else None,
    }
