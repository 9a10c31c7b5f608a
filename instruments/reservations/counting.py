"""What is used of quotas, counted in the database by one statement for all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from sqlalchemy import BigInteger, TextClause, literal, or_, select, text, type_coerce, union_all

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.reservations.bookable import Bookable
from instruments.reservations.models import LONGEST_SECONDS, Reservation
from instruments.reservations.quotas import Period, Quota, within
from instruments.timespan import Pair


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

    def with_one(self, span: Pair, parts: Sequence[Pair]) -> Used:
        """What is used with one reservation more, of which only what lies in the parts counts."""
        seconds = within(span, parts)
        if not seconds:
            return self
        first_end = min(self.first_end or span[1], span[1])
        return Used(self.seconds + seconds, self.count + 1, first_end)


class Held(NamedTuple):
    """One reservation as quotas count it: whose by which kind of holder, when, when it was made, and of which instrument."""

    kind: str
    start: int
    until: int
    made: int
    instrument_id: int
    lab_id: int
    class_code: str | None
    institution_id: int

    @property
    def span(self) -> Pair:
        """When it is held."""
        return self.start, self.until

    def is_within(self, quota: Quota, thing: Bookable) -> bool:
        """Whether it is of an instrument that the quota of this one is over."""
        match _scope(quota):
            case "instrument":
                return self.instrument_id == thing.id
            case "lab":
                return self.lab_id == thing.lab_id
            case "catalogue":
                return self.institution_id == thing.institution_id
            case over:
                same = self.class_code is not None and self.class_code == thing.class_code
                near = self.lab_id == thing.lab_id
                return same and (near if over == "lab class" else self.institution_id == thing.institution_id)


def held_by(holders: Holders, kinds: Sequence[str], things: Sequence[Bookable], span: Pair) -> list[Held]:
    """What these kinds of holders have in a span of the labs and institutions of some instruments. One statement."""
    one, owners = Reservation, sorted({thing.institution_id for thing in things})
    there = or_(
        Instrument.institution_id.in_(owners), Instrument.lab_id.in_({thing.lab_id for thing in things})
    )
    start, until, made, ends = (
        type_coerce(each, BigInteger) for each in (one.starts_at, one.held_until, one.created_at, one.ends_at)
    )
    parts = [
        select(
            literal(kind), start, until, made, Instrument.id, Instrument.lab_id, Instrument.class_code,
            Instrument.institution_id,
        )
        .join(Instrument, Instrument.id == one.instrument_id)
        .where(
            getattr(one, _HOLDERS[kind]) == getattr(holders, kind), one.live, there,
            ends > span[0], ends < span[1] + LONGEST_SECONDS, start < span[1], until > span[0],
        )
        for kind in kinds
    ]  # fmt: skip
    return [Held(*row) for row in db.session.execute(union_all(*parts))]


def used(
    wanted: Sequence[tuple[Quota, Period]], thing: Bookable, holders: Holders, apart_from: int = 0
) -> list[Used]:
    """What is used of each of these periods, on the instruments that the quota of this one is over. One statement, or
    none where there is no period."""
    if not wanted:
        return []
    values: dict[str, object] = {
        "apart_from": apart_from, "longest": LONGEST_SECONDS, **holders._asdict(),
        "instrument": thing.id, "class": thing.class_code, "lab": thing.lab_id, "owner": thing.institution_id,
    }  # fmt: skip
    kinds = tuple(kind for kind in Holders._fields if any(holders.of(quota) == kind for quota, _ in wanted))
    for kind in kinds:
        values |= _asked(
            kind, [(number, *one) for number, one in enumerate(wanted) if holders.of(one[0]) == kind]
        )
    found = [Used()] * len(wanted)
    for number, is_one, seconds, count, start, end in db.session.execute(
        _statement(db.engine.dialect.name, kinds), values
    ):
        if is_one:
            found[number] = found[number].with_one((start, end), wanted[number][1].parts)
        else:
            found[number] = Used(int(seconds), int(count), int(end))
    return found


def _asked(kind: str, periods: Sequence[tuple[int, Quota, Period]]) -> dict[str, object]:
    """The periods of one kind of holder, and the span that all of them lie in."""
    rows = [
        [
            number, period.parts[0][0], period.parts[-1][1], period.first if quota.per == "future" else 0,
            quota.short_notice, _scope(quota), int(len(period.parts) > 1),
        ]
        for number, quota, period in periods
    ]  # fmt: skip
    first, last = min(row[1] for row in rows), max(row[2] for row in rows)
    return {f"{kind}_periods": json.dumps(rows), f"{kind}_first": first, f"{kind}_last": last}


def _scope(quota: Quota) -> str:
    """Over which instruments: those of the owner only, so that a lab's quota over a class ends at its door."""
    return f"{quota.owner} class" if quota.over == "class" else quota.over


