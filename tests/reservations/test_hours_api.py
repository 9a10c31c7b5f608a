"""Opening hours for programs: who may, on which state, tried first, then done; read by everybody."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from instruments.availability.models import DifferentDay, OpeningHours
from instruments.database import db
from instruments.people.rights import Role
from tests.world import bearer

SCOPES = "labs:read labs:write"
# Tuesday, 2 March 2027, 20:00 in Shanghai.
EVENING = datetime(2027, 3, 2, 12, tzinfo=UTC)
WEEK = {"week": "Mon-Fri 08:00-18:00", "valid_from": "2027-03-02"}
CLOSED = {"valid_from": "2027-03-02", "times": "closed", "reason": "Stocktaking"}


@pytest.fixture
def lab(world, now):
    lab = world.lab()
    world.hours(lab, "24/7")
    return lab


@pytest.fixture
def url(lab) -> str:
    return f"/api/v1/labs/{lab.id}/hours"


@pytest.fixture
def manager(world, lab):
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    return person


@pytest.fixture
def send(client, world, url, manager):
    """Posts as the manager, on the present state unless another is named."""
    headers = bearer(world.token(manager, SCOPES))

    def act(path: str, body: dict, method: str = "POST", **more: str):
        present = {"If-Match": client.get(url).headers["ETag"]}
        return client.open(url + path, method=method, json=body, headers=headers | present | more)

    return act


def codes(answer) -> dict[str, str | None]:
    return {reason["code"]: reason["field"] for reason in answer.json["reasons"]}


def test_who_may_not_change_hours_is_told_so_before_anything_else(client, world, lab, url) -> None:
    stranger = world.person(lab.institution)
    assert client.post(url, json=WEEK).status_code == 401
    assert client.post(url, json=WEEK, headers=bearer(world.token(stranger))).status_code == 403
    assert client.post(url, json={}, headers=bearer(world.token(stranger, SCOPES))).status_code == 403
    assert client.get(f"{url}/outside", headers=bearer(world.token(stranger, SCOPES))).status_code == 403
    assert client.get("/api/v1/labs/999999999/hours").status_code == 404


def test_a_change_names_the_state_that_it_was_decided_on(client, send, world, lab, url, manager) -> None:
    headers = bearer(world.token(manager, SCOPES))
    assert client.post(url, json=WEEK, headers=headers).status_code == 428
    stale = client.get(url).headers["ETag"]
    world.days(lab, date(2027, 3, 9))
    assert send("", WEEK, **{"If-Match": stale}).status_code == 412
    assert send("", WEEK, **{"If-Match": "*"}).status_code == 200


def test_every_reason_is_told_under_the_name_that_was_sent(send) -> None:
    wrong = send("", {"week": "Mon 25-26", "valid_from": "2027-02-01", "valid_to": "2027-01-01"})
    assert wrong.status_code == 422
    assert codes(wrong) == {"week_time": "week", "hours_over": "valid_from", "hours_order": "valid_to"}
    assert codes(send("", {"valid_from": "soon"})) == {"missing": "week", "date": "valid_from"}
    assert codes(send("/days", CLOSED | {"times": "x", "reason": " ", "valid_from": "2027-02-01"})) == {
        "week_time": "times", "days_reason": "reason", "hours_over": "valid_from",
    }  # fmt: skip


def test_a_dry_run_says_whom_it_would_leave_outside_and_does_nothing(world, send, client, url, lab) -> None:
    hit = world.reservation(world.instrument(lab, week=None), world.person(lab.institution), EVENING)
    tried = send("", WEEK | {"dry_run": True})
    assert tried.json["outside"] == {"count": 1, "reservation_ids": [hit.id]}
    assert [week["week"] for week in tried.json["weeks"]] == ["24/7"]
    done = send("", WEEK)
    assert done.json["outside"]["count"] == 1
    assert [week["week"] for week in done.json["weeks"]] == ["Mon-Fri 08:00-18:00", "24/7"]
    assert client.get(url).json["outside"] is None


def test_reservations_outside_are_read_by_who_may_change_the_hours(world, client, url, lab, manager) -> None:
    world.hours(lab, "daily 08:00-18:00", valid_from=date(2027, 3, 1))
    hit = world.reservation(world.instrument(lab, week=None), world.person(lab.institution), EVENING)
    answer = client.get(f"{url}/outside", headers=bearer(world.token(manager, SCOPES)))
    assert (answer.json["count"], answer.json["reservation_ids"]) == (1, [hit.id])
    (told,) = answer.json["reservations"]
    assert (told["id"], told["version"], told["move_to"]["start"]) == (
        hit.id,
        hit.version,
        "2027-03-03T08:00:00+08:00",
    )
    beyond = client.get(f"{url}/outside?page=2", headers=bearer(world.token(manager, SCOPES)))
    assert (beyond.json["count"], beyond.json["reservations"]) == (1, [])


def test_a_planned_week_is_taken_back_and_one_that_holds_is_not(send, lab) -> None:
    planned = send("", WEEK | {"circles": ["partners", "lab"]}).json["weeks"][0]
    assert (planned["circles"], planned["last_day"]) == (["lab", "partners"], None)
    assert send(f"/{planned['id']}/take-back", {}).status_code == 200
    present = db.session.scalar(select(OpeningHours.id))
    assert send(f"/{present}/take-back", {}).status_code == 422
    assert send("/999999999/take-back", {}).status_code == 404


def test_an_instrument_follows_its_lab_and_a_lab_follows_nobody(world, client, send, lab, manager) -> None:
    thing = world.instrument(lab, week="24/7")
    assert send("/follow-lab", {"valid_from": "2027-03-02"}).status_code == 404
    url = f"/api/v1/instruments/{thing.id}/hours"
    headers = bearer(world.token(manager, SCOPES)) | {"If-Match": "*"}
    answer = client.post(f"{url}/follow-lab", json={"valid_from": "2027-03-02"}, headers=headers)
    assert answer.json["instrument_id"] == thing.id
    assert answer.json["weeks"][0]["valid_to"] == "2027-03-01"
    wrong = client.post(f"{url}/follow-lab", json={"valid_from": "2027-02-02"}, headers=headers)
    assert codes(wrong) == {"hours_over": "valid_from"}


def test_days_are_added_changed_and_taken_back(send, lab) -> None:
    days = send("/days", CLOSED).json["days"]
    assert [(day["times"], day["valid_to"], day["reason"]) for day in days] == [
        ("closed", "2027-03-02", "Stocktaking")
    ]
    path = f"/days/{days[0]['id']}"
    changed = send(path, CLOSED | {"times": "9-12", "valid_to": "2027-03-03"}, "PUT").json["days"]
    assert [(day["times"], day["valid_to"]) for day in changed] == [("09:00-12:00", "2027-03-03")]
    assert send(f"{path}/take-back", {"dry_run": True}).json["days"] == changed
    assert send(f"{path}/take-back", {}).json["days"] == []
    assert send(f"{path}/take-back", {}).status_code == 404
    assert db.session.scalars(select(DifferentDay)).all() == []


def test_who_has_it_already_is_not_sent_it_again(client, url) -> None:
    tag = client.get(url).headers["ETag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304


def test_the_number_of_statements_does_not_grow(world, client, send, lab, url, statements) -> None:
    thing, person = world.instrument(lab, week=None), world.person(lab.institution)
    counts = []
    send("", WEEK | {"dry_run": True})
    for more in (1, 6):
        for number in range(more):
            world.days(lab, date(2027, 4, 1) + timedelta(days=number))
            world.reservation(thing, person, EVENING + timedelta(days=len(counts) * 9 + number))
        client.get(url)
        statements.clear()
        send("", WEEK | {"dry_run": True})
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_change_sent_twice_with_its_key_is_done_once_and_one_with_a_dry_run_is_never_kept(
    send, client, url
) -> None:
    before, key = client.get(url).headers["ETag"], {"Idempotency-Key": "k1"}
    first = send("", WEEK, **key)
    assert first.status_code == 200
    # The state that it names is no longer the present one; it is answered as the first time.
    again = send("", WEEK, **key, **{"If-Match": before})
    assert (again.status_code, again.json, again.headers["ETag"]) == (200, first.json, first.headers["ETag"])
    assert len(client.get(url).json["weeks"]) == 2
    assert codes(send("", WEEK | {"week": "24/7"}, **key)) == {"key_reused": "Idempotency-Key"}
    assert codes(send("/days", CLOSED, **{"Idempotency-Key": " "})) == {"key_empty": "Idempotency-Key"}


def test_after_a_change_all_that_lies_outside_is_counted(world, send, lab) -> None:
    world.days(lab, date(2027, 3, 3), times="closed")
    thing, person = world.instrument(lab, week=None), world.person(lab.institution)
    before = world.reservation(thing, person, EVENING + timedelta(days=1))
    hit = world.reservation(thing, person, EVENING)
    tried = send("", WEEK | {"dry_run": True}).json
    assert (tried["outside"]["reservation_ids"], tried["outside_now"]) == ([hit.id], None)
    done = send("", WEEK).json
    assert done["outside"]["reservation_ids"] == [hit.id]
    assert done["outside_now"] == {"count": 2, "reservation_ids": [hit.id, before.id]}


def test_a_week_is_published_for_a_season_instead_of_dates(world, send, lab) -> None:
    season = world.season(lab.institution, date(2027, 7, 1), date(2027, 8, 31))
    elsewhere = world.season(world.institution(), date(2027, 7, 1), date(2027, 8, 31))
    week = {"week": "Mon-Fri 09:00-12:00", "season_id": season.id}
    assert codes(send("", week | {"valid_from": "2027-07-01"})) == {"season_or_dates": "season_id"}
    assert codes(send("", week | {"season_id": elsewhere.id})) == {"choice": "season_id"}
    assert codes(send("", {"week": "24/7"})) == {"missing": "valid_from"}
    done = send("", week)
    first = done.json["weeks"][0]
    assert (first["valid_from"], first["valid_to"], first["season_id"]) == (
        "2027-07-01",
        "2027-08-31",
        season.id,
    )


def test_hours_for_some_end_with_today_and_those_for_everybody_do_not(world, send, lab, client, url) -> None:
    world.hours(lab, "Mon-Fri 08:00-18:00", circles="partners")
    numbers = {tuple(week["circles"]): week["id"] for week in client.get(url).json["weeks"]}
    assert send(f"/{numbers[()]}/end", {}).status_code == 404
    assert send("/999999999/end", {}).status_code == 404
    ended = send(f"/{numbers['partners',]}/end", {})
    assert ended.status_code == 200
    assert [week["valid_to"] for week in ended.json["weeks"] if week["circles"]] == ["2027-03-01"]


def test_what_lies_outside_is_moved_and_cancelled_by_a_program(world, client, url, lab, manager) -> None:
    world.hours(lab, "daily 08:00-18:00", valid_from=date(2027, 3, 1))
    thing, person = world.instrument(lab, week=None), world.person(lab.institution)
    moved, cancelled = (world.reservation(thing, person, EVENING + timedelta(days=n)) for n in range(2))
    path, headers = f"{url}/outside", bearer(world.token(manager, SCOPES))
    stranger = bearer(world.token(world.person(lab.institution), SCOPES))
    each = [
        {"reservation_id": moved.id, "version": moved.version, "choice": "move"},
        {"reservation_id": cancelled.id, "version": cancelled.version, "choice": "cancel"},
    ]
    assert client.post(path, json={"each": each}, headers=stranger).status_code == 403
    silent = client.post(path, json={"each": each}, headers=headers)
    assert (silent.status_code, codes(silent)) == (422, {"no_message": "message"})
    done = client.post(path, json={"each": each, "message": "We close at six now."}, headers=headers)
    assert done.json == {"outcomes": {"moved": 1, "cancelled": 1}, "failed": []}
    assert client.get(path, headers=headers).json["count"] == 0
