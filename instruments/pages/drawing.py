"""What the picture of an instrument's week is made of: spans with a state and words, as far as the reader may know them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import gettext

from instruments.availability.kinds import WORDS, is_open
from instruments.pages.whose_hours import only_to
from instruments.reservations.parts_closed import PartClosed
from instruments.reservations.timetable import Block
from instruments.timespan import Pair, instant, subtract
from instruments.web import formats, wording
from instruments.web.language import in_language

HOUR = 3600


def drawn(
    opened: Sequence[Pair], blocks: Sequence[Block], parts: Sequence[PartClosed] = ()
) -> list[dict[str, Any]]:
    """Open spans, blocks, and where some places are closed, with aware ends, for the picture and for week.json."""
    spans: list[dict[str, Any]] = [
        {"start": instant(start), "end": instant(end), "state": "open", "label": ""} for start, end in opened
    ]
    for block in blocks:
        one = {
            "start": instant(block.start),
            "end": instant(block.end),
            "state": looks(block.state),
            "label": label(block),
        }
        if block.reservation_id and block.state == "yours":
            one["move"] = f"/reservations/{block.reservation_id}/move"
        spans.append(one)
    for part in parts:
        spans += _in_part(part, blocks)
    return spans


def _in_part(part: PartClosed, blocks: Sequence[Block]) -> Iterator[dict[str, Any]]:
    """A strip for as long as some places are closed, and the words about it where no block would hide them."""
    words = {"label": part.because, "word": part.count, "short": part.short_count}
    yield {"start": part.span.start, "end": part.span.end, "state": "partly", **words}
    clear = subtract([part[:2]], [(block.start, block.end) for block in blocks])
    start, end = max(clear, key=lambda gap: gap[1] - gap[0], default=(0, 0))
    if end - start >= HOUR:
        yield {"start": instant(start), "end": instant(end), "state": "words", **words}


def looks(state: str) -> str:
    """The state that it is drawn as: busy time of the lab's calendar, and hours of others, are closed time."""
    return "closed" if state in ("busy", "others") else state


def label(block: Block) -> str:
    """Whose a block is and what for, as far as the reader may know."""
    if block.state == "busy":
        return gettext(WORDS[block.state])
    if block.state == "others":
        return only_to(block.text.split())
    name = in_language(*block.name) if block.name else ""
    until = gettext("end not known") if is_open(block.end) else ""
    text = formats.own_words(block.text)
    return formats.listing(
        [words for words in (name, wording.unended(text) if until else text, until) if words]
    )
