"""What a refused form says and offers: times that do not exist, one's own time, buttons that would be refused again."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.reservations.models import Reservation
from tests.world import World, sign_in

NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an
HOUR = timedelta(hours=1)
FORM = {
    "day": "2027-03-02",
    "from": "09:00",
    "until": "10:00",
    "purpose": "research",
    "title": "",
    "key": "k",
}
SKIPPED = "The clocks go forward over these times, so that they do not exist that day."


@pytest.fixture
def instrument(world: World, now):
    return world.instrument(world.lab(city_en="", city_zh=""), city_en="Xianyang", city_zh="咸阳")


@pytest.fixture
def person(world: World, instrument, client: FlaskClient):
    who = world.person(instrument.institution)
    sign_in(client, who)
    return who


@pytest.fixture
def night(world: World, instrument):
    """An instrument in Berlin, open every night."""
    thing = world.instrument(
        world.lab(instrument.institution, zone="Europe/Berlin"), week="Mon-Sun 20:00-06:00"
    )
    world.rules(thing, horizon_days=400)
    return thing


def post(client: FlaskClient, instrument, **typed):
    return client.post(f"/instruments/{instrument.id}/reservations", data={**FORM, **typed})


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def panel(answer) -> str:
    """The words of the summary, without the form."""
    return re.sub(
        r"<[^>]+>", " ", re.search(r'<section class="refused".*?</section>', answer.text, re.DOTALL)[0]
    )


def rows() -> list[Reservation]:
    db.session.rollback()
    return db.session.query(Reservation).order_by(Reservation.id).all()


# --- Times


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [("02:30", "04:00", "from"), ("01:30", "02:30", "until")],
)
def test_a_time_that_the_clocks_skip_is_refused_at_its_field(
    client, person, night, start, end, field
) -> None:
    answer = post(client, night, day="2027-03-28", **{"from": start, "until": end})
    assert answer.status_code == 422
    assert SKIPPED in words(answer)
    assert re.search(rf'name="{field}" value="[0-9:]*" aria-invalid', answer.text)
    assert rows() == []


def test_of_a_time_that_comes_twice_it_is_said_which_is_meant(client, person, night) -> None:
    answer = post(client, night, day="2027-10-31", **{"from": "02:00", "until": "03:00"})
    assert answer.status_code == 303
    assert rows()[0].ends_at - rows()[0].starts_at == 2 * HOUR
    assert "Booked: Sun 31 Oct, 02:00 (UTC+2)–03:00." in words(client.get(answer.headers["Location"]))


def test_a_reservation_of_the_second_of_them_stays_there_when_only_its_title_changes(
    client, world, person, night
) -> None:
    start = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)  # 02:30 for the second time
    row = world.reservation(night, person, start, start + HOUR)
    form = {"day": "2027-10-31", "from": "02:30", "until": "03:30", "title": "Second", "version": 1}
    assert client.post(f"/reservations/{row.id}/move", data=form).status_code == 303
    assert [(each.title, each.starts_at) for each in rows()] == [("Second", start)]


@pytest.mark.parametrize("typed", ["09:00+02:00", "09:00:30", "0900", "T09:00", "9:00", "25:00", "０９:００"])
def test_a_time_is_hours_and_minutes_and_nothing_else(client, person, instrument, typed) -> None:
    answer = post(client, instrument, **{"from": typed})
    assert answer.status_code == 422
    assert "Choose a time. Write it like 14:30." in words(answer)
    assert rows() == []


def test_the_same_sentence_about_two_fields_names_them(client, world, person, instrument) -> None:
    said = panel(post(client, instrument, **{"from": "x", "until": "y"}))
    assert "From: Choose a time." in said
    assert "Until: Choose a time." in said
    said = panel(post(client, instrument, **{"from": "09:07", "until": "10:07"}))
    assert "From: Reservations here start and end on steps of 15 min" in said
    assert "Until: Reservations here" in said
    assert "From:" not in panel(post(client, instrument, **{"from": "x"}))


# --- What is offered instead


def test_ones_own_time_is_said_to_be_ones_own(client, world, person, instrument) -> None:
    row = world.reservation(instrument, person, NINE)
    sign_in(client, person)
    answer = post(client, instrument)
    assert answer.status_code == 409
    assert "You have this time already." in panel(answer)
    assert (
        f'href="/reservations/{row.id}"'
        in re.search(r'<section class="refused".*?</section>', answer.text, re.DOTALL)[0]
    )
    assert "You can have instead" not in words(answer)
    # Below the fields it is said in the same words.
    assert words(answer).count("You have this time already.") == 2
    assert "is already booked" not in words(answer)


def test_the_time_of_somebody_else_is_not(client, world, person, instrument) -> None:
    world.reservation(instrument, world.person(), NINE)
    answer = post(client, instrument)
    assert "You have this time already." not in words(answer)
    assert "You can have instead" in words(answer)


def test_a_text_that_was_refused_is_not_sent_again_by_the_buttons(client, world, person, instrument) -> None:
    answer = post(client, instrument, title="x" * 201)
    assert answer.status_code == 422
    forms = re.findall(
        r'<form class="inline-form" method="post" action="([^"]+)">(.*?)</form>', answer.text, re.DOTALL
    )
    assert forms
    for address, body in forms:
        fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', body))
        assert "title" not in fields
        assert client.post(address, data=fields).status_code == 303
        db.session.query(Reservation).delete()
        db.session.commit()


def test_nothing_is_offered_to_press_while_the_unit_must_be_chosen(client, world, person, instrument) -> None:
    for _ in range(2):
        world.grant(person, "member", world.group(instrument.institution))
    world.reservation(instrument, world.person(), NINE, NINE + HOUR / 2)
    answer = post(client, instrument)
    assert answer.status_code == 422
    assert "Choose the one this is for." in words(answer)
    assert 'class="inline-form" method="post" action="/instruments' not in answer.text


# --- What no longer stands


@pytest.mark.parametrize("page", ["cancel", "move"])
@pytest.mark.parametrize("state", ["cancelled", "over"])
def test_what_no_longer_stands_has_no_form(client, world, person, instrument, now, page, state) -> None:
    start = NINE if state == "cancelled" else now - 3 * HOUR
    row = world.reservation(
        instrument, person, start, state="cancelled" if state == "cancelled" else "confirmed"
    )
    sentence = "This reservation no longer stands." if state == "cancelled" else "This reservation is over."
    address = f"/reservations/{row.id}/{page}"
    form = {**FORM, "reason": "ill", "version": 7}
    for ask in (lambda: client.get(address), lambda: client.post(address, data=form)):
        answer = ask()
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"/reservations/{row.id}"
        assert sentence in words(client.get(f"/reservations/{row.id}"))


def test_others_of_its_kind_are_told_apart_by_lab_at_home_and_by_institution_elsewhere(
    client, world, person
) -> None:
    kind = {"name_en": "Electron microscope", "name_zh": "", "class_code": "010101"}
    home = world.lab(person.institution)
    near, far = world.lab(person.institution, name_en="Lab next door"), world.lab()
    thing, _, _ = (world.instrument(lab, **kind) for lab in (home, near, far))
    world.reservation(thing, world.person(person.institution), NINE)
    said = words(post(client, thing))
    assert "Electron microscope, Lab next door" in said
    assert f"Electron microscope, {far.institution.name_en}" in said


# --- The instrument's page


@pytest.mark.parametrize(
    "values", [{"status": "retired"}, {"status": "down"}, {"retired_on": date(2027, 2, 28)}]
)
def test_out_of_service_it_is_closed_everywhere_and_nobody_may_book_it(client, world, person, values) -> None:
    thing = world.instrument(world.lab(person.institution), **values)
    page = client.get(f"/instruments/{thing.id}")
    assert "It is open to you" not in words(page)
    assert "Who may book:" in words(page)
    assert "Closed all day." in words(page)
    assert 'id="f-day"' not in page.text
    spans = client.get(f"/instruments/{thing.id}/week.json").json["spans"]
    assert [span for span in spans if span["state"] == "open"] == []
    if values != {"status": "retired"}:  # which is not found any more
        assert re.search(r"closed; .* closed", client.get("/?sort=relevance").text)


def test_after_its_last_day_the_week_is_closed(client, world, person) -> None:
    thing = world.instrument(world.lab(person.institution), retired_on=date(2027, 3, 3))
    spans = client.get(f"/instruments/{thing.id}/week.json").json["spans"]
    assert max(span["end"] for span in spans) == "2027-03-03T16:00:00+00:00"
    assert "It is open to you" in words(client.get(f"/instruments/{thing.id}"))


def test_the_move_page_names_the_city_that_the_instruments_page_names(
    client, world, person, instrument
) -> None:
    row = world.reservation(instrument, person, NINE)
    assert "Xianyang time" in words(client.get(f"/instruments/{instrument.id}"))
    # The week beside the form of a move reads it with its spans.
    assert (
        f"/instruments/{instrument.id}/week.json?zone=yes" in client.get(f"/reservations/{row.id}/move").text
    )
    assert (
        "Xianyang time" in client.get(f"/instruments/{instrument.id}/week.json?zone=yes").json["zone_words"]
    )
    assert "Xianyang time" in words(client.get(f"/reservations/{row.id}"))


def test_what_shares_nothing_with_the_question_is_not_called_nearest(client, world, instrument) -> None:
    assert "Free soonest" in words(client.get("/?q=qqxxzz"))
    assert "Nearest" not in words(client.get("/?q=qqxxzz"))
    world.instrument(instrument.lab, search_text="microscope")
    assert "Nearest" in words(client.get("/?q=microscope+qqxxzz"))
