"""What the API of reservations refuses: in this order (who, may, what, which version, how), and every reason at once."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from instruments.database import db
from instruments.reservations.models import Reservation
from tests.reservations.test_api import HOUR, NINE, URL, Program, codes
from tests.world import bearer, sign_in

CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}


@pytest.fixture
def instrument(world, now):
    return world.instrument()


@pytest.fixture
def program(client, world, instrument) -> Program:
    return Program(client, world, world.person(instrument.institution))


def fields(answer) -> list[str | None]:
    return [reason["field"] for reason in answer.json["reasons"]]


def wanted(instrument) -> dict[str, object]:
    """A body that is taken."""
    return {"instrument_id": instrument.id, "start": NINE.isoformat(), "end": (NINE + HOUR).isoformat()}


def sent(program: Program, raw: bytes | str, content_type: str = "application/json", **headers: str):
    return program.client.post(URL, data=raw, content_type=content_type, headers=program.headers | headers)


# --- The order of refusals: 401, 403, 404, 403, 428, 412, then the body


@pytest.mark.parametrize("raw", [b"", b"{}", b"nonsense", b"[" * 5000])
def test_who_asks_is_settled_before_the_body_is_read(client, world, instrument, raw) -> None:
    reader = bearer(world.token(world.person(), "reservations:read"))
    for path, method in (("", "POST"), ("/1", "PATCH"), ("/1/cancel", "POST")):
        for headers, status in (({}, 401), ({"Authorization": "Bearer x"}, 401), (reader, 403)):
            answer = client.open(
                URL + path, method=method, data=raw, headers=headers, content_type="application/json"
            )
            assert (answer.status_code, len(answer.json["reasons"])) == (status, 1)


def test_the_query_of_a_token_without_scope_is_not_read(client, world) -> None:
    writer = bearer(world.token(world.person(), "reservations:write"))
    assert client.get(URL + "?limit=0", headers=writer).status_code == 403
    assert client.get(URL + "?limit=0").status_code == 401


def test_a_session_does_not_open_the_api(client, world) -> None:
    sign_in(client, world.person())
    assert client.get(URL).status_code == 401
    assert client.post(URL, json={}).status_code == 401


def test_others_reservations_are_refused_before_version_and_body(client, world, instrument) -> None:
    row = world.reservation(instrument, world.person(), NINE)
    stranger = Program(client, world, world.person())
    auditor = world.person(instrument.institution)
    world.grant(auditor, "auditor", instrument.institution)
    reader = Program(client, world, auditor)
    assert reader.get(f"/{row.id}").status_code == 200
    for path, method in (("", "PATCH"), ("/cancel", "POST")):
        for match in (None, '"9"', '"1"'):
            assert stranger.change(row.id, match, method, path, purpose=3).status_code == 404
            assert stranger.change(2**62, match, method, path, purpose=3).status_code == 404
            assert reader.change(row.id, match, method, path, purpose=3).status_code == 403


def test_what_is_not_there_and_what_is_not_mine_are_told_alike(client, world, instrument) -> None:
    row = world.reservation(instrument, world.person(), NINE)
    stranger = Program(client, world, world.person())
    assert stranger.get(f"/{row.id}").json == stranger.get(f"/{row.id + 1}").json


def test_the_version_is_settled_before_the_body(program: Program, instrument) -> None:
    number = program.book(instrument).json["id"]
    for path, method in (("", "PATCH"), ("/cancel", "POST")):
        assert program.change(number, None, method, path, nonsense=1).status_code == 428
        assert program.change(number, " ", method, path, nonsense=1).status_code == 428
        assert program.change(number, '"7"', method, path, nonsense=1).status_code == 412
        assert program.change(number, '"1"', method, path, nonsense=1).status_code == 422


@pytest.mark.parametrize(
    ("match", "status"),
    [
        ('"1"', 200),
        ('W/"1"', 200),
        ("*", 200),
        ('"7", "1"', 200),
        ('"7","8"', 412),
        ('"11"', 412),
        ('"²"', 412),
        ('"' + "9" * 400 + '"', 412),
        ("nonsense", 412),
        ('""', 412),
    ],
)
def test_if_match(program: Program, instrument, match, status) -> None:
    number = program.book(instrument).json["id"]
    assert program.change(number, match, title="x").status_code == status


def test_a_reservation_that_one_has_is_not_sent_again(program: Program, instrument) -> None:
    made = program.book(instrument)
    headers = program.headers | {"If-None-Match": made.headers["ETag"]}
    assert program.client.get(made.headers["Location"], headers=headers).status_code == 304


# --- What is no JSON object


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"nonsense", 400, "unreadable"),
        (b"{", 400, "unreadable"),
        (b"\xff\xfe{\x00}\x00", 400, "unreadable"),
        ('{"title": "表"}'.encode("gb18030"), 400, "unreadable"),
        (b'{"instrument_id": NaN}', 400, "unreadable"),
        (b'{"instrument_id": Infinity}', 400, "unreadable"),
        (b'{"a":' * 9000 + b"1" + b"}" * 9000, 400, "unreadable"),
        (b'{"instrument_id": ' + b"9" * 5000 + b"}", 400, "unreadable"),
        (b'{"start": "x", "start": "y"}', 400, "given_twice"),
        (b'{"\\ud800": 1, "\\ud800": 2}', 400, "given_twice"),
        (b"[1]", 422, "not_an_object"),
        (b"null", 422, "not_an_object"),
        (b'"x"', 422, "not_an_object"),
        (b" " * 70_000, 413, "too_large"),
    ],
)
def test_what_is_no_object_is_told_in_a_sentence(program: Program, raw, status, code) -> None:
    answer = sent(program, raw)
    assert (answer.status_code, codes(answer)) == (status, [code])


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_only_json_is_taken(program: Program, content_type) -> None:
    answer = sent(program, b'{"instrument_id": 1}', content_type)
    assert (answer.status_code, fields(answer)) == (415, ["Content-Type"])


def test_a_bom_and_a_suffix_are_no_obstacle(program: Program, instrument) -> None:
    raw = b"\xef\xbb\xbf" + json.dumps(wanted(instrument)).encode()
    assert sent(program, raw, "application/vnd.lab+json; charset=utf-8").status_code == 201


# --- Every reason at once


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("instrument_id", "1"),
        ("instrument_id", True),
        ("instrument_id", 1.5),
        ("instrument_id", 0),
        ("instrument_id", 2**63),
        ("instrument_id", None),
        ("start", "2027-03-02T09:00:00"),
        ("start", "2027-03-02"),
        ("start", 1_800_000_000),
        ("start", ["2027-03-02T09:00:00+08:00"]),
        ("start", "9999-12-31T23:59:59-23:59"),
        ("end", "0001-01-01T00:00:00+14:00"),
        ("purpose", "fun"),
        ("purpose", 7),
        ("purpose", None),
        ("title", "x" * 201),
        ("title", "a\0b"),
        ("title", "\ud800"),
        ("title", {"en": "x"}),
        ("for", True),
        ("for", -1),
        ("for", 2**70),
        ("for", "\ud800"),
        ("for", "a\0b"),
        ("for", "x" * 300),
        ("for", []),
        ("group_id", "one"),
        ("group_id", 999_999),
        ("show_name", "yes"),
        ("fond_id", 4),
        ("titel", "a slip of the pen"),
    ],
)
def test_a_field_that_does_not_fit_is_named_as_the_contract_names_it(
    program: Program, instrument, name, value
) -> None:
    answer = program.client.post(URL, json=wanted(instrument) | {name: value}, headers=program.headers)
    assert (answer.status_code, fields(answer)) == (422, [name])


def test_a_strange_name_comes_back_readable(program: Program, instrument) -> None:
    answer = program.book(instrument, **{"\ud800\0" + "x" * 500: 1})
    assert answer.status_code == 422
    assert len(fields(answer)[0]) <= 60


def test_what_does_not_fit_and_what_stands_against_the_rest_are_told_together(
    program: Program, world, instrument
) -> None:
    world.reservation(instrument, world.person(), NINE)
    answer = program.book(instrument, purpose="fun", title="x" * 201, show_name=3, group_id=77, key="")
    assert answer.status_code == 422
    assert sorted(zip(codes(answer), map(str, fields(answer)), strict=True)) == [
        ("invalid", "show_name"),
        ("key_empty", "Idempotency-Key"),
        ("not_in_group", "group_id"),
        ("purpose", "purpose"),
        ("taken", "start"),
        ("title_too_long", "title"),
    ]
    assert answer.json["conflicts"] and answer.json["alternatives"]
    body = {"start": "2027-03-02T09:00:00", "purpose": "fun", "title": "\0"}
    unreadable = program.client.post(URL, json=body, headers=program.headers)
    assert fields(unreadable) == ["instrument_id", "start", "end", "purpose", "title"]


def test_a_change_is_refused_with_every_reason_too(program: Program, world, instrument) -> None:
    number = program.book(instrument).json["id"]
    world.reservation(instrument, world.person(), NINE + 2 * HOUR)
    moved = {"start": (NINE + 2 * HOUR).isoformat(), "end": (NINE + 3 * HOUR).isoformat()}
    answer = program.change(number, **moved, purpose="fun", reason="x" * 501, nonsense=1)
    assert answer.status_code == 422
    assert set(fields(answer)) == {"purpose", "reason", "nonsense", "start"}
    assert answer.json["conflicts"]
    assert program.get(f"/{number}").json["version"] == 1


def test_a_reason_proposes_what_would_do(program: Program, world, instrument) -> None:
    world.rules(instrument, grid_minutes=30, shortest_minutes=60)
    answer = program.book(instrument, NINE + timedelta(minutes=10), NINE + 2 * HOUR)
    assert answer.json["reasons"][0]["fix"] == {"start": "2027-03-02T09:00:00+08:00"}
    again = {
        "instrument_id": instrument.id,
        "end": (NINE + 2 * HOUR).isoformat(),
        **answer.json["reasons"][0]["fix"],
    }
    assert program.client.post(URL, json=again, headers=program.headers).status_code == 201
    assert "fix" not in program.book(instrument, purpose="fun").json["reasons"][0]


def test_an_unknown_instrument_is_not_found(program: Program, instrument) -> None:
    body = wanted(instrument) | {"instrument_id": 987_654, "purpose": "fun"}
    answer = program.client.post(URL, json=body, headers=program.headers)
    assert (answer.status_code, fields(answer)) == (404, ["instrument_id"])


# --- In the reader's language


def test_every_word_is_in_the_readers_language(program: Program, world, instrument) -> None:
    program.headers |= CHINESE
    world.reservation(instrument, world.person(), NINE)
    refusals = [
        program.client.post(URL, json={}, headers=program.headers),
        program.client.post(
            URL, json={"instrument_id": "x", "start": 3, "show_name": 1, "a": 2}, headers=program.headers
        ),
        program.book(instrument, purpose="fun", title="x" * 201, **{"for": []}),
        program.book(instrument, key=""),
        program.book(instrument, **{"for": 99}),
        program.get(scope="x", limit="900", state="odd", cursor="x"),
        program.get(cursor="x"),
        program.get(f"/{2**40}"),
        program.client.put(URL, headers=program.headers),
        program.client.get("/api/v1/nothing", headers=program.headers),
        sent(program, b"x"),
        sent(program, b"x", "text/plain"),
        sent(program, b" " * 70_000),
        sent(program, b'{"title": 1, "title": 2}'),
        program.client.get(URL, headers=CHINESE),
        program.client.get(URL, headers=CHINESE | {"Authorization": "Bearer x"}),
    ]
    for answer in refusals:
        for text in (answer.json["title"], *(reason["message"] for reason in answer.json["reasons"])):
            assert any("\u4e00" <= letter <= "\u9fff" for letter in text), text
            for english in ("nput", "ield", "alid", "Send", "Choose", "This", " or ", " the "):
                assert english not in text, text


def test_without_a_wish_it_is_the_language_of_the_person(client, world, instrument) -> None:
    reader = Program(client, world, world.person(language="zh_Hans_CN"))
    assert reader.get(limit=0).json["title"] != "This could not be done"
    english = client.get(URL + "?limit=0", headers=reader.headers | {"Accept-Language": "en-GB"})
    assert english.json["title"] == "This could not be done"
    assert (
        client.get(URL + "?limit=0&lang=en", headers=reader.headers).json["title"] == "This could not be done"
    )


# --- Addresses


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("limit=5&limit=6", "limit"),
        ("state=odd", "state"),
        ("scope=everything", "scope"),
        ("instrument_id=" + "9" * 30, "instrument_id"),
        ("from=2027-03-02T09:00:00", "from"),
        ("cursor=rubbish", "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=WzEsMl0x", "cursor"),
        ("cursor=WzFlOTksMl0", "cursor"),
        ("cursor=" + "W" * 5000, "cursor"),
        ("stat=confirmed", "stat"),
    ],
)
def test_a_query_that_does_not_fit_is_refused(program: Program, query, field) -> None:
    answer = program.client.get(f"{URL}?{query}", headers=program.headers)
    assert (answer.status_code, fields(answer)) == (422, [field])


def test_an_empty_parameter_says_nothing(program: Program, instrument) -> None:
    program.book(instrument)
    query = "state=&from=&to=&limit=&cursor=&instrument_id=&scope=&lang=zh"
    assert len(program.client.get(f"{URL}?{query}", headers=program.headers).json["items"]) == 1


def test_methods(program: Program) -> None:
    wrong = program.client.delete(URL, headers=program.headers)
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    head = program.client.head(URL, headers=program.headers)
    assert (head.status_code, head.data) == (200, b"")
    assert program.client.head(URL).status_code == 401
    asked = program.client.options(URL, headers=program.headers | {"Origin": "https://elsewhere.example"})
    assert not [name for name, _ in asked.headers if name.startswith("Access-Control")]


def test_private_answers_are_kept_by_nobody_between(program: Program, instrument) -> None:
    nobodys = program.get("/999999999")
    for answer in (program.book(instrument), program.get(), nobodys, program.client.get(URL)):
        assert "private" in answer.headers["Cache-Control"]
        assert "Authorization" in answer.headers["Vary"]
        assert "Set-Cookie" not in answer.headers


# --- The same request twice


@pytest.mark.parametrize(
    ("key", "code"), [("", "key_empty"), ("  ", "key_empty"), ("k" * 201, "key_too_long")]
)
def test_a_key_that_says_nothing_or_too_much_is_refused(program: Program, instrument, key, code) -> None:
    headers = program.headers | {"Idempotency-Key": key}
    answer = program.client.post(URL, json=wanted(instrument), headers=headers)
    assert (answer.status_code, codes(answer), fields(answer)) == (422, [code], ["Idempotency-Key"])
    assert db.session.query(Reservation).count() == 0


def test_a_replay_is_the_first_answer_again_and_nobody_elses(
    program: Program, client, world, instrument
) -> None:
    first = program.book(instrument, key="k" * 200)
    program.change(first.json["id"], title="changed since")
    again = program.book(instrument, key="k" * 200)
    assert (again.status_code, again.data) == (201, first.data)
    assert [again.headers[name] for name in ("Location", "ETag")] == [
        first.headers[name] for name in ("Location", "ETag")
    ]
    other = Program(client, world, world.person(instrument.institution))
    assert other.book(instrument, key="k" * 200).status_code == 409
    reused = program.book(instrument, NINE + HOUR, key="k" * 200)
    assert (reused.status_code, codes(reused)) == (422, ["key_reused"])
    assert "conflicts" not in reused.json


# --- Lists hold still


def test_pages_hold_still_while_rows_come_and_go(program: Program, world, instrument) -> None:
    numbers = [program.book(instrument, NINE + hour * HOUR).json["id"] for hour in (1, 3, 5, 7)]
    page = program.get(limit=2).json
    assert [item["id"] for item in page["items"]] == numbers[:2]
    program.book(instrument, NINE)
    between = program.book(instrument, NINE + 4 * HOUR).json["id"]
    program.change(numbers[0], method="POST", path="/cancel", reason="no samples")
    rest = program.get(limit=9, cursor=page["next"]).json
    assert [item["id"] for item in rest["items"]] == [between, *numbers[2:]]
    assert rest["next"] is None
