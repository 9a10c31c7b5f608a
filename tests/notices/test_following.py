"""The journal is read without a gap and without a repeat, in whatever order its entries come to light."""

from __future__ import annotations

from datetime import timedelta
from itertools import count as count_from
from time import monotonic, sleep

from flask import Flask
from sqlalchemy import func, insert, select

from instruments.database import db
from instruments.database.transactions import deed
from instruments.journal.models import JournalEntry
from instruments.notices import following, tasks
from instruments.notices.models import JournalMark, Notice, NoticeDelivery
from instruments.web import clock
from tests.conftest import NOW
from tests.notices.conftest import at_once

MINUTE = timedelta(minutes=1)
FAR = 10_000_000


def count(table=Notice) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def given(place, number: int) -> dict:
    """The entry that tells Lin of a role, with an id of our choice, far from those that the database gives."""
    return {
        "id": FAR + number, "at": NOW, "actor_id": place.manager.id, "deed": "role.granted", "thing_kind": "person",
        "thing_id": place.lin.id, "institution_id": None, "lab_id": None,
        "detail": {"role": "lab_operator", "scope": "lab", "scope_id": place.lab.id},
    }  # fmt: skip


def write(*entries: dict) -> None:
    with deed():
        db.session.execute(insert(JournalEntry.__table__), list(entries))


def follow_at(moment) -> None:
    with clock.stopped_at(moment):
        tasks.follow()


def test_reading_again_tells_nobody_twice(place) -> None:
    place.books(place.manager, place.lin)
    assert [tasks.follow() for _ in range(3)] == [2, 0, 0]
    assert (count(), count(NoticeDelivery)) == (2, 2)


def test_an_entry_that_comes_to_light_late_is_not_skipped(place) -> None:
    write(given(place, 1000))
    follow_at(NOW)
    write(given(place, 999))
    follow_at(NOW + MINUTE)
    assert count() == 2


def test_what_is_settled_is_not_read_again(place) -> None:
    write(given(place, 1000))
    settled = (FAR + 1000, FAR + 1000)
    # Whoever else writes on the same server is waited for, too, though it be for another database: minutes at most.
    latest = monotonic() + 180
    for minutes in count_from(0, 3):
        follow_at(NOW + minutes * MINUTE)
        mark = db.session.scalars(select(JournalMark)).one()
        if (mark.settled_id, mark.seen_id) == settled or monotonic() > latest:
            break
        db.session.rollback()
        sleep(0.05)
    assert (mark.settled_id, mark.seen_id) == settled
    write(given(place, 999))
    follow_at(NOW + (minutes + 10) * MINUTE)
    assert count() == 1


def test_a_transaction_of_any_length_is_waited_for(place, database) -> None:
    """PostgreSQL shows id 1001 while 1000 is being written, for however long that takes; SQLite lets nobody write then."""
    writer = db.engine.connect()
    transaction = writer.begin()
    if database.kind == "postgresql":
        writer.execute(insert(JournalEntry.__table__), given(place, 1000))
    write(given(place, 1001))
    for minutes in range(0, 60, 5):
        follow_at(NOW + minutes * MINUTE)
    assert count() == 1
    if database.kind == "postgresql":
        transaction.commit()
        follow_at(NOW + 61 * MINUTE)
        assert count() == 2
    writer.close()


def test_more_than_a_chunk_is_read_in_one_pass(place) -> None:
    write(*(given(place, number) for number in range(1, following.A_CHUNK * 2 + 8)))
    assert tasks.follow() == following.A_CHUNK * 2 + 7


def test_the_statements_do_not_grow_with_the_entries(place, statements) -> None:
    counts = []
    for first, many in ((1, 1), (100, 90)):
        write(*(given(place, number) for number in range(first, first + many)))
        place.books(place.manager, place.lin, start=NOW + timedelta(days=1 + first % 7))
        statements.clear()
        follow_at(NOW + first * MINUTE * 10)
        counts.append(len([each for each in statements if not each.startswith("BEGIN")]))
    # One more or less where others write on the same server at that moment.
    assert abs(counts[0] - counts[1]) <= 2


def test_two_workers_at_once_tell_once(place, app: Flask) -> None:
    write(*(given(place, number) for number in range(1, 60)))
    at_once(app, tasks.follow, 4)
    assert (count(), count(NoticeDelivery)) == (59, 59)
