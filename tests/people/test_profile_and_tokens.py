"""One's own profile, password and tokens; what a token opens; the commands."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people import passwords
from instruments.people.models import Institution, Person, PersonalToken, RoleGrant
from instruments.people.rights import Role
from instruments.people.tokens import SCOPES
from tests.conftest import NOW
from tests.world import bearer, sign_in

PASSWORD = "quiet river stone"
PROFILE = {
    "version": "1",
    "name_en": "Lin Shili",
    "name_zh": "林示例",
    "orcid": "https://orcid.org/0000-0002-1825-0097",
    "phone": "029 8888 0000",
    "language": "zh_Hans_CN",
    "zone": "Asia/Urumqi",
    "shows_name": "1",
}


@pytest.fixture
def lin(client, world, now):
    person = world.person(
        world.institution(name_en="Qinling University"), password_hash=passwords.hashed(PASSWORD, "low")
    )
    sign_in(client, person)
    return person


def entries() -> list[JournalEntry]:
    return list(db.session.scalars(select(JournalEntry).order_by(JournalEntry.id)))


# --- Profile


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"name_en": "", "name_zh": " "}, "name_en", "Give a name"),
        ({"orcid": "0000-0002-1825-0098"}, "orcid", "This is not an ORCID iD."),
        ({"language": "tlh"}, "language", "Choose one of the list."),
        ({"zone": "Mars/Olympus"}, "zone", "Choose one of the list."),
        ({"phone": "1" * 61}, "phone", "61 characters; at most 60 fit."),
    ],
)
def test_what_a_profile_cannot_say(client, lin, change, field, said) -> None:
    answer = client.post("/profile", data=PROFILE | change)
    assert answer.status_code == 422
    assert f'id="f-{field}-reason"' in answer.text
    assert said in answer.text
    db.session.expire_all()
    assert lin.orcid is None


def test_an_orcid_belongs_to_one_person(client, world, lin) -> None:
    world.person(orcid="0000-0002-1825-0097")
    assert "Another person here has this ORCID iD." in client.post("/profile", data=PROFILE).text


def test_a_profile_is_saved_once(client, lin) -> None:
    assert client.post("/profile", data=PROFILE).status_code == 302
    assert client.post("/profile", data=PROFILE).status_code == 412
    db.session.expire_all()
    assert (lin.orcid, lin.zone, lin.shows_name) == ("0000-0002-1825-0097", "Asia/Urumqi", True)
    [entry] = entries()
    assert entry.deed == "profile.edited"
    assert "phone" in entry.detail["changed"]
    assert "8888" not in str(entry.detail)


def test_nobody_changes_what_the_institution_says_of_them(client, lin) -> None:
    more = {
        "kind": "external",
        "number": "1",
        "institution_id": "99",
        "mail": "a@b.cn",
        "ends_on": "2099-01-01",
    }
    client.post("/profile", data=PROFILE | more)
    db.session.expire_all()
    assert (lin.kind, lin.number, lin.ends_on) == ("staff", "", None)


def test_a_new_password_takes_the_old_one_and_ends_other_sessions(app, client, lin, letters) -> None:
    other = sign_in(app.test_client(), lin)
    new = "another quiet stone"
    wrong = client.post("/profile/password", data={"old_password": "guess", "new_password": "short"})
    assert wrong.status_code == 422
    assert 'id="f-old_password-reason"' in wrong.text
    assert 'id="f-new_password-reason"' in wrong.text
    assert (
        client.post("/profile/password", data={"old_password": PASSWORD, "new_password": new}).status_code
        == 302
    )
    assert client.get("/profile").status_code == 200
    assert other.get("/profile").status_code == 302
    assert client.post("/sign-in", data={"mail": lin.mail, "password": new}).status_code == 302
    assert len(list(letters.iterdir())) == 1


def test_the_old_password_is_not_guessed_either(client, lin) -> None:
    form = {"old_password": "guess", "new_password": "another quiet stone"}
    answers = [client.post("/profile/password", data=form).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]


# --- Tokens

FORM = {"name": "my script", "scopes": ["reservations:read"], "days": "30"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"days": "0"}, "days"),
        ({"days": "366"}, "days"),
        ({"days": "-1"}, "days"),
        ({"days": "a year"}, "days"),
    ],
)
def test_what_a_token_cannot_be(client, lin, change, field) -> None:
    answer = client.post("/profile/tokens", data=FORM | change)
    assert answer.status_code == 422
    assert f'id="f-{field}-reason"' in answer.text
    assert db.session.scalars(select(PersonalToken)).all() == []


def test_a_token_is_shown_once_and_kept_as_a_hash(client, lin) -> None:
    made = client.post("/profile/tokens", data=FORM)
    assert made.headers["Cache-Control"] == "no-store"
    text = re.search(r'value="(ic_[\w-]{43})"', made.text)[1]
    assert text not in client.get("/profile/tokens").text
    token = db.session.scalars(select(PersonalToken)).one()
    assert text not in {str(value) for value in vars(token).values()}
    assert (token.scopes, token.expires_at) == ("reservations:read", NOW + timedelta(days=30))
    assert text not in str([entry.detail for entry in entries()])
    assert client.get("/api/v1/reservations", headers=bearer(text)).status_code == 200
    db.session.expire_all()
    assert token.last_used_on == NOW.date()


def test_a_token_for_everything_leaves_room_for_what_comes(client, lin) -> None:
    assert client.post("/profile/tokens", data=FORM | {"scopes": [*SCOPES]}).status_code == 200
    token = db.session.scalars(select(PersonalToken)).one()
    assert token.scopes.split() == [*SCOPES]
    assert len(token.scopes) < PersonalToken.scopes.type.length / 2


def test_tokens_are_revoked_by_their_owner(app, client, world, lin) -> None:
    text = world.token(lin, "reservations:read")
    token_id = db.session.scalar(select(PersonalToken.id))
    thief = sign_in(app.test_client(), world.person())
    assert thief.post(f"/profile/tokens/{token_id}/revoke").status_code == 404
    assert "test" not in thief.get("/profile/tokens").text.split("<main")[1]
    assert client.get("/api/v1/reservations", headers=bearer(text)).status_code == 200
    assert client.post(f"/profile/tokens/{token_id}/revoke").status_code == 302
    assert client.get("/api/v1/reservations", headers=bearer(text)).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "Bearer no",
        "Bearer ",
        "Bearer",
        "Basic bGluOng=",
        "bearer ic_" + "x" * 43,
        "Token no",
        "Bearer \x00",
        "ic_no",
    ],
)
@pytest.mark.parametrize("address", ["/api/v1/reservations", "/api/v1/openapi.json"])
def test_a_token_that_does_not_hold_is_refused_even_where_none_is_needed(app, now, header, address) -> None:
    answer = app.test_client().get(address, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.json["reasons"][0]["code"] == "token_invalid"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_programs_need_a_token_and_its_scope(app, world, lin) -> None:
    client = app.test_client()
    missing = client.get("/api/v1/reservations")
    assert (missing.status_code, missing.json["reasons"][0]["code"]) == (401, "token_missing")
    narrow = client.get("/api/v1/reservations", headers=bearer(world.token(lin, "catalog:read")))
    assert (narrow.status_code, narrow.json["reasons"][0]["code"]) == (403, "scope_missing")
    reading = world.token(lin, "reservations:read")
    body = {
        "instrument_id": world.instrument().id,
        "start": "2027-03-02T09:00:00+08:00",
        "end": "2027-03-02T10:00:00+08:00",
    }
    writing = client.post("/api/v1/reservations", headers=bearer(reading), json=body)
    assert (writing.status_code, writing.json["reasons"][0]["code"]) == (403, "scope_missing")


def test_a_session_opens_nothing_for_programs_nor_a_token_the_pages(client, world, lin) -> None:
    assert client.get("/api/v1/reservations").status_code == 401
    client.post("/sign-out")
    assert client.get("/profile", headers=bearer(world.token(lin))).status_code == 302


@pytest.mark.parametrize(("hours", "status"), [(-1, 200), (0, 401), (1, 401)])
def test_a_token_ends(client, app, world, lin, hours, status) -> None:
    text = world.token(lin, expires_at=NOW)
    app.config["FROZEN_NOW"] = NOW + timedelta(hours=hours)
    assert client.get("/api/v1/reservations", headers=bearer(text)).status_code == status


def test_a_token_ends_with_its_person(client, world, lin) -> None:
    text = world.token(lin)
    lin.ends_on = NOW.date() - timedelta(days=1)
    db.session.commit()
    assert client.get("/api/v1/reservations", headers=bearer(text)).status_code == 401


def test_the_contract_names_the_scopes(client) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    reservations = document["paths"]["/api/v1/reservations"]
    assert reservations["get"]["security"] == [{"token": ["reservations:read"]}]
    calendar = document["paths"]["/api/v1/instruments/{instrument_id}/calendar"]
    assert calendar["get"]["security"] == [{"token": ["catalog:read"]}, {}]


# --- Commands


def test_the_first_institution_comes_by_command(runner, app) -> None:
    add = [
        "people",
        "add-institution",
        "Qinling University",
        "--chinese",
        "秦岭大学",
        "--domain",
        "qinling.edu.cn",
    ]
    done = runner.invoke(args=add)
    assert done.exit_code == 0, done.output
    institution = db.session.scalars(select(Institution)).one()
    assert done.output == f"Qinling University is institution {institution.id}\n"
    assert (institution.name_zh, institution.kind, institution.zone) == (
        "秦岭大学",
        "university",
        "Asia/Shanghai",
    )
    assert [each.domain for each in institution.domains] == ["qinling.edu.cn"]


def test_an_institution_that_is_not_one_is_refused_with_every_reason(runner, world) -> None:
    world.institution("qinling.edu.cn", name_en="Qinling University")
    done = runner.invoke(
        args=[
            "people", "add-institution", "Other", "--chinese", "其他", "--kind", "company", "--zone", "Moon/Sea",
            "--domain", "qinling.edu.cn", "--domain", "qq.com",
        ]
    )  # fmt: skip
    assert done.exit_code == 1
    for said in ("credit code", "list", "belongs to Qinling University", "qq.com"):
        assert said in done.output
    assert [each.name_en for each in db.session.scalars(select(Institution))] == ["Qinling University"]


def test_a_person_is_added_with_a_role(runner, world) -> None:
    institution = world.institution("qinling.edu.cn", name_en="Qinling University")
    world.lab(institution, name_en="Electron Microscopy")
    for _ in range(2):
        done = runner.invoke(
            args=[
                "people", "add", "Chen@Qinling.edu.cn", "--institution", "qinling.edu.cn", "--name", "Chen Moni",
                "--lab", "Electron Microscopy", "--role", "lab_manager",
            ]
        )  # fmt: skip
        assert done.exit_code == 0, done.output
    person = db.session.scalars(select(Person)).one()
    assert (person.mail, person.name_en, person.institution_id) == (
        "chen@qinling.edu.cn",
        "Chen Moni",
        institution.id,
    )
    assert [grant.role for grant in db.session.scalars(select(RoleGrant))] == ["lab_manager"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--institution", "Nowhere"], "There is no institution called “Nowhere”."),
        (["--institution", "1", "--lab", "Nowhere"], "has no lab Nowhere"),
        (["--institution", "1", "--role", "lab_manager"], "say which, with --lab"),
        (["--institution", "1", "--role", "company_manager"], "This role does not exist here."),
        (["--institution", "1", "--role", "king"], "Invalid value"),
        ([], "Missing option"),
    ],
)
def test_what_the_command_refuses(runner, world, more, said) -> None:
    institution = world.institution()
    more = [str(institution.id) if each == "1" else each for each in more]
    done = runner.invoke(args=["people", "add", "chen@qinling.edu.cn", *more])
    assert done.exit_code != 0
    assert said in done.output
    assert db.session.scalars(select(Person)).all() == []


def test_the_first_administrator_comes_by_command_with_a_password(runner, client, world) -> None:
    institution = world.institution()
    args = [
        "people",
        "add",
        "a@b.cn",
        "--institution",
        str(institution.id),
        "--role",
        "platform_administrator",
        "--password",
    ]
    assert runner.invoke(args=args, input="short\nshort\n").exit_code != 0
    assert runner.invoke(args=args, input=f"{PASSWORD}\n{PASSWORD}\n").exit_code == 0
    assert client.post("/sign-in", data={"mail": "a@b.cn", "password": PASSWORD}).status_code == 302
    assert client.get("/platform/roles").status_code == 200
    assert db.session.scalars(select(RoleGrant.role)).one() == Role.PLATFORM_ADMINISTRATOR


def test_a_token_is_printed_alone(runner, client, world) -> None:
    person = world.person()
    done = runner.invoke(
        args=["people", "token", person.mail, "--scopes", "catalog:read,reservations:read", "--days", "7"]
    )
    assert re.fullmatch(r"ic_[\w-]{43}\n", done.output)
    assert client.get("/api/v1/reservations", headers=bearer(done.output.strip())).status_code == 200
    for scopes, days in (("everything", "7"), ("catalog:read", "366")):
        refused = runner.invoke(args=["people", "token", person.mail, "--scopes", scopes, "--days", days])
        assert refused.exit_code != 0
    assert (
        runner.invoke(
            args=["people", "token", "no@b.cn", "--scopes", "catalog:read", "--days", "7"]
        ).exit_code
        != 0
    )
    assert len(db.session.scalars(select(PersonalToken)).all()) == 1
