"""Registering, confirming an address, a forgotten password, invitations: the letters and what their links open."""

from __future__ import annotations

import email
import re
from datetime import timedelta
from email.policy import default

import pytest
from sqlalchemy import func, select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people import passwords
from instruments.people.models import MailedLink, Person, RoleGrant
from instruments.people.rights import Role
from tests.conftest import NOW
from tests.world import sign_in

PASSWORD = "quiet river stone"
FORM = {
    "mail": "Lin@Stu.Qinling.edu.cn",
    "name_en": "Lin Shili",
    "name_zh": "林示例",
    "kind": "student",
    "password": PASSWORD,
}


@pytest.fixture
def qinling(world, now):
    return world.institution("qinling.edu.cn", name_en="Qinling University", name_zh="秦岭大学")


def read(letters) -> list:
    """The letters, (to, subject, body)."""
    found = [email.message_from_bytes(path.read_bytes(), policy=default) for path in letters.iterdir()]
    return [(each["To"], each["Subject"], each.get_content()) for each in found]


def link_in(letters) -> str:
    """The path of the only letter's link."""
    [(_, _, body)] = read(letters)
    path = re.search(r"http://localhost:5000(/\w+/[\w-]{40,})", body)[1]
    for path_ in letters.iterdir():
        path_.unlink()
    return path


def deeds() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)))


def person_of(mail: str) -> Person | None:
    db.session.expire_all()
    return db.session.scalars(select(Person).where(Person.mail == mail)).first()


# --- Registering: refused


def test_every_reason_at_once_beside_its_field_and_what_was_typed_stays(client, qinling, letters) -> None:
    answer = client.post(
        "/register",
        data={"mail": "lin@elsewhere.com", "kind": "king", "phone": "1" * 61, "password": "short"},
    )
    assert answer.status_code == 422
    for field in ("mail", "name_en", "phone", "password", "kind"):
        assert f'id="f-{field}-reason"' in answer.text
    assert "No institution here has the mail domain elsewhere.com." in answer.text
    assert "5 characters; a password has 12 or more." in answer.text
    assert 'value="lin@elsewhere.com"' in answer.text
    assert 'value="short"' not in answer.text
    assert read(letters) == []
    assert person_of("lin@elsewhere.com") is None


@pytest.mark.parametrize(
    "mail", ["lin@gmail.com", "lin@edu.cn", "lin@notqinling.edu.cn", "lin@qinling.edu.cn.evil.com"]
)
def test_only_the_domain_itself_and_what_stands_in_it_is_known(client, qinling, letters, mail) -> None:
    assert client.post("/register", data=FORM | {"mail": mail}).status_code == 422
    assert read(letters) == []


def test_a_registered_address_gets_the_same_answer_and_its_letter_says_so(
    client, world, qinling, letters
) -> None:
    world.person(qinling, mail="lin@stu.qinling.edu.cn", name_en="Lin")
    known = client.post("/register", data=FORM)
    new = client.post("/register", data=FORM | {"mail": "new@qinling.edu.cn"})
    assert (known.status_code, known.location) == (new.status_code, new.location) == (302, "/letter/confirm")
    subjects = {to: subject for to, subject, _ in read(letters)}
    assert subjects == {
        "lin@stu.qinling.edu.cn": "You have an account already",
        "new@qinling.edu.cn": "Confirm your address",
    }
    assert person_of("lin@stu.qinling.edu.cn").name_en == "Lin"


# --- Registering: done


def test_a_newcomer_is_placed_after_confirming(client, qinling, letters) -> None:
    assert client.post("/register", data=FORM).location == "/letter/confirm"
    assert "instance/mail/" in client.get("/letter/confirm").text
    person = person_of("lin@stu.qinling.edu.cn")
    assert person.mail_confirmed_at is None
    address = link_in(letters)
    assert client.post("/sign-in", data={"mail": FORM["mail"], "password": PASSWORD}).status_code == 422
    assert "Qinling University" in client.get(address).text
    assert client.post(address, data={"password": PASSWORD}).location == "/home"
    person = person_of("lin@stu.qinling.edu.cn")
    assert (person.institution_id, person.kind) == (qinling.id, "student")
    assert (person.mail_confirmed_at, person.membership_confirmed_on) == (NOW, NOW.date())
    assert client.get("/profile").status_code == 200
    assert deeds() == ["person.registered", "person.confirmed"]
    # The link is used up.
    assert client.get(address).status_code == 404
    assert client.post(address, data={"password": PASSWORD}).status_code == 404


