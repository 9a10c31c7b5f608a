"""Programs change many instruments at once, tried first; and see a calendar as somebody else does."""

from datetime import UTC, date, datetime

import pytest

from instruments.people.rights import Role
from instruments.reservations.bookable import bookable
from tests.world import bearer

ADDRESS = "/api/v1/instruments/changes"
DAY = "Mon-Fri 08:00-18:00"
EVENING = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def lab(world, now):
    row = world.lab()
    world.hours(row, "24/7")
    return row


@pytest.fixture
def things(world, lab):
    return [world.instrument(lab, week=None) for _ in range(3)]


@pytest.fixture
def manager(world, lab):
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    return bearer(world.token(person, "labs:write catalog:read"))


def wanted(things, **values):
    ids = [thing.id for thing in things]
    return {"instrument_ids": ids, "what": "hours", "week": DAY, "valid_from": "2027-03-01"} | values


def test_without_the_scope_or_the_role_nothing_is_changed(client, world, lab, things) -> None:
    assert client.post(ADDRESS, json=wanted(things)).status_code == 401
    person = world.person(lab.institution)
    assert (
        client.post(
            ADDRESS, json=wanted(things), headers=bearer(world.token(person, "catalog:read"))
        ).status_code
        == 403
    )
    token = bearer(world.token(person, "labs:write"))
    answer = client.post(ADDRESS, json=wanted(things, dry_run=True), headers=token)
    assert [each["code"] for each in answer.json["refused"]] == ["forbidden"] * 3
    assert answer.json["changed"] == []


def test_it_is_tried_first_and_then_made_as_it_was_tried(client, world, things, manager) -> None:
    made = world.reservation(things[0], world.person(things[0].lab.institution), EVENING)
    assert client.post(ADDRESS, json=wanted(things), headers=manager).status_code == 428
    tried = client.post(ADDRESS, json=wanted(things, dry_run=True), headers=manager)
    assert tried.json == {
        "done": False,
        "changed": [{"before": "24/7", "after": DAY, "instrument_ids": [thing.id for thing in things]}],
        "refused": [],
        "same": [],
        "touched": {"count": 1, "reservation_ids": [made.id]},
    }
    answer = client.post(ADDRESS, json=wanted(things), headers=manager | {"If-Match": tried.headers["ETag"]})
    assert answer.status_code == 200
    assert answer.json["done"] is True
    assert str(bookable(things[0].id).calendar.hours.week_on(date(2027, 3, 1))) == DAY
    again = client.post(ADDRESS, json=wanted(things), headers=manager | {"If-Match": tried.headers["ETag"]})
    assert again.status_code == 412


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"week": "Mon 8-", "valid_from": None}, {"week", "valid_from"}),
        ({"what": "lab_hours", "valid_from": None}, {"valid_from"}),
        ({"valid_from": "soon"}, {"valid_from"}),
        ({"instrument_ids": []}, {"instrument_ids"}),
        ({"what": "everything"}, {"what"}),
        ({"what": "limits", "limits": {"grid_minutes": 0}}, {"grid_minutes"}),
        ({"circles": ["friends"]}, {"circles"}),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(client, things, manager, values, fields) -> None:
    answer = client.post(ADDRESS, json=wanted(things, dry_run=True, **values), headers=manager)
    assert answer.status_code == 422
    assert {(each["field"] or "").split(".")[0] for each in answer.json["reasons"]} == fields


def test_limits_are_set_and_given_up(client, things, manager) -> None:
    def done(**values) -> None:
        tried = client.post(ADDRESS, json=wanted(things, dry_run=True, **values), headers=manager)
        headers = manager | {"If-Match": tried.headers["ETag"]}
        assert client.post(ADDRESS, json=wanted(things, **values), headers=headers).status_code == 200

    done(what="limits", limits={"grid_minutes": 30})
    assert bookable(things[0].id).rules.grid_minutes == 30
    done(what="lab_limits")
    assert bookable(things[0].id).rules.grid_minutes == 15


def test_a_calendar_is_seen_as_somebody_else_by_whoever_sets_its_rules(client, world, lab, manager) -> None:
    thing = world.instrument(lab, week=None)
    world.hours(lab, DAY)
    world.hours(lab, "Mon-Fri 18:00-22:00", circles="lab")
    day = "from=2027-03-02T00:00:00%2B08:00&to=2027-03-03T00:00:00%2B08:00"
    address = f"/api/v1/instruments/{thing.id}/calendar?{day}&as="
    mine = client.get(address + "lab", headers=manager).json["free"]
    theirs = client.get(address + "partners", headers=manager).json["free"]
    assert [span["start"][11:16] for span in (*mine, *theirs)] == ["18:00", "08:00"]
    assert client.get(address + "friends", headers=manager).status_code == 422
    other = bearer(world.token(world.person(lab.institution)))
    for headers in ({}, other):
        answer = client.get(address + "lab", headers=headers)
        assert [reason["code"] for reason in answer.json["reasons"]] == ["not_yours"]
