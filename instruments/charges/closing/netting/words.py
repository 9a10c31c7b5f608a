"""What the states of a proposal are called, and why one lapsed, in words for readers."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext

from instruments.charges.closing.netting.seeing import Shown
from instruments.charges.closing.papers import number_of
from instruments.charges.settlement_models import (
    ACCEPTED,
    ACCEPTED_BY_ONE,
    DECLINED,
    DISPUTED,
    LAPSED,
    PAID,
    PROPOSED,
    REVERSED,
    WITHDRAWN,
)
from instruments.errors import N_

STATES: Mapping[str, str] = {
    PROPOSED: N_("Proposed"),
    ACCEPTED_BY_ONE: N_("Accepted by one side"),
    ACCEPTED: N_("Netted"),
    DECLINED: N_("Declined"),
    WITHDRAWN: N_("Withdrawn"),
    LAPSED: N_("Lapsed"),
}
# What is said to who answered it, by what it is then.
ANSWERED: Mapping[str, str] = {
    ACCEPTED_BY_ONE: N_("Accepted for your side. It is netted as soon as the other finance office accepts."),
    ACCEPTED: N_("Netted: it is booked on both sides, and the other finance office is told."),
    DECLINED: N_("Declined. The other finance office is told why."),
    WITHDRAWN: N_("Withdrawn. The other finance office is told; its statements can be proposed anew."),
}
WHY: Mapping[str, str] = {
    PAID: N_("It lapsed, because statement %(number)s was paid meanwhile. Nothing was netted."),
    DISPUTED: N_(
        "It lapsed, because a charge on statement %(number)s came into dispute meanwhile. Nothing was netted."
    ),
    REVERSED: N_(
        "It lapsed, because a charge on statement %(number)s was corrected meanwhile. Nothing was netted."
    ),
}


def why_lapsed(shown: Shown) -> list[str]:
    """The sentence that says it, where it lapsed."""
    because, over = shown.row.lapsed_because, shown.lapsed_over
    return [gettext(WHY[because], number=number_of(over))] if because and over is not None else []