def test_opening_the_link_alone_confirms_nothing(client, qinling, letters) -> None:
    client.post("/register", data=FORM)
    address = link_in(letters)
    client.get(address)
    wrong = client.post(address, data={"password": "not the password"})
    assert wrong.status_code == 422
    assert person_of("lin@stu.qinling.edu.cn").mail_confirmed_at is None
    assert client.get(address).status_code == 200


def test_who_registers_anothers_address_gains_nothing(app, client, qinling, letters) -> None:
    """The thief's password is written over when the owner registers; the thief's link ends."""
    client.post("/register", data=FORM | {"password": "the password of a thief"})
    stolen = link_in(letters)
    client.post("/register", data=FORM)
    own = link_in(letters)
    assert client.get(stolen).status_code == 404
    assert client.post(own, data={"password": "the password of a thief"}).status_code == 422
    assert client.post(own, data={"password": PASSWORD}).status_code == 302


def test_the_link_works_for_a_day(client, app, qinling, letters) -> None:
    client.post("/register", data=FORM)
    address = link_in(letters)
    app.config["FROZEN_NOW"] = NOW + timedelta(hours=23, minutes=59)
    assert client.get(address).status_code == 200
    app.config["FROZEN_NOW"] = NOW + timedelta(hours=24)
    assert client.get(address).status_code == 404


def test_a_companys_people_are_staff(client, world, now, letters) -> None:
    company = world.institution("optics.example", kind="company")
    client.post("/register", data=FORM | {"mail": "zhou@optics.example"})
    person = person_of("zhou@optics.example")
    assert (person.kind, person.institution_id) == ("staff", company.id)


def test_the_nearest_domain_decides(client, world, qinling, letters) -> None:
    hospital = world.institution("hospital.qinling.edu.cn")
    client.post("/register", data=FORM | {"mail": "a@hospital.qinling.edu.cn"})
    assert person_of("a@hospital.qinling.edu.cn").institution_id == hospital.id


def test_the_letter_is_in_the_readers_language(client, qinling, letters) -> None:
    client.set_cookie("language", "zh_Hans_CN")
    client.post("/register", data=FORM)
    assert [subject for _, subject, _ in read(letters)] == ["确认您的邮箱"]
    assert person_of("lin@stu.qinling.edu.cn").language == "zh_Hans_CN"


def test_only_the_hash_of_a_link_is_kept(client, qinling, letters) -> None:
    client.post("/register", data=FORM)
    token = link_in(letters).rpartition("/")[2]
    link = db.session.scalars(select(MailedLink)).one()
    assert token not in {str(value) for value in vars(link).values()}
    assert token not in str(db.session.execute(select(JournalEntry.detail)).all())


# --- A forgotten password


def test_unknown_addresses_get_the_same_answer_and_no_letter(client, world, qinling, letters) -> None:
    world.person(qinling, mail="lin@qinling.edu.cn")
    world.person(qinling, mail="gone@qinling.edu.cn", deactivated_at=NOW)
    answers = [
        client.post("/forgotten", data={"mail": f"{name}@qinling.edu.cn"})
        for name in ("lin", "nobody", "gone")
    ]
    assert {(each.status_code, each.location) for each in answers} == {(302, "/letter/reset")}
    assert [to for to, _, _ in read(letters)] == ["lin@qinling.edu.cn"]


def test_a_reset_sets_the_password_once_and_signs_out_everywhere(
    app, client, world, qinling, letters
) -> None:
    lin = world.person(
        qinling, mail="lin@qinling.edu.cn", password_hash=passwords.hashed("the old password", "low")
    )
    other = sign_in(app.test_client(), lin)
    assert other.get("/profile").status_code == 200
    client.post("/forgotten", data={"mail": lin.mail})
    address = link_in(letters)
    assert client.post(address, data={"password": "short"}).status_code == 422
    assert client.post(address, data={"password": PASSWORD}).location == "/sign-in"
    assert other.get("/profile").status_code == 302
    assert client.get(address).status_code == 404
    assert client.post(address, data={"password": "another long one"}).status_code == 404
    assert client.post("/sign-in", data={"mail": lin.mail, "password": "the old password"}).status_code == 422
    assert client.post("/sign-in", data={"mail": lin.mail, "password": PASSWORD}).status_code == 302
    assert [subject for _, subject, _ in read(letters)] == ["Your password was changed"]


