"""What stands against the words that people write here."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from instruments.errors import N_, Reason

LONGEST_WORDS = 500


def why_objections(words: str, field: str, most: int = LONGEST_WORDS) -> Iterator[Reason]:
    """What stands against a few words: too many, or characters that cannot be kept."""
    if len(words) > most:
        yield Reason("too_long", field, N_("At most %(most)s characters."), {"most": most})
    if any(unicodedata.category(each) in ("Cc", "Cs") and each not in "\n\t" for each in words):
        yield Reason("unreadable", field, N_("Write it without control characters."))
