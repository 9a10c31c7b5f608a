"""Numbers and texts that no database keeps are answered, never a crash."""

from __future__ import annotations

import pytest

from tests.world import bearer, sign_in

HUGE = "9" * 30


@pytest.mark.parametrize(
    "address",
    [f"/people/{HUGE}", f"/instruments/{HUGE}", f"/api/v1/instruments/{HUGE}/calendar", f"/roles/{2**63}"],
)
def test_nothing_is_at_an_address_beyond_counting(client, world, address) -> None:
    sign_in(client, world.person())
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("number", [2**63, HUGE])
@pytest.mark.parametrize("method", ["GET", "PATCH", "POST"])
def test_nor_by_any_other_method(client, world, number, method) -> None:
    headers = bearer(world.token(world.person()))
    assert client.open(f"/api/v1/reservations/{number}", method=method, headers=headers).status_code == 404


def test_a_number_beyond_a_column_is_refused(client, world) -> None:
    sign_in(client, world.person())
    assert client.get(f"/labs/new?institution={HUGE}").status_code == 422


@pytest.mark.parametrize("text", ["a\0b@qinling.edu.cn", "\0", "\ud800".encode("utf-8", "surrogatepass")])
def test_a_text_that_cannot_be_kept_is_refused(client, world, text) -> None:
    assert client.post("/sign-in", data={"mail": text, "password": "x"}).status_code == 422


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_nor_does_one_come_in_as_json(client, world, text) -> None:
    """The same on both databases, at its field, with what else is wrong."""
    headers = bearer(world.token(world.person()))
    answer = client.post("/api/v1/reservations", json={"title": text, "start": "soon"}, headers=headers)
    assert answer.status_code == 422
    found = {each["field"]: each["message"] for each in answer.json["reasons"]}
    assert found["title"] == "title: This holds characters that cannot be read."
    assert set(found) == {"title", "start", "instrument_id", "end"}


def test_however_deep_it_stands(client, world) -> None:
    headers = bearer(world.token(world.person()))
    body = {"instrument_ids": [1], "add_ons": {"a\0b": "1"}, "start": "2027-03-03T10:00:00+08:00"}
    reasons = client.post("/api/v1/quotes", json=body, headers=headers).json["reasons"]
    assert {each["field"]: each["code"] for each in reasons} == {"add_ons": "unreadable", "end": "missing"}


def test_nor_in_any_form(client, world) -> None:
    sign_in(client, world.person())
    answer = client.post("/profile/password", data={"password": "a\0b"})
    assert answer.status_code == 422
    assert "This holds characters that cannot be read." in answer.text


def test_a_question_in_an_address_is_read_without_them(client) -> None:
    answer = client.get("/?q=x%00rd")
    assert answer.status_code == 200
    assert 'value="xrd"' in answer.text
