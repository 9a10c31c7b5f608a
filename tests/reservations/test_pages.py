"""Booking, moving and cancelling in the browser's forms: what is refused says why and offers the way out."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.reservations.models import Reservation, RulesRow
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


@pytest.fixture
def instrument(world: World, now):
    return world.instrument(week="Mon-Fri 08:00-20:00; Sat 22:00-02:00")


@pytest.fixture
def person(world: World, instrument, client: FlaskClient):
    who = world.person(instrument.institution)
    sign_in(client, who)
    return who


def post(client: FlaskClient, instrument, **typed):
    return client.post(f"/instruments/{instrument.id}/reservations", data={**FORM, **typed})


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def forms_of(answer) -> list[tuple[str, str]]:
    """The address and the inside of each small form, which is a button to press."""
    inline = r'<form class="inline-form" method="post" action="([^"]+)">(.*?)</form>'
    return re.findall(inline, answer.get_data(as_text=True), re.S)


def rows() -> list[Reservation]:
    db.session.rollback()
    return db.session.query(Reservation).order_by(Reservation.id).all()


def test_strangers_are_sent_to_sign_in(client, instrument) -> None:
    answer = post(client, instrument)
    assert answer.status_code == 302
    assert "/sign-in" in answer.headers["Location"]
    assert rows() == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"day": ""}, "Choose a day."),
        ({"day": "2027-13-45"}, "Choose a day."),
        ({"from": "x"}, "Choose a time."),
        ({"until": "08:00"}, "The end does not come after the start."),
        ({"from": "21:00", "until": "22:00"}, "outside the opening hours"),
        ({"user": "999999"}, "You may not book for this person."),
        ({"unit": "999999"}, "not a member of this group"),
        ({"purpose": "fun"}, "not one of the purposes"),
    ],
)
def test_what_cannot_be_booked_says_why_and_keeps_what_was_typed(
    client, person, instrument, typed, sentence
) -> None:
    answer = post(client, instrument, title="my measurement", **typed)
    assert answer.status_code in (403, 409, 422)
    assert sentence in words(answer)
    assert 'value="my measurement"' in answer.get_data(as_text=True)
    assert rows() == []


def test_a_fix_looks_at_what_is_taken_where_it_leads(client, world, person, instrument, now) -> None:
    """Past in the closed night of Monday; the opening that comes next is taken, so only what is free is offered."""
    world.reservation(instrument, world.person(), now, now + 2 * HOUR)
    answer = post(client, instrument, day="2027-03-01", **{"from": "04:00", "until": "05:00"})
    assert answer.status_code == 422
    assert "Choose a later time." in words(answer)  # no time is named that would be refused
    assert not re.findall(r"<button[^>]*>[^<]*Take Mon", answer.get_data(as_text=True))
    for action, body in forms_of(answer):
        assert (
            client.post(action, data=dict(re.findall(r'name="([^"]+)" value="([^"]*)"', body))).status_code
            == 303
        )


def test_booking_leads_to_the_reservation_and_says_so(client, person, instrument) -> None:
    answer = post(client, instrument, title="Carbon film", public_title="1")
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "Carbon film" in words(page)
    assert "Booked" in words(page)
    row = rows()[0]
    assert (row.starts_at, row.ends_at, row.shows_name, row.user_id) == (NINE, NINE + HOUR, True, person.id)


def test_a_form_sent_twice_books_once_and_changed_books_again(client, person, instrument) -> None:
    first, second = post(client, instrument), post(client, instrument)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(rows()) == 1
    assert post(client, instrument, **{"from": "11:00", "until": "12:00"}).status_code == 303
    assert len(rows()) == 2


def test_a_night_belongs_to_the_day_it_starts(client, person, instrument) -> None:
    assert (
        post(client, instrument, day="2027-03-06", **{"from": "22:00", "until": "02:00"}).status_code == 303
    )
    assert rows()[0].ends_at - rows()[0].starts_at == 4 * HOUR


def test_a_refusal_offers_fixes_and_alternatives_that_book_when_sent(
    client, world, person, instrument
) -> None:
    world.rules(instrument, longest_minutes=240, grid_minutes=30)
    world.reservation(instrument, world.person(name_en="Hidden Holder"), NINE + HOUR, NINE + 2 * HOUR)
    sister = world.instrument(instrument.lab)
    db.session.commit()
    answer = post(client, instrument, **{"from": "10:00", "until": "15:00"})
    assert answer.status_code == 422
    text = words(answer)
    assert "Not booked, for 2 reasons" in text
    assert "Shorten to 4 h" not in text  # the other reason would still stand
    assert "Start at 11:00" in text
    assert "Hidden" not in text
    assert "You can have instead" in text
    forms = forms_of(answer)
    assert len(forms) >= 3
    for action, body in forms:
        fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', body))
        sent = client.post(action, data=fields)
        assert sent.status_code == 303, (fields, words(sent))
        db.session.query(Reservation).filter_by(user_id=person.id).delete()
        db.session.commit()
    assert sister.id


def test_lists_of_mine(client, world, person, instrument, now) -> None:
    assert "Nothing is booked" in words(client.get("/reservations"))
    for number in range(27):
        world.reservation(instrument, person, NINE + number * HOUR, title=f"run {number:02}")
    world.reservation(instrument, person, now - 5 * HOUR, title="yesterday's run")
    world.reservation(instrument, person, NINE, title="given up", state="cancelled")
    world.reservation(instrument, world.person(), NINE + 40 * HOUR, title="not mine")
    coming = client.get("/reservations")
    assert words(coming).count("run ") == 25
    following = re.search(r'rel="next" href="([^"]+)"', coming.get_data(as_text=True))
    assert following
    assert words(client.get(following[1].replace("&amp;", "&"))).count("run ") == 2
    assert "not mine" not in words(coming)
    assert "yesterday" in words(client.get("/reservations?view=past"))
    assert "given up" in words(client.get("/reservations?view=cancelled"))
    assert client.get("/reservations?after=rubbish").status_code == 422


def test_the_list_takes_a_fixed_number_of_statements(client, world, person, instrument, statements) -> None:
    counts = []
    world.reservation(instrument, person, NINE)
    client.get("/reservations")  # from here on the catalogue is in memory
    for number in (1, 5, 12):
        for each in range(number):
            world.reservation(instrument, person, NINE + timedelta(days=number, hours=each))
        statements.clear()
        client.get("/reservations")
        counts.append(len(statements))
    assert len(set(counts)) == 1


def test_others_do_not_see_it(client, world, person, instrument) -> None:
    row = world.reservation(instrument, world.person(), NINE)
    for path in ("", "/move", "/cancel"):
        assert client.get(f"/reservations/{row.id}{path}").status_code == 404
    assert (
        client.post(f"/reservations/{row.id}/cancel", data={"version": 1, "reason": "x"}).status_code == 404
    )


def test_moving_with_the_version_one_saw(client, world, person, instrument) -> None:
    row = world.reservation(instrument, person, NINE)
    number = row.id
    page = client.get(f"/reservations/{number}/move?day=2027-03-03&from=09:00&until=11:00")
    assert 'value="2027-03-03"' in page.get_data(as_text=True)
    sent = {
        "day": "2027-03-03",
        "from": "09:00",
        "until": "11:00",
        "version": 1,
        "reason": "train",
        "title": "t",
    }
    assert client.post(f"/reservations/{number}/move", data=sent).status_code == 303
    assert rows()[0].starts_at == NINE + timedelta(days=1)
    stale = client.post(f"/reservations/{number}/move", data={**sent, "from": "10:00"})
    assert stale.status_code == 412
    assert "changed since you opened it" in words(stale)
    page = words(client.get(f"/reservations/{number}"))
    assert "train" in page
    assert "Moved from" in page


def test_a_refused_move_offers_times_that_work(client, world, person, instrument) -> None:
    number = world.reservation(instrument, person, NINE).id
    world.reservation(instrument, world.person(), NINE + 2 * HOUR, NINE + 3 * HOUR)
    sent = {"day": "2027-03-02", "from": "11:00", "until": "12:00", "version": 1, "title": ""}
    answer = client.post(f"/reservations/{number}/move", data=sent)
    assert answer.status_code == 409
    assert "Not changed, for 1 reason" in words(answer)
    forms = re.findall(
        r'<form class="inline-form" method="post" action="([^"]+/move)">(.*?)</form>',
        answer.get_data(as_text=True),
        re.S,
    )
    assert forms
    action, body = forms[0]
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', body))
    assert client.post(action, data=fields).status_code == 303


def test_cancelling_needs_a_reason(client, world, person, instrument) -> None:
    number = world.reservation(instrument, person, NINE).id
    assert client.get(f"/reservations/{number}/cancel").status_code == 200
    refused = client.post(f"/reservations/{number}/cancel", data={"version": 1, "reason": " "})
    assert refused.status_code == 422
    assert "Say why you cancel." in words(refused)
    done = client.post(f"/reservations/{number}/cancel", data={"version": 1, "reason": "no samples"})
    assert done.status_code == 303
    assert rows()[0].state == "cancelled"
    assert "no samples" in words(client.get(f"/reservations/{number}"))
    assert post(client, instrument).status_code == 303


# --- rules


def test_only_the_labs_staff_set_its_rules(client, world, person, instrument) -> None:
    for path in (f"/labs/{instrument.lab_id}/rules", f"/instruments/{instrument.id}/rules"):
        assert client.get(path).status_code == 403
        assert client.post(path, data={}).status_code == 403
    assert client.get("/labs/999999999/rules").status_code == 404


@pytest.fixture
def manager(client, world, instrument):
    who = world.person(instrument.institution)
    world.grant(who, "lab_manager", instrument.lab)
    sign_in(client, who)
    return who


def test_rules_that_cannot_stand_are_refused_with_what_was_typed(client, manager, instrument) -> None:
    path = f"/labs/{instrument.lab_id}/rules"
    answer = client.post(
        path, data={"grid_minutes": "50", "shortest_minutes": "600", "longest_minutes": "60"}
    )
    assert answer.status_code == 422
    assert "A day cannot be divided" in words(answer)
    assert 'value="600"' in answer.get_data(as_text=True)
    assert client.post(path, data={"grid_minutes": "many"}).status_code == 422
    assert db.session.query(RulesRow).count() == 0


def test_rules_hold_at_once_and_a_stale_form_is_refused(client, manager, instrument) -> None:
    path = f"/instruments/{instrument.id}/rules"
    assert client.get(path).status_code == 200
    assert client.post(path, data={"longest_minutes": "30", "version": "0"}).status_code == 303
    assert "longer than one reservation may be" in words(post(client, instrument))
    assert client.post(path, data={"longest_minutes": "60", "version": "0"}).status_code == 412
    assert client.post(path, data={"longest_minutes": "60", "version": "1"}).status_code == 303
    assert post(client, instrument).status_code == 303


def test_a_labs_rules_must_leave_its_instruments_sense(client, world, manager, instrument) -> None:
    world.rules(instrument, longest_minutes=60)
    answer = client.post(f"/labs/{instrument.lab_id}/rules", data={"shortest_minutes": "120", "version": "0"})
    assert answer.status_code == 422
    assert "would contradict" in words(answer)
