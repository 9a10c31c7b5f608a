"""Giving roles, ending them, deputies: what is refused first."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.models import RoleGrant
from instruments.people.rights import Role
from tests.conftest import NOW
from tests.world import sign_in

TODAY = NOW.date()


@pytest.fixture
def qinling(world, now):
    return world.institution("qinling.edu.cn")


@pytest.fixture
def boss(world, qinling):
    person = world.person(qinling)
    world.grant(person, Role.INSTITUTION_MANAGER, qinling)
    return person


@pytest.fixture
def lab(world, qinling):
    return world.lab(qinling)


def held() -> set[tuple[str, str]]:
    db.session.expire_all()
    return {(grant.person.mail, grant.role) for grant in db.session.scalars(select(RoleGrant))}


def deeds() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)))


# --- The database refuses what no page can send


@pytest.mark.parametrize(
    ("role", "column"),
    [
        ("platform_administrator", "lab_id"),
        ("institution_manager", None),
        ("institution_manager", "lab_id"),
        ("lab_manager", "institution_id"),
        ("lab_operator", None),
        ("group_head", "institution_id"),
        ("member", None),
        ("king", None),
        ("king", "institution_id"),
    ],
)
def test_a_role_stands_on_a_scope_of_its_kind(world, role, column) -> None:
    institution = world.institution()
    scopes = {
        "institution_id": institution,
        "lab_id": world.lab(institution),
        "group_id": world.group(institution),
    }
    values = {column: scopes[column].id} if column else {}
    db.session.add(RoleGrant(person_id=world.person().id, role=role, granted_at=NOW, **values))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_a_deputy_has_an_end_and_is_somebody_else(world) -> None:
    grant = world.grant(world.person(), Role.PLATFORM_ADMINISTRATOR)
    for change in (
        f"deputy_id = {world.person().id}",
        f"deputy_id = {grant.person_id}, deputy_until = '2027-03-01'",
    ):
        with pytest.raises(IntegrityError):
            db.session.execute(text(f"UPDATE role_grant SET {change}"))
        db.session.rollback()


# --- Giving: refused


def test_nobody_gives_a_role_to_themselves(client, boss, qinling, lab) -> None:
    sign_in(client, boss)
    for address, role in (
        (f"/labs/{lab.id}/roles", "lab_manager"),
        (f"/institutions/{qinling.id}/roles", "auditor"),
    ):
        answer = client.post(address, data={"mail": boss.mail, "role": role})
        assert answer.status_code == 422
        assert "Nobody gives a role to themselves. Ask another manager." in answer.text
    assert held() == {(boss.mail, "institution_manager")}


def test_every_reason_at_once_and_what_was_typed_stays(client, world, boss, lab) -> None:
    sign_in(client, boss)
    stranger = world.person(world.institution())
    past = (TODAY - timedelta(days=1)).isoformat()
    answer = client.post(
        f"/labs/{lab.id}/roles", data={"mail": stranger.mail, "role": "lab_manager", "ends_on": past}
    )
    assert answer.status_code == 422
    assert "does not belong to this institution" in answer.text
    assert "That day is over." in answer.text
    assert f'value="{stranger.mail}"' in answer.text
    nobody = client.post(
        f"/labs/{lab.id}/roles", data={"mail": "nobody@qinling.edu.cn", "role": "lab_manager"}
    )
    assert "Nobody here has this mail address." in nobody.text


@pytest.mark.parametrize(
    "role", ["institution_manager", "member", "platform_administrator", "company_manager", "", "king"]
)
def test_only_the_roles_of_a_lab_are_given_on_a_lab(client, world, boss, qinling, lab, role) -> None:
    sign_in(client, boss)
    answer = client.post(f"/labs/{lab.id}/roles", data={"mail": world.person(qinling).mail, "role": role})
    assert answer.status_code == 422


def test_a_company_has_a_company_manager_and_a_university_has_none(client, world, now) -> None:
    admin = world.person()
    world.grant(admin, Role.PLATFORM_ADMINISTRATOR)
    sign_in(client, admin)
    for kind, right, wrong in (
        ("company", "company_manager", "institution_manager"),
        ("institute", "institution_manager", "company_manager"),
    ):
        place = world.institution(kind=kind)
        mail = world.person(place).mail
        assert (
            client.post(f"/institutions/{place.id}/roles", data={"mail": mail, "role": wrong}).status_code
            == 422
        )
        assert (
            client.post(f"/institutions/{place.id}/roles", data={"mail": mail, "role": right}).status_code
            == 302
        )


@pytest.mark.parametrize(
    ("role", "on", "may_look", "may_give"),
    [
        (None, None, False, False),
        (Role.LAB_OPERATOR, "lab", False, False),
        (Role.FINANCE_OFFICER, "institution", False, False),
        (Role.AUDITOR, "institution", True, False),
        (Role.LAB_MANAGER, "other lab", False, False),
        (Role.INSTITUTION_MANAGER, "other institution", False, False),
        (Role.LAB_MANAGER, "lab", True, True),
        (Role.INSTITUTION_MANAGER, "institution", True, True),
        (Role.PLATFORM_ADMINISTRATOR, None, True, True),
    ],
)
def test_who_may_look_and_give_on_a_lab(client, world, qinling, lab, role, on, may_look, may_give) -> None:
    places = {
        "lab": lab, "institution": qinling, "other lab": world.lab(qinling), "other institution": world.institution(),
    }  # fmt: skip
    person, other = world.person(qinling), world.person(qinling)
    if role:
        world.grant(person, role, places.get(on))
    sign_in(client, person)
    assert client.get(f"/labs/{lab.id}/roles").status_code == (200 if may_look else 403)
    answer = client.post(f"/labs/{lab.id}/roles", data={"mail": other.mail, "role": "lab_operator"})
    assert answer.status_code == (302 if may_give else 403)
    assert ((other.mail, "lab_operator") in held()) is may_give


def test_the_platforms_roles_are_the_platforms(client, boss) -> None:
    sign_in(client, boss)
    assert client.get("/platform/roles").status_code == 403
    assert (
        client.post("/platform/roles", data={"mail": boss.mail, "role": "platform_administrator"}).status_code
        == 403
    )


# --- Giving: done


def test_a_role_is_given_until_a_day_and_noted(client, world, boss, qinling, lab) -> None:
    sign_in(client, boss)
    other = world.person(qinling)
    day = (TODAY + timedelta(days=30)).isoformat()
    form = {"mail": other.mail.upper(), "role": "lab_manager", "ends_on": day}
    assert client.post(f"/labs/{lab.id}/roles", data=form).status_code == 302
    row = db.session.scalars(select(RoleGrant).where(RoleGrant.lab_id == lab.id)).one()
    assert (row.person_id, row.granted_by_id, row.ends_on) == (other.id, boss.id, TODAY + timedelta(days=30))
    entry = db.session.scalars(select(JournalEntry)).one()
    assert (entry.deed, entry.actor_id, entry.thing_id) == ("role.granted", boss.id, other.id)
    assert (entry.institution_id, entry.lab_id, entry.detail["role"]) == (qinling.id, lab.id, "lab_manager")
    # Given again, it is the same role with another end.
    assert client.post(f"/labs/{lab.id}/roles", data=form | {"ends_on": ""}).status_code == 302
    db.session.expire_all()
    assert db.session.scalars(select(RoleGrant).where(RoleGrant.lab_id == lab.id)).one().ends_on is None


# --- Ending


def test_a_role_is_ended_by_who_may_give_it_or_laid_down(client, world, boss, qinling, lab) -> None:
    first, second = world.person(qinling), world.person(qinling)
    grants = [world.grant(person, Role.LAB_OPERATOR, lab) for person in (first, second)]
    sign_in(client, second)
    assert client.post(f"/roles/{grants[0].id}/end").status_code == 404
    assert client.post(f"/roles/{grants[1].id}/end").location == "/profile"
    sign_in(client, boss)
    assert client.post(f"/roles/{grants[0].id}/end").location == f"/labs/{lab.id}/roles"
    assert held() == {(boss.mail, "institution_manager")}
    assert deeds() == ["role.ended", "role.ended"]


def test_the_last_platform_administrator_stays(client, world, now) -> None:
    admin, second = world.person(), world.person()
    own = world.grant(admin, Role.PLATFORM_ADMINISTRATOR)
    sign_in(client, admin)
    refused = client.post(f"/roles/{own.id}/end")
    assert refused.status_code == 422
    assert "This is the last platform administrator." in refused.text
    # Somebody whose role, or whose account, ends does not count.
    world.grant(second, Role.PLATFORM_ADMINISTRATOR, ends_on=TODAY + timedelta(days=5))
    assert client.post(f"/roles/{own.id}/end").status_code == 422
    leaving = world.person(ends_on=TODAY + timedelta(days=5))
    world.grant(leaving, Role.PLATFORM_ADMINISTRATOR)
    assert client.post(f"/roles/{own.id}/end").status_code == 422
    client.post("/platform/roles", data={"mail": second.mail, "role": "platform_administrator"})
    assert client.post(f"/roles/{own.id}/end").status_code == 302


# --- Deputies


def test_a_deputy_is_named_by_the_holder(client, world, qinling, lab) -> None:
    manager, deputy = world.person(qinling), world.person(qinling)
    row = world.grant(manager, Role.LAB_MANAGER, lab)
    sign_in(client, manager)
    until = (TODAY + timedelta(days=14)).isoformat()
    form = {"deputy": deputy.mail, "deputy_until": until}
    assert client.post(f"/roles/{row.id}", data=form).status_code == 302
    sign_in(client, deputy)
    assert client.get(f"/labs/{lab.id}/roles").status_code == 200
    assert client.post(f"/roles/{row.id}/deputy/end").status_code == 302
    assert client.get(f"/labs/{lab.id}/roles").status_code == 403
    assert deeds() == ["deputy.named", "deputy.ended"]


@pytest.mark.parametrize(
    ("who", "days", "said"),
    [
        ("holder", 14, "A deputy is somebody else than the holder."),
        ("nobody", 14, "Nobody here has this mail address."),
        ("stranger", 14, "does not belong to this institution"),
        ("other", -1, "Choose a last day, from today up to a year ahead."),
        ("other", 400, "Choose a last day, from today up to a year ahead."),
        ("other", None, "Choose a last day, from today up to a year ahead."),
    ],
)
def test_who_is_no_deputy(client, world, qinling, lab, who, days, said) -> None:
    manager = world.person(qinling)
    row = world.grant(manager, Role.LAB_MANAGER, lab)
    mails = {
        "holder": manager.mail, "nobody": "nobody@example.org",
        "stranger": world.person(world.institution()).mail, "other": world.person(qinling).mail,
    }  # fmt: skip
    sign_in(client, manager)
    until = (TODAY + timedelta(days=days)).isoformat() if days is not None else ""
    answer = client.post(f"/roles/{row.id}", data={"deputy": mails[who], "deputy_until": until})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{mails[who]}"' in answer.text


def opened(client, row) -> str:
    """What the form says that the role was when the page was opened."""
    return re.search(r'name="seen" value="([^"]+)"', client.get(f"/roles/{row.id}").text)[1]


def test_a_deputy_who_was_named_meanwhile_is_neither_replaced_nor_ended_unseen(
    client, world, boss, qinling, lab
) -> None:
    manager, first, second = world.person(qinling), world.person(qinling), world.person(qinling)
    row = world.grant(manager, Role.LAB_MANAGER, lab)
    until = (TODAY + timedelta(days=9)).isoformat()
    sign_in(client, manager)
    empty = opened(client, row)
    form = {"deputy_until": until, "seen": empty}
    assert client.post(f"/roles/{row.id}", data=form | {"deputy": first.mail}).status_code == 302
    late = client.post(f"/roles/{row.id}", data=form | {"deputy": second.mail})
    assert late.status_code == 412
    assert "This was changed since you opened it." in late.text
    assert first.name_en in late.text
    theirs = opened(client, row)
    sign_in(client, boss)
    assert client.post(f"/roles/{row.id}/deputy/end", data={"seen": theirs}).status_code == 302
    assert (
        client.post(f"/roles/{row.id}", data={"deputy": second.mail, "deputy_until": until}).status_code
        == 302
    )
    sign_in(client, manager)
    assert client.post(f"/roles/{row.id}/deputy/end", data={"seen": theirs}).status_code == 412
    db.session.expire_all()
    assert row.deputy_id == second.id


def test_nobody_makes_themselves_a_deputy(client, world, boss, qinling, lab) -> None:
    row = world.grant(world.person(qinling), Role.LAB_MANAGER, lab)
    sign_in(client, boss)
    answer = client.post(f"/roles/{row.id}", data={"deputy": boss.mail, "deputy_until": TODAY.isoformat()})
    assert answer.status_code == 422
    assert "Nobody makes themselves a deputy." in answer.text


def test_a_deputy_names_no_deputy_and_gives_themselves_nothing(client, world, qinling, lab) -> None:
    manager, deputy, third = world.person(qinling), world.person(qinling), world.person(qinling)
    row = world.grant(
        manager, Role.LAB_OPERATOR, lab, deputy_id=deputy.id, deputy_until=TODAY + timedelta(days=9)
    )
    sign_in(client, deputy)
    form = {"deputy": third.mail, "deputy_until": TODAY.isoformat()}
    assert client.post(f"/roles/{row.id}", data=form).status_code == 403
    assert client.post(f"/roles/{row.id}/end").status_code == 403
    db.session.expire_all()
    assert row.deputy_id == deputy.id


@pytest.mark.parametrize("path", ["", "/end", "/deputy/end"])
def test_a_role_that_is_not_ones_own_does_not_exist(client, world, qinling, lab, path) -> None:
    row = world.grant(world.person(qinling), Role.LAB_MANAGER, lab)
    sign_in(client, world.person(qinling))
    assert client.post(f"/roles/{row.id}{path}").status_code == 404
    assert client.get(f"/roles/{row.id}").status_code == 404
    assert client.post(f"/roles/{10**12}{path}").status_code == 404
