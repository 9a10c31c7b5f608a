"""The fields of a set of limits: read from a form, and what is wrong with them in its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from instruments.errors import N_, Reason, Refusal
from instruments.reservations.limits import CHOICES, NUMBERS, WINDOWS, Limit
from instruments.typed import signed
from instruments.web.reasons import by_field

# As the form has them, from the top.
IN_FORM = (
    "grid_minutes", "shortest_minutes", "longest_minutes", "consecutive_minutes", "lead_minutes", "cutoff_minutes",
    "horizon_days", *WINDOWS, "before_minutes", "buffer_minutes", *CHOICES,
)  # fmt: skip


def in_form_order(refusal: Refusal | None, before: Sequence[str] = ()) -> dict[str, list[str]]:
    """The sentences by field, in the order of the form, so that its summary is read from the top; before: the fields
    above the limits."""
    order = {name: place for place, name in enumerate(("", *before, *IN_FORM))}
    found = by_field(refusal)
    return {name: found[name] for name in sorted(found, key=lambda name: order.get(name, len(order)))}


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
