"""Booking for somebody else: who may name whom, by mail address or name, and what nobody else learns."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.reservations.models import Reservation
from tests.world import World, sign_in

NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an
FORM = {"day": "2027-03-02", "from": "09:00", "until": "10:00", "purpose": "research", "key": "k"}
HIDDEN = "You may not book for this person."
NOBODY = "Nobody with an account has this name or mail address."


@pytest.fixture
def place(world: World, now):
    """An instrument of one university, its people, and a guest of another."""

    class Place:
        home = world.institution(name_en="Home University")
        away = world.institution(name_en="Away University")
        instrument = world.instrument(world.lab(home), name_en="Raman microscope")
        other_lab = world.lab(home)
        member = world.person(home, name_en="Lin Shili", name_zh="林示例", mail="lin@home.example")
        guest = world.person(away, name_en="Zhang Yangben", name_zh="张样本", mail="zhang@away.example")
        head = world.person(home, name_en="Zhao Jiashe")
        group = world.group(home, head)

    world.grant(Place.member, "member", Place.group)
    return Place


def holder(world: World, client: FlaskClient, place, role: str):
    """Somebody with a role: on the instrument's own lab or institution, or on the other one."""
    scopes = {
        "lab_manager": place.instrument.lab, "lab_operator": place.instrument.lab, "institution_manager": place.home,
        "manager elsewhere": place.away, "operator elsewhere": place.other_lab, "member": place.group,
    }  # fmt: skip
    names = {"manager elsewhere": "institution_manager", "operator elsewhere": "lab_operator"}
    if role == "group_head":
        person = place.head
    else:
        person = world.person(place.away if role == "manager elsewhere" else place.home)
        if role in scopes:
            world.grant(person, names.get(role, role), scopes[role])
        elif role == "platform_administrator":
            world.grant(person, role)
    return sign_in(client, person)


def known_to_the_lab(world: World, place) -> None:
    """The guest has used the lab before, so that its staff may look them up by name."""
    world.reservation(place.instrument, place.guest, datetime(2026, 1, 5, 2, tzinfo=UTC), state="cancelled")


def post(client: FlaskClient, place, user: object, **typed: str):
    return client.post(
        f"/instruments/{place.instrument.id}/reservations", data={**FORM, "user": user, **typed}
    )


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def users() -> list[int]:
    db.session.rollback()
    return [
        row.user_id for row in db.session.query(Reservation).filter(Reservation.live).order_by(Reservation.id)
    ]


# role, whether they may book for a member of their own institution (and group), and for somebody of another.
TABLE = [
    ("platform_administrator", True, True),
    ("institution_manager", True, True),
    ("lab_manager", True, True),
    ("lab_operator", True, True),
    ("group_head", True, False),
    ("manager elsewhere", False, True),
    ("operator elsewhere", False, False),
    ("member", False, False),
    ("nobody", False, False),
]


@pytest.mark.parametrize(("role", "for_member", "for_guest"), TABLE)
def test_who_may_book_for_whom(world, client, place, role, for_member, for_guest) -> None:
    holder(world, client, place, role)
    expected = []
    for user, allowed, hour in ((place.member, for_member, 9), (place.guest, for_guest, 11)):
        number = user.id
        if allowed:
            expected.append(number)
        answer = post(client, place, user.mail, **{"from": f"{hour:02}:00", "until": f"{hour + 1:02}:00"})
        assert answer.status_code == (303 if allowed else 403), words(answer)
    assert users() == expected


@pytest.mark.parametrize("role", ["member", "nobody", "group_head", "operator elsewhere"])
def test_others_cannot_tell_who_has_an_account(world, client, place, role) -> None:
    holder(world, client, place, role)
    answers = [
        post(client, place, typed)
        for typed in (place.guest.mail, "nobody@away.example", "Zhang Yangben", "²")
    ]
    pages = {re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True)) for answer in answers}
    assert {answer.status_code for answer in answers} == {403}
    assert len(pages) == 1
    assert HIDDEN in words(answers[0])
    assert users() == []


