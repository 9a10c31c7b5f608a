"""What came in for a statement, went back, and is still open, in words and figures that add up: for pages, papers and files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext

from instruments.charges.closing.standing import Standing
from instruments.charges.payment_models import NETTING, REFUND, SET_OFF
from instruments.errors import N_

# The heads of what moved.
MOVED = (N_("Day"), N_("What"), N_("Account"), N_("Reference"), N_("Amount"))


def steps(at: Standing) -> list[tuple[str, int]]:
    """How one comes from what was to be paid to what is left, in minor units; nothing where nothing came in or went back."""
    moved = [
        (gettext("Received"), -at.received),
        (gettext("Refunded"), at.given_back),
        (gettext("Set off"), at.set_off),
    ]
    found = [*((label, units) for label, units in moved if units), *kept(at)]
    return [*found, last_step(at)] if found else []


def kept(at: Standing) -> list[tuple[str, int]]:
    """What of the sum received does not pay this statement and was not given back either."""
    found = [
        (gettext("Of it pays other statements"), at.elsewhere),
        (gettext("On account, pays nothing yet"), at.on_account),
    ]
    return [(label, units) for label, units in found if units]


def last_step(at: Standing) -> tuple[str, int]:
    """What is left, under its name; what is owed back is below zero."""
    return (gettext("Still to pay") if at.left >= 0 else gettext("Owed back"), at.left)


def what_moved(row: Any) -> str:
    """What a movement is: received, given back to the account that paid, netted, or set off."""
    if row.kind == SET_OFF:
        return gettext("Set off")
    if row.kind == REFUND:
        return gettext("Refunded")
    return gettext("Netted") if row.kind == NETTING else gettext("Received")


def reference_of(row: Any) -> str:
    """Under which reference, in which netting, or against which statement."""
    if row.kind == SET_OFF:
        return gettext("Statement %(number)s", number=f"{row.other_year}-{row.other_number:04}")
    return row.reference if row.proposal_id is None else gettext("Netting %(number)s", number=row.proposal_id)


def signed(row: Any) -> int:
    """By how much a movement changes what is open, in minor units: received is below zero."""
    return int(row.received) if row.gives_back else -int(row.received)


def rows_of(movements: Sequence[Any]) -> list[tuple[str, str, str, str, int]]:
    """Each movement as (day, what, account, reference, by how much it changes what is open)."""
    return [
        (f"{row.day:%Y-%m-%d}", what_moved(row), row.bank_account, reference_of(row), signed(row))
        for row in movements
    ]
