"""Violations: dated facts that expire, seen by few, decided on appeal by another person; suspension at one lab alone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.notices.models import Notice
from instruments.notices.tasks import follow
from instruments.people.rights import Role
from instruments.reservations.conduct.models import Violation
from instruments.reservations.conduct.rules import Consequence, day_objections, rule_objections
from tests.world import bearer, sign_in

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2027, 3, 1)


def at(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=ZONE).timestamp())


@pytest.mark.parametrize(
    ("rule", "standing", "until"),
    [
        (Consequence(0), 1, None),
        (Consequence(7), 1, at(2027, 3, 9)),
        (Consequence(7, after=2), 1, None),
        (Consequence(7, after=2), 2, at(2027, 3, 9)),
        (Consequence(7, after=2), 3, at(2027, 3, 9)),
        (Consequence(30, expires_days=30), 1, at(2027, 4, 1)),
    ],
)
def test_what_a_violation_leads_to(rule: Consequence, standing: int, until: int | None) -> None:
    assert rule.suspended_until(standing, DAY, DAY, ZONE) == until


def test_nobody_is_suspended_for_longer_than_it_stands() -> None:
    happened = DAY - timedelta(days=5)
    assert Consequence(10, expires_days=10).suspended_until(1, DAY, happened, ZONE) == at(2027, 3, 7)
    assert [each.field for each in rule_objections(Consequence(20, expires_days=10))] == ["suspended_days"]
    fields = {each.field for each in rule_objections(Consequence(-1, 0, 2000))}
    assert fields == {"suspended_days", "after", "expires_days"}


@pytest.mark.parametrize(("days", "code"), [(1, "future"), (0, None), (-90, None), (-91, "long_ago")])
def test_when_it_may_have_happened(days: int, code: str | None) -> None:
    assert [each.code for each in day_objections(DAY + timedelta(days=days), DAY)] == ([code] if code else [])


def recorded(client, scene, by=None, **fields: object):
    sign_in(client, by or scene.operator)
    data = {
        "kind_id": scene.kind.id, "reservation_id": scene.used.id, "happened_on": "2027-02-28", "reason": "Left open",
    } | fields  # fmt: skip
    return client.post(f"/labs/{scene.lab.id}/violations/new", data=data)


def only() -> Violation:
    db.session.rollback()
    return db.session.scalars(select(Violation)).one()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"kind_id": ""}, "kind_id"),
        ({"kind_id": "999999999"}, "kind_id"),
        ({"happened_on": "yesterday"}, "happened_on"),
        ({"happened_on": "2027-03-02"}, "happened_on"),
        ({"happened_on": "2026-01-01"}, "happened_on"),
        ({"reservation_id": "", "mail": "nobody@example.org"}, "mail"),
        ({"reservation_id": "999999999"}, "reservation_id"),
    ],
)
def test_what_cannot_be_recorded_is_said_and_kept(client, scene, fields, field) -> None:
    answer = recorded(client, scene, **fields)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert db.session.scalar(select(Violation.id)) is None


def test_who_has_not_booked_here_cannot_be_told_from_who_has_no_account(client, world, scene) -> None:
    stranger = world.person()
    # A form's token carries the second in which it was written, which is nothing that is told.
    texts = [
        re.sub(
            r'name="csrf_token" value="[^"]+"', "", recorded(client, scene, reservation_id="", mail=mail).text
        )
        for mail in (stranger.mail, "nobody@example.org")
    ]
    assert texts[0].replace(stranger.mail, "") == texts[1].replace("nobody@example.org", "")


def test_only_the_labs_own_staff_record_and_never_of_themselves(client, world, scene) -> None:
    for person in (scene.user, scene.above, scene.auditor, scene.head):
        assert recorded(client, scene, person).status_code == 403
    own = world.reservation(scene.thing, scene.operator, scene.used.starts_at + timedelta(hours=3))
    assert recorded(client, scene, reservation_id=own.id).status_code == 403
    elsewhere = world.reservation(world.instrument(), scene.user, scene.used.starts_at)
    assert recorded(client, scene, reservation_id=elsewhere.id).status_code == 422
    other = world.violation_kind(world.lab())
    assert recorded(client, scene, kind_id=other.id).status_code == 422


def test_only_the_person_the_staff_and_the_deciders_see_it(client, world, scene) -> None:
    platform = world.person()
    world.grant(platform, Role.PLATFORM_ADMINISTRATOR)
    assert recorded(client, scene).status_code == 303
    page, lists = f"/violations/{only().id}", f"/labs/{scene.lab.id}/violations"
    for person in (scene.user, scene.operator, scene.manager, scene.above):
        sign_in(client, person)
        assert "Left open" in client.get(page).text
    for person in (scene.head, scene.auditor, platform, world.person()):
        sign_in(client, person)
        assert client.get(page).status_code == 404
        assert client.post(f"{page}/appeal", data={"words": "x", "version": 1}).status_code == 404
        assert client.get(lists).status_code == 403
    sign_in(client, scene.user)
    assert client.get(lists).status_code == 403
    assert "Left it dirty" in client.get("/profile/violations").text
    sign_in(client, scene.manager)
    assert "Shen Yong" in client.get(lists).text
    assert "Nothing is recorded" in client.get(f"{lists}?view=earlier").text
    # The institution's journal is read by more than may know of it.
    assert db.session.scalars(select(JournalEntry.institution_id)).all() == [None]


def test_a_suspension_refuses_at_that_lab_alone_and_ends(client, world, scene, now) -> None:
    elsewhere = world.instrument(world.lab(scene.lab.institution))
    assert recorded(client, scene).status_code == 303
    token = world.token(scene.user)

    def book(instrument, days: int, who=token, **more):
        start = now + timedelta(days=days)
        body = {
            "instrument_id": instrument.id, "start": start.isoformat(),
            "end": (start + timedelta(hours=1)).isoformat(), "group_id": scene.group.id, **more,
        }  # fmt: skip
        return client.post("/api/v1/reservations", json=body, headers=bearer(who))

    refused = book(scene.thing, 2)
    assert refused.status_code == 422
    [reason] = refused.json["reasons"]
    assert reason["code"] == "suspended"
    assert "Left open" in reason["message"]
    assert reason["fix"]["start"] == "2027-03-09T00:00:00+08:00"
    assert reason["fix"]["ask"] == "appeal"
    assert book(elsewhere, 2).status_code == 201
    assert book(scene.thing, 9).status_code == 201
    # The head of the group learns that it does not work, and not why.
    told = book(scene.thing, 2, world.token(scene.head), **{"for": scene.user.id})
    assert [each["code"] for each in told.json["reasons"]] == ["suspended"]
    assert "Left open" not in told.text
    # The group bears nothing of it.
    assert book(scene.thing, 2, world.token(scene.head)).status_code == 201
    free = f"/api/v1/free?hours=1&from=2027-03-02T00:00:00%2B08:00&q={scene.thing.name_en.split()[1]}"
    starts = {
        each["instrument_id"]: each["start"] for each in client.get(free, headers=bearer(token)).json["items"]
    }
    assert starts.get(scene.thing.id, "2027-03-09") >= "2027-03-09"
    sign_in(client, scene.user)
    assert "has suspended you until the end of Mon 8 Mar" in client.get("/home").text
    # Read before anything is typed, with the way to appeal; and where another time is too far away, in the refusal, too.
    page = client.get(f"/instruments/{scene.thing.id}").text
    assert "The lab has suspended you until the end of Mon 8 Mar" in page
    assert 'href="/profile/violations"' in page
    assert "has suspended you" not in client.get(f"/instruments/{elsewhere.id}").text


def test_an_appeal_is_one_step_and_somebody_else_decides(client, scene, now, app) -> None:
    recorded(client, scene, scene.manager)
    page = f"/violations/{only().id}"
    sign_in(client, scene.user)
    assert "Appeal against it" in client.get(page).text
    assert client.post(f"{page}/appeal", data={"words": " ", "version": 1}).status_code == 422
    assert client.post(f"{page}/appeal", data={"words": "I did not", "version": 7}).status_code == 412
    assert client.post(f"{page}/appeal", data={"words": "I did not", "version": 1}).status_code == 303
    assert client.post(f"{page}/appeal", data={"words": "Again", "version": 2}).status_code == 422
    lift = {"decision": "lifted", "reason": "It was another", "version": 2}
    for person in (scene.user, scene.operator, scene.manager):
        sign_in(client, person)
        assert client.post(f"{page}/decision", data=lift).status_code == 403
    sign_in(client, scene.other)
    assert "An appeal waits" in client.get("/home").text
    assert client.post(f"{page}/decision", data={**lift, "reason": ""}).status_code == 422
    assert client.post(f"{page}/decision", data={**lift, "decision": "forgotten"}).status_code == 422
    assert client.post(f"{page}/decision", data=lift).status_code == 303
    assert client.post(f"{page}/decision", data={**lift, "version": 3}).status_code == 422
    assert "An appeal waits" not in client.get("/home").text
    sign_in(client, scene.user)
    read = client.get(page).text
    assert "It was another" in read and "Counts until" not in read
    assert "suspended you" not in client.get("/home").text
    day = {"instrument": scene.thing.id, "day": "2027-03-03", "from": "09:00", "until": "10:00"}
    answer = client.post(
        f"/instruments/{scene.thing.id}/reservations",
        data={**day, "purpose": "research", "unit": scene.group.id},
    )
    assert answer.status_code == 303, answer.text
    follow()
    told = db.session.execute(select(Notice.person_id, Notice.kind, Notice.said).order_by(Notice.id)).all()
    assert (scene.user.id, "conduct.mine", "suspended") in told
    assert (scene.user.id, "conduct.mine", "lifted") in told
    decide = {person for person, kind, _ in told if kind == "conduct.appealed"}
    assert decide == {scene.other.id, scene.above.id}
    assert "suspended you until the end of Mon 8 Mar" in client.get("/notices").text


def test_the_database_itself_keeps_the_promise_of_another_person(client, scene) -> None:
    recorded(client, scene)
    row = only()
    values = {
        column.name: getattr(row, column.name) for column in Violation.__table__.c if column.name != "id"
    }
    appealed = {"state": "lifted", "appealed_at": row.recorded_at, "decided_at": row.recorded_at}
    for wrong in (
        {"recorded_by_id": row.person_id},
        {**appealed, "decided_by_id": row.recorded_by_id},
        {**appealed, "decided_by_id": row.person_id},
        {"state": "upheld", "decided_by_id": scene.other.id},
    ):
        with pytest.raises(IntegrityError):
            db.session.execute(insert(Violation).values(**values | wrong))
        db.session.rollback()


def test_the_second_that_stands_suspends_and_withdrawing_ends_it(client, world, scene, now) -> None:
    scene.kind = world.violation_kind(scene.lab, after=2)
    recorded(client, scene)
    assert only().suspended_until is None
    again = world.reservation(scene.thing, scene.user, scene.used.starts_at + timedelta(hours=5))
    recorded(client, scene, reservation_id=again.id)
    first, second = db.session.scalars(select(Violation).order_by(Violation.id)).all()
    assert second.suspended_until is not None
    page = f"/violations/{second.id}/withdraw"
    sign_in(client, scene.manager)
    assert client.post(page, data={"reason": "Mistaken", "version": 1}).status_code == 403
    sign_in(client, scene.operator)
    assert client.post(page, data={"reason": "", "version": 1}).status_code == 422
    assert client.post(page, data={"reason": "Mistaken", "version": 1}).status_code == 303
    assert client.post(page, data={"reason": "Mistaken", "version": 2}).status_code == 422
    sign_in(client, scene.user)
    assert "suspended you" not in client.get("/home").text
    # What has expired counts no more.
    client.application.config["FROZEN_NOW"] = first.expires_at
    sign_in(client, scene.manager)
    assert "Expired" in client.get(f"/labs/{scene.lab.id}/violations?view=earlier").text


def test_the_lab_sets_its_kinds(client, scene) -> None:
    address = f"/labs/{scene.lab.id}/violations/kinds"
    new = {"name_en": "No-show", "suspended_days": "0", "after": "1", "expires_days": "90", "in_use": "1"}
    sign_in(client, scene.operator)
    assert client.post(address, data=new).status_code == 403
    sign_in(client, scene.manager)
    for wrong, field in (
        ({"name_en": ""}, "name_en"),
        ({"name_en": "Left IT dirty"}, "name_en"),
        ({"after": "x"}, "after"),
        ({"suspended_days": "91"}, "suspended_days"),
    ):
        answer = client.post(address, data=new | wrong)
        assert answer.status_code == 422
        assert f'href="#f-{field}"' in answer.text
    assert client.post(address, data=new).status_code == 303
    assert "No suspension; expires after 90 days" in client.get(address).text
    given_up = {**new, "kind": scene.kind.id, "version": "1", "in_use": "", "name_en": "Left open"}
    assert client.post(address, data=given_up | {"version": "4"}).status_code == 412
    assert client.post(address, data=given_up).status_code == 303
    assert "Given up" in client.get(address).text
    assert recorded(client, scene).status_code == 422
    foreign = f"/labs/{scene.lab.id + 1}/violations/kinds"
    assert client.get(foreign).status_code in (403, 404)


def test_programs_are_told_what_cannot_be_read_and_what_stands_against_the_rest_at_once(
    client, world, scene
) -> None:
    operator = bearer(world.token(scene.operator))

    def told(**body: object) -> list[str]:
        answer = client.post("/api/v1/violations", json={"lab_id": scene.lab.id, **body}, headers=operator)
        assert answer.status_code == 422
        return sorted(reason["field"] for reason in answer.json["reasons"])

    assert told(happened_on="soon", kind_id=999999999, reason=" ", mail="nobody@example.org") == [
        "happened_on", "kind_id", "mail", "reason",
    ]  # fmt: skip
    assert told(happened_on="2027-03-02", kind_id="first", reservation_id="mine") == [
        "happened_on", "kind_id", "reason", "reservation_id",
    ]  # fmt: skip
    assert db.session.scalar(select(Violation.id)) is None


def test_programs_do_the_same(client, world, scene) -> None:
    operator, user, other = (bearer(world.token(each)) for each in (scene.operator, scene.user, scene.other))
    manager = bearer(world.token(scene.manager))
    body = {
        "lab_id": scene.lab.id, "kind_id": scene.kind.id, "happened_on": "2027-02-28", "reason": "Left open",
        "mail": "shen@example.org",
    }  # fmt: skip
    assert client.post("/api/v1/violations", json=body, headers=user).status_code == 403
    assert (
        client.post("/api/v1/violations", json=body | {"happened_on": "soon"}, headers=operator).status_code
        == 422
    )
    made = client.post("/api/v1/violations", json=body, headers=operator)
    assert made.status_code == 201
    address = made.headers["Location"]
    assert made.json["suspended_until"] == "2027-03-09T00:00:00+08:00"
    assert client.get(address, headers=bearer(world.token(scene.head))).status_code == 404
    assert client.post(f"{address}/appeal", json={"words": "No"}, headers=user).status_code == 428
    held = {**user, "If-Match": made.headers["ETag"]}
    assert client.post(f"{address}/appeal", json={"words": "No"}, headers=held).status_code == 200
    decision = {"decision": "upheld", "reason": "Seen by two"}
    assert (
        client.post(f"{address}/decide", json=decision, headers={**operator, "If-Match": '"2"'}).status_code
        == 403
    )
    assert (
        client.post(f"{address}/decide", json=decision, headers={**other, "If-Match": '"1"'}).status_code
        == 412
    )
    decided = client.post(f"{address}/decide", json=decision, headers={**other, "If-Match": '"2"'})
    assert decided.json["state"] == "upheld"
    assert (
        client.post(
            f"{address}/withdraw", json={"reason": "x"}, headers={**manager, "If-Match": "*"}
        ).status_code
        == 403
    )
    assert [each["id"] for each in client.get("/api/v1/violations", headers=user).json["items"]] == [
        made.json["id"]
    ]
    of_lab = f"/api/v1/violations?lab_id={scene.lab.id}"
    assert len(client.get(of_lab, headers=operator).json["items"]) == 1
    assert client.get(of_lab, headers=user).status_code == 403
    kinds = f"/api/v1/labs/{scene.lab.id}/violation-kinds"
    assert client.post(kinds, json={"name_en": "Loud"}, headers=operator).status_code == 403
    assert client.post(kinds, json={"name_en": "Loud", "after": 0}, headers=manager).status_code == 422
    kind = client.post(kinds, json={"name_en": "Loud"}, headers=manager)
    assert kind.status_code == 201
    changed = client.put(
        f"/api/v1/violation-kinds/{kind.json['id']}", json={"name_en": "Too loud", "in_use": False},
        headers={**manager, "If-Match": kind.headers["ETag"]},
    )  # fmt: skip
    assert (changed.status_code, changed.json["in_use"]) == (200, False)
    assert len(client.get(kinds, headers=operator).json["items"]) == 2
