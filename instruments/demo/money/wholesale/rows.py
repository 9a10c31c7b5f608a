"""What the books by the table are made of: reservations without a price yet, with what was used of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import TextClause, text

from instruments.database import db

COLUMNS = """
  r.id, r.instrument_id, r.user_id, r.institution_id, r.group_id, r.starts_at, r.ends_at, r.created_at, r.state,
  i.lab_id, i.institution_id AS creditor_id, coalesce(u.id, 0), coalesce(u.started_at, 0), coalesce(u.ended_at, 0),
  coalesce(u.state, ''), coalesce(u.operator_minutes, 0), coalesce(u.confirmed_at, 0), coalesce(u.version, 1)
"""
UNPRICED = "NOT EXISTS (SELECT 1 FROM reservation_price AS p WHERE p.reservation_id = r.id)"
CONFIRMED = text(f"""
SELECT {COLUMNS} FROM use AS u JOIN reservation AS r ON r.id = u.reservation_id JOIN instrument AS i ON i.id = r.instrument_id
WHERE u.state = 'confirmed' AND u.ended_at > :since AND u.ended_at <= :until AND {UNPRICED} ORDER BY r.id
""")  # noqa: S608 - our own expressions
OPEN = text(f"""
SELECT {COLUMNS} FROM reservation AS r JOIN instrument AS i ON i.id = r.instrument_id
  LEFT JOIN use AS u ON u.reservation_id = r.id
WHERE (r.state IN ('confirmed', 'requested') OR u.state = 'waiting') AND {UNPRICED}
ORDER BY r.id
""")  # noqa: S608 - our own expressions
GIVEN_UP = text(f"""
SELECT {COLUMNS} FROM reservation AS r JOIN instrument AS i ON i.id = r.instrument_id
  LEFT JOIN use AS u ON u.reservation_id = r.id
WHERE r.state IN ('cancelled', 'no_show') AND i.institution_id IN (:first_house, :second_house) AND {UNPRICED} ORDER BY r.id
""")  # noqa: S608 - our own expressions


class Taken(NamedTuple):
    """A reservation and, where there was one, its use; moments are UTC seconds, 0 for none."""

    id: int
    instrument_id: int
    user_id: int
    institution_id: int
    group_id: int | None
    starts_at: int
    ends_at: int
    created_at: int
    state: str
    lab_id: int
    creditor_id: int
    use_id: int
    began: int
    ended: int
    use_state: str
    operator_minutes: int
    confirmed_at: int
    use_version: int


def confirmed(since: int, until: int) -> list[Taken]:
    """What was used and confirmed, and ended in a time."""
    return _read(CONFIRMED, since=since, until=until)


def still_open() -> list[Taken]:
    """What is reserved, runs, or waits to be confirmed."""
    return _read(OPEN)


def given_up(houses: Sequence[int]) -> list[Taken]:
    """What was cancelled, and where nobody came, in two institutions."""
    return _read(GIVEN_UP, first_house=houses[0], second_house=houses[1])


def _read(question: TextClause, **values: int) -> list[Taken]:
    return [Taken(*row) for row in db.session.execute(question, values)]
