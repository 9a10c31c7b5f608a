"""A form that arrives when nobody is signed in any more: nothing is done, that is said, and what was chosen is kept."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.people import passwords
from instruments.reservations.models import Reservation
from tests.world import World, sign_in

SENTENCE = "You were signed out, so nothing was booked or changed. Sign in, then do it again."
FORM = {
    "day": "2027-03-02",
    "from": "09:00",
    "until": "10:00",
    "purpose": "teaching",
    "title": "Carbon & film",
    "key": "k",
}


@pytest.fixture
def instrument(world: World, now):
    return world.instrument()


def onward(answer) -> str:
    assert answer.status_code == 302
    where = urlsplit(answer.headers["Location"])
    assert where.path == "/sign-in"
    return parse_qs(where.query)["next"][0]


def test_a_booking_that_came_too_late_is_said_and_can_be_sent_again(
    client: FlaskClient, world: World, instrument
) -> None:
    person = world.person(instrument.institution, password_hash=passwords.hashed("quiet river stone", "low"))
    there = f"/instruments/{instrument.id}"
    late = client.post(
        f"{there}/reservations", data=FORM, headers={"Referer": f"http://localhost{there}?week=2027-W09"}
    )
    assert db.session.query(Reservation).count() == 0
    following = onward(late)
    assert SENTENCE in client.get(late.headers["Location"]).text
    answer = client.post(
        "/sign-in", data={"mail": person.mail, "password": "quiet river stone", "next": following}
    )
    assert urlsplit(answer.headers["Location"]).path == there
    page = client.get(answer.headers["Location"]).text
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page))
    assert {name: fields[name] for name in ("day", "from", "until", "title")} == {
        "day": "2027-03-02", "from": "09:00", "until": "10:00", "title": "Carbon &amp; film",
    }  # fmt: skip
    assert re.search(r'value="teaching"[^>]*selected', page)
    assert SENTENCE not in page


@pytest.mark.parametrize(
    ("referrer", "following"),
    [
        ("", "/instruments/{}"),
        ("http://evil.example/home", "/instruments/{}"),
        (
            "http://localhost/instruments/{}/reservations",
            "/instruments/{}",
        ),  # the answer to a form cannot be opened
        ("http://localhost//evil.example", "/instruments/{}"),
        ("http://localhost/reservations/5/move?day=2027-03-02", "/reservations/5/move?day=2027-03-02"),
    ],
)
def test_one_goes_back_only_to_a_page_of_this_site(client, instrument, referrer: str, following: str) -> None:
    headers = {"Referer": referrer.format(instrument.id)} if referrer else {}
    answer = client.post(f"/instruments/{instrument.id}/reservations", data={"title": "x"}, headers=headers)
    assert onward(answer) == following.format(instrument.id)


def test_a_page_that_was_only_asked_for_is_no_loss(client, world, instrument) -> None:
    answer = client.get("/reservations")
    assert onward(answer) == "/reservations"
    assert SENTENCE not in client.get(answer.headers["Location"]).text


def test_whoever_is_signed_in_is_told_nothing_of_it(client, world, instrument) -> None:
    sign_in(client, world.person(instrument.institution))
    assert client.post(f"/instruments/{instrument.id}/reservations", data=FORM).status_code == 303
