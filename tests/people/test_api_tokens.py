"""Tokens at the door of the API: what does not hold is told the same way, and what holds opens its scopes only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.world import bearer

PLACES = ("/api/v1/reservations", "/api/v1/free", "/api/v1/instruments", "/api/v1/instruments/1/calendar")


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer unknown",
        "Bearer \xff\xfe",
        "Bearer " + "x" * 5000,
        "Basic bGluOmxpbg==",
        "Token {token}",
        "{token}",
        "Bearer {token}, Bearer {token}",
    ],
)
def test_what_is_no_token_is_401_everywhere(client, world, now, sent) -> None:
    token = world.token(world.person())
    for place in PLACES:
        answer = client.get(place, headers={"Authorization": sent.replace("{token}", token)})
        assert (answer.status_code, answer.json["reasons"][0]["code"]) == (401, "token_invalid")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("person", "token"),
    [
        ({}, {"expires_at": NOW}),
        ({}, {"revoked_at": NOW - timedelta(days=1)}),
        ({"deactivated_at": NOW}, {}),
        ({"ends_on": NOW.date() - timedelta(days=1)}, {}),
        ({"mail_confirmed_at": None}, {}),
    ],
)
def test_ended_revoked_and_left_are_told_alike(client, world, now, person, token) -> None:
    unknown = client.get(PLACES[0], headers=bearer("unknown"))
    held = world.token(world.person(**person), **token)
    answer = client.get(PLACES[0], headers=bearer(held))
    assert (answer.status_code, answer.json) == (401, unknown.json)


def test_a_token_without_the_catalogues_scope_sees_it_as_a_stranger(client, world, now) -> None:
    thing = world.instrument(contact_phone="029-1", contact_mail="a@example.org", audience="lab")
    narrow, wide = (
        bearer(world.token(world.person(), scopes)) for scopes in ("reservations:read", "catalog:read")
    )
    address = f"/api/v1/instruments/{thing.id}"
    assert client.get(address, headers=narrow).json == client.get(address).json
    assert client.get(address, headers=wide).json["contact_phone"] == "029-1"
    assert client.get("/api/v1/free", headers=wide).json["items"] == []


def test_the_scheme_may_be_written_small(client, world, now) -> None:
    token = world.token(world.person())
    assert client.get(PLACES[0], headers={"Authorization": f"bearer  {token}"}).status_code == 200


def test_every_scope_that_the_command_is_given_counts(runner, client, world) -> None:
    person = world.person()
    given = ["--scopes", "reservations:read", "--scopes", "catalog:read,reservations:write"]
    token = runner.invoke(args=["people", "token", person.mail, *given, "--days", "7"]).output.strip()
    assert client.get(PLACES[0], headers=bearer(token)).status_code == 200
    assert client.post(PLACES[0], json={}, headers=bearer(token)).status_code == 422
