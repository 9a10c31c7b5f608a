"""What is handed over is for one group of who gets it: who works in several has it said for which, and its quota counts."""

from __future__ import annotations

from html import unescape

import pytest

from instruments.database import db
from instruments.people.rights import Role
from instruments.reservations.models import Reservation
from tests.reservations.ways_in import Place
from tests.world import bearer, sign_in


@pytest.fixture
def place(app, client, world, now) -> Place:
    """The user works in two groups, neither of which is that of the colleague who has the reservation."""
    made = Place(app, client, world, now)
    made.groups = [world.group(made.user.institution) for _ in range(2)]
    made.theirs = world.person(made.user.institution)
    made.user_mail = made.user.mail
    for group in made.groups:
        world.grant(made.user, Role.MEMBER, group)
    db.session.query(Reservation).delete()
    row = world.reservation(made.instrument, made.theirs, made.start, made.end)
    made.number, made.version = row.id, row.version
    return made


def hand(place: Place, **body):
    path = f"/api/v1/reservations/{place.number}/hand-over"
    headers = bearer(place.world.token(place.above, "people:write")) | {"If-Match": "*"}
    return place.client.post(path, json={"user": place.ids["user"]} | body, headers=headers)


def reasons(answer) -> list[tuple[str, str]]:
    return [(each["code"], each["field"]) for each in answer.json["reasons"]]


def test_programs_say_for_which_group(place) -> None:
    strange = place.world.group(place.user.institution)
    assert reasons(hand(place)) == [("which_group", "group")]
    assert reasons(hand(place, group_id=strange.id)) == [("not_in_group", "group")]
    place.world.quota(place.lab, holder="group", amount=1)
    assert reasons(hand(place, group_id=place.groups[1].id)) == [("quota", "user")]
    place.world.quota(place.lab, holder="group", amount=9)
    db.session.rollback()
    row = db.session.get(Reservation, place.number)
    assert (row.user_id, row.version) == (place.theirs.id, place.version)


def test_it_is_theirs_then_for_that_group(place) -> None:
    answer = hand(place, group_id=place.groups[1].id)
    assert (answer.status_code, answer.json["user_id"]) == (200, place.ids["user"])
    db.session.rollback()
    assert db.session.get(Reservation, place.number).group_id == place.groups[1].id


def test_a_group_that_both_work_in_stays(place) -> None:
    row = db.session.get(Reservation, place.number)
    row.group_id = place.groups[0].id
    db.session.commit()
    assert hand(place).status_code == 200
    db.session.rollback()
    assert db.session.get(Reservation, place.number).group_id == place.groups[0].id


def test_the_page_asks_for_which_once_it_is_known_whose_groups_they_are(place) -> None:
    client, address = sign_in(place.client, place.above), f"/people/{place.theirs.id}/reservations"
    assert 'name="unit"' not in client.get(address).get_data(as_text=True)
    sent = {"reservation": place.number, "version": place.version, "user": place.user_mail}
    asked = client.post(address, data=sent)
    page = unescape(asked.get_data(as_text=True))
    assert (asked.status_code, 'name="unit"' in page) == (422, True)
    assert all(group.name_en in page for group in place.groups)
    assert "works in more than one group" in page
    # Whom they may not choose they learn no groups of.
    strange = place.world.person(place.home)
    for _ in range(2):
        place.world.grant(strange, Role.MEMBER, place.world.group(place.home))
    told = client.post(address, data=sent | {"user": strange.mail})
    assert (told.status_code, 'name="unit"' in told.get_data(as_text=True)) == (403, False)
    done = client.post(address, data=sent | {"unit": place.groups[1].id})
    assert done.status_code == 302
    db.session.rollback()
    assert db.session.get(Reservation, place.number).group_id == place.groups[1].id
