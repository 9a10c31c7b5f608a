"""What of an outside calendar does not count: our own events, and repetitions that no laboratory means. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

MOST_A_DAY = 48
_PARTS = ("BYHOUR", "BYMINUTE", "BYSECOND")


def is_own(uid: str, host: str) -> bool:
    """Whether an event came from our own feeds (see busy_feed.py and own_feeds.py)."""
    return re.fullmatch(rf"(reservation|closure|busy|full)-\d+(-\d+)?@{re.escape(host)}", uid) is not None


def too_often(rule: Mapping[str, Sequence[object]]) -> bool:
    """Whether an RRULE could happen more often in a day than anybody closes a laboratory."""
    often = str((rule.get("FREQ") or ["DAILY"])[0]).upper()
    if often in ("SECONDLY", "MINUTELY"):
        return True
    times = math.prod(max(1, len(rule.get(part) or ())) for part in _PARTS)
    if often == "HOURLY":
        times = 24 * math.prod(max(1, len(rule.get(part) or ())) for part in _PARTS[1:])
    return times > MOST_A_DAY
