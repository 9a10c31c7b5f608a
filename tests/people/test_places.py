"""Institutions, labs and groups: added and edited by whom, and what is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.models import Institution, Lab, MailDomain, ResearchGroup, RoleGrant
from instruments.people.rights import Role
from tests.world import sign_in

INSTITUTION = {
    "kind": "university",
    "name_en": "Qinling University",
    "name_zh": "秦岭大学",
    "ror": "https://ror.org/03yrm5c26",
    "zone": "Asia/Shanghai",
    "domains": "qinling.edu.cn\nSTU.qinling.edu.cn",
    "website": "https://www.qinling.example",
}


@pytest.fixture
def admin(client, world, now):
    person = world.person()
    world.grant(person, Role.PLATFORM_ADMINISTRATOR)
    sign_in(client, person)
    return person


def entry() -> JournalEntry:
    return db.session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc())).first()


# --- Institutions


@pytest.mark.parametrize("role", [None, Role.INSTITUTION_MANAGER, Role.AUDITOR])
def test_only_the_platform_adds_institutions(client, world, role) -> None:
    institution = world.institution()
    person = world.person(institution)
    if role:
        world.grant(person, role, institution)
    sign_in(client, person)
    assert client.get("/institutions/new").status_code == 403
    assert client.post("/institutions/new", data=INSTITUTION).status_code == 403


def test_every_reason_against_an_institution_at_once(client, world, admin) -> None:
    world.institution("taken.edu.cn", name_en="Huangtu University", ror="02mhbdp94")
    answer = client.post(
        "/institutions/new",
        data={
            "kind": "company",
            "name_zh": "示例光学",
            "ror": "02mhbdp94",
            "credit_code": "91610000EXAMPLE00",
            "zone": "Asia/Nowhere",
            "domains": "taken.edu.cn, gmail.com not_a_domain",
            "website": "javascript:alert(1)",
        },
    )
    assert answer.status_code == 422
    for sentence in (
        "Give the English name.",
        "Huangtu University is listed with this one already.",
        "17 characters; the code has 18. It is on the business licence, top right.",
        "Choose one of the list.",
        "taken.edu.cn belongs to Huangtu University.",
        "Anybody can have an address at gmail.com.",
        "not_a_domain is not a mail domain.",
        "A web address begins with https:// or http://.",
    ):
        assert sentence in answer.text
    assert 'value="91610000EXAMPLE00"' in answer.text
    assert db.session.scalars(select(Institution)).one().name_en == "Huangtu University"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("ror", "https://ror.org/03yrm5c27", "This is not a ROR id."),
        ("credit_code", "91350100M000100Y44", "The last character of this code does not fit"),
        ("name_en", "x" * 201, "201 characters; at most 200 fit."),
        ("kind", "kingdom", "Choose one of the list."),
        ("country", "XX", "Choose one of the list."),
    ],
)
def test_what_an_institution_cannot_be(client, admin, field, value, said) -> None:
    answer = client.post("/institutions/new", data=INSTITUTION | {field: value})
    assert answer.status_code == 422
    assert said in answer.text


def test_an_institution_is_added_with_its_domains(client, admin) -> None:
    answer = client.post("/institutions/new", data=INSTITUTION | {"kind": "public", "country": "DE"})
    institution = db.session.scalars(select(Institution)).one()
    assert answer.location == f"/institutions/{institution.id}/roles"
    assert (institution.ror, institution.name_zh) == ("03yrm5c26", "秦岭大学")
    assert (institution.kind, institution.country) == ("public", "DE")
    assert "Other public body" in client.get(f"/institutions/{institution.id}").text
    assert [each.domain for each in institution.domains] == ["qinling.edu.cn", "stu.qinling.edu.cn"]
    assert (entry().deed, entry().actor_id, entry().institution_id) == (
        "institution.added",
        admin.id,
        institution.id,
    )


def test_a_manager_edits_their_institution_but_not_its_kind_country_and_domains(client, world) -> None:
    institution = world.institution("qinling.edu.cn")
    boss = world.person(institution)
    world.grant(boss, Role.INSTITUTION_MANAGER, institution)
    sign_in(client, boss)
    form = INSTITUTION | {"kind": "company", "country": "DE", "domains": "huangtu.edu.cn", "version": "1"}
    assert client.post(f"/institutions/{institution.id}/edit", data=form).status_code == 302
    db.session.expire_all()
    assert (institution.name_en, institution.kind) == ("Qinling University", "university")
    assert institution.country == "CN"
    assert "fixed_country" in client.get(f"/institutions/{institution.id}/edit").text
    assert list(db.session.scalars(select(MailDomain.domain))) == ["qinling.edu.cn"]
    assert entry().detail["name_zh"] == ["第1大学", "秦岭大学"]
    other = world.institution()
    assert client.get(f"/institutions/{other.id}/edit").status_code == 403
    assert client.post(f"/institutions/{other.id}/edit", data=form).status_code == 403


def test_the_platform_moves_a_domain(client, world, admin) -> None:
    institution = world.institution("old.edu.cn", "kept.edu.cn")
    form = INSTITUTION | {"domains": "kept.edu.cn new.edu.cn", "version": "1"}
    assert client.post(f"/institutions/{institution.id}/edit", data=form).status_code == 302
    assert sorted(db.session.scalars(select(MailDomain.domain))) == ["kept.edu.cn", "new.edu.cn"]
    assert entry().detail["domains"] == ["kept.edu.cn old.edu.cn", "kept.edu.cn new.edu.cn"]


def test_a_stale_edit_is_refused_and_what_was_typed_stays(client, world, admin) -> None:
    institution = world.institution()
    for version, status in (("1", 302), ("1", 412), ("", 412), ("x", 412), ("2", 302)):
        answer = client.post(f"/institutions/{institution.id}/edit", data=INSTITUTION | {"version": version})
        assert answer.status_code == status
        if status == 412:
            assert "Somebody changed this after you opened it." in answer.text
            assert 'value="秦岭大学"' in answer.text


# --- Labs

LAB = {
    "name_en": "Electron Microscopy",
    "name_zh": "电镜室",
    "zone": "Asia/Urumqi",
    "contact_mail": "em@qinling.edu.cn",
}


@pytest.mark.parametrize(
    ("role", "on", "adds", "edits"),
    [
        (None, None, False, False),
        (Role.AUDITOR, "institution", False, False),
        (Role.LAB_OPERATOR, "lab", False, False),
        (Role.LAB_MANAGER, "other lab", False, False),
        (Role.LAB_MANAGER, "lab", False, True),
        (Role.INSTITUTION_MANAGER, "other institution", False, False),
        (Role.INSTITUTION_MANAGER, "institution", True, True),
        (Role.PLATFORM_ADMINISTRATOR, None, True, True),
    ],
)
def test_who_adds_and_edits_labs(client, world, role, on, adds, edits) -> None:
    institution = world.institution()
    lab = world.lab(institution)
    places = {
        "institution": institution, "lab": lab, "other lab": world.lab(institution),
        "other institution": world.institution(),
    }  # fmt: skip
    person = world.person(institution)
    if role:
        world.grant(person, role, places.get(on))
    sign_in(client, person)
    new, edit = f"/labs/new?institution={institution.id}", f"/labs/{lab.id}/edit"
    assert client.get(new).status_code == (200 if adds else 403)
    assert client.post(new, data=LAB).status_code == (302 if adds else 403)
    assert client.get(edit).status_code == (200 if edits else 403)
    answer = client.post(edit, data=LAB | {"name_en": "Renamed", "version": "1"})
    assert answer.status_code == (302 if edits else 403)
    db.session.expire_all()
    assert (lab.name_en == "Renamed") is edits
    assert len(db.session.scalars(select(Lab)).all()) == (3 if adds else 2)


def test_what_a_lab_cannot_be(client, world, admin) -> None:
    institution = world.institution()
    world.lab(institution, name_en="Electron Microscopy", name_zh="电镜室")
    answer = client.post(
        f"/labs/new?institution={institution.id}", data=LAB | {"contact_mail": "no", "zone": ""}
    )
    assert answer.status_code == 422
    assert "This is not a mail address." in answer.text
    assert "This institution has a lab of this name already." in answer.text
    company = world.institution(kind="company")
    assert client.post(f"/labs/new?institution={company.id}", data=LAB).status_code == 403
    assert client.get("/labs/new").status_code == 404
    lab = db.session.scalars(select(Lab)).one()
    stale = client.post(f"/labs/{lab.id}/edit", data=LAB | {"version": "7"})
    assert stale.status_code == 412


# --- Groups

GROUP = {"name_en": "Nanophotonics", "name_zh": "纳米光子学"}


def test_a_group_gets_its_head_and_a_new_head_takes_over(client, world, now) -> None:
    institution = world.institution()
    boss, first, second = (world.person(institution) for _ in range(3))
    world.grant(boss, Role.INSTITUTION_MANAGER, institution)
    sign_in(client, boss)
    answer = client.post("/groups/new", data=GROUP | {"head": first.mail})
    group = db.session.scalars(select(ResearchGroup)).one()
    assert answer.location == f"/groups/{group.id}"
    assert heads(group) == {first.id}
    form = GROUP | {"head": second.mail, "version": "1"}
    assert client.post(f"/groups/{group.id}/edit", data=form).status_code == 302
    db.session.expire_all()
    assert group.principal_investigator_id == second.id
    assert heads(group) == {second.id}
    assert entry().detail["head_id"] == [first.id, second.id]


def heads(group) -> set[int]:
    db.session.expire_all()
    rows = select(RoleGrant.person_id).where(RoleGrant.group_id == group.id, RoleGrant.role == "group_head")
    return set(db.session.scalars(rows))


def test_what_a_group_cannot_be(client, world, now) -> None:
    institution = world.institution()
    boss = world.person(institution)
    world.grant(boss, Role.INSTITUTION_MANAGER, institution)
    foreign_lab = world.lab()
    sign_in(client, boss)
    stranger = world.person(world.institution())
    answer = client.post("/groups/new", data={"head": stranger.mail, "lab_id": str(foreign_lab.id)})
    assert answer.status_code == 422
    for field in ("name_en", "name_zh", "head", "lab_id"):
        assert f'id="f-{field}-reason"' in answer.text
    own = client.post("/groups/new", data=GROUP | {"head": boss.mail})
    assert own.status_code == 422
    assert "Nobody gives a role to themselves." in own.text
    elsewhere = client.post(f"/groups/new?institution={stranger.institution_id}", data=GROUP)
    assert elsewhere.status_code == 403
    assert db.session.scalars(select(ResearchGroup)).all() == []


def test_a_group_is_seen_by_its_people_and_those_above(client, world, now) -> None:
    institution = world.institution()
    head, member, colleague, auditor = (world.person(institution) for _ in range(4))
    group = world.group(institution, head, name_en="Nanophotonics")
    world.grant(member, Role.MEMBER, group)
    world.grant(auditor, Role.AUDITOR, institution)
    for person, may_see, may_edit in (
        (head, True, True),
        (member, True, False),
        (auditor, True, False),
        (colleague, False, False),
        (world.person(world.institution()), False, False),
    ):
        sign_in(client, person)
        assert client.get(f"/groups/{group.id}").status_code == (200 if may_see else 403)
        assert ("Nanophotonics" in client.get("/groups").text) is may_see
        assert client.get(f"/groups/{group.id}/edit").status_code == (200 if may_edit else 403)
        added = client.post(f"/groups/{group.id}", data={"mail": colleague.mail, "role": "member"})
        assert added.status_code == (302 if may_edit else 403)
        if may_edit:
            row = db.session.scalars(select(RoleGrant).where(RoleGrant.person_id == colleague.id)).one()
            client.post(f"/roles/{row.id}/end")


def test_the_list_of_groups_goes_on_by_cursor(client, world, admin) -> None:
    institution = world.institution()
    for number in range(51):
        world.group(institution, name_en=f"Group no. {number:02}")
    first = client.get("/groups").text
    assert "Group no. 49" in first
    assert "Group no. 50" not in first
    address = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "Group no. 50" in client.get(address).text
    assert client.get("/groups?cursor=nonsense").status_code == 422
