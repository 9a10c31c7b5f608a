"""Home: what comes next, what to book again, and what waits for somebody with a role."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from html import unescape

from flask.testing import FlaskClient

from instruments.catalog.models import ImportRun
from instruments.database import db
from instruments.people.rights import Role
from tests.world import World, sign_in


def home(client: FlaskClient, language: str = "en") -> str:
    answer = client.get(f"/home?lang={language}")
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def test_strangers_are_asked_to_sign_in(client: FlaskClient, world: World) -> None:
    answer = client.get("/home")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in?next=/home"


def test_without_anything_it_says_so_and_where_to_begin(
    world: World, client: FlaskClient, now: datetime
) -> None:
    found = home(sign_in(client, world.person()))
    assert "Nothing is booked" in found
    assert "No instrument used yet" in found
    assert "Today in your labs" not in found
    assert "Needs you" not in found
    assert "没有预约" in home(client, "zh")


def test_the_next_reservations_come_first_and_others_do_not_show(
    world: World, client: FlaskClient, now: datetime
) -> None:
    thing = world.instrument(name_en="Raman microscope")
    me, other = world.person(thing.institution), world.person(thing.institution)
    world.reservation(thing, me, now + timedelta(hours=2))
    world.reservation(world.instrument(name_en="Of somebody else"), other, now + timedelta(hours=2))
    world.reservation(world.instrument(name_en="Given up"), me, now + timedelta(hours=5), state="cancelled")
    found = home(sign_in(client, me))
    assert "Today 10:00–11:00" in found
    assert "Raman microscope" in found
    assert "Of somebody else" not in found
    assert "Given up" not in found


def test_what_was_used_last_can_be_booked_again_for_as_long(
    world: World, client: FlaskClient, now: datetime
) -> None:
    thing = world.instrument(name_en="Raman microscope", week="mon-fri 09:00-18:00")
    me = world.person(thing.institution)
    world.reservation(thing, me, now - timedelta(days=3, hours=-2), now - timedelta(days=3, hours=-5))
    found = home(sign_in(client, me))
    assert f'href="/instruments/{thing.id}?day=2027-03-01&from=09%3A00&until=12%3A00#booking"' in found


def test_a_lab_sees_its_day_and_no_other_labs(world: World, client: FlaskClient, now: datetime) -> None:
    thing, foreign = world.instrument(name_en="Ours"), world.instrument(name_en="Theirs")
    user, operator = world.person(name_en="Guo Lin"), world.person(thing.institution)
    world.grant(operator, Role.LAB_OPERATOR, thing.lab)
    world.reservation(thing, user, now + timedelta(hours=3))
    world.reservation(thing, user, now + timedelta(days=1))
    world.reservation(foreign, user, now + timedelta(hours=3))
    found = home(sign_in(client, operator))
    assert "Today in your labs" in found
    assert "Guo Lin" in found
    assert "Tomorrow" not in found
    assert "Theirs" not in found
    assert "Today in your labs" not in home(sign_in(client, user))


def test_a_manager_is_told_of_memberships_and_imports_of_their_own_institution(
    world: World, client: FlaskClient, now: datetime
) -> None:
    institution, foreign = world.institution(), world.institution()
    manager = world.person(institution)
    world.grant(manager, Role.INSTITUTION_MANAGER, institution)
    world.person(institution, membership_confirmed_on=date(2026, 1, 1))
    world.person(institution, membership_confirmed_on=None)
    world.person(foreign, membership_confirmed_on=None)
    for owner, name in ((institution, "ours.csv"), (foreign, "theirs.csv")):
        run = ImportRun(
            institution_id=owner.id, file_name=name, file_path="x", state="checked", created_at=now
        )
        db.session.add(run)
    db.session.commit()
    found = home(sign_in(client, manager))
    assert "2 memberships are due to be confirmed" in found
    assert f'href="/institutions/{institution.id}/people?view=overdue"' in found
    assert "ours.csv: checked, waiting for you" in found
    assert "theirs.csv" not in found
    assert "有 2 人的成员身份待确认" in home(client, "zh")
    assert "Needs you" not in home(sign_in(client, world.person(institution)))


def test_who_answers_for_a_lab_or_an_institution_comes_from_home_to_its_page(
    world: World, client: FlaskClient, now: datetime
) -> None:
    lab = world.lab(name_en="Surface Laboratory")
    world.instrument(lab)
    world.instrument(lab, status="retired")
    other = world.lab(name_en="Of somebody else")
    someone = world.person(lab.institution)
    assert "You answer for" not in home(sign_in(client, someone))
    world.grant(someone, Role.LAB_MANAGER, lab)
    world.grant(someone, Role.AUDITOR, lab.institution)
    found = home(client)
    assert f'href="/labs/{lab.id}">Surface Laboratory</a><span class="hint">1 instrument<' in found
    assert f'href="/institutions/{lab.institution_id}"' in found
    assert f"/labs/{other.id}" not in found