def test_a_reset_link_works_for_an_hour_and_a_newer_one_ends_it(client, app, world, qinling, letters) -> None:
    lin = world.person(qinling, mail="lin@qinling.edu.cn")
    client.post("/forgotten", data={"mail": lin.mail})
    first = link_in(letters)
    client.post("/forgotten", data={"mail": lin.mail})
    second = link_in(letters)
    assert client.get(first).status_code == 404
    app.config["FROZEN_NOW"] = NOW + timedelta(minutes=59)
    assert client.get(second).status_code == 200
    app.config["FROZEN_NOW"] = NOW + timedelta(minutes=60)
    assert client.get(second).status_code == 404


def test_a_reset_confirms_an_unconfirmed_address(client, qinling, letters) -> None:
    client.post("/register", data=FORM)
    link_in(letters)
    client.post("/forgotten", data={"mail": FORM["mail"]})
    client.post(link_in(letters), data={"password": "another long one"})
    assert person_of("lin@stu.qinling.edu.cn").mail_confirmed_at == NOW


def test_a_link_opens_only_its_own_door(client, world, qinling, letters) -> None:
    world.person(qinling, mail="lin@qinling.edu.cn")
    client.post("/forgotten", data={"mail": "lin@qinling.edu.cn"})
    token = link_in(letters).rpartition("/")[2]
    assert client.get(f"/confirm/{token}").status_code == 404
    assert client.get(f"/invitation/{token}").status_code == 404
    assert client.get(f"/reset/{token[:-1]}").status_code == 404


# --- Invitations


@pytest.fixture
def boss(world, qinling):
    person = world.person(qinling, name_en="Chen Moni")
    world.grant(person, Role.INSTITUTION_MANAGER, qinling)
    return person


INVITE = {"mail": "guest@example.com", "kind": "external", "language": "en"}


@pytest.mark.parametrize("role", [None, Role.AUDITOR, Role.FINANCE_OFFICER])
def test_who_may_not_invite(client, world, qinling, letters, role) -> None:
    person = world.person(qinling)
    if role:
        world.grant(person, role, qinling)
    sign_in(client, person)
    assert client.get(f"/institutions/{qinling.id}/invitations").status_code == 403
    assert client.post(f"/institutions/{qinling.id}/invitations", data=INVITE).status_code == 403
    assert read(letters) == []


def test_a_manager_invites_into_their_own_institution_only(client, world, boss, letters) -> None:
    sign_in(client, boss)
    other = world.institution()
    assert client.post(f"/institutions/{other.id}/invitations", data=INVITE).status_code == 403


def test_who_is_here_or_elsewhere_is_not_invited(client, world, boss, qinling, letters) -> None:
    world.person(qinling, mail="here@example.com")
    world.person(world.institution(), mail="there@example.com")
    sign_in(client, boss)
    for mail, said in (("here", "has an account here already"), ("there", "belongs to another institution")):
        answer = client.post(
            f"/institutions/{qinling.id}/invitations", data=INVITE | {"mail": f"{mail}@example.com"}
        )
        assert answer.status_code == 422
        assert said in answer.text
    assert read(letters) == []


def test_an_invited_guest_comes_in_and_is_placed(app, client, world, boss, qinling, letters) -> None:
    sign_in(client, boss)
    assert client.post(f"/institutions/{qinling.id}/invitations", data=INVITE).status_code == 302
    assert "guest@example.com" in client.get(f"/institutions/{qinling.id}/invitations").text
    assert "Chen Moni invites you to Qinling University" in read(letters)[0][2]
    address = link_in(letters)
    guest = app.test_client()
    assert "guest@example.com" in guest.get(address).text
    refused = guest.post(address, data={"password": "short", "language": "en"})
    assert refused.status_code == 422
    assert 'id="f-name_en-reason"' in refused.text
    assert 'id="f-password-reason"' in refused.text
    said = {"name_zh": "客人", "password": PASSWORD, "language": "zh_Hans_CN"}
    assert guest.post(address, data=said).location == "/home"
    person = person_of("guest@example.com")
    assert (person.kind, person.institution_id, person.language) == ("external", qinling.id, "zh_Hans_CN")
    assert guest.get("/profile").status_code == 200
    assert app.test_client().get(address).status_code == 404
    assert deeds() == ["person.invited", "invitation.accepted"]


