"""The people of an institution: who sees whom, memberships, the yearly confirmation, leaving."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.models import RoleGrant
from instruments.people.rights import Role
from tests.conftest import NOW
from tests.world import bearer, sign_in

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def qinling(world, now):
    return world.institution("qinling.edu.cn", name_en="Qinling University")


@pytest.fixture
def boss(world, qinling):
    person = world.person(qinling, name_en="Chen Moni")
    world.grant(person, Role.INSTITUTION_MANAGER, qinling)
    return person


@pytest.fixture
def lin(world, qinling):
    return world.person(qinling, name_en="Lin Shili", name_zh="林示例", number="2027001", kind="student")


# --- Who sees whom


@pytest.mark.parametrize(
    ("role", "on", "person", "people", "journal", "membership", "leaving"),
    [
        (None, None, 404, 403, 403, 404, 404),
        (Role.LAB_MANAGER, "lab", 404, 403, 403, 404, 404),
        (Role.MEMBER, "group", 404, 403, 403, 404, 404),
        (Role.GROUP_HEAD, "other group", 404, 403, 403, 404, 404),
        (Role.GROUP_HEAD, "group", 200, 403, 403, 403, 403),
        (Role.FINANCE_OFFICER, "institution", 200, 200, 403, 403, 403),
        (Role.AUDITOR, "institution", 200, 200, 200, 403, 403),
        (Role.INSTITUTION_MANAGER, "other institution", 404, 403, 403, 404, 404),
        (Role.INSTITUTION_MANAGER, "institution", 200, 200, 200, 200, 200),
        (Role.PLATFORM_ADMINISTRATOR, None, 200, 200, 200, 200, 200),
    ],
)
def test_who_sees_a_person(
    client, world, qinling, lin, role, on, person, people, journal, membership, leaving
) -> None:
    group = world.group(qinling)
    world.grant(lin, Role.MEMBER, group)
    places = {
        "institution": qinling, "lab": world.lab(qinling), "group": group, "other group": world.group(qinling),
        "other institution": world.institution(),
    }  # fmt: skip
    reader = world.person(qinling)
    if role:
        world.grant(reader, role, places.get(on))
    sign_in(client, reader)
    for address, status in (
        (f"/people/{lin.id}", person),
        (f"/institutions/{qinling.id}/people", people),
        (f"/institutions/{qinling.id}/journal", journal),
        (f"/people/{lin.id}/membership", membership),
        (f"/people/{lin.id}/leaving", leaving),
    ):
        assert client.get(address).status_code == status, address


def test_everybody_sees_themselves_but_decides_nothing_there(client, lin) -> None:
    sign_in(client, lin)
    page = client.get(f"/people/{lin.id}")
    assert page.status_code == 200
    assert "/leaving" not in page.text
    assert client.get(f"/people/{lin.id}/membership").status_code == 403
    assert client.post(f"/people/{lin.id}/confirm").status_code == 403
    assert client.post(f"/people/{lin.id}/leaving").status_code == 403
    assert client.post(f"/people/{lin.id}/staying").status_code == 403


def test_not_even_a_manager_decides_about_themselves(client, boss, qinling) -> None:
    sign_in(client, boss)
    before = boss.membership_confirmed_on
    for path in ("membership", "confirm", "leaving", "staying"):
        form = {"version": "1", "kind": "staff", "ends_on": TODAY.isoformat()}
        assert client.post(f"/people/{boss.id}/{path}", data=form).status_code == 403
    ticked = client.post(f"/institutions/{qinling.id}/people/confirm", data={"person": [str(boss.id)]})
    assert ticked.status_code == 403
    db.session.expire_all()
    assert (boss.membership_confirmed_on, boss.version, boss.ends_on) == (before, 1, None)


# --- The list


def test_the_list_searches_and_goes_on_by_cursor(client, world, boss, qinling, lin) -> None:
    for number in range(60):
        world.person(qinling, name_en=f"Student No. {number:02}")
    world.person(world.institution(), name_en="Student Elsewhere")
    sign_in(client, boss)
    address = f"/institutions/{qinling.id}/people"
    first = client.get(address).text
    names = [f"Student No. {number:02}" for number in range(60)]
    rest = client.get(first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")).text
    assert [name in first for name in names].count(True) + [name in rest for name in names].count(True) == 60
    assert not any(name in first and name in rest for name in names)
    assert "Student Elsewhere" not in first + rest
    for sought in ("林示", "lin shi", "2027001", lin.mail[:9], "SHILI lin"):
        assert "Lin Shili" in client.get(address, query_string={"q": sought}).text
    for sought in ("%", "_", "nobody at all"):
        assert "Lin Shili" not in client.get(address, query_string={"q": sought}).text
    assert client.get(address, query_string={"view": "king"}).status_code == 404
    assert client.get(address, query_string={"cursor": "nonsense"}).status_code == 422


def test_the_number_of_statements_does_not_grow_with_the_people(
    client, world, boss, qinling, statements
) -> None:
    sign_in(client, boss)
    counts = []
    for more in (1, 30):
        for _ in range(more):
            world.person(qinling, adviser_id=boss.id)
        statements.clear()
        client.get(f"/institutions/{qinling.id}/people")
        counts.append(len(statements))
    assert counts[0] == counts[1]


# --- Confirming every year


@pytest.mark.parametrize(("days", "is_due"), [(365, False), (366, True), (None, True)])
def test_when_a_confirmation_is_due(client, boss, qinling, lin, days, is_due) -> None:
    lin.membership_confirmed_on = TODAY - timedelta(days=days) if days else None
    db.session.commit()
    sign_in(client, boss)
    overdue = client.get(f"/institutions/{qinling.id}/people?view=overdue").text
    assert ("Lin Shili" in overdue) is is_due


def test_ticked_memberships_are_confirmed_for_another_year(client, world, boss, qinling, lin) -> None:
    other = world.person(qinling, membership_confirmed_on=None)
    lin.membership_confirmed_on = None
    stranger = world.person(world.institution(), membership_confirmed_on=None)
    db.session.commit()
    sign_in(client, boss)
    address = f"/institutions/{qinling.id}/people/confirm"
    assert client.post(address, data={"person": [str(lin.id), str(stranger.id)]}).status_code == 403
    assert client.post(address, data={"person": [str(lin.id), "x", "-1"]}).status_code == 302
    db.session.expire_all()
    assert (lin.membership_confirmed_on, other.membership_confirmed_on) == (TODAY, None)
    assert stranger.membership_confirmed_on is None
    entry = db.session.scalars(select(JournalEntry)).one()
    assert (entry.deed, entry.actor_id, entry.thing_id) == ("membership.confirmed", boss.id, lin.id)


# --- Membership


def test_a_membership_is_edited_as_it_was_opened(client, world, boss, qinling, lin) -> None:
    adviser = world.person(qinling)
    sign_in(client, boss)
    address = f"/people/{lin.id}/membership"
    bad = {
        "version": "1", "kind": "king", "number": "9" * 41, "adviser": "nobody@qinling.edu.cn", "ends_on": "tomorrow",
    }  # fmt: skip
    refused = client.post(address, data=bad)
    assert refused.status_code == 422
    for field in ("kind", "number", "adviser", "ends_on"):
        assert f'id="f-{field}-reason"' in refused.text
    good = {
        "version": "1",
        "kind": "staff",
        "number": "G42",
        "adviser": adviser.mail,
        "ends_on": "2028-06-30",
    }
    assert client.post(address, data=good | {"ends_on": YESTERDAY.isoformat()}).status_code == 422
    assert client.post(address, data=good | {"adviser": lin.mail}).status_code == 422
    assert client.post(address, data=good).status_code == 302
    assert client.post(address, data=good).status_code == 412
    db.session.expire_all()
    assert (lin.kind, lin.number, lin.adviser_id, lin.version) == ("staff", "G42", adviser.id, 2)
    entry = db.session.scalars(select(JournalEntry)).one()
    assert entry.detail["kind"] == ["student", "staff"]
    assert entry.detail["ends_on"] == [None, "2028-06-30"]


# --- Leaving


def test_a_leavers_roles_end_with_the_last_day(client, world, boss, qinling, lin) -> None:
    lab, last = world.lab(qinling), TODAY + timedelta(days=10)
    long = world.grant(lin, Role.LAB_OPERATOR, lab)
    short = world.grant(lin, Role.LAB_MANAGER, lab, ends_on=TODAY)
    standing = world.grant(
        boss, Role.LAB_MANAGER, lab, deputy_id=lin.id, deputy_until=last + timedelta(days=90)
    )
    sign_in(client, boss)
    address = f"/people/{lin.id}/leaving"
    assert f"/people/{lin.id}/reservations" in client.get(address).text
    for day in ("", "soon", (TODAY - timedelta(days=2)).isoformat()):
        assert client.post(address, data={"version": "1", "ends_on": day}).status_code == 422
    answer = client.post(address, data={"version": "1", "ends_on": last.isoformat()})
    assert answer.location == f"/people/{lin.id}/reservations"
    db.session.expire_all()
    assert (lin.ends_on, lin.deactivated_at) == (last, None)
    assert (long.ends_on, short.ends_on, standing.deputy_until) == (last, TODAY, last)
    assert client.post(address, data={"version": "1", "ends_on": last.isoformat()}).status_code == 412


def test_who_left_yesterday_is_out_at_once(app, client, world, boss, lin) -> None:
    token, browser = world.token(lin), sign_in(app.test_client(), lin)
    assert browser.get("/profile").status_code == 200
    sign_in(client, boss)
    form = {"version": "1", "ends_on": YESTERDAY.isoformat()}
    assert client.post(f"/people/{lin.id}/leaving", data=form).status_code == 302
    assert browser.get("/profile").status_code == 302
    assert browser.get("/api/v1/reservations", headers=bearer(token)).status_code == 401
    # Taken back, the account opens again, without the token and the roles.
    assert client.post(f"/people/{lin.id}/staying", data={"version": "2"}).status_code == 302
    db.session.expire_all()
    assert sign_in(browser, lin).get("/profile").status_code == 200
    assert browser.get("/api/v1/reservations", headers=bearer(token)).status_code == 401


def test_the_last_platform_administrator_does_not_leave(client, world, boss, qinling) -> None:
    admin = world.person(qinling)
    world.grant(admin, Role.PLATFORM_ADMINISTRATOR)
    sign_in(client, boss)
    form = {"version": "1", "ends_on": TODAY.isoformat()}
    refused = client.post(f"/people/{admin.id}/leaving", data=form)
    assert refused.status_code == 422
    assert "This is the last platform administrator." in refused.text
    form = {"version": "1", "kind": "staff", "ends_on": TODAY.isoformat()}
    assert client.post(f"/people/{admin.id}/membership", data=form).status_code == 422
    db.session.expire_all()
    assert admin.ends_on is None
    assert db.session.scalars(select(RoleGrant.ends_on).where(RoleGrant.person_id == admin.id)).one() is None


# --- The auditor


def test_an_auditor_reads_the_journal_and_changes_nothing(client, world, qinling, lin) -> None:
    auditor = world.person(qinling)
    world.grant(auditor, Role.AUDITOR, qinling)
    sign_in(client, auditor)
    for path in (f"/institutions/{qinling.id}/journal", f"/institutions/{qinling.id}/roles", "/groups"):
        assert client.get(path).status_code == 200
    for path in (
        f"/institutions/{qinling.id}/edit",
        f"/institutions/{qinling.id}/roles",
        f"/institutions/{qinling.id}/people/confirm",
        f"/people/{lin.id}/membership",
        "/groups/new",
    ):
        assert (
            client.post(path, data={"mail": lin.mail, "role": "auditor", "person": str(lin.id)}).status_code
            == 403
        )
