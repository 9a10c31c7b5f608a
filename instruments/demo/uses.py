"""What was really used of the invented world's reservations, made in the database itself: a statement a table."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, text

from instruments.availability.opening import midnight
from instruments.database import db
from instruments.demo.generator.instruments import SHOWN_LAB
from instruments.demo.generator.places import ZONE
from instruments.demo.generator.reservations import MadeReservation
from instruments.people.models import Person
from instruments.timespan import instant
from instruments.usage.models import InstrumentUse, RunCustomer, UsageSettings, UseSpan

DAY = 86_400
YEAR = 366 * DAY
NO_SHOW_EVERY, GRACE = 53, 15 * 60
RUNS = 24

# From an expression over the reservation's number, so that the same world is used the same way every time.
USES = """
INSERT INTO use (
  id, instrument_id, reservation_id, kind, user_id, institution_id, group_id, reserved_from, reserved_until, started_at,
  ended_at, ended_by, state, flags, confirm_by, confirmed_at, confirmed_by_id, confirmed_by_rule, operator_minutes, samples,
  mode, project, funding_source, subject, trained_students, rating, created_at, changed_at, version
)
SELECT u.id, u.instrument_id, u.id, 'reservation', u.user_id, u.institution_id, u.group_id, u.starts_at, u.ends_at, u.began,
  u.ended, CASE WHEN u.flags <> '' OR u.assumed = 1 THEN 'rule' ELSE 'person' END,
  CASE WHEN u.confirmed = 1 THEN 'confirmed' ELSE 'waiting' END, u.flags, u.ended + 7 * 86400,
  CASE WHEN u.confirmed = 1 THEN u.ended + 3600 * (1 + u.id % 48) END,
  CASE WHEN u.confirmed = 1 AND u.id % 5 <> 0 THEN u.manager END,
  u.confirmed = 1 AND (u.id % 5 = 0 OR u.manager IS NULL),
  CASE WHEN u.id % 6 = 0 THEN 30 + 15 * (u.id % 4) ELSE 0 END, CASE WHEN u.id % 3 = 0 THEN 1 + u.id % 12 END,
  CASE WHEN u.id % 6 = 0 THEN 'assisted' ELSE 'self' END,
  CASE WHEN u.id % 4 = 0 THEN 'P-' || (1000 + u.id % 700) ELSE '' END,
  CASE WHEN u.id % 4 = 0 THEN 'natural_science' WHEN u.id % 4 = 1 THEN 'own' ELSE '' END,
  CASE u.id % 3 WHEN 0 THEN '150' WHEN 1 THEN '140' ELSE '' END,
  CASE WHEN u.id % 29 = 0 THEN 2 ELSE 0 END, CASE WHEN u.id % 7 = 0 THEN 3 + u.id % 3 END, u.ended, u.ended, 1
FROM (
  SELECT r.id, r.instrument_id, r.user_id, r.institution_id, r.group_id, r.starts_at, r.ends_at,
    r.starts_at + CASE WHEN r.id % 3 = 0 THEN 0 ELSE 60 * (r.id % 4) END AS began,
    r.ends_at - CASE WHEN r.id % 3 = 0 THEN 0 ELSE 60 * (r.id % 5) END AS ended,
    CASE WHEN r.id % 3 = 0 THEN 1 ELSE 0 END AS assumed,
    CASE WHEN r.id % 71 = 0 AND r.ends_at > :lately THEN 'ended_by_rule' ELSE '' END AS flags,
    CASE WHEN r.ends_at <= :settled AND NOT (r.id % 71 = 0 AND r.ends_at > :lately) THEN 1 ELSE 0 END AS confirmed,
    m.manager
  FROM reservation AS r
  JOIN instrument AS i ON i.id = r.instrument_id
  LEFT JOIN (
    SELECT lab_id, min(person_id) AS manager FROM role_grant WHERE role = 'lab_manager' GROUP BY lab_id
  ) AS m ON m.lab_id = i.lab_id
  WHERE r.state = 'done' AND r.ends_at > :since AND r.ends_at - r.starts_at >= 900
) AS u
"""
SPANS = """
INSERT INTO use_span (use_id, layer, started_at, ended_at, grade, reporter, recorded_at)
SELECT u.id, 'attended', u.started_at, u.ended_at, CASE WHEN u.reservation_id % 3 = 0 THEN 'assumed' ELSE 'scan' END,
  CASE WHEN u.reservation_id % 3 = 0 THEN 'rule' ELSE 'person' END, u.ended_at
