"""What was open before hours were changed in the middle of a day: it stays as it was, and the change counts from then on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, select, type_coerce

from instruments.availability.models import PastOpening
from instruments.database import db
from instruments.timespan import Pair, merge, subtract


class Past(NamedTuple):
    """From a midnight to a moment, in UTC seconds, what was open to a circle (empty: to anybody)."""

    circle: str
    since: int
    until: int
    spans: tuple[Pair, ...]

    def day(self, zone: ZoneInfo) -> date:
        """The date on the wall."""
        return datetime.fromtimestamp(self.since, zone).date()


def of_circle(past: Iterable[Past], circle: str) -> tuple[Past, ...]:
    """For each day what is known for this circle, else what is known for anybody."""
    found = {each.since: each for each in past if not each.circle}
    found |= {each.since: each for each in past if each.circle == circle}
    return tuple(found[since] for since in sorted(found))


def as_it_was(opened: Sequence[Pair], past: Sequence[Past]) -> list[Pair]:
    """The open spans with what is known of the past in place of what the hours would say."""
    if not past:
        return list(opened)
    rest = subtract(opened, [(each.since, each.until) for each in past])
    return merge([*rest, *(span for each in past for span in each.spans)])


def past_openings() -> dict[int, tuple[Past, ...]]:
    """All that is known, by instrument. One statement."""
    one, found = PastOpening, dict[int, tuple[Past, ...]]()
    since, until = type_coerce(one.since, BigInteger), type_coerce(one.until, BigInteger)
    rows = select(one.instrument_id, one.circle, since, until, one.spans).order_by(one.id)
    for instrument_id, circle, first, last, spans in db.session.execute(rows):
        row = Past(circle, first, last, tuple((start, end) for start, end in json.loads(spans)))
        found[instrument_id] = (*found.get(instrument_id, ()), row)
    return found
