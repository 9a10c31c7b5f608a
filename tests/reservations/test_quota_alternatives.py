"""Whom a quota refuses is offered nothing instead to which a quota would say the same."""

from datetime import UTC, datetime, timedelta

import pytest

from instruments.people.signing import actor_by_id
from instruments.reservations.bookable import bookable
from instruments.reservations.who_asks import Asking
from instruments.reservations.within_quotas import with_room
from tests.world import World, bearer

NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an; the tests' now is a day earlier
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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


def test_where_a_week_is_used_up_the_nearest_time_of_the_next_is_offered(client, world, lab) -> None:
    """Tuesday to Friday hold more free spans that are nearer than are ever tried one by one."""
    thing = world.instrument(lab, class_code=None, week="Mon-Fri 09:00-12:00, 13:00-16:00")
    world.quota(lab, amount=6)
    who, other = world.person(lab.institution), world.person(lab.institution)
    headers = bearer(world.token(who))
    assert book(client, world, who, thing, NINE).status_code == 201
    world.reservation(thing, who, NINE + DAY, NINE + DAY + 3 * HOUR)
    # Wednesday of the second week, in the afternoon: three hours on the day before are the nearest in that week.
    wanted = {"start": (NINE + 3 * DAY).isoformat(), "end": (NINE + 3 * DAY + 3 * HOUR).isoformat()}
    body = {"instrument_id": thing.id, **wanted, "times": 2}
    plan = client.post("/api/v1/reservation-series/plan", json=body, headers=headers).json["items"]
    assert [each["outcome"] for each in plan] == ["conflict", "free"]
    assert (plan[0]["proposal"]["start"], plan[0]["shorter_minutes"]) == (
        "2027-03-08T09:00:00+08:00",
        0,
    )

    answer = client.post("/api/v1/reservations", json={"instrument_id": thing.id, **wanted}, headers=headers)
    assert codes(answer) == ["quota"]
    # Two hours are left in that week; in the next there is room for three.
    assert [each["start"] for each in answer.json["alternatives"]] == [
        "2027-03-02T10:00:00+08:00", "2027-03-08T09:00:00+08:00", "2027-03-08T13:00:00+08:00",
    ]  # fmt: skip
    world.reservation(thing, other, NINE + 6 * DAY, NINE + 6 * DAY + 3 * HOUR)
    again = client.post("/api/v1/reservation-series/plan", json=body, headers=headers).json["items"]
    assert again[0]["proposal"]["start"] == "2027-03-08T13:00:00+08:00"


def test_held_against_the_quotas_in_one_statement_however_many_times_there_are(
    client, world, lab, statements
) -> None:
    thing = world.instrument(lab, class_code=None, week="Mon-Fri 09:00-12:00, 13:00-16:00")
    world.quota(lab, amount=4)
    who = actor_by_id(world.person(lab.institution).id, NINE)
    assert who is not None
    moment, known = int(NINE.timestamp()), bookable(thing.id)
    asking = Asking(who, who)
    counts = []
    for number in (1, 200):
        spans = [(moment + day * 86400, moment + day * 86400 + 7200) for day in range(1, number + 1)]
        statements.clear()
        assert with_room(asking, known, spans, moment) == spans
        assert with_room(asking, known, [(first, last + 7200) for first, last in spans], moment) == [
            (first, last + 7200) for first, last in spans
        ]
        assert with_room(asking, known, [(first, last + 10800) for first, last in spans], moment) == []
        counts.append(len([each for each in statements if not each.startswith("BEGIN")]))
    assert counts == [3, 3]
