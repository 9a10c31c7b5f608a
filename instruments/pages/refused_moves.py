"""The moves that were refused just now, kept with the reader's session so that none is proposed again unchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import session
from sqlalchemy import Row

from instruments.errors import Reason, Refusal, Stale
from instruments.reservations.one_way import MOVE, Decided, Done
from instruments.reservations.proposing import Offer
from instruments.web.reasons import sentence

KEY = "refused_moves"
# What is kept has to fit into the 4 kB of the session’s cookie, Chinese reasons included, beside what is flashed.
MOST_KEPT = 8
LONGEST_WHY = 100
# Later the reason may be gone; then it may be proposed again.
KEPT_SECONDS = 900

# What another time mends: by the field of a reason, or by the code of one about who pays.
OF_TIME = (None, "start", "end")
PAYS_AT_ANOTHER_TIME = ("fund_not_yet", "fund_over", "fund_right_over")


class Refused(NamedTuple):
    """The move that was refused, why, and whether another time may be had: else none is proposed."""

    offer: Offer
    why: str
    by_time: bool


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
        by_time = all(_is_mended_by_time(reason) for reason in refusal.reasons)
        kept[str(row.id)] = [
            row.version,
            offer.instrument_id,
            offer.start,
            offer.end,
            _why(refusal),
            int(by_time),
        ]
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
        version, *offer, why, by_time = kept["moves"].get(str(row.id)) or (None, "", 0)
        if version is not None and version == row.version:
            found[row.id] = Refused(Offer(*offer), why, bool(by_time))
    return found


def _is_mended_by_time(reason: Reason) -> bool:
    return reason.field in OF_TIME or reason.code in PAYS_AT_ANOTHER_TIME


def _why(refusal: Refusal) -> str:
    words = list(dict.fromkeys(sentence(reason) for reason in refusal.reasons))
    said = " ".join(words)
    return said if len(said) <= LONGEST_WHY else f"{said[: LONGEST_WHY - 1]}…"
