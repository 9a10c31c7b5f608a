"""Closing over reservations: asked first, then done in one deed, and everybody concerned can read why."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select

from instruments.availability.models import Closure
from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from instruments.reservations.models import Displacement, Reservation
from tests.world import sign_in

FORM = {
    "kind": "maintenance", "reason": "Laser service / 激光器保养",
    "start_day": "2027-03-02", "start_time": "08:00", "end_day": "2027-03-02", "end_time": "24:00",
}  # fmt: skip
START = datetime(2027, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def lab(world, client, now):
    lab = world.lab()
    manager = world.person(lab.institution, name_en="Manager")
    world.grant(manager, Role.LAB_MANAGER, lab)
    sign_in(client, manager)
    return lab


def fresh(row: Reservation) -> Reservation:
    db.session.refresh(row)
    return row


def outcomes() -> dict[int, str]:
    return {row.reservation_id: row.outcome for row in db.session.scalars(select(Displacement))}


def hidden(page: str) -> dict[str, str]:
    """What the page would send: its hidden fields."""
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: value for name, value in pairs if name != "csrf_token"}


def deeds(number: int) -> list[str]:
    entries = select(JournalEntry.deed).where(
        JournalEntry.thing_kind == "reservation", JournalEntry.thing_id == number
    )
    return list(db.session.scalars(entries.order_by(JournalEntry.id)))


def test_nothing_is_done_before_it_is_decided(world, client, lab) -> None:
    instrument, person = world.instrument(lab), world.person(lab.institution, name_en="Zhang Yangben")
    hit = world.reservation(instrument, person, START + HOUR)
    page = client.post(f"/labs/{lab.id}/closures", data=FORM)
    assert page.status_code == 200
    assert "1 reservation lies in the way" in page.text
    assert "Zhang Yangben" in page.text
    assert "Move to Wed 3 Mar, 00:00–01:00" in page.text
    assert db.session.scalars(select(Closure)).all() == []
    assert (fresh(hit).state, outcomes()) == ("confirmed", {})


def test_whose_reservations_they_are_is_headed_so_in_both_languages(world, client, lab) -> None:
    world.reservation(world.instrument(lab), world.person(lab.institution), START, START + HOUR)
    for language, words in (("en", "User"), ("zh", "使用人")):
        page = client.post(f"/labs/{lab.id}/closures?lang={language}", data=FORM).text
        assert re.findall(r'<th scope="col">([^<]+)', page)[1] == words


def test_only_who_may_close_may_decide(world, client, lab) -> None:
    instrument, person = world.instrument(lab), world.person(lab.institution)
    hit = world.reservation(instrument, person, START + HOUR)
    closure = world.closure(lab, START, START + 8 * HOUR)
    sign_in(client, person)
    for address in (f"/labs/{lab.id}/closures", f"/closures/{closure.id}/reservations"):
        answer = client.post(address, data=FORM | {"decided": "1", "all": "cancel", "message": "Out"})
        assert answer.status_code == 403
    assert client.get(f"/closures/{closure.id}/reservations").status_code == 403
    assert fresh(hit).state == "confirmed"


@pytest.mark.parametrize("message", ["", "  ", "x" * 501, "bell \x07"])
def test_nobody_is_cancelled_without_a_message_that_can_be_read(world, client, lab, message) -> None:
    hit = world.reservation(world.instrument(lab), world.person(lab.institution), START + HOUR)
    form = hidden(client.post(f"/labs/{lab.id}/closures", data=FORM).text)
    refused = client.post(f"/labs/{lab.id}/closures", data=form | {"all": "cancel", "message": message})
    assert refused.status_code == 422
    assert 'href="#f-message"' in refused.text
    assert db.session.scalars(select(Closure)).all() == []
    assert fresh(hit).state == "confirmed"


def test_each_is_kept_moved_or_cancelled_as_decided_and_reads_why(world, client, lab) -> None:
    instrument = world.instrument(lab)
    people = [world.person(lab.institution) for _ in range(3)]
    kept, moved, gone = (
        world.reservation(instrument, person, START + number * 2 * HOUR)
        for number, person in enumerate(people)
    )
    form = hidden(client.post(f"/labs/{lab.id}/closures", data=FORM).text)
    form |= {f"choice-{kept.id}": "keep", f"choice-{moved.id}": "move", f"choice-{gone.id}": "cancel"}
    said = client.post(
        f"/labs/{lab.id}/closures", data=form | {"message": "The laser is changed"}, follow_redirects=True
    ).text
    for words in ("1 booking is moved.", "1 booking is cancelled.", "1 booking lies within it and stays."):
        assert words in said
    [closure] = db.session.scalars(select(Closure)).all()
    assert (fresh(kept).starts_at, fresh(kept).state) == (START, "confirmed")
    assert fresh(moved).starts_at >= closure.ends_at
    assert moved.ends_at - moved.starts_at == HOUR
    assert (fresh(gone).state, gone.reason) == ("cancelled", "The laser is changed")
    assert outcomes() == {kept.id: "kept", moved.id: "moved", gone.id: "cancelled"}
    assert deeds(kept.id) == ["reservation.displaced"]
    assert deeds(moved.id) == ["reservation.moved"]
    assert deeds(gone.id) == ["reservation.cancelled"]
    for person, row, words in zip(
        people,
        (kept, moved, gone),
        ("which stays for now", "The lab moved this booking", "Nothing is charged"),
        strict=True,
    ):
        sign_in(client, person)
        for address in (f"/reservations/{row.id}", "/home"):
            page = client.get(address).text
            assert words in page
            assert "The laser is changed" in page


def test_two_are_never_moved_into_one_span(world, client, lab) -> None:
    instrument = world.instrument(lab)
    rows = [
        world.reservation(
            instrument, world.person(lab.institution), START + number * HOUR, START + (number + 1) * HOUR
        )
        for number in range(3)
    ]
    world.reservation(instrument, world.person(lab.institution), START + 17 * HOUR, START + 18 * HOUR)
    form = hidden(client.post(f"/labs/{lab.id}/closures", data=FORM).text)
    client.post(f"/labs/{lab.id}/closures", data=form | {"all": "move"})
    assert [fresh(row).starts_at for row in rows] == [START + hours * HOUR for hours in (16, 18, 19)]


def test_what_cannot_stay_on_its_instrument_goes_to_another_of_its_kind_that_the_lab_may_give(
    world, client, lab
) -> None:
    one = world.instrument(lab, class_code="010410", retired_on=START.date())
    world.needs(world.instrument(lab, class_code="010410"), level="independent")
    other = world.instrument(lab, class_code="010410")
    world.instrument(lab, class_code="010410", audience="lab")
    world.instrument(world.lab(lab.institution), class_code="010410")
    person = world.person(lab.institution)
    hit = world.reservation(one, person, START + HOUR, title="Thin films")
    page = client.post(f"/instruments/{one.id}/closures", data=FORM).text
    assert "Move to another of its kind" in page
    client.post(f"/instruments/{one.id}/closures", data=hidden(page) | {"all": "move"})
    [new] = db.session.scalars(select(Reservation).where(Reservation.id != hit.id)).all()
    assert (new.instrument_id, new.user_id, new.title) == (other.id, person.id, "Thin films")
    assert (new.starts_at, fresh(hit).state) == (START + HOUR, "cancelled")
    sign_in(client, person)
    assert f'href="/reservations/{new.id}"' in client.get(f"/reservations/{hit.id}").text
    assert "moved this booking from another instrument" in client.get(f"/reservations/{new.id}").text
    home = unescape(client.get("/home").text)  # under the name of the instrument that was lost
    assert re.search(
        rf"{re.escape(one.name_en)}: The lab moved this booking of [^.]+ to another instrument", home
    )


def test_a_move_that_fails_keeps_the_reservation_and_is_reported(world, client, lab) -> None:
    instrument = world.instrument(lab)
    hit = world.reservation(instrument, world.person(lab.institution), START + HOUR)
    fine = world.reservation(instrument, world.person(lab.institution), START + 2 * HOUR)
    form = hidden(client.post(f"/labs/{lab.id}/closures", data=FORM).text)
    # Meanwhile somebody books the span that was offered.
    world.reservation(instrument, world.person(), START + 16 * HOUR, START + 17 * HOUR)
    said = client.post(f"/labs/{lab.id}/closures", data=form | {"all": "move"}, follow_redirects=True).text
    assert "stays as it was." in said
    assert "is already booked" in said
    assert fresh(hit).starts_at == START + HOUR
    assert fresh(fine).starts_at == START + 17 * HOUR
    assert outcomes() == {hit.id: "kept", fine.id: "moved"}


def test_one_that_came_or_changed_since_the_question_is_kept(world, client, lab) -> None:
    instrument = world.instrument(lab)
    changed = world.reservation(instrument, world.person(lab.institution), START + HOUR)
    form = hidden(client.post(f"/labs/{lab.id}/closures", data=FORM).text)
    changed.version += 1
    db.session.commit()
    late = world.reservation(instrument, world.person(lab.institution), START + 3 * HOUR)
    client.post(f"/labs/{lab.id}/closures", data=form | {"all": "cancel", "message": "Out"})
    assert [fresh(row).state for row in (changed, late)] == ["confirmed", "confirmed"]
    assert outcomes() == {changed.id: "kept", late.id: "kept"}


def test_what_was_sent_wrongly_counts_as_keeping(world, client, lab) -> None:
    hit = world.reservation(world.instrument(lab), world.person(lab.institution), START + HOUR)
    for offer in (
        "",
        "1",
        "a.b.c",
        "-1.2.3",
        f"{hit.instrument_id}.99999999999.99999999999",
        "99999999999.1.2",
    ):
        form = FORM | {
            "decided": "1",
            f"choice-{hit.id}": "move",
            f"version-{hit.id}": "1",
            f"offer-{hit.id}": offer,
        }
        assert client.post(f"/labs/{lab.id}/closures", data=form).status_code == 303
    assert fresh(hit).starts_at == START + HOUR


def test_making_a_closure_longer_asks_only_about_what_it_newly_meets(world, client, lab) -> None:
    instrument = world.instrument(lab)
    world.reservation(instrument, world.person(lab.institution), START + HOUR)
    world.reservation(instrument, world.person(lab.institution), START + 20 * HOUR)
    closure = world.closure(lab, START, START + 16 * HOUR)
    same = client.post(f"/closures/{closure.id}", data=FORM | {"version": "1", "reason": "Other words"})
    assert same.status_code == 303
    longer = FORM | {"version": "2", "end_day": "2027-03-03"}
    page = client.post(f"/closures/{closure.id}", data=longer)
    assert "1 reservation lies in the way" in page.text
    done = client.post(f"/closures/{closure.id}", data=hidden(page.text) | {"all": "move"})
    assert done.status_code == 303
    assert list(outcomes().values()) == ["moved"]
    assert client.post(f"/closures/{closure.id}", data=longer | {"decided": "1"}).status_code == 412


def test_what_was_kept_can_be_decided_again(world, client, lab) -> None:
    instrument = world.instrument(lab)
    hit = world.reservation(instrument, world.person(lab.institution), START + HOUR)
    closure = world.closure(lab, START, START + 8 * HOUR)
    address = f"/closures/{closure.id}/reservations"
    assert f'href="{address}"' in client.get(f"/labs/{lab.id}/closures").text
    form = hidden(client.get(address).text)
    assert client.post(address, data=form | {"all": "cancel"}).status_code == 422
    assert client.post(address, data=form | {"all": "cancel", "message": "Sorry"}).status_code == 303
    assert fresh(hit).state == "cancelled"
    assert client.get(address).status_code == 303


def test_time_that_new_hours_left_out_meanwhile_is_not_offered_back(world, client, lab) -> None:
    instrument = world.instrument(lab)
    within, outside = (
        world.reservation(instrument, world.person(lab.institution), START + hours * HOUR) for hours in (1, 3)
    )
    form = hidden(client.post(f"/instruments/{instrument.id}/closures", data=FORM).text)
    client.post(f"/instruments/{instrument.id}/closures", data=form | {"all": "cancel", "message": "Pump"})
    world.hours(instrument, "Tue 08:00-10:30")
    [closure] = db.session.scalars(select(Closure)).all()
    said = client.post(f"/closures/{closure.id}/lift", data={"version": "1"}, follow_redirects=True).text
    assert "offered back to 1 person" in said
    assert deeds(within.id)[-1] == "reservation.offered_back" != deeds(outside.id)[-1]


def test_back_in_service_offers_the_time_back_to_those_who_lost_it(world, client, lab, now) -> None:
    instrument = world.instrument(lab)
    mover, loser = (world.person(lab.institution) for _ in range(2))
    moved = world.reservation(instrument, mover, START + HOUR)
    gone = world.reservation(instrument, loser, START + 3 * HOUR)
    broken = {
        "kind": "breakdown",
        "reason": "Pump",
        "open_end": "1",
        "start_day": "2027-03-01",
        "start_time": "08:00",
    }
    page = client.post(f"/instruments/{instrument.id}/closures", data=broken).text
    assert "No other time suits it." in page
    page = client.post(f"/instruments/{instrument.id}/closures", data=FORM).text
    form = hidden(page) | {f"choice-{moved.id}": "move", f"choice-{gone.id}": "cancel", "message": "Pump"}
    client.post(f"/instruments/{instrument.id}/closures", data=form)
    [closure] = db.session.scalars(select(Closure)).all()
    said = client.post(f"/closures/{closure.id}/lift", data={"version": "1"}, follow_redirects=True).text
    assert "offered back to 2 people" in said
    assert deeds(moved.id)[-1] == deeds(gone.id)[-1] == "reservation.offered_back"
    page = sign_in(client, mover).get(f"/reservations/{moved.id}").text
    assert "Move it back" in page
    assert "until Tue 2 Mar, 08:00" in page
    page = sign_in(client, loser).get(f"/reservations/{gone.id}").text
    when = "day=2027-03-02&amp;from=11%3A00&amp;until=12%3A00"
    assert f"/instruments/{instrument.id}?{when}&amp;purpose=research&amp;title=Measurement#booking" in page
    taken = world.reservation(instrument, mover, gone.starts_at, gone.starts_at + HOUR)
    page = client.get(f"/reservations/{gone.id}").text
    assert ("Nothing is charged" in page, "Book it again" in page) == (True, False)
    assert "Nothing is charged" in client.get("/home").text
    taken.user_id = loser.id
    db.session.commit()
    page = client.get(f"/reservations/{gone.id}").text
    assert ("Nothing is charged" in page, "Book it again" in page) == (True, False)
    assert "Nothing is charged" not in client.get("/home").text
    [offer, _] = db.session.scalars(select(Displacement).order_by(Displacement.id))
    offer.offered_until = now
    db.session.commit()
    assert "Move it back" not in sign_in(client, mover).get(f"/reservations/{moved.id}").text
    offer.offered_until = moved.starts_at
    moved.starts_at, moved.ends_at, moved.held_until = START + HOUR, START + 2 * HOUR, START + 2 * HOUR
    db.session.commit()
    page = client.get(f"/reservations/{moved.id}").text + client.get("/home").text
    assert ("Move it back" in page, "moved this booking" in page) == (False, False)


def test_one_that_repeats_asks_about_every_time_and_is_taken_back_from_one_on(world, client, lab) -> None:
    instrument = world.instrument(lab)
    rows = [
        world.reservation(instrument, world.person(lab.institution), START + timedelta(days=days, hours=1))
        for days in (0, 7, 8)
    ]
    weekly = FORM | {"repeat": "week", "repeat_until": "2027-03-23"}
    page = client.post(f"/labs/{lab.id}/closures", data=weekly).text
    assert "2 reservations lie in the way" in page
    assert "and 3 more times" in page
    form = hidden(page) | {"all": "move"}
    said = client.post(f"/labs/{lab.id}/closures", data=form, follow_redirects=True).text
    assert "Closed 4 times. 2 bookings are moved." in said
    assert "every Tue until 23 Mar" in said
    made = db.session.scalars(select(Closure).order_by(Closure.starts_at)).all()
    assert [closure.starts_at - START for closure in made] == [
        timedelta(days=days) for days in (0, 7, 14, 21)
    ]
    assert [fresh(row).starts_at for row in rows[:2]] == [closure.ends_at for closure in made[:2]]
    client.post(f"/closures/{made[1].id}/lift", data={"version": "1", "following": "1", "agreed": "3"})
    [left] = db.session.scalars(select(Closure)).all()
    assert left.starts_at == START
    assert deeds(rows[1].id)[-1] == "reservation.offered_back"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"repeat": "year"}, "repeat"),
        ({"repeat_until": "soon"}, "repeat_until"),
        ({"repeat_until": "2027-03-01"}, "repeat_until"),
        ({"kind": "breakdown", "open_end": "1"}, "repeat"),
        ({"repeat": ""}, "repeat"),  # a last day of what closes once
        ({"repeat": "", "start_day": "soon"}, "repeat"),  # with whatever else is wrong
    ],
)
def test_what_cannot_repeat_is_said_at_its_field(client, lab, wrong, field) -> None:
    weekly = FORM | {"repeat": "week", "repeat_until": "2027-03-23", "reason": "Kept words"} | wrong
    refused = client.post(f"/labs/{lab.id}/closures", data=weekly)
    assert refused.status_code == 422
    assert f'href="#f-{field}"' in refused.text
    assert "Kept words" in refused.text
    assert db.session.scalars(select(Closure)).all() == []


def test_the_question_costs_as_much_for_many_as_for_few(world, client, lab, statements) -> None:
    instrument = world.instrument(lab, class_code="010410")
    world.instrument(lab, class_code="010410")
    world.reservation(instrument, world.person(lab.institution), START + 15 * HOUR)
    client.post(f"/labs/{lab.id}/closures", data=FORM)  # the catalogue is read once
    counts = []
    for many in (1, 6):
        for number in range(many):
            world.reservation(instrument, world.person(lab.institution), START + (many + number) * HOUR)
        statements.clear()
        assert client.post(f"/labs/{lab.id}/closures", data=FORM).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_what_had_not_closed_yet_does_not_open_again(world, client, lab) -> None:
    closure = world.closure(world.instrument(lab), START, START + HOUR)
    said = client.post(f"/closures/{closure.id}/lift", data={"version": "1"}, follow_redirects=True).text
    assert "Removed: that time stays open." in said and "Open again." not in said
