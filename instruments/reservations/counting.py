"""What is used of quotas, counted in the database by one statement for all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from sqlalchemy import TextClause, text

from instruments.database import db
from instruments.reservations.bookable import Bookable
from instruments.reservations.models import LONGEST_SECONDS
from instruments.reservations.quotas import Period, Quota


class Holders(NamedTuple):
    """Whose reservations count: the user, the unit served, and the institution that they belong to."""

    person: int
    group: int | None
    institution: int | None

    def of(self, quota: Quota) -> str:
        """By which of them a quota counts; who has no group, or no institution, counts alone."""
        if quota.holder == "group" and self.group is None:
            return "person"
        if quota.holder == "institution" and self.institution is None:
            return "person"
        return quota.holder


class Used(NamedTuple):
    """What is held of one period: seconds, reservations, and when the first of them ends."""

    seconds: int = 0
    count: int = 0
    first_end: int | None = None

    def of(self, quota: Quota) -> int:
        """In what the quota is measured in."""
        return self.seconds if quota.measured == "hours" else self.count


def used(
    wanted: Sequence[tuple[Quota, Period]], thing: Bookable, holders: Holders, apart_from: int = 0
) -> list[Used]:
    """What is used of each of these periods, on the instruments that the quota of this one is over. One statement."""
    rows = [
        [number, *part, period.first if quota.per == "future" else 0, quota.short_notice,
         holders.of(quota), _scope(quota)]
        for number, (quota, period) in enumerate(wanted)
        for part in period.parts
    ]  # fmt: skip
    values = {
        "parts": json.dumps(rows), "apart_from": apart_from, "longest": LONGEST_SECONDS,
        "person": holders.person, "group": holders.group, "institution": holders.institution,
        "instrument": thing.id, "class": thing.class_code, "lab": thing.lab_id, "owner": thing.institution_id,
    }  # fmt: skip
    found: Mapping[int, Used] = {
        row[0]: Used(int(row[1]), int(row[2]), int(row[3]))
        for row in db.session.execute(_statement(db.engine.dialect.name), values)
    }
    return [found.get(number, Used()) for number in range(len(wanted))]


def _scope(quota: Quota) -> str:
    """Over which instruments: those of the owner only, so that a lab's quota over a class ends at its door."""
    return f"{quota.owner} class" if quota.over == "class" else quota.over


_COLUMNS = (
    ("number", "bigint"), ("first", "bigint"), ("last", "bigint"), ("since", "bigint"), ("notice", "bigint"),
    ("holder", "text"), ("scope", "text"),
)  # fmt: skip
_PART = """
SELECT parts.number, r.id, r.held_until,
       {least}(r.held_until, parts.last) - {greatest}(r.starts_at, parts.first) AS seconds
FROM parts JOIN reservation r ON r.{column} = :{holder} JOIN instrument i ON i.id = r.instrument_id
WHERE parts.holder = '{holder}' AND r.live AND r.id <> :apart_from
  AND r.starts_at < parts.last AND r.starts_at > parts.first - :longest
  AND r.ends_at > parts.first AND r.held_until > parts.first AND r.starts_at >= parts.since
  AND (parts.notice = 0 OR r.starts_at - r.created_at >= parts.notice)
  AND (parts.scope = 'instrument' AND i.id = :instrument
    OR parts.scope = 'lab' AND i.lab_id = :lab
    OR parts.scope = 'lab class' AND i.lab_id = :lab AND i.class_code = :class
    OR parts.scope = 'institution class' AND i.institution_id = :owner AND i.class_code = :class
    OR parts.scope = 'catalogue' AND i.institution_id = :owner)
"""
_WHOLE = """
WITH parts AS (SELECT {fields} FROM {source})
SELECT number, sum(seconds), count(DISTINCT id), min(held_until) FROM ({parts}) AS held GROUP BY number
"""
_HOLDERS = (("user_id", "person"), ("group_id", "group"), ("institution_id", "institution"))


@cache
def _statement(dialect: str) -> TextClause:
    """The parts come as one JSON parameter, so that the statement is the same whatever the number of quotas."""
    if dialect == "postgresql":
        fields = ", ".join(
            f'CAST(value ->> {place} AS {kind}) AS "{name}"' for place, (name, kind) in enumerate(_COLUMNS)
        )
        source = "json_array_elements(CAST(:parts AS json))"
        words = {"least": "least", "greatest": "greatest"}
    else:
        fields = ", ".join(
            f"json_extract(value, '$[{place}]') AS \"{name}\"" for place, (name, _) in enumerate(_COLUMNS)
        )
        source, words = "json_each(:parts)", {"least": "min", "greatest": "max"}
    parts = " UNION ALL ".join(
        _PART.format(column=column, holder=holder, **words) for column, holder in _HOLDERS
    )
    return text(_WHOLE.format(fields=fields, source=source, parts=parts))