@pytest.mark.parametrize("typed", ["nobody@home.example", "No Such Person", "999999", "²", "龘" * 100_000])
def test_staff_are_told_that_nobody_has_this_name(world, client, place, typed) -> None:
    holder(world, client, place, "lab_operator")
    answer = post(client, place, typed, title="two samples")
    assert answer.status_code == 422
    assert NOBODY in words(answer)
    page = answer.get_data(as_text=True)
    assert 'aria-describedby="f-user-reason f-user-hint"' in page
    assert 'value="two samples"' in page


def test_a_name_that_cannot_be_kept_books_nothing(world, client, place) -> None:
    holder(world, client, place, "lab_operator")
    answer = post(client, place, "a\0b", title="two samples")
    assert answer.status_code == 422 and users() == []
    assert "This holds characters that cannot be read." in answer.text


@pytest.mark.parametrize("typed", ["zhang yangben", " Zhang  Yangben ", "张样本", "ZHANG@away.example"])
def test_a_name_or_a_mail_address_will_do(world, client, place, typed) -> None:
    known_to_the_lab(world, place)
    holder(world, client, place, "lab_operator")
    answer = post(client, place, typed)
    assert answer.status_code == 303
    assert users() == [place.guest.id]
    assert "Booked for Zhang Yangben" in words(client.get(answer.headers["Location"]))


def test_one_name_of_two_people_is_asked_back_with_both_of_them(world, client, place) -> None:
    known_to_the_lab(world, place)
    namesake = world.person(place.home, name_en="Zhang Yangben", mail="zy@home.example")
    holder(world, client, place, "lab_operator")
    answer = post(client, place, "Zhang Yangben")
    assert answer.status_code == 422
    assert "More than one person is called Zhang Yangben." in words(answer)
    page = answer.get_data(as_text=True)
    assert '<option value="zhang@away.example">Zhang Yangben, Away University</option>' in page
    assert '<option value="zy@home.example">Zhang Yangben, Home University</option>' in page
    assert post(client, place, "zy@home.example").status_code == 303
    assert users() == [namesake.id]


def test_every_mistake_is_said_at_once(world, client, place) -> None:
    holder(world, client, place, "lab_manager")
    text = words(post(client, place, "No Such Person", day=""))
    assert "Not booked, for 2 reasons" in text
    assert "Choose a day." in text
    assert NOBODY in text


def test_what_stands_against_the_time_is_said_along_with_an_unknown_name(world, client, place, now) -> None:
    world.closure(place.instrument, NINE - timedelta(hours=1), NINE + timedelta(hours=1))
    holder(world, client, place, "lab_manager")
    answer = post(client, place, "No Such Person", until="22:00", purpose="fun")
    assert answer.status_code == 422
    text = words(answer)
    assert "Not booked, for 3 reasons" in text
    for sentence in (NOBODY, "not one of the purposes", "Maintenance Tue 2 Mar, 08:00–10:00: Service."):
        assert sentence in text
    # No button books it for whoever typed the name wrongly.
    assert "inline-form" not in answer.get_data(as_text=True)
    assert users() == []


def test_an_account_that_has_ended_is_nobody(world, client, place, now) -> None:
    world.person(place.home, name_en="Gone Long", mail="gone@home.example", deactivated_at=now)
    holder(world, client, place, "lab_manager")
    for typed in ("gone@home.example", "Gone Long"):
        assert post(client, place, typed).status_code == 422
    assert "gone@" not in client.get(f"/instruments/{place.instrument.id}/users?user=gone").get_data(
        as_text=True
    )


def test_a_user_of_several_groups_is_asked_for_which(world, client, place) -> None:
    second = world.group(place.home, name_en="Thin films")
    world.grant(place.member, "member", second)
    number = second.id
    holder(world, client, place, "lab_operator")
    answer = post(client, place, place.member.mail)
    assert answer.status_code == 422
    assert "works in more than one group" in words(answer)
    assert "Thin films" in words(answer)
    assert post(client, place, place.member.mail, unit=str(number)).status_code == 303
    assert db.session.query(Reservation.group_id).scalar() == number


