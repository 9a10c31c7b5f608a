"""Doors of reservations as pages: booking, one's own, one reservation, and the limits of labs and instruments."""

from instruments.reservations.views import (
    approval_rule,
    approvals,
    book,
    dated_limits,
    limits,
    mine,
    one,
    quotas,
)
from instruments.reservations.views.doors import pages

__all__ = ["approval_rule", "approvals", "book", "dated_limits", "limits", "mine", "one", "pages", "quotas"]
