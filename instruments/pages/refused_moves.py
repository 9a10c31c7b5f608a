"""The moves that were refused just now, kept with the reader's session so that none is proposed again unchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import session
from sqlalchemy import Row

from instruments.errors import Refusal, Stale
from instruments.reservations.one_way import MOVE, Decided, Done
from instruments.reservations.proposing import Offer
from instruments.web.reasons import sentence

KEY = "refused_moves"
# What is kept has to fit into the 4 kB of the session’s cookie, Chinese reasons included, beside what is flashed.
MOST_KEPT = 8
LONGEST_WHY = 100
# Later the reason may be gone; then it may be proposed again.
KEPT_SECONDS = 900

Refused = tuple[Offer, str]


def keep_refused(decided: Decided, done: Done, now: datetime) -> None:
    """Remember which moves were refused, and why; in place of what was remembered of them before."""
    kept = {}
    for row, refusal in done.failed[:MOST_KEPT]:
        decision = decided.decisions.get(row.id)
        if (
            decision is None
            or decision.choice != MOVE
            or decision.offer is None
            or isinstance(refusal, Stale)
        ):
            continue
        offer = decision.offer
        kept[str(row.id)] = [row.version, offer.instrument_id, offer.start, offer.end, _why(refusal)]
    if kept:
        session[KEY] = {"at": int(now.timestamp()), "moves": kept}
    else:
        session.pop(KEY, None)


def refused_of(rows: Sequence[Row[Any]], now: datetime) -> dict[int, Refused]:
    """Of these reservations, unchanged since: the move that was refused, and why."""
    kept: Mapping[str, Any] = session.get(KEY) or {}
    if not kept or not 0 <= now.timestamp() - kept["at"] <= KEPT_SECONDS:
        return {}
    found = {}
    for row in rows:
        version, *offer, why = kept["moves"].get(str(row.id)) or (None, "")
        if version is not None and version == row.version:
            found[row.id] = (Offer(*offer), why)
    return found


def _why(refusal: Refusal) -> str:
    words = list(dict.fromkeys(sentence(reason) for reason in refusal.reasons))
    return " ".join(words)[:LONGEST_WHY]
