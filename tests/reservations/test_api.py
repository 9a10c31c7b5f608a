"""The public contract of reservations: refusals first, with every reason; then book, move, cancel, look and list."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from instruments.catalog import revision
from instruments.database import db
from instruments.reservations.models import Reservation
from tests.world import World, bearer

NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an
HOUR = timedelta(hours=1)
URL = "/api/v1/reservations"


class Program:
    """A program that speaks for a person."""

    def __init__(
        self, client: FlaskClient, world: World, person, scopes="reservations:read reservations:write"
    ) -> None:
        self.client, self.headers = client, bearer(world.token(person, scopes))

    def book(self, instrument, start=NINE, end=None, key=None, **more):
        body = {
            "instrument_id": instrument.id,
            "start": start.isoformat(),
            "end": (end or start + HOUR).isoformat(),
            **more,
        }
        headers = self.headers | ({"Idempotency-Key": key} if key is not None else {})
        return self.client.post(URL, json=body, headers=headers)

    def get(self, path="", **query):
        return self.client.get(URL + path, headers=self.headers, query_string=query)

    def change(self, number, match='"1"', method="PATCH", path="", **body):
        headers = self.headers | ({"If-Match": match} if match else {})
        return self.client.open(f"{URL}/{number}{path}", method=method, json=body, headers=headers)


@pytest.fixture
def instrument(world: World, now):
    return world.instrument()


@pytest.fixture
def program(client, world, instrument) -> Program:
    return Program(client, world, world.person(instrument.institution))


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.json["reasons"]]


def test_strangers_and_narrow_tokens_do_not_book(client, world, instrument) -> None:
    assert client.post(URL, json={}).status_code == 401
    reader = Program(client, world, world.person(), "reservations:read")
    assert reader.book(instrument).status_code == 403


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["instrument_id", "start", "end"]),
        ({"instrument_id": 1, "start": "2027-03-02T09:00:00", "end": "soon"}, ["start", "end"]),
        ({"instrument_id": "x", "start": NINE.isoformat(), "end": NINE.isoformat()}, ["instrument_id"]),
        ({"instrument_id": 2**70, "start": NINE.isoformat(), "end": NINE.isoformat()}, ["instrument_id"]),
        ({"instrument_id": 1, "start": 1700000000, "end": NINE.isoformat()}, ["start"]),
    ],
)
def test_a_body_that_does_not_fit_names_every_field(program: Program, body, fields) -> None:
    answer = program.client.post(URL, json=body, headers=program.headers)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert [reason["field"] for reason in answer.json["reasons"]] == fields


@pytest.mark.parametrize("body", [b"", b"[1]", b"nonsense", b"null", b'"x"'])
def test_what_is_no_object_is_a_clear_refusal(program: Program, body) -> None:
    answer = program.client.post(URL, data=body, headers=program.headers, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer.json["reasons"]


@pytest.mark.parametrize("title", ["a\x00b", "\ud800", "x" * 201])
def test_text_that_cannot_be_kept_is_refused(program: Program, instrument, title) -> None:
    answer = program.book(instrument, title=title)
    assert answer.status_code == 422
    assert answer.json["reasons"][0]["field"] == "title"


def test_far_away_times_are_refused(program: Program, instrument) -> None:
    answer = program.book(instrument, datetime(2990, 12, 31, 22, tzinfo=UTC))
    assert answer.status_code == 422
    assert codes(answer) == ["horizon"]
    for year in (1, 1970, 9999):
        assert program.book(instrument, datetime(year, 12, 31, 1, tzinfo=UTC)).status_code == 422


def test_a_taken_time_is_409_with_spans_and_alternatives_and_no_name(
    program: Program, client, world, instrument
) -> None:
    sister = world.instrument(instrument.lab)
    for thing in (instrument, sister):
        thing.class_code = "010101"
    holder = world.person(instrument.institution, name_en="Hidden Holder")
    world.reservation(instrument, holder, NINE, NINE + 2 * HOUR)
    revision.raise_catalog()
    answer = program.book(instrument, NINE + HOUR, NINE + 3 * HOUR)
    assert answer.status_code == 409
    assert codes(answer) == ["taken"]
    assert answer.json["conflicts"] == [
        {"start": "2027-03-02T10:00:00+08:00", "end": "2027-03-02T11:00:00+08:00"}
    ]
    offers = answer.json["alternatives"]
    assert [offer["instrument_id"] for offer in offers].count(sister.id) == 1
    assert all(offer["start"] and offer["end"] for offer in offers)
    assert b"Hidden" not in answer.data
    for offer in offers:
        again = {"instrument_id": offer["instrument_id"], "start": offer["start"], "end": offer["end"]}
        assert client.post(URL, json=again, headers=program.headers).status_code == 201


def test_taken_among_others_is_422_and_still_carries_them(program: Program, world, instrument) -> None:
    world.reservation(instrument, world.person(), NINE)
    answer = program.book(instrument, NINE, NINE + HOUR + timedelta(minutes=1))
    assert answer.status_code == 422
    assert set(codes(answer)) == {"grid", "taken"}
    assert answer.json["conflicts"]
    assert answer.json["alternatives"]


def test_booking_answers_with_the_reservation(program: Program, instrument) -> None:
    answer = program.book(instrument, purpose="teaching", title="Course", show_name=True)
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.json["start"] == "2027-03-02T09:00:00+08:00"
    assert (answer.json["purpose"], answer.json["title"], answer.json["state"]) == (
        "teaching",
        "Course",
        "confirmed",
    )
    again = program.client.get(answer.headers["Location"], headers=program.headers)
    assert again.json == answer.json
    assert again.headers["ETag"] == '"1"'


def test_the_same_key_books_once(program: Program, instrument) -> None:
    first, second = (program.book(instrument, key="k1") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert first.headers["Location"] == second.headers["Location"]
    assert program.book(instrument, NINE + HOUR, key="k1").status_code == 422
    assert db.session.query(Reservation).count() == 1


def test_a_refused_key_may_be_used_again(program: Program, world, instrument) -> None:
    row = world.reservation(instrument, world.person(), NINE)
    assert program.book(instrument, key="k1").status_code == 409
    row.state = "cancelled"
    assert program.book(instrument, key="k1").status_code == 201


def test_booking_for_somebody_by_number_or_mail(client, world, instrument) -> None:
    operator, user = world.person(instrument.institution), world.person(world.institution())
    world.grant(operator, "lab_operator", instrument.lab)
    program = Program(client, world, operator)
    assert program.book(instrument, **{"for": user.id}).json["user"]["id"] == user.id
    assert program.book(instrument, NINE + HOUR, **{"for": user.mail.upper()}).json["user"]["id"] == user.id
    stranger = Program(client, world, world.person())
    denied = stranger.book(instrument, NINE + 2 * HOUR, **{"for": user.mail})
    unknown = stranger.book(instrument, NINE + 2 * HOUR, **{"for": "nobody@example.org"})
    assert denied.status_code == unknown.status_code == 403
    assert denied.json == unknown.json


def test_changes_need_the_version(program: Program, instrument) -> None:
    number = program.book(instrument).json["id"]
    assert program.change(number, None, title="x").status_code == 428
    moved = program.change(
        number, start=(NINE + HOUR).isoformat(), end=(NINE + 2 * HOUR).isoformat(), reason="train"
    )
    assert (moved.status_code, moved.headers["ETag"], moved.json["version"]) == (200, '"2"', 2)
    assert program.change(number, '"1"', title="x").status_code == 412
    assert program.change(number, '"1"', "POST", "/cancel", reason="x").status_code == 412
    assert program.change(number, '"2"', "POST", "/cancel").status_code == 422
    cancelled = program.change(number, '"2"', "POST", "/cancel", reason="no samples")
    assert (cancelled.status_code, cancelled.json["state"], cancelled.json["version"]) == (
        200,
        "cancelled",
        3,
    )
    assert program.book(instrument, NINE + HOUR).status_code == 201


def test_moving_into_a_taken_time_is_409(program: Program, instrument) -> None:
    number = program.book(instrument).json["id"]
    program.book(instrument, NINE + 2 * HOUR)
    moved = program.change(number, start=(NINE + 2 * HOUR).isoformat(), end=(NINE + 3 * HOUR).isoformat())
    assert moved.status_code == 409
    assert moved.json["conflicts"]
    assert moved.json["alternatives"]


def test_others_reservations_are_not_found(program: Program, client, world, instrument) -> None:
    number = program.book(instrument).json["id"]
    other = Program(client, world, world.person())
    assert other.get(f"/{number}").status_code == 404
    assert other.change(number, title="x").status_code == 404
    assert other.get(f"/{2**62}").status_code == 404


def test_lists_page_by_cursor_and_hold_what_one_may_see(program: Program, client, world, instrument) -> None:
    for hour in range(5):
        program.book(instrument, NINE + hour * HOUR)
    other = Program(client, world, world.person(world.institution()))
    assert other.book(instrument, NINE + 7 * HOUR).status_code == 201
    seen, cursor = [], None
    while True:
        answer = program.get(limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [item["start"][11:13] for item in answer.json["items"]]
        cursor = answer.json["next"]
        if cursor is None:
            break
    assert seen == ["09", "10", "11", "12", "13"]
    assert len(program.get(scope="all").json["items"]) == 5
    manager = world.person(instrument.institution)
    world.grant(manager, "lab_manager", instrument.lab)
    everything = Program(client, world, manager)
    assert len(everything.get(scope="all").json["items"]) == 6
    assert everything.get().json["items"] == []
    window = {"from": (NINE + HOUR).isoformat(), "to": (NINE + 2 * HOUR).isoformat()}
    assert len(program.get(**window).json["items"]) == 1
    assert program.get(cursor="rubbish").status_code == 422
    assert program.get(state="odd").status_code == 422


def test_a_booking_asks_who_looks_locks_looks_again_and_writes(
    program: Program, instrument, statements
) -> None:
    program.book(instrument)  # reads the catalogue, and notes the day on which the token is used
    start, end = NINE + HOUR, NINE + 2 * HOUR
    body = {"instrument_id": instrument.id, "start": start.isoformat(), "end": end.isoformat()}
    statements.clear()
    assert program.client.post(URL, json=body, headers=program.headers).status_code == 201
    asked = [line.split()[0] for line in statements if not line.startswith("BEGIN")]
    assert asked == ["SELECT", "SELECT", "UPDATE", "SELECT", "INSERT", "INSERT"]


def test_the_list_takes_a_fixed_number_of_statements(program: Program, instrument, statements) -> None:
    counts = []
    for hour in range(0, 9, 3):
        for each in range(3):
            program.book(instrument, NINE + (hour + each) * HOUR)
        statements.clear()
        program.get()
        counts.append(len(statements))
    assert len(set(counts)) == 1


def test_a_calendar_is_open_to_strangers_and_holds_spans_only(client, world, instrument) -> None:
    world.rules(instrument, shortest_minutes=60, grid_minutes=60)
    world.reservation(instrument, world.person(name_en="Hidden Holder"), NINE, NINE + 2 * HOUR)
    world.closure(instrument, NINE + 5 * HOUR, NINE + 6 * HOUR)
    query = {"from": NINE.isoformat(), "to": (NINE + 8 * HOUR).isoformat()}
    answer = client.get(f"/api/v1/instruments/{instrument.id}/calendar", query_string=query)
    assert answer.status_code == 200

    def clock(name: str) -> list[str]:
        return [f"{span['start'][11:13]}-{span['end'][11:13]}" for span in answer.json[name]]

    assert (clock("open"), clock("busy"), clock("free")) == (
        ["09-14", "15-17"],
        ["09-11"],
        ["11-14", "15-17"],
    )
    assert b"Hidden" not in answer.data


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2027-03-02", "to": "x"},
        {"from": "2027-03-02T00:00:00Z", "to": "2027-03-01T00:00:00Z"},
        {"from": "2027-03-02T00:00:00Z", "to": "2027-09-01T00:00:00Z"},
    ],
)
def test_a_range_that_cannot_be_shown_is_refused(client, instrument, query) -> None:
    assert client.get(f"/api/v1/instruments/{instrument.id}/calendar", query_string=query).status_code == 422


def test_an_unknown_instrument_has_no_calendar(client, now) -> None:
    assert client.get("/api/v1/instruments/999999999/calendar").status_code == 404


def test_a_plus_sign_that_became_a_space_is_understood(client, instrument) -> None:
    address = f"/api/v1/instruments/{instrument.id}/calendar?from=2027-03-02T09:00:00+08:00&to=2027-03-02T10:00:00+08:00"
    assert client.get(address).json["start"] == "2027-03-02T09:00:00+08:00"


def test_two_ends_off_the_grid_are_two_reasons_and_one_sentence(program, instrument, world) -> None:
    world.rules(instrument, grid_minutes=30)
    answer = program.book(instrument, NINE + timedelta(minutes=7), NINE + timedelta(minutes=67))
    assert codes(answer) == ["grid", "grid"]
    first, second = (reason["message"] for reason in answer.json["reasons"])
    assert answer.json["detail"] == first == second


def test_one_sentence_with_two_remedies_is_said_once_with_the_fuller(program, instrument, world) -> None:
    world.rules(instrument, grid_minutes=30)
    world.reservation(instrument, world.person(), NINE)
    answer = program.book(instrument, NINE + timedelta(minutes=15), NINE + timedelta(minutes=45))
    detail = answer.json["detail"]
    assert detail.count("Reservations here start and end on steps of 30 min") == 1
    assert "counted from midnight. Book less, or choose another time." in detail
    assert "Choose another time." not in detail
    # Each reason by itself says its own.
    first, second = (each["message"] for each in answer.json["reasons"] if each["code"] == "grid")
    assert first.endswith("Choose another time.") and second.endswith("Book less, or choose another time.")
