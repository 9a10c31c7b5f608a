"""What stands against the words that people write into a reservation."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from instruments.errors import N_, Reason

LONGEST_REASON = 500
TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def is_readable(text: str) -> bool:
    """Whether a text holds only characters that can be kept and shown: no control characters, no half characters,
    and none that turn round what stands beside them."""
    return not any(
        unicodedata.category(character) in ("Cc", "Cs") or unicodedata.bidirectional(character) in TURNING
        for character in text
    )


def reason_objections(reason: str, field: str = "reason") -> Iterator[Reason]:
    """What stands against the words in which somebody says why."""
    if not is_readable(reason):
        remedy = N_("Write it without control characters.")
        yield Reason(
            "reason_unreadable", field, N_("The reason holds characters that cannot be shown."), {}, remedy
        )
    if len(reason) > LONGEST_REASON:
        values = {"most": LONGEST_REASON}
        remedy = N_("Shorten it to %(most)s characters.")
        yield Reason("reason_too_long", field, N_("The reason is too long."), values, remedy)
