"""A program that sets what a lab lets happen reads in one answer what of it cannot be read and what rules say of the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from instruments.people.rights import Role
from tests.world import bearer

UNREADABLE = ["no", "text", "here"]


@pytest.fixture
def lab(world, now):
    return world.lab()


@pytest.fixture
def manager(world, lab):
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    return bearer(world.token(person))


@pytest.fixture
def overseer(world, lab):
    person = world.person(lab.institution)
    world.grant(person, Role.INSTITUTION_MANAGER, lab.institution)
    return bearer(world.token(person))


def refused(answer) -> list[tuple[str, str]]:
    """The fields that are refused, each with the code of why."""
    assert answer.status_code == 422, answer.json
    return sorted((each["field"] or "", each["code"]) for each in answer.json["reasons"])


def fields(answer) -> list[str]:
    """The fields that are refused."""
    return sorted({field for field, _ in refused(answer)})


def test_limits_with_a_word_for_a_number(client, lab, manager) -> None:
    held = {**manager, "If-Match": '"0"'}
    body = {"grid_minutes": 7, "lead_minutes": "soon", "horizon_days": 0, "names_seen": "cats"}
    answer = client.put(f"/api/v1/labs/{lab.id}/limits", json=body, headers=held)
    assert refused(answer) == [
        ("grid_minutes", "grid_uneven"),
        ("horizon_days", "limit_out_of_bounds"),
        ("lead_minutes", "invalid"),
        ("names_seen", "invalid"),
    ]


def test_what_limits_say_together_is_left_open_where_one_cannot_be_read(client, lab, manager) -> None:
    held = {**manager, "If-Match": '"0"'}
    body = {"shortest_minutes": 3000, "longest_minutes": "long"}
    answer = client.put(f"/api/v1/labs/{lab.id}/limits", json=body, headers=held)
    assert refused(answer) == [("longest_minutes", "invalid")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"first": "June", "last": "2020-01-01", "limits": {"grid_minutes": 7}},
            [("first", "date"), ("grid_minutes", "grid_uneven")],
        ),
        (
            {"first": "2020-01-01", "limits": {"grid_minutes": "seven", "longest_minutes": 0}},
            [
                ("first", "hours_over"),
                ("grid_minutes", "invalid"),
                ("longest_minutes", "limit_out_of_bounds"),
            ],
        ),
        ({"first": "2027-06-01", "limits": UNREADABLE}, [("limits", "invalid")]),
        (
            {"first": "2027-06-02", "last": "2027-06-01", "season_id": 99, "limits": {"grid_minutes": "x"}},
            [("grid_minutes", "invalid"), ("last", "hours_order"), ("season_id", "choice")],
        ),
    ],
)
def test_limits_for_certain_dates(client, lab, manager, body, expected) -> None:
    answer = client.post(f"/api/v1/labs/{lab.id}/dated-limits", json=body, headers=manager)
    assert refused(answer) == expected


def test_a_rule_of_approval_without_readable_circles(client, lab, manager) -> None:
    body = {"circles": "everybody", "above_minutes": -1, "deadline_hours": 0}
    held = {**manager, "If-Match": '"0"'}
    answer = client.put(f"/api/v1/labs/{lab.id}/approval-rule", json=body, headers=held)
    assert refused(answer) == [
        ("above_minutes", "limit_out_of_bounds"),
        ("circles", "invalid"),
        ("deadline_hours", "limit_out_of_bounds"),
    ]


def test_a_quota(client, lab, manager) -> None:
    body = {
        "amount": "four", "measured": "hours", "per": "week", "holder": "somebody", "over": "catalogue",
        "peak": "whenever", "short_notice_hours": -1, "valid_from": "soon", "valid_to": "2020-01-01",
    }  # fmt: skip
    answer = client.post(f"/api/v1/labs/{lab.id}/quotas", json=body, headers=manager)
    assert fields(answer) == [
        "amount", "holder", "over", "peak", "short_notice_hours", "valid_from",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"kind": "party", "reason": " "}, ["kind", "reason"]),
        ({"kind": "party", "reason": " ", "end": None}, ["kind", "reason"]),
        ({"reason": " ", "end": None}, ["end", "reason"]),
        ({"start": "soon", "units": 3}, ["start", "units"]),
        ({"start": "soon", "end": "2020-01-01T00:00:00+08:00"}, ["end", "start"]),
        ({"reason": UNREADABLE, "end": "late"}, ["end", "reason"]),
        ({"start": "soon", "repeat": {"every": "week", "until": "2020-01-01"}}, ["start"]),
        ({"reason": " ", "repeat": {"every": "week", "until": "2020-01-01"}}, ["reason", "repeat"]),
        ({"reason": " ", "repeat": {"every": "day", "until": "2027-04-01"}}, ["reason", "repeat"]),
    ],
)
@pytest.mark.parametrize("preview", ["", "/preview"])
def test_a_closure(client, lab, manager, now, change, expected, preview) -> None:
    start = now + timedelta(days=1)
    body = {
        "kind": "maintenance", "reason": "Service", "start": start.isoformat(),
        "end": (start + timedelta(hours=4)).isoformat(),
    }  # fmt: skip
    answer = client.post(f"/api/v1/labs/{lab.id}/closures{preview}", json=body | change, headers=manager)
    assert fields(answer) == expected


def test_a_closure_said_anew(client, lab, manager, now) -> None:
    start, end = ((now + timedelta(days=days)).isoformat() for days in (1, 2))
    body = {"kind": "maintenance", "reason": "Service", "start": start, "end": end}
    made = client.post(f"/api/v1/labs/{lab.id}/closures", json=body, headers=manager)
    one, held = made.headers["Location"], {**manager, "If-Match": made.headers["ETag"]}
    answer = client.put(one, json=body | {"reason": " ", "start": "soon", "units": 2}, headers=held)
    assert fields(answer) == ["reason", "start", "units"]
    early = body | {"kind": "party", "end": start}
    assert fields(client.put(one, json=early, headers=held)) == ["end", "kind"]


def test_hours(client, lab, manager) -> None:
    address = f"/api/v1/labs/{lab.id}/hours"
    held = {**manager, "If-Match": client.get(address).headers["ETag"]}

    def sent(where: str, body: dict) -> list[str]:
        return fields(client.post(f"{address}{where}", json=body, headers=held))

    assert sent("", {"week": UNREADABLE, "valid_from": "2020-01-01"}) == ["valid_from", "week"]
    assert sent("", {"week": "whenever", "valid_from": "soon"}) == ["valid_from", "week"]
    assert sent("", {"week": "whenever", "season_id": "spring"}) == ["season_id", "week"]
    assert sent("/days", {"valid_from": "soon", "times": "late", "reason": " "}) == [
        "reason",
        "times",
        "valid_from",
    ]
    assert sent("/days", {"valid_from": "2020-01-01", "times": UNREADABLE, "reason": " "}) == [
        "reason", "times", "valid_from",
    ]  # fmt: skip
    far = {"valid_from": "soon", "valid_to": "2027-04-01", "times": "closed", "reason": "Fair"}
    assert sent("/days", far) == ["valid_from"]


def test_a_change_of_many(client, world, lab, manager) -> None:
    body = {"instrument_ids": UNREADABLE, "what": "hours", "week": "whenever"}
    answer = client.post("/api/v1/instruments/changes", json=body, headers=manager)
    assert fields(answer) == ["instrument_ids", "valid_from", "week"]


def test_days_and_seasons_of_an_institution(client, lab, overseer) -> None:
    home = f"/api/v1/institutions/{lab.institution_id}"

    def sent(where: str, body: dict) -> list[str]:
        return fields(client.post(f"{home}{where}", json=body, headers=overseer))

    assert sent("/days", {"first": "soon", "kind": "rest"}) == ["first", "name_en"]
    assert sent("/days", {"first": "2020-01-01", "kind": "party", "name_en": "Fair"}) == ["first", "kind"]
    over = {"first": "2020-01-01", "kind": "make_up", "replaces": "2027-04-03"}
    assert sent("/days", over) == ["first", "name_en", "replaces"]
    assert sent("/seasons", {"kind": "fair", "spans": []}) == ["kind", "name_en", "spans"]
    assert sent("/seasons", {"kind": "term", "spans": UNREADABLE}) == ["name_en", "spans"]
    past = [{"first": "2020-01-01", "last": "2020-02-01"}]
    assert sent("/seasons", {"kind": "fair", "name_en": "Fair", "spans": past}) == ["kind", "spans"]


def test_what_does_not_fit_inside_a_list_says_which_entry(client, lab, overseer) -> None:
    good = {"first": "2027-06-21", "last": "2027-07-04"}

    def told(spans: object) -> list[str]:
        body = {"kind": "term", "name_en": "Term", "spans": spans}
        answer = client.post(
            f"/api/v1/institutions/{lab.institution_id}/seasons", json=body, headers=overseer
        )
        assert set(fields(answer)) == {"spans"}
        return [reason["message"] for reason in answer.json["reasons"]]

    assert told([good, {"first": "soon"}, "x"]) == [
        "spans[1].first: Write a date, like 2027-03-01.",
        "spans[1].last: This is needed.",
        "spans[2]: Write an object.",
    ]
    assert told("x") == ["spans: Write a list."]
    # A list of nonsense is not answered by thousands of sentences.
    assert len(told([{}] * 5000)) == 20


def test_kinds_of_violation_what_is_asked_of_users_and_how_uses_are_kept(client, lab, manager) -> None:
    home = f"/api/v1/labs/{lab.id}"
    held = {**manager, "If-Match": '"0"'}
    kind = {"name_en": "", "suspended_days": 999, "after": "first", "expires_days": "long"}
    answer = client.post(f"{home}/violation-kinds", json=kind, headers=manager)
    assert fields(answer) == ["after", "expires_days", "name_en", "suspended_days"]
    rule = {"level": "expert", "two_at_night": True}
    answer = client.put(f"{home}/qualification-rule", json=rule, headers=held)
    assert fields(answer) == ["level", "night_from"]
    dark = {"level": "expert", "night_level": "night", "night_from": "dusk", "night_until": "08:00"}
    answer = client.put(f"{home}/qualification-rule", json=dark, headers=held)
    assert fields(answer) == ["level", "night_from"]
    uses = {"check_in": "perhaps", "grace_minutes": -1}
    answer = client.put(f"{home}/usage-settings", json=uses, headers=held)
    assert fields(answer) == ["check_in", "grace_minutes"]


def test_an_outside_calendar(client, lab, manager) -> None:
    body = {"address": "ftp://lab.example/cal.ics", "name": "x" * 200}
    answer = client.post(f"/api/v1/labs/{lab.id}/calendars", json=body, headers=manager)
    assert fields(answer) == ["address", "name"]
