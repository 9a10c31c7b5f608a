"""What a charge can be, and what becomes of it: drafted, posted, disputed, reversed. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.errors import N_

USE, LATE, NO_SHOW = "use", "late", "no_show"
ADJUSTMENT, CREDIT, WAIVER, WRITE_OFF, REVERSAL = "adjustment", "credit", "waiver", "write_off", "reversal"
KINDS = (USE, LATE, NO_SHOW, ADJUSTMENT, CREDIT, WAIVER, WRITE_OFF, REVERSAL)
# What somebody enters, with a reason, and above a limit with a second person.
BY_HAND = (ADJUSTMENT, CREDIT, WAIVER, WRITE_OFF)
# What makes a charge less than it was.
LESSENING = (CREDIT, WAIVER, WRITE_OFF)
FEES = (LATE, NO_SHOW)

DRAFT, POSTED, DISPUTED, REVERSED = "draft", "posted", "disputed", "reversed"
STATES = (DRAFT, POSTED, DISPUTED, REVERSED)

NAMES: Mapping[str, str] = {
    USE: N_("Use of an instrument"),
    LATE: N_("Late cancellation or change"),
    NO_SHOW: N_("No-show"),
    ADJUSTMENT: N_("Adjustment"),
    CREDIT: N_("Credit"),
    WAIVER: N_("Waiver"),
    WRITE_OFF: N_("Write-off"),
    REVERSAL: N_("Reversal"),
}
STATE_NAMES: Mapping[str, str] = {
    DRAFT: N_("Not final yet"),
    POSTED: N_("Posted"),
    DISPUTED: N_("In dispute"),
    REVERSED: N_("Reversed"),
}

# What may follow: a draft is posted or disputed; what was disputed becomes again what it was, or is reversed.
MOVES: Mapping[str, frozenset[str]] = {
    DRAFT: frozenset({POSTED, DISPUTED}),
    POSTED: frozenset({DISPUTED, REVERSED}),
    DISPUTED: frozenset({DRAFT, POSTED, REVERSED}),
    REVERSED: frozenset(),
}
