"""A lab's day as a picture, a line for each instrument: places in percent of its width."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select

from instruments.availability.kinds import UPKEEP, WORDS
from instruments.catalog.models import InstrumentClass
from instruments.database import db
from instruments.timespan import Pair, instant, rows_apart, subtract
from instruments.usage.day import MOST_LINES, Day, Line, Stay
from instruments.usage.kinds import WALK_UP
from instruments.usage.words import used_by
from instruments.web import formats
from instruments.web.language import in_language

HOUR = 3600
# What lies over one another, as on an instrument with several places, is drawn in rows; more than these are only counted.
MOST_ROWS = 8
# What of the width the words about closed places need.
LEAST_FOR_WORDS = 20


def board_of(found: Day, now: datetime, zone: str) -> dict[str, Any]:
    """What the template draws."""
    shown = _shown(found)
    names = _class_names({_group(line) for line in shown})
    lines = [_line(line, found) | {"group": names.get(_group(line), gettext("Others"))} for line in shown]
    groups = [(name, list(each)) for name, each in groupby(lines, key=lambda line: line["group"])]
    is_now = found.first < now.timestamp() < found.last
    return {
        "groups": groups,
        "left_out": found.instruments - len(shown),
        "hours": _hours(found, zone),
        "now": _share(found, now.timestamp()) if is_now else None,
        "partly": any(line.parts for line in shown),
    }


def user_of(stay: Stay) -> str:
    """Whose it is: of a run those for whom it was made."""
    return used_by(stay.row if stay.row is not None else stay.use, stay.customers)


def is_company(stay: Stay) -> bool:
    """Whether who comes is from a company."""
    return stay.row is not None and stay.row.unit_kind == "company"


def address_of(stay: Stay) -> str:
    """The page of the reservation, or of the use where nobody made one ahead."""
    if stay.row is None or (stay.use is not None and stay.use.kind == WALK_UP):
        return url_for(".use", use_id=stay.use.id)
    return f"/reservations/{stay.row.id}"


def _line(line: Line, found: Day) -> dict[str, Any]:
    rows = rows_apart((stay.start, stay.end) for stay in line.stays)
    drawn = [(stay, row) for stay, row in zip(line.stays, rows, strict=True) if row < MOST_ROWS]
    return {
        "rows": max((row + 1 for _, row in drawn), default=1),
        "undrawn": len(line.stays) - len(drawn),
        "name": in_language(line.instrument.name_en, line.instrument.name_zh),
        "address": f"/instruments/{line.instrument.id}",
        "down": line.is_down,
        "closed": [_piece(found, span) for span in line.closed],
        "shut": [
            _piece(found, (start, end))
            | {"words": formats.own_words(reason) or gettext(WORDS[kind]), "upkeep": kind in UPKEEP}
            for start, end, kind, reason, _ in line.shut
        ],
        "parts": [
            _piece(found, part[:2]) | {"words": part.words, "at": _room_for_words(line, part[:2], found)}
            for part in line.parts
        ],
        "blocks": [
            _block(stay) | _piece(found, (stay.start, stay.end)) | {"row": row} for stay, row in drawn
        ],
    }


def _share(found: Day, moment: float) -> float:
    return round(
        100 * (min(max(moment, found.first), found.last) - found.first) / (found.last - found.first), 3
    )


def _piece(found: Day, span: Pair) -> dict[str, float]:
    start, end = (_share(found, edge) for edge in span)
    return {"x": start, "width": round(end - start, 3)}


def _room_for_words(line: Line, span: Pair, found: Day) -> dict[str, float] | None:
    """Where within a span nothing else is drawn that would hide words, the widest of such places."""
    taken = sorted((stay.start, stay.end) for stay in line.stays)
    room = [_piece(found, gap) for gap in subtract([span], taken)]
    widest = max(room, key=lambda gap: gap["width"], default=None)
    return widest if widest is not None and widest["width"] >= LEAST_FOR_WORDS else None


def _shown(found: Day) -> list[Line]:
    """The instruments of the picture: all of them, or of a large lab those of which the day knows something."""
    return list(found.lines)[:MOST_LINES]


def _group(line: Line) -> str:
    """The middle level of the national classification: "010400" of "010410"."""
    code: str | None = line.instrument.class_code
    return f"{code[:4]}00" if code else ""


def _class_names(codes: set[str]) -> dict[str, str]:
    one = InstrumentClass
    rows = db.session.execute(select(one.code, one.name_en, one.name_zh).where(one.code.in_(codes)))
    return {row.code: in_language(row.name_en, row.name_zh) for row in rows}


def _block(stay: Stay) -> dict[str, Any]:
    return {
        "state": stay.state,
        "user": user_of(stay),
        "company": is_company(stay),
        "address": address_of(stay),
    }


def _hours(found: Day, zone: str) -> list[dict[str, Any]]:
    whole = found.last - found.first
    step = 1 if whole <= 16 * HOUR else 2
    return [
        {"x": _share(found, moment), "words": f"{formats.local(instant(moment), zone):%H}"}
        for moment in range(found.first, found.last, step * HOUR)
    ]
