"""The limits in words: what each is called, and what a value of it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext, ngettext

from instruments.reservations.limits import AFTER_USE, CHOICES, LIMITS, WINDOWS, BookingRules, Limit
from instruments.web import formats


def labels() -> dict[str, str]:
    """What each limit is called where it is set."""
    return {
        "grid_minutes": gettext("Steps, in minutes"),
        "shortest_minutes": gettext("Shortest, in minutes"),
        "longest_minutes": gettext("Longest, in minutes"),
        "lead_minutes": gettext("Lead time, in minutes"),
        "horizon_days": gettext("Horizon, in days"),
        "buffer_minutes": gettext("Buffer after, in minutes"),
        "before_minutes": gettext("Buffer before, in minutes"),
        "cutoff_minutes": gettext("Cut-off, in minutes"),
        "lab_days": gettext("Own lab, in days"),
        "institution_days": gettext("Own institution, in days"),
        "partners_days": gettext("Universities and institutes, in days"),
        "companies_days": gettext("Companies, in days"),
        "consecutive_minutes": gettext("In a row, in minutes"),
        "names_seen": gettext("Whose names others see"),
        "payer_named": gettext("When somebody is named who pays"),
    }


def seen_words(seen: str) -> str:
    """Who sees whose a reservation is."""
    match seen:
        case "group":
            return gettext("Members of the same group")
        case "institution":
            return gettext("Members of the same institution")
        case "everybody":
            return gettext("Everybody who is signed in")
        case _:
            return gettext("Nobody but the lab")


def payer_words(when: str) -> str:
    """Until when somebody is named who pays for what has a price."""
    return gettext("After the use at the latest") if when == AFTER_USE else gettext("When it is booked")


CHOICE_WORDS: Mapping[str, Callable[[str], str]] = {"names_seen": seen_words, "payer_named": payer_words}


def choices() -> dict[str, list[tuple[str, str]]]:
    """The limits that are chosen: what can be chosen, in words."""
    return {name: [(each, CHOICE_WORDS[name](each)) for each in known] for name, known in CHOICES.items()}


def value_words(name: str, value: Limit) -> str:
    """What a limit says: a length, days, or who."""
    if name in CHOICES:
        return CHOICE_WORDS[name](str(value))
    if value is None:
        return gettext("as for everybody") if name in WINDOWS else gettext("none")
    if name.endswith("_days"):
        return ngettext("%(days)s day", "%(days)s days", int(value), days=formats.count(int(value)))
    return formats.length(timedelta(minutes=int(value))) if value else gettext("none")


def instead_words(defaults: BookingRules) -> dict[str, str]:
    """What holds for each limit that is left empty."""
    return {name: value_words(name, getattr(defaults, name)) for name in LIMITS}


def named_limits(row: Any) -> list[str]:
    """The limits that a row sets, each as "name: value"."""
    return [
        gettext("%(limit)s: %(value)s", limit=_short(name), value=value_words(name, getattr(row, name)))
        for name in LIMITS
        if getattr(row, name) is not None
    ]


def set_words(name: str, value: Limit) -> str:
    """A limit as one owner sets it, "name: value"; an instrument that does not goes by its lab."""
    words = gettext("as the lab") if value is None else value_words(name, value)
    return gettext("%(limit)s: %(value)s", limit=_short(name), value=words)


def changed_words(before: BookingRules, after: BookingRules) -> list[str]:
    """What differs in the later rules, each as "name: value"."""
    return [
        gettext("%(limit)s: %(value)s", limit=_short(name), value=value_words(name, getattr(after, name)))
        for name in LIMITS
        if getattr(before, name) != getattr(after, name)
    ]


def _short(name: str) -> str:
    return {
        "grid_minutes": gettext("Time steps"),
        "shortest_minutes": gettext("Shortest"),
        "longest_minutes": gettext("Longest"),
        "lead_minutes": gettext("Lead time"),
        "horizon_days": gettext("Horizon"),
        "buffer_minutes": gettext("Buffer after"),
        "before_minutes": gettext("Buffer before"),
        "cutoff_minutes": gettext("Cut-off"),
        "lab_days": gettext("Own lab"),
        "institution_days": gettext("Own institution"),
        "partners_days": gettext("Universities and institutes"),
        "companies_days": gettext("Companies"),
        "consecutive_minutes": gettext("In a row"),
        "payer_named": gettext("Who pays is named"),
    }.get(name) or gettext("Names")


def overridden_words(codes: list[str]) -> list[str]:
    """The rules that were overridden, by the codes of the reasons that stood against it."""
    names = {
        "lead": gettext("Lead time"),
        "horizon": gettext("Horizon"),
        "grid": gettext("Time steps"),
        "too_short": gettext("Shortest"),
        "too_long": gettext("Longest"),
        "buffer": gettext("Buffer"),
        "in_a_row": gettext("In a row"),
        "quota": gettext("Quota"),
        "outside_hours": gettext("Hours of others"),
    }
    return [names.get(code, code) for code in codes]
