"""The table of kinds. A room that has something to tell adds a file here and names it below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from instruments.notices.kind import Kind
from instruments.notices.kinds import (
    approvals,
    charges,
    closings,
    conduct,
    faults,
    formal_quotes,
    funds,
    idle,
    institutions,
    labs,
    month_end,
    people,
    prices,
    qualifications,
    reservations,
    settlement,
    uses,
    waitlist,
)

ALL: Sequence[Kind] = (
    *reservations.KINDS,
    *approvals.KINDS,
    *waitlist.KINDS,
    *faults.KINDS,
    *uses.KINDS,
    *idle.KINDS,
    *labs.KINDS,
    *institutions.KINDS,
    *people.KINDS,
    *conduct.KINDS,
    *qualifications.KINDS,
    *funds.KINDS,
    *formal_quotes.KINDS,
    *prices.KINDS,
    *charges.KINDS,
    *settlement.KINDS,
    *month_end.KINDS,
    *closings.KINDS,
)
BY_CODE: Mapping[str, Kind] = {kind.code: kind for kind in ALL}
DEEDS: Sequence[str] = sorted({deed for kind in ALL for deed in kind.deeds})


def hearing(deed: str) -> list[Kind]:
    """The kinds that this deed may tell somebody of."""
    return [kind for kind in ALL if deed in kind.deeds]