FROM use AS u WHERE u.ended_at IS NOT NULL AND u.kind = 'reservation'
"""
RUNNING = """
INSERT INTO use (
  id, instrument_id, reservation_id, kind, user_id, institution_id, group_id, reserved_from, reserved_until, started_at,
  state, created_at, changed_at
)
SELECT r.id, r.instrument_id, r.id, 'reservation', r.user_id, r.institution_id, r.group_id, r.starts_at, r.ends_at,
  r.starts_at + 60 * (r.id % 4), 'running', r.starts_at, r.starts_at
FROM reservation AS r JOIN instrument AS i ON i.id = r.instrument_id
WHERE r.state = 'confirmed' AND r.starts_at <= :now - 300 AND r.ends_at > :now AND i.lab_id = :lab AND r.id % 4 <> 0
"""
RUNNING_SPANS = """
INSERT INTO use_span (use_id, layer, started_at, grade, reporter, recorded_at)
SELECT id, 'attended', started_at, 'scan', 'person', started_at FROM use WHERE state = 'running'
"""


def as_ended(made: MadeReservation, today: int) -> MadeReservation:
    """The reservation as it stands once its time is over: used, or nobody came."""
    if made.state != "confirmed" or made.ends_at > today:
        return made
    if made.id % NO_SHOW_EVERY == 0:
        return made._replace(state="no_show", held_until=min(made.ends_at, made.starts_at + GRACE))
    return made._replace(state="done")


def make_uses(anchor: date, now: datetime) -> None:
    """Write the uses of the past year, those that run now, and what the shown lab's operators ran; inside the deed."""
    today = midnight(anchor, ZONE)
    db.session.execute(
        text(USES), {"since": today - YEAR, "settled": today - 5 * DAY, "lately": today - 30 * DAY}
    )
    db.session.execute(text(SPANS))
    db.session.execute(text(RUNNING), {"now": int(now.timestamp()), "lab": SHOWN_LAB})
    db.session.execute(text(RUNNING_SPANS))
    db.session.execute(
        insert(UsageSettings), [{"lab_id": SHOWN_LAB, "check_in": "optional", "walk_up": True}]
    )
    _runs(today)


def _runs(today: int) -> None:
    """Runs of the shown lab's operators for two customers each, of walk-ups of one; every other day at five."""
    use: Any = InstrumentUse.__table__
    things = db.session.execute(
        text("SELECT id FROM instrument WHERE lab_id = :lab AND status <> 'retired' ORDER BY id LIMIT 6"),
        {"lab": SHOWN_LAB},
    ).scalars()
    numbers = list(things)
    operator = db.session.scalar(text("SELECT min(person_id) FROM role_grant WHERE lab_id = 1"))
    people = db.session.execute(
        select(Person.id, Person.institution_id)
        .where(Person.institution_id.is_not(None))
        .order_by(Person.id)
        .limit(40)
    ).all()
    first = (db.session.scalar(text("SELECT max(id) FROM use")) or 0) + 1
    if not numbers or operator is None or len(people) < 2:
        return
    rows, spans, customers = [], [], []
    for place in range(RUNS):
        number, is_run = first + place, place % 3 > 0
        start = today - (2 * place + 1) * DAY + 5 * 3600
        whole = (instant(start), instant(start + 3600 * (1 + place % 3)))
        person = people[place % len(people)]
        rows.append({
            "id": number, "instrument_id": numbers[place % len(numbers)], "kind": "run" if is_run else "walk_up",
            "user_id": operator if is_run else person.id, "operator_id": operator if is_run else None,
            "institution_id": None if is_run else person.institution_id, "started_at": whole[0], "ended_at": whole[1],
            "ended_by": "person", "state": "confirmed", "confirmed_at": whole[1], "confirmed_by_id": operator,
            "confirmed_by_rule": False, "mode": "service" if is_run else "self", "samples": 6 if is_run else None,
            "created_at": whole[1], "changed_at": whole[1],
        })  # fmt: skip
        spans.append({
            "use_id": number, "layer": "attended", "started_at": whole[0], "ended_at": whole[1],
            "grade": "typed" if is_run else "scan", "reporter": "lab" if is_run else "person", "recorded_at": whole[1],
        })  # fmt: skip
        for position in range(2 if is_run else 0):
            other = people[(place + 7 * position + 1) % len(people)]
            customers.append({
                "use_id": number, "position": position, "person_id": other.id,
                "institution_id": other.institution_id, "samples": 4 - 2 * position,
            })  # fmt: skip
    db.session.execute(insert(use), rows)
    db.session.execute(insert(UseSpan), spans)
    db.session.execute(insert(RunCustomer), customers)
