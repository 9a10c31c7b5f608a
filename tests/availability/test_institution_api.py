"""Programs read and correct the days of an institution, and name its seasons, by the rights and reasons of the pages."""

from datetime import date

import pytest

from instruments.people.rights import Role
from tests.world import bearer

EXAMS = {
    "kind": "exams",
    "name_en": "Exam weeks",
    "name_zh": "考试周",
    "spans": [{"first": "2027-06-21", "last": "2027-07-04"}],
}
DAY_OFF = {"first": "2027-10-01", "last": "2027-10-03", "kind": "holiday", "name_en": "National Day"}


@pytest.fixture
def institution(world, now):
    return world.institution()


@pytest.fixture
def manager(world, institution):
    person = world.person(institution)
    world.grant(person, Role.INSTITUTION_MANAGER, institution)
    return bearer(world.token(person, "catalog:read labs:write"))


@pytest.fixture
def place(institution):
    return f"/api/v1/institutions/{institution.id}"


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.json["reasons"]]


def test_nobody_without_a_token_or_the_right(client, world, institution, place) -> None:
    reader = bearer(world.token(world.person(institution), "catalog:read labs:write"))
    for path in ("days", "seasons"):
        assert client.get(f"{place}/{path}").status_code == 401
        assert client.get(f"{place}/{path}", headers=reader).status_code == 200
    assert client.post(f"{place}/days", json=DAY_OFF, headers=reader).status_code == 403
    assert client.delete(f"{place}/days/2027-10-01", headers=reader).status_code == 403
    assert client.post(f"{place}/seasons", json=EXAMS, headers=reader).status_code == 403
    assert client.get("/api/v1/institutions/999999999/days", headers=reader).status_code == 404


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"last": "2027-09-30"}, ["holiday_run"]),
        ({"last": "2027-12-31"}, ["holiday_run"]),
        ({"name_en": " "}, ["name_missing"]),
        ({"first": "2027-02-01", "last": None}, ["holiday_over"]),
        ({"kind": "make_up", "last": None}, ["make_up_weekday"]),
    ],
)
def test_days_that_cannot_be_set(client, place, manager, changed, found) -> None:
    answer = client.post(f"{place}/days", json=DAY_OFF | changed, headers=manager)
    assert (answer.status_code, codes(answer)) == (422, found)


def test_days_are_set_read_and_taken_back(client, world, institution, place, manager) -> None:
    world.holiday(
        institution, date(2027, 10, 4), source="announced", name_en="National Day", name_zh="国庆节"
    )
    answer = client.post(f"{place}/days", json=DAY_OFF, headers=manager)
    assert answer.status_code == 200
    assert [item["day"] for item in answer.json["items"]] == ["2027-10-01", "2027-10-02", "2027-10-03"]
    read = client.get(f"{place}/days?year=2027", headers=manager).json
    assert (read["region"], read["provisional"]) == ("CN", True)
    assert read["items"][-1] | {"name_en": ""} == {
        "day": "2027-10-04", "kind": "holiday", "name_en": "", "name_zh": "国庆节", "source": "announced", "replaces": None,
    }  # fmt: skip
    assert client.delete(f"{place}/days/2027-10-01", headers=manager).status_code == 204
    assert client.delete(f"{place}/days/2027-10-01", headers=manager).status_code == 204
    assert codes(client.delete(f"{place}/days/2027-10-04", headers=manager)) == ["announced"]
    assert client.delete(f"{place}/days/someday", headers=manager).status_code == 404
    assert len(client.get(f"{place}/days?year=2027", headers=manager).json["items"]) == 3


