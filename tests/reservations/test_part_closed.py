"""Some of an instrument's places closed: what every way in refuses, and who has to make way."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from instruments.availability.models import Closure
from instruments.catalog import revision
from instruments.catalog.capacity import try_capacities
from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from instruments.reservations.free import FreeSearch, find_free
from instruments.reservations.models import Displacement, Reservation
from instruments.reservations.timetable import spans
from tests.world import bearer, sign_in

HOUR = timedelta(hours=1)


@pytest.fixture
def lab(world, now):
    return world.lab()


@pytest.fixture
def thing(world, lab):
    """Eight furnace places."""
    return world.instrument(lab, capacity=8)


@pytest.fixture
def manager(world, lab):
    person = world.person(lab.institution, name_en="Manager")
    world.grant(person, Role.LAB_MANAGER, lab)
    return person


@pytest.fixture
def begins(now) -> datetime:
    return now + timedelta(days=1)


def booked(world, thing, start: datetime, count: int, hours: int = 1) -> list[Reservation]:
    return [
        world.reservation(thing, world.person(thing.institution), start, start + hours * HOUR)
        for _ in range(count)
    ]


def closed(world, thing, start: datetime, units: int | None, hours: int = 4) -> Closure:
    return world.closure(thing, start, start + hours * HOUR, units=units)


def written(statement: str, **values) -> bool:
    """Whether the database takes it, written past the program."""
    try:
        with db.session.begin_nested():
            db.session.execute(text(statement), values)
    except DBAPIError as error:
        if "reservation_overlap" not in str(error.orig) and "ck_closure_units" not in str(error.orig):
            raise
        return False
    return True


INSERT = (
    "INSERT INTO reservation (instrument_id, user_id, booker_id, starts_at, ends_at, held_until, created_at, changed_at)"
    " VALUES (:thing, :person, :person, :start, :end, :end, 0, 0)"
)


@pytest.mark.parametrize(
    ("shift", "length", "taken"),
    [(0, 1, True), (-1, 1, False), (-1, 2, True), (3, 2, True), (4, 1, False), (-2, 8, True)],
)
def test_the_database_itself_counts_what_is_closed(world, thing, begins, shift, length, taken) -> None:
    closed(world, thing, begins, 3)
    booked(world, thing, begins, 5, hours=4)
    start = int((begins + shift * HOUR).timestamp())
    values = {"thing": thing.id, "person": world.person().id, "start": start, "end": start + length * 3600}
    assert written(INSERT, **values) is not taken


def test_a_closure_that_begins_within_a_reservation_counts_too(world, thing, begins) -> None:
    closed(world, thing, begins + HOUR, 5, hours=1)
    closed(world, thing, begins + HOUR, 3, hours=1)
    start = int(begins.timestamp())
    values = {"thing": thing.id, "person": world.person().id, "start": start}
    assert not written(INSERT, **values, end=start + 3 * 3600)
    assert written(INSERT, **values, end=start + 3600)


def test_what_stands_beyond_the_places_left_may_be_made_shorter_and_never_longer(
    world, thing, begins
) -> None:
    row = booked(world, thing, begins, 6, hours=2)[-1]
    closed(world, thing, begins, 3)
    held = "UPDATE reservation SET held_until = held_until + :more WHERE id = :id"
    assert written("UPDATE reservation SET state = 'requested' WHERE id = :id", id=row.id)
    assert written("UPDATE reservation SET state = 'confirmed' WHERE id = :id", id=row.id)
    assert written(held, id=row.id, more=-3600)
    assert not written(held, id=row.id, more=60)
    assert written("UPDATE reservation SET state = 'cancelled' WHERE id = :id", id=row.id)
    assert not written("UPDATE reservation SET state = 'confirmed' WHERE id = :id", id=row.id)


def test_a_lab_has_no_places_to_close(lab, begins) -> None:
    statement = (
        "INSERT INTO closure (lab_id, kind, starts_at, ends_at, units) VALUES (:lab, 'closed', 1, 2, :units)"
    )
    assert not written(statement, lab=lab.id, units=1)
    assert written(statement, lab=lab.id, units=None)


def test_who_books_reads_how_many_places_are_closed(client, world, thing, begins) -> None:
    closed(world, thing, begins, 3)
    booked(world, thing, begins, 5)
    token = bearer(world.token(world.person(thing.institution)))
    body = {"instrument_id": thing.id, "start": begins.isoformat(), "end": (begins + HOUR).isoformat()}
    refused = client.post("/api/v1/reservations", json=body, headers=token)
    assert refused.status_code == 409
    [reason] = refused.json["reasons"]
    assert reason["code"] == "taken"
    assert "3 of 8 closed for maintenance, the other 5 booked" in reason["message"]
    told = client.post("/api/v1/reservations", json=body, headers={**token, "Accept-Language": "zh"})
    assert "8 个名额中有 3 个因维护停开，其余 5 个已约满" in told.json["reasons"][0]["message"]
    later = {"start": (begins + HOUR).isoformat(), "end": (begins + 2 * HOUR).isoformat()}
    assert client.post("/api/v1/reservations", json=body | later, headers=token).status_code == 201


def test_searches_and_calendars_see_the_places_that_are_left(client, world, thing, begins, now) -> None:
    closed(world, thing, begins, 3)
    booked(world, thing, begins, 5)
    start, end = int(begins.timestamp()), int((begins + HOUR).timestamp())
    search = FreeSearch(3600, start, start + 86_400)
    assert [free.start for free in find_free([thing.id], search, now).spans] == [end]
    found = spans([thing.id], start, start + 86_400, now)[thing.id]
    assert found.busy == [(start, end)]
    assert found.free[0][0] == end
    shown = client.get(f"/api/v1/instruments/{thing.id}/calendar?from={begins:%Y-%m-%dT%H:%M:%SZ}").json
    assert [each["start"] for each in shown["busy"]] == [found_iso(begins, shown)]


def found_iso(moment: datetime, shown) -> str:
    """The moment as the calendar writes it."""
    zone = datetime.fromisoformat(shown["busy"][0]["start"]).tzinfo
    return moment.astimezone(zone).isoformat()


@pytest.fixture
def wanted(begins):
    return {
        "kind": "maintenance", "reason": "Heating coil", "units": 3,
        "start": begins.isoformat(), "end": (begins + 4 * HOUR).isoformat(),
    }  # fmt: skip


@pytest.mark.parametrize(("units", "capacity"), [(8, 8), (9, 8), (1, 1)])
def test_a_part_is_less_than_all(client, world, lab, manager, wanted, units, capacity) -> None:
    one, held = world.instrument(lab, capacity=capacity), bearer(world.token(manager))
    address = f"/api/v1/instruments/{one.id}/closures"
    refused = client.post(address, json=wanted | {"units": units}, headers=held)
    assert [(each["code"], each["field"]) for each in refused.json["reasons"]] == [("closure_units", "units")]
    of_lab = client.post(f"/api/v1/labs/{lab.id}/closures", json=wanted, headers=held)
    assert [each["code"] for each in of_lab.json["reasons"]] == ["closure_units"]
    for nonsense in (0, -1, "two"):
        wrong = client.post(address, json=wanted | {"units": nonsense}, headers=held)
        assert [each["field"] for each in wrong.json["reasons"]] == ["units"]


def test_nobody_is_asked_about_while_all_have_a_place(client, world, thing, manager, wanted, begins) -> None:
    booked(world, thing, begins, 5)
    held = bearer(world.token(manager))
    made = client.post(f"/api/v1/instruments/{thing.id}/closures", json=wanted, headers=held)
    assert made.status_code == 201, made.json
    assert made.json["outcomes"] == {}
    assert made.json["items"][0]["units"] == 3
    assert db.session.query(Displacement).count() == 0


def test_those_booked_last_have_no_place_and_the_others_stay(
    client, world, thing, manager, wanted, begins
) -> None:
    rows = booked(world, thing, begins, 7)
    apart = booked(world, thing, begins + 2 * HOUR, 5)
    held = bearer(world.token(manager))
    address = f"/api/v1/instruments/{thing.id}/closures"
    assert client.post(address, json=wanted, headers=held).status_code == 422
    met = client.post(f"{address}/preview", json=wanted, headers=held).json["reservations"]
    assert {each["id"]: each["has_place"] for each in met} == {
        row.id: number < 5 for number, row in enumerate(rows)
    }
    assert met[0]["move_to"]["start"] != met[0]["start"]
    said = {"all": "cancel", "message": "A coil broke"}
    done = client.post(address, json=wanted | {"reservations": said}, headers=held)
    assert done.json["outcomes"] == {"cancelled": 2}
    db.session.expire_all()
    states = [row.state for row in (*rows, *apart)]
    assert states == ["confirmed"] * 5 + ["cancelled"] * 2 + ["confirmed"] * 5


def test_another_may_go_in_the_stead_of_who_booked_last(
    client, world, thing, manager, wanted, begins
) -> None:
    rows = booked(world, thing, begins, 6)
    held = bearer(world.token(manager))
    each = [{"reservation_id": rows[0].id, "version": 1, "choice": "cancel"}]
    body = wanted | {"reservations": {"each": each, "message": "Yours is the long one"}}
    done = client.post(f"/api/v1/instruments/{thing.id}/closures", json=body, headers=held)
    assert done.json["outcomes"] == {"cancelled": 1}
    assert done.json["failed"] == []


def test_who_is_kept_without_a_place_is_told_so(client, world, thing, manager, wanted, begins) -> None:
    rows = booked(world, thing, begins, 6)
    held = bearer(world.token(manager))
    body = wanted | {"reservations": {"all": "keep"}}
    done = client.post(f"/api/v1/instruments/{thing.id}/closures", json=body, headers=held)
    assert done.json["outcomes"] == {"kept": 1}
    [entry] = db.session.scalars(select(JournalEntry).where(JournalEntry.deed == "reservation.displaced"))
    assert (entry.thing_id, entry.detail["places_closed"]) == (rows[-1].id, 3)
    sign_in(client, rows[-1].user)
    assert "none is left for it" in client.get(f"/reservations/{rows[-1].id}").text
    sign_in(client, rows[0].user)
    assert "none is left for it" not in client.get(f"/reservations/{rows[0].id}").text


def test_closing_more_places_asks_again_and_fewer_does_not(
    client, world, thing, manager, wanted, begins
) -> None:
    booked(world, thing, begins, 5)
    held = bearer(world.token(manager))
    address = f"/api/v1/instruments/{thing.id}/closures"
    one = client.post(address, json=wanted, headers=held).headers["Location"]
    again = {**held, "If-Match": "*"}
    more = client.put(one, json=wanted | {"units": 4}, headers=again)
    assert [each["code"] for each in more.json["reasons"]] == ["in_the_way"]
    whole = client.put(one, json=wanted | {"units": None}, headers=again)
    assert whole.json["reasons"][0]["message"].startswith("Reservations lie in the way: 5.")
    assert client.put(one, json=wanted | {"units": 2}, headers=again).status_code == 200


def test_two_closures_add_up(client, world, thing, manager, wanted, begins) -> None:
    closed(world, thing, begins, 2)
    booked(world, thing, begins, 4)
    held = bearer(world.token(manager))
    address = f"/api/v1/instruments/{thing.id}/closures"
    met = client.post(f"{address}/preview", json=wanted, headers=held).json["reservations"]
    assert [each["has_place"] for each in met] == [True] * 3 + [False]


def test_a_capacity_lowered_to_what_is_closed_closes_it_whole(client, world, thing, begins, now) -> None:
    closed(world, thing, begins, 3)
    assert try_capacities({thing.id: 3}) is None
    revision.raise_catalog()
    db.session.commit()
    start = int(begins.timestamp())
    found = spans([thing.id], start, start + 86_400, now)[thing.id]
    assert found.opened[0][0] == start + 4 * 3600
    token = bearer(world.token(world.person(thing.institution)))
    body = {"instrument_id": thing.id, "start": begins.isoformat(), "end": (begins + HOUR).isoformat()}
    refused = client.post("/api/v1/reservations", json=body, headers=token)
    assert [each["code"] for each in refused.json["reasons"]] == ["maintenance"]


@pytest.mark.parametrize(
    ("closings", "reserved", "capacity", "taken"),
    [
        ([(0, 3)], 0, 3, None),  # what is closed is closed whole from then on
        ([(0, 3)], 0, 2, "closed places"),
        ([(0, 3)], 0, 1, "closed places"),
        ([(0, 2), (2, 2)], 0, 3, "closed places"),  # two closures add up where they meet
        ([(0, 2), (4, 2)], 0, 3, None),
        ([(0, 3)], 2, 5, None),
        ([(0, 3)], 2, 4, "closed and reserved"),
        ([(4, 3)], 2, 3, None),  # they do not meet
        ([(-30, 3)], 0, 1, None),  # what is over by the clock of the database matters no more
        ([(0, None)], 1, 1, None),  # closed whole, whatever the capacity
    ],
)
def test_a_capacity_is_not_lowered_below_what_is_closed(
    world, thing, begins, closings, reserved, capacity, taken
) -> None:
    begins = begins.replace(microsecond=0)
    for shift, units in closings:
        closed(world, thing, (datetime.now(UTC) if shift < 0 else begins) + shift * HOUR, units)
    booked(world, thing, begins, reserved)
    refusal = try_capacities({thing.id: capacity})
    assert (refusal and refusal.said.partition(": ")[2]) == taken
    lowered = "UPDATE instrument SET capacity = :capacity WHERE id = :id"
    assert written(lowered, id=thing.id, capacity=capacity) is (taken is None)
    assert written("UPDATE instrument SET capacity = 9 WHERE id = :id", id=thing.id)


FORM = {
    "kind": "maintenance", "reason": "Heating coil / 加热丝", "units": "3",
    "start_day": "2027-03-02", "start_time": "08:00", "end_day": "2027-03-02", "end_time": "12:00",
}  # fmt: skip


@pytest.fixture
def morning() -> datetime:
    return datetime.fromisoformat("2027-03-02T00:00:00+00:00")


def test_the_page_closes_places_and_shows_who_has_none(client, world, thing, manager, morning) -> None:
    rows = booked(world, thing, morning, 6)
    sign_in(client, manager)
    address = f"/instruments/{thing.id}/closures"
    assert "Of its 8 places" in client.get(address).text
    for wrong, sentence in (("two", "Write a number of places"), ("8", "at least one of its 8 places")):
        refused = client.post(address, data=FORM | {"units": wrong})
        assert refused.status_code == 422
        assert sentence in refused.text
    page = client.post(address, data=FORM).text
    assert "1 reservation has no place left" in page
    assert "3 of 8 places, Tue 2 Mar, 08:00–12:00" in page
    assert page.count("has a place") == 5
    sent = FORM | {"decided": "1", "all": "cancel", "message": "Sorry"}
    sent |= {f"version-{row.id}": "1" for row in rows} | {f"placed-{row.id}": "1" for row in rows[:5]}
    done = client.post(address, data=sent, follow_redirects=True).text
    assert "Closed 3 of 8 places, Tue 2 Mar, 08:00–12:00. 1 booking is cancelled." in done
    db.session.expire_all()
    assert [row.state for row in rows] == ["confirmed"] * 5 + ["cancelled"]
    assert "Maintenance, 3 of 8 places" in client.get(address).text
    assert "维护（8 个名额中的 3 个）" in client.get(f"{address}?lang=zh").text


def test_everybody_sees_on_the_instruments_page_and_in_its_feed_how_many(
    client, world, thing, morning
) -> None:
    closed(world, thing, morning, 3)
    booked(world, thing, morning, 5)
    page = client.get(f"/instruments/{thing.id}?week=2027-W09").text
    assert "Some places are closed; the others can be booked:" in page
    assert "Tue 2 Mar, 08:00–12:00: Maintenance, 3 of 8 places: Service" in page
    week = client.get(f"/instruments/{thing.id}/week.json?from=2027-03-01").json
    assert [each["state"] for each in week["spans"] if each["state"] != "open"] == [
        "booked",
        "partly",
        "words",
    ]
    feed = client.get(f"/calendars/instruments/{thing.id}.ics").text
    assert "SUMMARY:Maintenance\\, 3 of 8 places" in feed
    assert "TRANSP:TRANSPARENT" in feed
    assert feed.count("SUMMARY:Booked") == 1


def test_there_is_nothing_to_close_in_part_of_a_lab_or_of_what_serves_one(
    client, world, lab, manager
) -> None:
    sign_in(client, manager)
    for address in (f"/labs/{lab.id}/closures", f"/instruments/{world.instrument(lab).id}/closures"):
        assert 'name="units"' not in client.get(address).text


def test_deciding_again_where_all_have_a_place_says_so(client, world, thing, manager, morning) -> None:
    row = closed(world, thing, morning, 3)
    booked(world, thing, morning, 5)
    sign_in(client, manager)
    page = client.get(f"/closures/{row.id}/reservations", follow_redirects=True).text
    assert "Every reservation within it has a place." in page
    whole = closed(world, thing, morning + 48 * HOUR, None)
    page = client.get(f"/closures/{whole.id}/reservations", follow_redirects=True).text
    assert "has a place" not in page.replace("See who has a place", "")
