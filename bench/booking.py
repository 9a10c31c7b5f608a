"""Booking: the act against the raw insert and commit of the rows it writes, and the whole request against the act."""

from __future__ import annotations

import contextvars
import itertools
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from flask import Flask
from flask.globals import _cv_app
from sqlalchemy import func, select, text

from bench import calling, floors
from bench.measuring import NOW, cpu, interleaved, profile
from bench.report import Result
from instruments.database import db
from instruments.database.transactions import deed
from instruments.demo.guards import aside
from instruments.journal.models import JournalEntry
from instruments.people import tokens
from instruments.people.models import Person
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id
from instruments.reservations.bookable import bookables
from instruments.reservations.booking import BookingRequest, book
from instruments.reservations.free import Free, FreeSearch, find_free
from instruments.reservations.models import Reservation

ROUNDS = 250
HOUR = 3600
LEAST = {"postgresql": 0.25, "sqlite": 0.20}


def measure(app: Flask, database: str) -> list[Result]:
    """Book, raw and whole, in turns, each time another instrument; then take it all away again."""
    actor = somebody()
    slots = _slots(actor)
    before = _highest()
    token = _token(actor)
    raw = floors.RawWriter()

    def by_driver(_: int) -> None:
        free = next(slots)
        raw.write(free.instrument_id, free.start, free.end, actor.person_id)

    def by_act(_: int) -> None:
        free = next(slots)
        wanted = BookingRequest(free.instrument_id, _moment(free.start), _moment(free.end), title="Bench")
        with deed():
            book(actor, actor, wanted, NOW)

    def by_request(_: int) -> None:
        free = next(slots)
        body = {
            "instrument_id": free.instrument_id,
            "start": _iso(free.start),
            "end": _iso(free.end),
            "title": "Bench",
        }
        status, answer = _separately(
            lambda: calling.request(
                app, "POST", "/api/v1/reservations", {"Authorization": f"Bearer {token}"}, body
            )
        )
        if status != 201:
            raise RuntimeError(f"not booked: {status} {answer!r}")

    try:
        times = interleaved({"raw": by_driver, "act": by_act, "request": by_request}, ROUNDS)
        whole_cpu, act_cpu = cpu(by_request, 0, ROUNDS), cpu(by_act, 0, ROUNDS)
        share = times["raw"] / times["act"]
        factor = times["request"] / times["act"]
        slow_act = profile(by_act, 0, 100) if share < LEAST[database] else ""
        slow_request = profile(by_request, 0, 100) if factor > 2.5 or whole_cpu > 6 else ""
    finally:
        raw.close()
        _take_away(before)
    detail = f"raw {times['raw']:.2f} ms, act {times['act']:.2f} ms ({act_cpu:.1f} CPU ms)"
    return [
        Result(
            "book(): rate against raw insert", database, share, "×", LEAST[database], detail, True, slow_act
        ),
        Result(
            "booking, whole request, against book()",
            database,
            factor,
            "×",
            2.5,
            f"{times['request']:.2f} ms",
            profile=slow_request,
        ),
        Result("booking, whole request, CPU", database, whole_cpu, "ms", 6, "application and database"),
    ]


def _separately(act: Callable[[], Any]) -> Any:
    """In a context of its own, as a server does: the request gets its own session."""
    context = contextvars.copy_context()
    context.run(_cv_app.set, None)
    return context.run(act)


def somebody() -> Actor:
    """A member of an institution without any role."""
    rows = db.session.scalars(
        select(Person.id).where(Person.institution_id.is_not(None)).order_by(Person.id.desc())
    )
    for person_id in itertools.islice(rows.all(), 200):
        actor = actor_by_id(person_id, NOW)
        if actor is not None and actor.institution_kind in ("university", "institute"):
            return actor
    raise RuntimeError("the demonstration has nobody who may book")


def _slots(actor: Actor) -> Iterator[Free]:
    """Free hours of exclusive instruments, each of another instrument as long as there are some."""
    known = bookables()
    exclusive = [number for number, thing in known.items() if thing.capacity == 1]
    found: list[Free] = []
    for day in range(2, 14, 2):
        since = int((NOW + timedelta(days=day)).timestamp())
        search = FreeSearch(HOUR, since, since + 86_400, len(exclusive), actor)
        found += find_free(exclusive, search, NOW).spans
        # A day lies between, so that no two slots of one instrument touch.
    db.session.rollback()
    random.Random(1).shuffle(found)
    return iter(found)


def _highest() -> tuple[int, int]:
    found = tuple(db.session.scalar(select(func.max(model.id))) or 0 for model in (Reservation, JournalEntry))
    db.session.rollback()
    return found


def _token(actor: Actor) -> str:
    with deed():
        _, secret = tokens.make(
            actor.person_id, "bench", ["reservations:read", "reservations:write"], 30, NOW
        )
    return secret


def _take_away(before: tuple[int, int]) -> None:
    with deed(), aside(["journal_entry"]):
        for table, number in (("reservation", before[0]), ("journal_entry", before[1])):
            db.session.execute(text(f"DELETE FROM {table} WHERE id > :number"), {"number": number})
        db.session.execute(text("DELETE FROM personal_token WHERE name = 'bench'"))


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def _iso(second: int) -> str:
    return orjson.loads(orjson.dumps(_moment(second)))
