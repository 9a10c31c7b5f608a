"""Change hours so that they count from now on: what was open of today until now is kept with each instrument it changes for."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert

from instruments.availability.calendar import Calendar, load
from instruments.availability.models import PastOpening
from instruments.availability.opening import midnight
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.timespan import Pair, instant

_TABLE: Any = PastOpening.__table__


@contextmanager
def keeping_what_is_past(instrument_ids: Collection[int], now: datetime) -> Iterator[None]:
    """Around a change of hours of these instruments, inside a deed that holds the catalogue's lock.

    An instrument that had no hours at all has them for the whole of today. A constant number of statements.
    """
    before = load(instrument_ids) if instrument_ids else {}
    yield
    if not instrument_ids:
        return
    db.session.flush()
    after, moment = load(instrument_ids), int(now.timestamp())
    found: dict[tuple[int, int], list[tuple[str, Pair, str]]] = {}
    rows = []
    for number, was in before.items():
        key = (id(was), id(after[number]))
        if key not in found:
            found[key] = _changed(was, after[number], moment)
        rows += [(number, *row) for row in found[key]]
    _keep(rows)


def _changed(was: Calendar, becomes: Calendar, now: int) -> list[tuple[str, Pair, str]]:
    """What was open until now by circle, if the change would say otherwise; nothing where it does not, or there was none."""
    since = midnight(datetime.fromtimestamp(now, was.zone).date(), was.zone)
    if was is becomes or since >= now or not was.published():
        return []
    circles = ("", *was.by_circle)
    opened = {circle: was.of(circle).opened(since, now) for circle in circles}
    all_circles = {*circles, *becomes.by_circle}
    same = all(was.of(each).opened(since, now) == becomes.of(each).opened(since, now) for each in all_circles)
    if same:
        return []
    return [(circle, (since, now), json.dumps(spans)) for circle, spans in opened.items()]


def _keep(rows: list[tuple[int, str, Pair, str]]) -> None:
    """In place of what was kept of the same day before."""
    if not rows:
        return
    dialect, table = db.engine.dialect.name, _TABLE
    days: dict[int, set[int]] = {}
    for number, _, (since, _), _ in rows:
        days.setdefault(since, set()).add(number)
    for since, numbers in days.items():
        db.session.execute(
            delete(table).where(among(table.c.instrument_id, dialect), table.c.since == instant(since)),
            {"numbers": as_parameter(numbers, dialect)},
        )
    db.session.execute(
        insert(table),
        [
            {
                "instrument_id": number,
                "circle": circle,
                "since": instant(span[0]),
                "until": instant(span[1]),
                "spans": spans,
            }
            for number, circle, span, spans in rows
        ],
    )
