"""What is told as unchanged, what changes the tag of a feed, and where its secret address stands."""

from __future__ import annotations

import logging
import re
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.calendars import keys
from instruments.calendars.models import CalendarFeed
from instruments.catalog import revision
from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from tests.calendars.feeds import HOUR, drop, events, feed_of, move
from tests.world import World, sign_in

# --- Unchanged --------------------------------------------------------------------------------------------------------


def test_an_unchanged_feed_is_said_to_be_so_without_being_written(
    client: FlaskClient, world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab, operator = world.lab(), world.person()
    world.grant(operator, Role.LAB_OPERATOR, lab)
    instrument = world.instrument(lab)
    world.reservation(instrument, operator, now + HOUR)
    addresses = [f"/calendars/instruments/{instrument.id}.ics", feed_of(operator), feed_of(operator, lab)]
    tags = [client.get(address).headers["ETag"] for address in addresses]
    monkeypatch.setattr("instruments.calendars.views.feeds.write", None)  # would break if it were called
    for address, tag in zip(addresses, tags, strict=True):
        for sent in (tag, f"W/{tag}", f'"other", {tag}'):
            answer = client.get(address, headers={"If-None-Match": sent})
            assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)
        assert client.get(address).status_code == 200  # kept, so not written either


@pytest.mark.parametrize(
    "what", ["booked", "moved", "cancelled", "handed over", "exchanged", "renamed", "closed"]
)
def test_every_change_changes_the_tags_of_those_who_see_it(
    client: FlaskClient, world: World, now: datetime, what: str
) -> None:
    lab, other = world.lab(), world.person()
    me = world.person(lab.institution)
    world.grant(me, Role.LAB_OPERATOR, lab)
    instrument = world.instrument(lab)
    mine = world.reservation(instrument, me, now + HOUR)
    theirs = world.reservation(instrument, other, now + 3 * HOUR)
    addresses = [f"/calendars/instruments/{instrument.id}.ics", feed_of(me), feed_of(me, lab)]
    before = [client.get(address).headers["ETag"] for address in addresses]
    if what == "booked":
        world.reservation(instrument, me, now + 6 * HOUR)
        revision.lock([instrument.id])
    elif what == "moved":
        move(me, mine, now + 6 * HOUR, now)
    elif what == "cancelled":
        drop(me, mine, now)
    elif what in ("handed over", "exchanged"):
        mine.user_id = mine.booker_id = other.id
        if what == "exchanged":  # as many as before, and of the same versions
            theirs.user_id = theirs.booker_id = me.id
        revision.lock([instrument.id])
    elif what == "renamed":
        instrument.name_en = "Another name"
        world.instrument()  # raises the number of the catalogue, as every deed on it does
    else:
        world.closure(instrument, now + 7 * HOUR, now + 8 * HOUR)
    db.session.commit()
    after = [client.get(address).headers["ETag"] for address in addresses]
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_the_number_of_statements_is_the_same_for_one_event_and_for_many(
    client: FlaskClient, world: World, now: datetime, statements: list[str]
) -> None:
    lab, me = world.lab(), world.person()
    world.grant(me, Role.LAB_OPERATOR, lab)
    instrument = world.instrument(lab)
    addresses = [f"/calendars/instruments/{instrument.id}.ics", feed_of(me), feed_of(me, lab)]
    counts = []
    for start in (1, 20):
        for number in range(start, start + 10 if start > 1 else 2):
            world.reservation(world.instrument(lab), me, now + number * HOUR)
            world.reservation(instrument, me, now + number * HOUR)
        for address in addresses:
            client.get(address)  # the day of use is noted, the catalogue read
        world.reservation(instrument, me, now + (start + 50) * HOUR)
        seen = []
        for address in addresses:
            statements.clear()
            client.get(address)
            seen.append(
                len([one for one in statements if not one.startswith(("BEGIN", "COMMIT", "ROLLBACK"))])
            )
        counts.append(seen)
    assert counts[0] == counts[1]


# --- The secret -------------------------------------------------------------------------------------------------------


def test_the_address_is_shown_once_and_kept_nowhere(
    client: FlaskClient, world: World, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    me = world.person()
    world.reservation(world.instrument(), me, now + HOUR)
    page = sign_in(client, me).post("/profile/calendars", data={"name": "Phone"})
    token = re.search(r"/calendars/people/([\w-]{43})\.ics", page.text)[1]  # type: ignore[index]
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    answer = client.get(f"/calendars/people/{token}.ics")
    assert len(events(answer)) == 1
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert token not in answer.text
    assert token not in client.get("/profile/calendars").text
    assert token not in repr([entry.detail for entry in db.session.scalars(select(JournalEntry))])
    assert token not in caplog.text
    assert db.session.scalars(select(CalendarFeed.token_hash)).one() != token


def test_a_name_must_be_given_and_twenty_addresses_are_enough(
    client: FlaskClient, world: World, now: datetime
) -> None:
    me = world.person()
    sign_in(client, me)
    assert client.post("/profile/calendars", data={"name": " "}).status_code == 422
    for number in range(keys.MOST):
        keys.make(me.id, None, f"Device {number}", now)
    answer = client.post("/profile/calendars", data={"name": "One more"})
    assert answer.status_code == 422
    assert "You have 20 addresses in force" in answer.text