def test_the_only_group_of_the_user_is_served_whatever_the_booker_works_in(world, client, place) -> None:
    own = world.group(place.home, place.head, name_en="Another group of the head")
    sign_in(client, place.head)
    assert post(client, place, place.member.id, unit=str(own.id)).status_code == 303
    assert db.session.query(Reservation.group_id).scalar() == place.group.id


# --- what the form offers


def finds(client: FlaskClient, place, typed: str):
    return client.get(f"/instruments/{place.instrument.id}/users", query_string={"user": typed})


def page(client: FlaskClient, place) -> str:
    return client.get(f"/instruments/{place.instrument.id}").get_data(as_text=True)


def test_strangers_and_those_with_few_to_choose_from_are_suggested_nobody(world, client, place) -> None:
    assert finds(client, place, "zhang").status_code == 302
    for role in ("member", "nobody", "group_head", "operator elsewhere"):
        holder(world, client, place, role)
        assert finds(client, place, "zhang").status_code == 403
        assert 'hx-get="/instruments' not in page(client, place)


def test_suggestions_keep_to_whom_one_may_name(world, client, place) -> None:
    holder(world, client, place, "lab_operator")
    # One of another institution is shown once they have used the lab; until then the whole address is needed.
    assert "option" not in finds(client, place, "zhang").get_data(as_text=True)
    known_to_the_lab(world, place)
    found = finds(client, place, "zhang").get_data(as_text=True)
    assert '<option value="zhang@away.example">Zhang Yangben, Away University</option>' in found
    assert "lin@" not in found
    world.person(place.home, name_en="An Zhangwei", mail="an@home.example")
    begins = re.findall("value=.([a-z]+)@", finds(client, place, "zhang").get_data(as_text=True))
    assert begins == ["zhang", "an"]
    assert "option" not in finds(client, place, "z").get_data(as_text=True)
    assert f'hx-get="/instruments/{place.instrument.id}/users"' in page(client, place)
    holder(world, client, place, "manager elsewhere")
    assert "zhang@" in finds(client, place, "张").get_data(as_text=True)
    assert "option" not in finds(client, place, "lin@").get_data(as_text=True)


def test_a_thousand_people_are_not_listed(world, client, place, statements) -> None:
    counts = []
    for number in range(30):
        world.person(place.home, name_en=f"Wang {number:02}")
    holder(world, client, place, "lab_manager")
    assert finds(client, place, "wang").get_data(as_text=True).count("<option") == 8
    for _ in range(2):
        statements.clear()
        assert "Wang 01" not in page(client, place)
        counts.append(len(statements))
        world.person(place.home)
    assert len(set(counts)) == 1


def test_a_group_head_chooses_from_the_group(world, client, place) -> None:
    left = world.person(place.home, name_en="Left Lately")
    world.grant(left, "member", place.group, ends_on=datetime(2026, 1, 1, tzinfo=UTC).date())
    holder(world, client, place, "group_head")
    text = page(client, place)
    assert f'<option value="{place.member.id}">Lin Shili</option>' in text
    assert "Left Lately" not in text
    assert "Zhang" not in text


def test_who_books_for_others_is_offered_only_what_they_may_book_for_them(
    world: World, client: FlaskClient, place
) -> None:
    """What another lab has free is no help to staff who may not book there for this person."""
    kind = place.instrument.class_code = "010101"
    world.instrument(place.instrument.lab, name_en="Raman beside it", class_code=kind)
    world.instrument(place.other_lab, name_en="Raman elsewhere", class_code=kind)
    world.reservation(place.instrument, place.member, NINE)
    known_to_the_lab(world, place)
    holder(world, client, place, "lab_manager")
    offered = post(client, place, place.guest.mail).text
    assert "Raman beside it" in offered and "Raman elsewhere" not in offered
    own = client.post(f"/instruments/{place.instrument.id}/reservations", data=FORM).text
    assert "Raman beside it" in own and "Raman elsewhere" in own
