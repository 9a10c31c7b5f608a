"""The booking form on an instrument's page: filled from the address, with the choices of the person who reads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from instruments.pages.week import Shown
from instruments.people.rights import Actor
from instruments.reservations import choices
from instruments.reservations.approval_words import before_the_click
from instruments.reservations.bookable import Bookable
from instruments.reservations.booking import LONGEST_TITLE
from instruments.reservations.series.words import weekday_choices
from instruments.reservations.views.price import form_price
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
    typed |= {
        "user": told.get("user", "")[:254] or ("" if whom["finder"] else actor.person_id),
        "unit": told.get("unit", "") or (units[0][0] if units else ""),
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
        "approval": before_the_click(thing, actor)[0],
        "safety": choices.safety(thing),
        "price": form_price(thing, actor, told, now),
    }