def test_an_invitation_can_be_withdrawn_by_its_institution_only(
    client, world, boss, qinling, letters
) -> None:
    sign_in(client, boss)
    client.post(f"/institutions/{qinling.id}/invitations", data=INVITE)
    address = link_in(letters)
    link_id = db.session.scalar(select(MailedLink.id))
    elsewhere = world.institution()
    world.grant(boss, Role.INSTITUTION_MANAGER, elsewhere)
    assert client.post(f"/institutions/{elsewhere.id}/invitations/{link_id}/withdraw").status_code == 404
    assert client.get(address).status_code == 200
    assert client.post(f"/institutions/{qinling.id}/invitations/{link_id}/withdraw").status_code == 302
    assert client.get(address).status_code == 404


def test_a_group_head_invites_into_the_group_alone(app, client, world, qinling, letters) -> None:
    head = world.person(qinling)
    group = world.group(qinling, head)
    sign_in(client, head)
    assert client.post(f"/institutions/{qinling.id}/invitations", data=INVITE).status_code == 403
    assert client.post(f"/groups/{world.group(qinling).id}/invitations", data=INVITE).status_code == 403
    assert (
        client.post(f"/groups/{group.id}/invitations", data=INVITE | {"kind": "student"}).status_code == 302
    )
    app.test_client().post(
        link_in(letters), data={"name_en": "Guest", "password": PASSWORD, "language": "en"}
    )
    person = person_of("guest@example.com")
    assert (person.institution_id, person.kind) == (qinling.id, "student")
    grant = db.session.scalars(select(RoleGrant).where(RoleGrant.person_id == person.id)).one()
    assert (grant.role, grant.group_id) == ("member", group.id)


def test_somebody_with_an_account_joins_by_signing_in(app, client, world, boss, qinling, letters) -> None:
    elsewhere = world.institution()
    wu = world.person(elsewhere, mail="wu@example.com")
    group = world.group(qinling)
    sign_in(client, boss)
    client.post(f"/groups/{group.id}/invitations", data=INVITE | {"mail": wu.mail})
    address = link_in(letters)
    other = app.test_client()
    assert "Sign in with it to accept" in other.get(address).text
    assert other.post(address).status_code == 200
    assert sign_in(app.test_client(), world.person(elsewhere)).post(address).status_code == 403
    sign_in(other, wu)
    assert other.post(address).location == "/home"
    db.session.expire_all()
    assert person_of(wu.mail).institution_id == elsewhere.id
    assert (
        db.session.scalar(
            select(func.count()).where(RoleGrant.person_id == wu.id, RoleGrant.role == "member")
        )
        == 1
    )


def test_a_leaver_comes_back_with_nothing_of_before(app, client, world, boss, qinling, letters) -> None:
    elsewhere = world.institution()
    wu = world.person(
        elsewhere, mail="guest@example.com", ends_on=NOW.date() - timedelta(days=1), number="42",
        password_hash=passwords.hashed("the old password", "low"),
    )  # fmt: skip
    lab = world.lab(elsewhere)
    world.grant(wu, Role.LAB_MANAGER, lab)
    token = world.token(wu)
    sign_in(client, boss)
    client.post(f"/institutions/{qinling.id}/invitations", data=INVITE)
    guest = app.test_client()
    guest.post(link_in(letters), data={"name_en": "Wu", "password": PASSWORD, "language": "en"})
    person = person_of("guest@example.com")
    assert (person.id, person.institution_id, person.number, person.ends_on) == (wu.id, qinling.id, "", None)
    assert guest.get(f"/labs/{lab.id}/roles").status_code == 403
    answer = guest.get("/api/v1/reservations", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
