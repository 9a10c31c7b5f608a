"""A year as full as the mark of figures asks, planted in the database itself: reservations and their uses, without money."""

from __future__ import annotations

from sqlalchemy import text

from bench.measuring import NOW, without_time_limit
from instruments.database import db
from instruments.database.transactions import deed
from instruments.demo.guards import aside
from instruments.demo.uses import SPANS, USES

TABLES = ("reservation", "use", "use_span")
DAYS = 365
DAY = 86_400
# Seven of ten are used.
USED = 7

# From one to four hours between 8 and 19 o'clock in Shanghai, each like one that is there but for its time and instrument.
_RESERVATIONS = """
INSERT INTO reservation (
  id, instrument_id, user_id, booker_id, institution_id, group_id, starts_at, ends_at, held_until, state, exclusive, purpose,
  title, shows_name, created_at, changed_at
)
WITH RECURSIVE day(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM day WHERE number < :days - 1),
like_ones AS (SELECT row_number() OVER (ORDER BY id) - 1 AS place, r.* FROM reservation AS r WHERE r.state = 'done')
SELECT :after + p.instrument_id * :days + p.number, p.instrument_id, l.user_id, l.user_id, l.institution_id, l.group_id,
  p.starts, p.ends, p.ends, 'done', p.alone, l.purpose, l.title, l.shows_name, p.starts - 3 * 86400, p.ends
FROM (
  SELECT i.id AS instrument_id, day.number, i.capacity = 1 AS alone,
    :first + day.number * 86400 + 3600 * ((i.id * 31 + day.number * 17) % 8) AS starts,
    :first + day.number * 86400 + 3600 * ((i.id * 31 + day.number * 17) % 8 + 1 + (i.id + day.number) % 4) AS ends
  FROM instrument AS i CROSS JOIN day WHERE (i.id * 7919 + day.number * 104729) % 100000 < :share
) AS p
JOIN like_ones AS l ON l.place = (p.instrument_id * 613 + p.number * 89) % :count
WHERE NOT EXISTS (
  SELECT 1 FROM reservation AS o WHERE o.instrument_id = p.instrument_id AND o.starts_at > p.starts - 2678400
    AND o.starts_at < p.ends AND o.ends_at > p.starts
)
"""


def plant(many: int) -> None:
    """About so many reservations of the past year, and the uses of seven of ten, beside those that are there."""
    today = int(NOW.timestamp()) // DAY * DAY
    with deed() as session, aside(TABLES):
        without_time_limit()
        after = int(session.scalar(text("SELECT max(id) FROM reservation")) or 0)
        after = max(after, int(session.scalar(text('SELECT max(id) FROM "use"')) or 0))
        count = session.scalar(text("SELECT count(*) FROM reservation WHERE state = 'done'"))
        things = session.scalar(text("SELECT count(*) FROM instrument"))
        values = {
            "days": DAYS, "after": after, "count": count, "first": today - DAYS * DAY,
            "share": round(100_000 * many / (things * DAYS)),
        }  # fmt: skip
        session.execute(text(_RESERVATIONS), values)
        mine = f"WHERE r.id > {after} AND r.id % 10 < {USED} AND"
        used = {"since": 0, "settled": today - 5 * DAY, "lately": today - 30 * DAY}
        session.execute(text(USES.replace("WHERE r.state", f"{mine} r.state")), used)
        session.execute(text(f"{SPANS} AND u.id > {after}"))
        if db.engine.dialect.name == "postgresql":
            for table in TABLES:
                session.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM \"{table}\"))"
                    )
                )
