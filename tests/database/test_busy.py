"""One writer at a time: a deed that finds no turn to write says so, and that nothing was done."""

import sqlite3
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from instruments.database import db
from instruments.database.transactions import deed, perform
from instruments.errors import NotKnownYet, NotNow
from instruments.people.models import Institution
from tests.world import World, sign_in

WRITERS, TIMES = 8, 5


@pytest.fixture
def writer(app) -> Iterator[sqlite3.Connection | None]:
    """Somebody else who can write and not end; nobody waits long for it. None on PostgreSQL, where many write at once."""
    if db.engine.dialect.name != "sqlite":
        yield None
        return

    def hurry(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA busy_timeout=0")

    event.listen(db.engine, "checkout", hurry)
    other = sqlite3.connect(db.engine.url.database, isolation_level=None)
    yield other
    other.close()
    event.remove(db.engine, "checkout", hurry)


def test_a_deed_that_could_not_begin_says_that_nothing_was_done(writer, client, world: World) -> None:
    if writer is None:
        return
    thing = world.instrument()
    sign_in(client, world.person(thing.institution))
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotNow) as refused, deed():
        pytest.fail("it has begun")
    assert [reason.code for reason in refused.value.reasons] == ["busy"]
    answer = client.post(
        "/profile", data={"name_en": "Wei", "name_zh": "魏", "language": "en", "zone": "UTC"}
    )
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    page = answer.get_data(as_text=True)
    assert "Nothing was done; send it again in a few seconds." in page
    assert "ot known yet" not in page


def test_writers_of_one_process_stand_in_line_however_impatient_the_database_is(
    writer, app, world: World
) -> None:
    if writer is None:
        return
    number, told, gun = world.institution().id, [], threading.Barrier(WRITERS)

    def add_one() -> None:
        institution = db.session.get(Institution, number, populate_existing=True)
        institution.name_en = f"{institution.name_en}+"
        db.session.flush()
        told.append(threading.get_ident())

    def write() -> None:
        with app.app_context():
            gun.wait(60)
            for _ in range(TIMES):
                perform(add_one)
            db.session.remove()

    before = db.session.get(Institution, number).name_en
    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    assert len(told) == WRITERS * TIMES
    assert db.session.get(Institution, number).name_en == before + "+" * WRITERS * TIMES


def test_what_is_locked_at_its_end_may_have_been_done(app) -> None:
    locked = OperationalError("COMMIT", None, sqlite3.OperationalError("database is locked"))
    with pytest.raises(NotKnownYet) as refused, deed():
        raise locked
    assert not isinstance(refused.value, NotNow)
