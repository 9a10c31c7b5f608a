"""Feeds as calendar programs fetch them: who sees what, and in which words."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.availability import kinds
from instruments.calendars import busy_feed, keys
from instruments.calendars.models import CalendarFeed
from instruments.database import db
from instruments.people.models import RoleGrant
from instruments.people.rights import Role
from tests.calendars.feeds import HOUR, drop, events, feed_of, move
from tests.world import World, bearer, sign_in

# --- Refused ----------------------------------------------------------------------------------------------------------


def test_there_is_no_feed_of_an_instrument_that_is_not(client: FlaskClient) -> None:
    assert client.get("/calendars/instruments/999999999.ics").status_code == 404


@pytest.mark.parametrize("token", ["x", "x" * 43, "%2e%2e"])
@pytest.mark.parametrize("kind", ["people", "labs"])
def test_an_address_that_never_was_shows_nothing(client: FlaskClient, kind: str, token: str) -> None:
    answer = client.get(f"/calendars/{kind}/{token}.ics")
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")


def test_a_revoked_address_shows_nothing(client: FlaskClient, world: World, now: datetime) -> None:
    person = world.person()
    address = feed_of(person)
    assert client.get(address).status_code == 200
    keys.revoke(db.session.scalars(select(CalendarFeed)).one(), person.id, now)
    assert client.get(address).status_code == 404


def test_a_person_whose_account_has_ended_sees_nothing_more(
    client: FlaskClient, world: World, now: datetime
) -> None:
    person = world.person()
    address = feed_of(person)
    person.deactivated_at = now
    assert client.get(address).status_code == 404


def test_who_loses_the_role_loses_the_feed_of_the_lab(
    client: FlaskClient, world: World, now: datetime
) -> None:
    lab, operator = world.lab(), world.person()
    grant = world.grant(operator, Role.LAB_OPERATOR, lab)
    address = feed_of(operator, lab)
    assert client.get(address).status_code == 200
    db.session.delete(db.session.get(RoleGrant, grant.id))
    assert client.get(address).status_code == 404


def test_an_address_of_one_kind_is_none_of_the_other(
    client: FlaskClient, world: World, now: datetime
) -> None:
    lab, operator = world.lab(), world.person()
    world.grant(operator, Role.LAB_OPERATOR, lab)
    own, of_lab = feed_of(operator), feed_of(operator, lab)
    assert client.get(own.replace("people", "labs")).status_code == 404
    assert client.get(of_lab.replace("labs", "people")).status_code == 404


def test_only_who_sees_a_reservation_adds_it_to_a_calendar(
    client: FlaskClient, world: World, now: datetime
) -> None:
    mine = world.reservation(world.instrument(), world.person(), now + HOUR)
    address = f"/reservations/{mine.id}.ics"
    assert client.get(address).headers["Location"].startswith("/sign-in")
    assert sign_in(client, world.person()).get(address).status_code == 404
    assert sign_in(client, mine.user).get(address).status_code == 200


def test_only_lab_staff_make_addresses_of_a_lab(client: FlaskClient, world: World, now: datetime) -> None:
    lab = world.lab()
    sign_in(client, world.person())
    assert client.get(f"/labs/{lab.id}/feeds").status_code == 403
    assert client.post(f"/labs/{lab.id}/feeds", data={"name": "Phone"}).status_code == 403


def test_nobody_revokes_the_address_of_another(client: FlaskClient, world: World, now: datetime) -> None:
    lab, operator, manager = world.lab(), world.person(), world.person()
    world.grant(operator, Role.LAB_OPERATOR, lab)
    world.grant(manager, Role.LAB_MANAGER, lab)
    feed_of(operator)
    feed_of(operator, lab)
    own, of_lab = db.session.scalars(select(CalendarFeed).order_by(CalendarFeed.id))
    numbers = own.id, of_lab.id
    sign_in(client, manager)
    assert client.post(f"/calendars/feeds/{numbers[0]}/revoke").status_code == 403
    assert client.post(f"/calendars/feeds/{numbers[1]}/revoke").status_code == 303
    assert [feed.revoked_at is None for feed in db.session.scalars(select(CalendarFeed).order_by(CalendarFeed.id))] == [
        True, False,
    ]  # fmt: skip


# --- The public feed --------------------------------------------------------------------------------------------------


def test_an_instrument_shows_when_it_is_taken_and_never_by_whom(
    client: FlaskClient, world: World, now: datetime
) -> None:
    lab = world.lab()
    instrument = world.instrument(lab)
    person = world.person(name_en="Lin Shili", name_zh="林示例", mail="lin@example.org")
    world.reservation(instrument, person, now + HOUR, title="Secret alloy", shows_name=True)
    world.closure(lab, now + 3 * HOUR, now + 5 * HOUR, reason="Laser change")
    answer = client.get(f"/calendars/instruments/{instrument.id}.ics")
    booked, closed = events(answer)
    assert [str(booked["summary"]), str(closed["summary"])] == ["Booked", "Maintenance"]
    assert (booked["transp"], booked.start) == ("OPAQUE", now + HOUR)
    assert str(booked.start.tzinfo) == "Asia/Shanghai"
    assert booked["url"] == f"http://localhost:5000/instruments/{instrument.id}"
    for secret in ("Lin", "林", "lin@", "Secret", "Measurement"):
        assert secret not in answer.text


def test_on_a_make_up_sunday_and_a_day_that_differs_the_feed_shows_what_is_booked_then(
    client: FlaskClient, world: World, now: datetime
) -> None:
    lab = world.lab()
    world.hours(lab, "Mon-Fri 08:00-18:00")
    instrument, person = world.instrument(lab, week=None), world.person(lab.institution)
    address, sunday, saturday = (
        f"/calendars/instruments/{instrument.id}.ics",
        date(2027, 3, 14),
        date(2027, 3, 20),
    )
    before = client.get(address)
    world.holiday(lab.institution, sunday, kind="make_up", replaces=date(2027, 3, 15))
    world.holiday(lab.institution, date(2027, 3, 15))
    world.days(lab, saturday, times="10:00-12:00")
    zone = ZoneInfo("Asia/Shanghai")
    spans = [
        (datetime.combine(day, time(10), zone), datetime.combine(day, time(12), zone))
        for day in (sunday, saturday)
    ]
    for start, end in spans:
        body = {"instrument_id": instrument.id, "start": start.isoformat(), "end": end.isoformat()}
        made = client.post("/api/v1/reservations", json=body, headers=bearer(world.token(person)))
        assert made.status_code == 201, made.json
    # The holiday and the hours of the day are no events: only what takes the time is.
    answer = client.get(address, headers={"If-None-Match": before.headers["ETag"]})
    assert answer.status_code == 200
    assert [(event.start, event.end) for event in events(answer)] == spans
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_an_instrument_speaks_the_language_of_its_address(
    client: FlaskClient, world: World, now: datetime
) -> None:
    instrument = world.instrument()
    world.reservation(instrument, world.person(), now + HOUR)
    address = f"/calendars/instruments/{instrument.id}.ics"
    english = client.get(address, headers={"Accept-Language": "zh-CN"})
    chinese = client.get(address + "?lang=zh", headers={"Accept-Language": "en"})
    assert [str(event["summary"]) for event in events(english) + events(chinese)] == ["Booked", "已约"]
    assert english.headers["ETag"] != chinese.headers["ETag"]


def test_of_several_places_the_feed_shows_when_none_is_left(
    client: FlaskClient, world: World, now: datetime
) -> None:
    instrument = world.instrument(capacity=2)
    for start in (now + HOUR, now + 1.5 * HOUR):
        world.reservation(instrument, world.person(), start, exclusive=False)
    (full,) = events(client.get(f"/calendars/instruments/{instrument.id}.ics"))
    assert (full.start, full.end) == (now + 1.5 * HOUR, now + 2 * HOUR)


def test_what_was_cancelled_leaves_the_public_feed(client: FlaskClient, world: World, now: datetime) -> None:
    instrument = world.instrument()
    reservation = world.reservation(instrument, world.person(), now + HOUR)
    drop(reservation.user, reservation, now)
    assert events(client.get(f"/calendars/instruments/{instrument.id}.ics")) == []


# --- One's own --------------------------------------------------------------------------------------------------------


def test_a_person_sees_what_they_use_and_what_they_booked_for_others(
    client: FlaskClient, world: World, now: datetime
) -> None:
    instrument = world.instrument(name_en="Raman, confocal; one", location="Building 4, 112")
    me, other = world.person(), world.person(name_en="Li Lizi", name_zh="李例子")
    world.reservation(instrument, me, now + HOUR, title="Thin films")
    world.reservation(instrument, other, now + 3 * HOUR, booker=me)
    world.reservation(instrument, other, now + 5 * HOUR)
    own, for_other = events(client.get(feed_of(me)))
    assert (str(own["summary"]), own["transp"], own["categories"].cats) == (
        "Raman, confocal; one", "OPAQUE", ["Research"],
    )  # fmt: skip
    assert str(own["location"]).startswith("Building 4, 112, Laboratory")
    assert (for_other["transp"], str(for_other["description"])) == (
        "TRANSPARENT", "Measurement\nUsed by Li Lizi",
    )  # fmt: skip


def test_uid_and_stamp_stay_and_the_sequence_grows_with_each_change(
    app: Flask, client: FlaskClient, world: World, now: datetime
) -> None:
    instrument = world.instrument()
    me = world.person(instrument.lab.institution)
    reservation = world.reservation(instrument, me, now + HOUR)
    address = feed_of(me)
    (first,) = events(client.get(address))
    assert first["uid"] == f"reservation-{reservation.id}@localhost"
    app.config["FROZEN_NOW"] = now + timedelta(minutes=10)
    assert events(client.get(address)) == [first]
    move(me, reservation, now + 4 * HOUR, now + timedelta(minutes=20))
    (second,) = events(client.get(address))
    assert (second["uid"], second.start) == (first["uid"], now + 4 * HOUR)
    assert second["sequence"] == first["sequence"] + 1
    assert second["last-modified"].dt == second["dtstamp"].dt == now + timedelta(minutes=20)


def test_what_is_cancelled_is_shown_so_for_thirty_days(
    app: Flask, client: FlaskClient, world: World, now: datetime
) -> None:
    me = world.person()
    reservation = world.reservation(world.instrument(), me, now + timedelta(days=40))
    drop(me, reservation, now)
    address = feed_of(me)
    (gone,) = events(client.get(address))
    assert (gone["status"], gone["transp"], gone["sequence"]) == ("CANCELLED", "TRANSPARENT", 2)
    assert "Sample broken" in gone["description"]
    app.config["FROZEN_NOW"] = now + timedelta(days=29)
    assert len(events(client.get(address))) == 1
    app.config["FROZEN_NOW"] = now + timedelta(days=31)
    assert events(client.get(address)) == []


def test_the_past_is_shown_for_thirty_days(client: FlaskClient, world: World, now: datetime) -> None:
    me, instrument = world.person(), world.instrument()
    world.reservation(instrument, me, now - timedelta(days=29))
    world.reservation(instrument, me, now - timedelta(days=32))
    assert len(events(client.get(feed_of(me)))) == 1


def test_a_lab_sees_who_comes_and_what_is_closed(client: FlaskClient, world: World, now: datetime) -> None:
    lab, operator = world.lab(name_en="Analysis Centre"), world.person()
    world.grant(operator, Role.LAB_OPERATOR, lab)
    instrument = world.instrument(lab, name_en="Raman")
    world.instrument(world.lab())
    world.reservation(instrument, world.person(name_en="Lin Shili"), now + HOUR)
    world.reservation(world.instrument(), world.person(), now + HOUR)
    world.closure(instrument, now + 3 * HOUR, now + 4 * HOUR, reason="Laser change")
    world.closure(lab, now + 5 * HOUR, now + 6 * HOUR, kind="closed", reason="Party")
    assert [str(event["summary"]) for event in events(client.get(feed_of(operator, lab)))] == [
        "Lin Shili · Raman", "Maintenance: Raman", "Closed: Analysis Centre",
    ]  # fmt: skip


def test_one_reservation_is_the_same_event_as_in_the_feed(
    client: FlaskClient, world: World, now: datetime
) -> None:
    me = world.person()
    reservation = world.reservation(world.instrument(), me, now + HOUR)
    number, address = reservation.id, feed_of(me)
    answer = sign_in(client, me).get(f"/reservations/{number}.ics")
    assert f'filename="reservation-{number}.ics"' in answer.headers["Content-Disposition"]
    assert events(answer) == events(client.get(address))


def test_the_feed_reaches_no_further_than_one_may_book(world: World, app: Flask, now: datetime) -> None:
    instrument = world.instrument()
    world.rules(instrument, horizon_days=14)
    world.closure(instrument, now + timedelta(days=10), now + timedelta(days=11))
    world.closure(instrument, now + timedelta(days=60), now + timedelta(days=61))
    with app.test_request_context():
        _, entries = busy_feed.of_instrument(instrument.id, "https://commons.example", "en", now).content()
    assert len(entries) == 1


def test_the_feed_reaches_as_far_as_those_may_book_who_may_book_furthest(
    world: World, app: Flask, now: datetime
) -> None:
    instrument = world.instrument()
    world.rules(instrument, horizon_days=14, lab_days=90)
    world.closure(instrument, now + timedelta(days=60), now + timedelta(days=61))
    with app.test_request_context():
        _, entries = busy_feed.of_instrument(instrument.id, "https://commons.example", "en", now).content()
    assert len(entries) == 1


def test_each_kind_of_closure_is_named_and_an_end_that_nobody_knows_stays_where_it_is(
    client: FlaskClient, world: World, app: Flask, now: datetime
) -> None:
    instrument = world.instrument()
    not_known = datetime.fromtimestamp(kinds.END_NOT_KNOWN, UTC)
    world.closure(instrument, now, not_known, kind="breakdown")
    address = f"/calendars/instruments/{instrument.id}.ics"
    (first,) = events(client.get(address))
    assert str(first["summary"]) == "Out of order"
    app.config["FROZEN_NOW"] = now + timedelta(days=3)
    assert events(client.get(address)) == [first]
    assert first.end < now + timedelta(days=3 * 365)
