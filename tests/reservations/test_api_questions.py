"""Questions to the API that name a version: what one has is not sent again, what changed since is 412 as for a change."""

from __future__ import annotations

import pytest

from tests.reservations.test_api import Program, codes


@pytest.fixture
def instrument(world, now):
    return world.instrument()


@pytest.fixture
def program(client, world, instrument) -> Program:
    return Program(client, world, world.person(instrument.institution))


@pytest.mark.parametrize(
    ("match", "status"),
    [('"1"', 200), ('W/"1"', 200), ("*", 200), ('"7", "1"', 200), (" ", 200), ('"7"', 412), ('W/"7"', 412)],
)
def test_a_question_heeds_if_match_as_a_change_does(program: Program, instrument, match, status) -> None:
    made = program.book(instrument)
    answer = program.client.get(made.headers["Location"], headers=program.headers | {"If-Match": match})
    assert answer.status_code == status
    assert status == 200 or codes(answer) == ["stale"]
    both = program.headers | {"If-Match": match, "If-None-Match": made.headers["ETag"]}
    assert program.client.get(made.headers["Location"], headers=both).status_code in (304, 412)
    thing = f"/api/v1/instruments/{instrument.id}"
    tag = program.client.get(thing).headers["ETag"]
    for given, expected in ((tag, 200), ("*", 200), ('"x"', 412)):
        assert program.client.get(thing, headers={"If-Match": given}).status_code == expected
