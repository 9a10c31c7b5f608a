"""The fields of a set of limits: read from a form."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.errors import N_, Reason
from instruments.reservations.limits import CHOICES, NUMBERS, Limit
from instruments.typed import signed


def typed_limits(form: Mapping[str, str]) -> tuple[dict[str, Limit], list[Reason]]:
    """What was typed for each limit (None: nothing), and a reason for each that is no number."""
    own: dict[str, Limit] = {}
    reasons = []
    for name in NUMBERS:
        text = form.get(name, "").strip()
        # One below zero is a number, too: the limits say from which on they go.
        own[name] = signed(text)
        if text and own[name] is None:
            reasons.append(Reason("number", name, N_("Enter a whole number.")))
    own |= {name: form.get(name, "")[:20] or None for name in CHOICES}
    return own, reasons
