"""Booking on a real database: refusals first, then what a reservation says, and that the database keeps the promise."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.database.transactions import deed, perform
from instruments.errors import Forbidden, NotFound, Refusal, Stale, Taken
from instruments.journal.record import history
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id
from instruments.reservations.booking import BookingRequest, book
from instruments.reservations.cancelling import cancel
from instruments.reservations.models import Reservation
from instruments.reservations.moving import Change, change
from tests.world import World

NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an
HOUR = timedelta(hours=1)


def actor(person) -> Actor:
    found = actor_by_id(person.id, NINE)
    assert found is not None
    return found


def booked(instrument, who: Actor, start=NINE, end=None, *, now, user=None, **more):
    request = BookingRequest(instrument.id, start, end or start + HOUR, **more)
    return perform(lambda: book(who, user or who, request, now))


def codes(refused) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


def test_a_taken_time_is_refused_with_its_span_and_no_name(world: World, now) -> None:
    instrument = world.instrument()
    first, second = (actor(world.person(instrument.institution)) for _ in range(2))
    booked(instrument, first, NINE, NINE + 2 * HOUR, now=now)
    with pytest.raises(Taken) as refused:
        booked(instrument, second, NINE + HOUR, NINE + 3 * HOUR, now=now)
    assert codes(refused) == ["taken"]
    assert [(c.start, c.end) for c in refused.value.details["conflicts"]] == [(NINE + HOUR, NINE + 2 * HOUR)]
    assert "user" not in refused.value.reasons[0].values


def test_taken_among_other_reasons_is_422_with_all_of_them(world: World, now) -> None:
    instrument = world.instrument(status="down")
    world.reservation(instrument, world.person(), NINE)
    with pytest.raises(Refusal) as refused:
        booked(
            instrument, actor(world.person(instrument.institution)), now=now, purpose="fun", title="x" * 201
        )
    assert refused.value.status == 422
    assert codes(refused) == ["purpose", "title_too_long", "out_of_order", "taken"]


def test_an_unknown_instrument_is_not_found(world: World, now) -> None:
    who = actor(world.person())
    with pytest.raises(NotFound):
        perform(lambda: book(who, who, BookingRequest(999999999, NINE, NINE + HOUR), now))


@pytest.mark.parametrize(
    ("audience", "who", "admitted"),
    [
        ("lab", "institution", False), ("institution", "institution", True), ("institution", "partner", False),
        ("partners", "partner", True), ("partners", "company", False), ("companies", "company", True),
    ],
)  # fmt: skip
def test_only_the_audience_books(world: World, now, audience: str, who: str, admitted: bool) -> None:
    instrument = world.instrument(audience=audience)
    homes = {
        "institution": lambda: instrument.institution,
        "partner": world.institution,
        "company": lambda: world.institution(kind="company"),
    }
    person = actor(world.person(homes[who]()))
    if admitted:
        assert booked(instrument, person, now=now).version == 1
    else:
        with pytest.raises(Refusal) as refused:
            booked(instrument, person, now=now)
        assert codes(refused) == ["not_open_to_you"]


def test_nobody_books_for_a_stranger_but_the_lab_does(world: World, now) -> None:
    instrument = world.instrument()
    user = actor(world.person(world.institution()))
    with pytest.raises(Forbidden):
        booked(instrument, actor(world.person(instrument.institution)), user=user, now=now)
    operator = world.person(instrument.institution)
    world.grant(operator, "lab_operator", instrument.lab)
    made = booked(instrument, actor(operator), user=user, now=now)
    row = db.session.get(Reservation, made.id)
    assert (row.user_id, row.booker_id, row.institution_id) == (
        user.person_id,
        operator.id,
        user.institution_id,
    )


def test_a_head_books_for_the_group(world: World, now) -> None:
    instrument = world.instrument()
    head, student = world.person(instrument.institution), world.person(instrument.institution, kind="student")
    group = world.group(instrument.institution, head)
    world.grant(student, "member", group)
    made = booked(instrument, actor(head), user=actor(student), group_id=group.id, now=now)
    assert db.session.get(Reservation, made.id).group_id == group.id
    other = world.group(instrument.institution)
    with pytest.raises(Refusal) as refused:
        booked(instrument, actor(student), NINE + HOUR, group_id=other.id, now=now)
    assert codes(refused) == ["not_in_group"]


def test_a_reservation_is_in_the_journal(world: World, now) -> None:
    instrument = world.instrument()
    who = actor(world.person(instrument.institution))
    made = booked(instrument, who, now=now)
    entry = history("reservation", made.id)[0]
    assert (entry.deed, entry.actor_id, entry.at) == ("reservation.created", who.person_id, now)


def test_closures_of_lab_and_instrument_close(world: World, now) -> None:
    instrument = world.instrument()
    world.closure(instrument, NINE, NINE + HOUR, reason="laser")
    world.closure(instrument.lab, NINE - HOUR, NINE + HOUR, kind="closed", reason="power cut")
    with pytest.raises(Refusal) as refused:
        booked(instrument, actor(world.person()), now=now)
    assert set(codes(refused)) >= {"maintenance", "closed"}


def test_rules_of_the_lab_and_of_the_instrument_hold_at_once(world: World, now) -> None:
    instrument = world.instrument()
    world.rules(instrument.lab, grid_minutes=60, longest_minutes=60)
    world.rules(instrument, longest_minutes=120)
    who = actor(world.person(instrument.institution))
    assert booked(instrument, who, NINE, NINE + 2 * HOUR, now=now)
    with pytest.raises(Refusal) as refused:
        booked(
            instrument,
            who,
            NINE + timedelta(hours=3, minutes=30),
            NINE + timedelta(hours=6, minutes=30),
            now=now,
        )
    assert codes(refused) == ["grid", "grid", "too_long"]


def test_capacity_is_depth_of_overlap(world: World, now) -> None:
    instrument = world.instrument(capacity=2)
    who = actor(world.person(instrument.institution))
    booked(instrument, who, NINE, NINE + HOUR, now=now)
    booked(instrument, who, NINE + HOUR, NINE + 2 * HOUR, now=now)
    booked(instrument, who, NINE, NINE + 2 * HOUR, now=now)  # beside two that do not meet
    with pytest.raises(Taken):
        booked(instrument, who, NINE, NINE + HOUR, now=now)


def test_direct_sql_cannot_double_book(world: World, now) -> None:
    instrument = world.instrument()
    person = world.person()
    world.reservation(instrument, person, NINE)
    insert = text(
        "INSERT INTO reservation (instrument_id, user_id, booker_id, starts_at, ends_at, held_until, created_at, changed_at)"
        " VALUES (:i, :p, :p, :a, :b, :b, 0, 0)"
    )
    values = {
        "i": instrument.id,
        "p": person.id,
        "a": int(NINE.timestamp()) + 1800,
        "b": int(NINE.timestamp()) + 7200,
    }
    with pytest.raises(IntegrityError, match="reservation_overlap"), deed():
        db.session.execute(insert, values)
    with deed():
        db.session.execute(insert, values | {"a": int(NINE.timestamp()) + 3600})


def test_a_writer_without_the_lock_that_came_first_is_a_plain_refusal(world: World, now, monkeypatch) -> None:
    instrument = world.instrument()
    who = actor(world.person(instrument.institution))
    world.reservation(instrument, world.person(), NINE)
    monkeypatch.setattr("instruments.reservations.judging.reasons_against", lambda wish, scene: [])
    with pytest.raises(Taken) as refused:
        booked(instrument, who, now=now)
    assert codes(refused) == ["taken"]


# --- moving and cancelling


def test_a_move_into_a_taken_time_is_refused_and_its_own_time_is_not_in_its_way(world: World, now) -> None:
    instrument = world.instrument()
    who = actor(world.person(instrument.institution))
    made = booked(instrument, who, NINE, NINE + 2 * HOUR, now=now)
    booked(instrument, who, NINE + 3 * HOUR, NINE + 4 * HOUR, now=now)
    with pytest.raises(Taken):
        perform(lambda: change(who, who, made.id, Change(NINE + 2 * HOUR, NINE + 4 * HOUR), 1, now))
    assert (
        perform(
            lambda: change(who, who, made.id, Change(NINE + HOUR, NINE + 3 * HOUR, reason="later"), 1, now)
        )
        == 2
    )
    row = db.session.get(Reservation, made.id)
    assert (row.starts_at, row.held_until, row.version) == (NINE + HOUR, NINE + 3 * HOUR, 2)
    entry = history("reservation", made.id)[0]
    assert (entry.deed, entry.detail["reason"]) == ("reservation.moved", "later")


def test_a_stale_change_is_refused(world: World, now) -> None:
    instrument = world.instrument()
    who = actor(world.person(instrument.institution))
    made = booked(instrument, who, now=now)
    perform(lambda: change(who, who, made.id, Change(title="new"), 1, now))
    with pytest.raises(Stale):
        perform(lambda: change(who, who, made.id, Change(NINE + HOUR, NINE + 2 * HOUR), 1, now))
    with pytest.raises(Stale):
        perform(lambda: cancel(who, made.id, "no samples", 1, now))


def test_strangers_neither_see_nor_change(world: World, now) -> None:
    instrument = world.instrument()
    made = booked(instrument, actor(world.person(instrument.institution)), now=now)
    with pytest.raises(NotFound):
        perform(lambda: cancel(actor(world.person()), made.id, "x", None, now))
    auditor = world.person(instrument.institution)
    world.grant(auditor, "auditor", instrument.institution)
    with pytest.raises(Forbidden):
        perform(lambda: cancel(actor(auditor), made.id, "x", None, now))


def test_cancelling_needs_a_reason_and_frees_the_time(world: World, now) -> None:
    instrument = world.instrument()
    who = actor(world.person(instrument.institution))
    made = booked(instrument, who, now=now)
    with pytest.raises(Refusal) as refused:
        perform(lambda: cancel(who, made.id, "  ", 1, now))
    assert codes(refused) == ["no_reason"]
    assert perform(lambda: cancel(who, made.id, "no samples", 1, now)) == 2
    assert booked(instrument, who, now=now).id != made.id
    with pytest.raises(Refusal) as refused:
        perform(lambda: cancel(who, made.id, "again", None, now))
    assert codes(refused) == ["not_open"]


def test_what_is_over_stays(world: World, now) -> None:
    instrument = world.instrument()
    person = world.person(instrument.institution)
    row = world.reservation(instrument, person, now - 2 * HOUR)
    with pytest.raises(Refusal) as refused:
        perform(lambda: cancel(actor(person), row.id, "late", None, now))
    assert codes(refused) == ["over"]


def test_a_running_reservation_is_made_longer_without_judging_its_start(world: World, now) -> None:
    instrument = world.instrument()
    person = world.person(instrument.institution)
    row = world.reservation(instrument, person, now - HOUR, now + HOUR)
    who = actor(person)
    assert perform(lambda: change(who, who, row.id, Change(end=now + 2 * HOUR), 1, now)) == 2
    with pytest.raises(Refusal) as refused:
        perform(lambda: change(who, who, row.id, Change(end=now - timedelta(minutes=30)), 2, now))
    assert codes(refused) == ["past"]


def test_a_booking_takes_a_fixed_number_of_statements(world: World, now, statements) -> None:
    instrument = world.instrument()
    who = actor(world.person(instrument.institution))
    booked(instrument, who, now=now)
    counts = []
    for number in range(1, 4):
        for day in range(number * 3):
            world.reservation(instrument, world.person(), NINE + timedelta(days=number * 5, hours=2 * day))
        assert instrument.id
        statements.clear()
        booked(instrument, who, NINE + number * 2 * HOUR, now=now)
        counts.append(len([line for line in statements if not line.startswith("BEGIN")]))
    assert counts == [4, 4, 4]  # lock, look, insert, journal


def test_the_lock_comes_before_the_look(world: World, now, statements) -> None:
    instrument = world.instrument()
    who = actor(world.person(instrument.institution))
    booked(instrument, who, now=now)
    assert instrument.id
    statements.clear()
    booked(instrument, who, NINE + HOUR, now=now)
    work = [line.split()[0] + " " + line.split()[1] for line in statements if not line.startswith("BEGIN")]
    assert work[0] == "UPDATE instrument_state"
    assert work[2].startswith("INSERT")
    assert db.session.scalar(select(Reservation.version).limit(1)) == 1