_COLUMNS = (
    ("number", "bigint"), ("first", "bigint"), ("last", "bigint"), ("since", "bigint"), ("notice", "bigint"),
    ("scope", "text"), ("in_parts", "bigint"),
)  # fmt: skip
# Materialized, else SQLite would read the JSON again for every reservation.
_PERIODS = "{holder}_periods AS MATERIALIZED (SELECT {fields} FROM {source})"
# What a holder has in the span of all periods is read once, and each of it is held against every period.
_HELD = """
SELECT p.number, p.in_parts, r.starts_at, r.held_until,
       {least}(r.held_until, p.last) - {greatest}(r.starts_at, p.first) AS seconds
FROM ({mine}) AS r CROSS JOIN {holder}_periods AS p
WHERE r.starts_at < p.last AND r.held_until > p.first AND r.starts_at >= p.since
  AND (p.notice = 0 OR r.starts_at - r.created_at >= p.notice)
  AND (p.scope = 'instrument' AND r.instrument_id = :instrument
    OR p.scope = 'lab' AND r.lab_id = :lab
    OR p.scope = 'lab class' AND r.lab_id = :lab AND r.class_code = :class
    OR p.scope = 'institution class' AND r.institution_id = :owner AND r.class_code = :class
    OR p.scope = 'catalogue' AND r.institution_id = :owner)
"""
_MINE = """
SELECT r.starts_at, r.held_until, r.created_at, i.id AS instrument_id, i.lab_id, i.class_code, i.institution_id
FROM reservation r CROSS JOIN instrument i
WHERE r.{column} = :{holder} AND r.live AND r.id <> :apart_from
  AND r.ends_at > :{holder}_first AND r.ends_at < :{holder}_last + :longest
  AND i.id = r.instrument_id AND (i.institution_id = :owner OR i.lab_id = :lab)
"""
# Where a period counts without gaps the database sums up; of several parts (peak time, a season in more than one span) it
# hands on the reservations one by one.
_WHOLE = """
WITH {periods}, held AS ({held})
SELECT number, 0, sum(seconds), count(*), min(starts_at), min(held_until) FROM held WHERE in_parts = 0 GROUP BY number
UNION ALL SELECT number, 1, 0, 1, starts_at, held_until FROM held WHERE in_parts = 1
"""
_HOLDERS = {"person": "user_id", "group": "group_id", "institution": "institution_id"}


@cache
def _statement(dialect: str, holders: tuple[str, ...]) -> TextClause:
    """The periods come as one JSON parameter a holder, so that the statement is the same whatever the number of quotas."""
    if dialect == "postgresql":
        fields = ", ".join(
            f'CAST(value ->> {place} AS {kind}) AS "{name}"' for place, (name, kind) in enumerate(_COLUMNS)
        )
        source, words = (
            "json_array_elements(CAST(:{0}_periods AS json))",
            {"least": "least", "greatest": "greatest"},
        )
    else:
        fields = ", ".join(
            f"json_extract(value, '$[{place}]') AS \"{name}\"" for place, (name, _) in enumerate(_COLUMNS)
        )
        source, words = "json_each(:{0}_periods)", {"least": "min", "greatest": "max"}
    periods = ", ".join(
        _PERIODS.format(holder=holder, fields=fields, source=source.format(holder)) for holder in holders
    )
    held = " UNION ALL ".join(
        _HELD.format(mine=_MINE.format(column=_HOLDERS[holder], holder=holder), holder=holder, **words)
        for holder in holders
    )
    return text(_WHOLE.format(periods=periods, held=held))