def test_a_season_is_named_once_for_a_key_moved_and_forgotten(client, place, manager) -> None:
    once = manager | {"Idempotency-Key": "5f1d0c2a"}
    made = client.post(f"{place}/seasons", json=EXAMS, headers=once)
    again = client.post(f"{place}/seasons", json=EXAMS, headers=once)
    assert (made.status_code, again.json) == (201, made.json)
    address = made.headers["Location"]
    assert client.get(address, headers=manager).headers["ETag"] == '"1"'
    moved = EXAMS | {"spans": [{"first": "2027-06-28", "last": "2027-07-11"}]}
    assert client.put(address, json=moved, headers=manager).status_code == 428
    changed = client.put(address, json=moved, headers=manager | {"If-Match": '"1"'})
    assert changed.json["spans"] == moved["spans"]
    assert client.put(address, json=moved, headers=manager | {"If-Match": '"1"'}).status_code == 412
    assert client.delete(address, headers=manager | {"If-Match": '"1"'}).status_code == 412
    assert client.delete(address, headers=manager | {"If-Match": "*"}).status_code == 204
    assert client.get(address, headers=manager).status_code == 404


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"spans": []}, ["no_spans"]),
        ({"spans": [{"first": "2027-07-04", "last": "2027-06-21"}]}, ["span_order"]),
        ({"name_en": "", "name_zh": ""}, ["name_missing"]),
    ],
)
def test_what_cannot_be_a_season(client, place, manager, changed, found) -> None:
    answer = client.post(f"{place}/seasons", json=EXAMS | changed, headers=manager)
    assert (answer.status_code, codes(answer)) == (422, found)


def test_rules_and_quotas_of_a_lab_refer_to_it(client, world, institution, place, manager) -> None:
    season = client.post(f"{place}/seasons", json=EXAMS, headers=manager).json["id"]
    lab = f"/api/v1/labs/{world.lab(institution).id}"
    dated = {"first": "2027-03-10", "season_id": season, "limits": {"longest_minutes": 60}}
    assert client.post(f"{lab}/dated-limits", json=dated, headers=manager).json["season_id"] == season
    quota = {
        "amount": 4, "measured": "hours", "per": "week", "holder": "person", "over": "lab", "season_id": season,
    }  # fmt: skip
    assert client.post(f"{lab}/quotas", json=quota, headers=manager).json["season_id"] == season
    other = client.post(f"{lab}/quotas", json=quota | {"season_id": 999999999}, headers=manager)
    assert (other.status_code, codes(other)) == (422, ["choice"])


def test_a_calendar_is_followed_or_none_by_those_who_may(client, world, institution, place, manager) -> None:
    reader = bearer(world.token(world.person(institution), "catalog:read labs:write"))
    path = f"{place}/followed-calendar"
    assert client.put(path, json={"region": "CN"}, headers=reader).status_code == 403
    wrong = client.put(path, json={"region": "XX"}, headers=manager)
    assert (wrong.status_code, codes(wrong)) == (422, ["choice"])
    none = client.put(path, json={"region": ""}, headers=manager)
    assert (none.status_code, none.json["region"], none.json["provisional"]) == (200, "", False)
    again = client.put(path, json={"region": "CN"}, headers=manager)
    assert (again.json["region"], again.json["provisional"]) == ("CN", True)


def test_a_provisional_year_is_confirmed_once(client, world, institution, place, manager) -> None:
    reader = bearer(world.token(world.person(institution), "catalog:read labs:write"))
    path = f"{place}/days/confirm"
    assert client.post(path, json={"year": 2027}, headers=reader).status_code == 403
    done = client.post(path, json={"year": 2027}, headers=manager)
    assert (done.status_code, done.json["year"], done.json["provisional"]) == (200, 2027, False)
    again = client.post(path, json={"year": 2027}, headers=manager)
    assert (again.status_code, codes(again)) == (422, ["not_provisional"])
    assert codes(client.post(path, json={"year": "soon"}, headers=manager)) == ["invalid"]


def test_a_lab_chooses_whose_hours_make_up_workdays_have(client, world, institution) -> None:
    lab = world.lab(institution)
    person = world.person(institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    headers = bearer(world.token(person, "labs:read labs:write"))
    stranger = bearer(world.token(world.person(institution), "labs:read labs:write"))
    path = f"/api/v1/labs/{lab.id}/make-up-hours"
    assert client.get(path, headers=stranger).status_code == 403
    assert client.put(path, json={"takes": "0"}, headers=stranger).status_code == 403
    assert (
        client.put("/api/v1/labs/999999999/make-up-hours", json={"takes": "0"}, headers=headers).status_code
        == 404
    )
    assert client.get(path, headers=headers).json == {"takes": "replaced"}
    assert client.put(path, json={"takes": "7"}, headers=headers).status_code == 422
    assert client.put(path, json={"takes": "4"}, headers=headers).json == {"takes": "4"}
    assert client.get(path, headers=headers).json == {"takes": "4"}
