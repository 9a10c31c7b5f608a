"""Whom a quota refuses is offered nothing instead to which a quota would say the same."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.world import World, bearer

NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an; the tests' now is a day earlier
HOUR = timedelta(hours=1)


@pytest.fixture
def lab(world: World, now):
    return world.lab()


def book(client, world, who, instrument, start: datetime):
    body = {"instrument_id": instrument.id, "start": start.isoformat(), "end": (start + HOUR).isoformat()}
    return client.post("/api/v1/reservations", json=body, headers=bearer(world.token(who)))


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.json.get("reasons", [])]


@pytest.mark.parametrize(
    ("owner", "over", "offered"),
    [
        ("instrument", "instrument", {"like it", "other lab"}),
        ("lab", "instrument", {"like it", "other lab"}),
        ("lab", "class", {"other lab"}),
        ("lab", "lab", {"other lab"}),
        ("institution", "class", set()),
        ("institution", "catalogue", set()),
    ],
)
def test_where_the_same_quota_counts_nothing_is_offered_instead(
    client, world, lab, owner, over, offered
) -> None:
    kind = "010101"
    things = {
        "same": world.instrument(lab, class_code=kind),
        "like it": world.instrument(lab, class_code=kind),
        "other lab": world.instrument(world.lab(lab.institution), class_code=kind),
    }
    owners = {"instrument": things["same"], "lab": lab, "institution": lab.institution}
    world.quota(owners[owner], amount=1, measured="count", over=over)
    who = world.person(lab.institution)
    assert book(client, world, who, things["same"], NINE).status_code == 201
    refused = book(client, world, who, things["same"], NINE + 3 * HOUR)
    assert codes(refused) == ["quota"]
    names = {thing.id: name for name, thing in things.items()}
    found = {names[each["instrument_id"]] for each in refused.json["alternatives"]} - {"same"}
    assert found == offered


def test_what_another_lab_allows_no_more_is_not_offered(client, world, lab) -> None:
    one, other = (world.instrument(each, class_code="010101") for each in (lab, world.lab(lab.institution)))
    world.quota(other, amount=1, measured="count")
    who = world.person(lab.institution)
    assert book(client, world, who, other, NINE).status_code == 201
    world.reservation(one, world.person(lab.institution), NINE + 3 * HOUR)
    refused = book(client, world, who, one, NINE + 3 * HOUR)
    assert codes(refused) == ["taken"]
    assert {each["instrument_id"] for each in refused.json["alternatives"]} == {one.id}
