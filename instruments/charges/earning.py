"""What instruments earned by the day of the service, and how often a fee was due for being late; many at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import text

from instruments.charges.closing.owed import TAX
from instruments.database import db
from instruments.database.numbers import as_parameter

# Posted charges and what takes them back; what is given up (waivers, write-offs) is no less income, as in month end.
_EARNED = """
    SELECT c.instrument_id, {month}, c.currency, sum(s.amount_units - {tax}) AS net,
      sum(CASE WHEN coalesce(s.payer_institution_id, 0) <> c.institution_id THEN s.amount_units - {tax} ELSE 0 END)
        AS outside
    FROM charge AS c JOIN charge_share AS s ON s.charge_id = c.id AND s.role <> 'later'
    LEFT JOIN charge AS o ON o.id = c.reverses_id
    WHERE {place} AND c.posted_at IS NOT NULL AND coalesce(o.kind, c.kind) NOT IN ('waiver', 'write_off')
    GROUP BY c.instrument_id, {month}, c.currency ORDER BY c.instrument_id, {month}, c.currency
"""
_LATE = """
    SELECT c.instrument_id, {month}, coalesce(c.user_id, 0), coalesce(r.institution_id, 0), coalesce(r.group_id, 0), count(*)
    FROM charge AS c JOIN reservation AS r ON r.id = c.reservation_id
    WHERE {place} AND c.kind = 'late' AND c.state <> 'reversed'
    GROUP BY c.instrument_id, {month}, c.user_id, r.institution_id, r.group_id
"""
_PLACE = {
    "postgresql": "c.instrument_id = ANY(:numbers) AND c.service_on >= :first AND c.service_on < :end",
    "sqlite": "c.instrument_id IN (SELECT value FROM json_each(:numbers)) AND c.service_on >= :first AND c.service_on < :end",
}
_MONTH = {
    "postgresql": "CAST(to_char(c.service_on, 'YYYYMM') AS integer)",
    "sqlite": "CAST(substr(c.service_on, 1, 4) || substr(c.service_on, 6, 2) AS integer)",
}


class Earned(NamedTuple):
    """What one instrument earned in one currency, in minor units before tax; outside: borne by others than its owner."""

    currency: str
    net: int
    outside: int


class OfWhom(NamedTuple):
    """Who gave up what was reserved, and for which institution and group; 0 for nobody known."""

    person: int
    institution: int
    group: int


def earned(instrument_ids: Collection[int], first: date, end: date) -> dict[tuple[int, int], list[Earned]]:
    """By instrument and month (202611), for services on the days [first, end) of the lab's wall. One statement."""
    found: dict[tuple[int, int], list[Earned]] = {}
    for number, month, currency, net, outside in _rows(_EARNED, instrument_ids, first, end):
        found.setdefault((number, month), []).append(Earned(currency, int(net), int(outside)))
    return found


def late_cancellations(
    instrument_ids: Collection[int], first: date, end: date
) -> dict[tuple[int, int], Counter[OfWhom]]:
    """How often a fee is due for time that was given up late, by instrument and month, of whom, for times that began on
    [first, end)."""
    found: defaultdict[tuple[int, int], Counter[OfWhom]] = defaultdict(Counter)
    for number, month, *whom, count in _rows(_LATE, instrument_ids, first, end):
        found[number, month][OfWhom(*whom)] += count
    return dict(found)


def _rows(question: str, instrument_ids: Collection[int], first: date, end: date) -> list[tuple]:
    dialect = db.engine.dialect.name
    asked = text(question.format(tax=TAX, place=_PLACE[dialect], month=_MONTH[dialect]))
    values = {"numbers": as_parameter(instrument_ids, dialect), "first": first, "end": end}
    if dialect == "sqlite":
        values |= {"first": first.isoformat(), "end": end.isoformat()}
    return [tuple(row) for row in db.session.execute(asked, values)]
