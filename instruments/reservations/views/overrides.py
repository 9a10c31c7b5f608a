"""The field with which lab staff override limits and quotas, where that is all that stands against a time."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.errors import Refusal
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable
from instruments.reservations.overriding import is_overridable, may_override
from instruments.reservations.who_asks import Asking


def typed_override(form: Mapping[str, str]) -> str:
    """Why the rules are overridden, on one line; empty when they are not."""
    return " ".join(form.get("override", "").split())


def offers_override(actor: Actor, user: Actor | None, thing: Bookable, refusal: Refusal) -> bool:
    """Whether this person may override all that stands against it."""
    if user is None or not may_override(Asking(actor, user), thing):
        return False
    against = [reason for reason in refusal.reasons if reason.field != "override"]
    tried = len(against) < len(refusal.reasons)
    return tried or (bool(against) and all(map(is_overridable, against)))
