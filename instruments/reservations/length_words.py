"""How long a time is that is offered instead of another, in words."""

from __future__ import annotations

from flask_babel import gettext

from instruments.timespan import Pair, Timespan
from instruments.web import formats


def length_words(span: Pair, wanted: int) -> str:
    """How long it is, and how much shorter than so many seconds, if it is."""
    words = formats.length(Timespan.from_seconds(*span).length)
    missing = wanted - (span[1] - span[0])
    if missing <= 0:
        return words
    shorter = formats.length(Timespan.from_seconds(0, missing).length)
    return gettext("%(length)s, %(shorter)s shorter", length=words, shorter=shorter)
