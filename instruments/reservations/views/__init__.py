"""Doors of reservations as pages: booking, one's own, one reservation, the waitlist, and the limits of labs and instruments."""

from instruments.reservations.views import (
    again,
    approval_rule,
    approvals,
    book,
    dated_limits,
    demand,
    limits,
    mine,
    one,
    payers,
    price,
    quotas,
    series,
    series_change,
    series_plan,
    waitlist,
)
from instruments.reservations.views.doors import pages

__all__ = [
    "again", "approval_rule", "approvals", "book", "dated_limits", "demand", "limits", "mine", "one", "pages", "payers",
    "price", "quotas", "series", "series_change", "series_plan", "waitlist",
]  # fmt: skip
