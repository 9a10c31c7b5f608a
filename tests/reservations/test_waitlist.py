"""The waitlist: who may wait for what, whom free time is offered to, and what accepting it does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import Refusal
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.reservations.demand.models import UnmetDemand
from instruments.reservations.models import Displacement, Reservation
from instruments.reservations.waitlist.models import WaitOffer, WaitRequest
from tests.reservations.waiting import HOUR, Queue, offers, states
from tests.world import World

MINUTE = timedelta(minutes=1)


@pytest.fixture
def queue(world: World, now: datetime) -> Queue:
    return Queue(world, now)


def codes(caught: pytest.ExceptionInfo[Refusal]) -> set[str]:
    return {reason.code for reason in caught.value.reasons}


@pytest.mark.parametrize(
    ("hours", "more", "expected"),
    [
        (3, {}, {"hours_beyond_window"}),
        (1, {"earliest": "end", "latest": "start"}, {"until_before_from"}),
        (1, {"earliest": "ago", "latest": "ago+"}, {"past"}),
        (1, {"latest": "far"}, {"too_wide"}),
        (0.01, {}, {"hours", "too_short"}),
        (1, {"purpose": "fun"}, {"purpose"}),
        (1, {"group_id": 99}, {"not_in_group"}),
        (1, {"place_id": 99}, {"place_of_class", "no_institution"}),
        (1, {"class_code": "980000"}, {"no_class"}),
        (1, {"class_code": "020000"}, {"not_open"}),
        (30, {"latest": "days"}, {"too_long"}),
        (30, {"latest": "days", "class_code": "010100"}, {"too_long"}),
    ],
)
def test_what_cannot_be_waited_for_is_refused_with_every_reason(queue, hours, more, expected) -> None:
    moments = {
        "start": queue.start, "end": queue.end, "ago": queue.now - 3 * HOUR, "ago+": queue.now - HOUR,
        "far": queue.now + 400 * 24 * HOUR, "days": queue.start + 72 * HOUR,
    }  # fmt: skip
    told = {
        name: moments.get(value, value) if name in ("earliest", "latest") else value
        for name, value in more.items()
    }
    with pytest.raises(Refusal) as caught:
        queue.wait(queue.people[0], hours, **told)
    assert codes(caught) == expected
    assert states() == []


def test_nobody_waits_for_what_is_not_open_to_them(queue, world) -> None:
    queue.instrument.audience = "institution"
    db.session.commit()
    from instruments.catalog import revision

    revision.raise_catalog()
    db.session.commit()
    with pytest.raises(Refusal) as caught:
        queue.wait(world.person(world.institution()))
    assert codes(caught) == {"not_open"}


def test_the_same_is_waited_for_once_and_not_for_more_than_twenty_things(queue) -> None:
    who = queue.people[0]
    queue.wait(who)
    with pytest.raises(Refusal) as caught:
        queue.wait(who)
    assert codes(caught) == {"already_waiting"}
    for hours in range(19):
        queue.wait(who, 1, latest=queue.end + hours * HOUR)
    with pytest.raises(Refusal) as caught:
        queue.wait(who, 1, latest=queue.end + 40 * HOUR)
    assert codes(caught) == {"too_many_waiting"}


def test_only_who_may_book_for_somebody_asks_for_them(queue, world) -> None:
    from instruments.database.transactions import perform
    from instruments.reservations.waitlist.joining import join

    manager = world.person(queue.home)
    world.grant(manager, Role.LAB_MANAGER, queue.lab)
    user = actor_by_id(queue.people[0].id, queue.now)
    stranger, boss = (actor_by_id(each.id, queue.now) for each in (queue.people[1], manager))
    with pytest.raises(Refusal) as caught:
        perform(lambda: join(stranger, user, queue.wish(), queue.now))
    assert codes(caught) == {"not_for_them"}
    number = perform(lambda: join(boss, user, queue.wish(), queue.now))
    row = db.session.get(WaitRequest, number)
    assert (row.user_id, row.asker_id) == (user.person_id, boss.person_id)


def test_free_time_is_offered_to_the_first_three_and_to_the_next_when_they_let_it_pass(app, queue) -> None:
    numbers = [queue.wait(who, at=queue.now + place * MINUTE) for place, who in enumerate(queue.people)]
    assert queue.sweep(app, 10 * MINUTE) == 0
    queue.free()
    assert queue.sweep(app, 11 * MINUTE) == 3
    assert offers() == [(number, "open") for number in numbers[:3]]
    assert queue.sweep(app, 12 * MINUTE) == 0
    queue.answer(queue.people[0], numbers[0], "decline", 13 * MINUTE)
    assert queue.sweep(app, 14 * MINUTE) == 1
    assert offers()[-1] == (numbers[3], "open")
    row = db.session.query(WaitOffer).first()
    assert queue.sweep(app, row.expires_at - queue.now + MINUTE) == 1
    assert [state for _, state in offers()] == ["declined", "expired", "expired", "open", "open"]
    assert states() == ["waiting"] * 5


def test_the_first_acceptance_books_and_the_others_stay_on_the_list(app, queue) -> None:
    numbers = [queue.wait(who, at=queue.now + place * MINUTE) for place, who in enumerate(queue.people[:3])]
    queue.free()
    queue.sweep(app, HOUR)
    made = queue.answer(queue.people[1], numbers[1], later=HOUR)
    assert (made.starts_at, made.ends_at, made.state) == (queue.start, queue.end, "confirmed")
    assert [state for _, state in offers()] == ["lapsed", "accepted", "lapsed"]
    assert states() == ["waiting", "met", "waiting"]
    with pytest.raises(Refusal) as caught:
        queue.answer(queue.people[0], numbers[0], later=HOUR)
    assert codes(caught) == {"offer_lapsed"}
    with pytest.raises(Refusal) as caught:
        queue.answer(queue.people[1], numbers[1], later=HOUR)
    assert codes(caught) == {"already_met"}
    deeds = [row.deed for row in db.session.query(JournalEntry).filter_by(thing_kind="wait").order_by("id")]
    assert deeds == ["wait.asked"] * 3 + ["wait.offered"] * 3 + ["wait.lapsed"] * 2 + ["wait.met"]


def test_what_lapsed_is_offered_again_when_it_is_free_again(app, queue) -> None:
    first, second = queue.people[:2]
    numbers = [queue.wait(who) for who in (first, second)]
    queue.free()
    queue.sweep(app)
    queue.held = db.session.get(Reservation, queue.answer(first, numbers[0]).id)
    queue.free()
    assert queue.sweep(app, 5 * MINUTE) == 1
    assert offers()[-1] == (numbers[1], "open")


def test_an_offer_holds_nothing(app, queue, world) -> None:
    number = queue.wait(queue.people[0])
    queue.free()
    queue.sweep(app)
    world.reservation(queue.instrument, queue.holder, queue.start + HOUR)
    with pytest.raises(Refusal) as caught:
        queue.answer(queue.people[0], number)
    assert codes(caught) == {"taken"}
    queue.sweep(app, MINUTE)
    assert offers() == [(number, "lapsed")]


def test_any_hours_of_a_class_are_found_where_they_are_and_only_there(app, queue, world) -> None:
    elsewhere = world.instrument(class_code="010102", audience="companies", week="Sat 09:00-12:00")
    saturday = datetime(2027, 3, 6, 1, tzinfo=UTC)
    week = {"earliest": queue.now + HOUR, "latest": queue.now + 6 * 24 * HOUR}
    narrow = queue.wait(queue.people[0], 3, class_code="010102", **week)
    nowhere = queue.wait(
        queue.people[1],
        3,
        class_code="010100",
        place_id=queue.home.id,
        **week | {"latest": queue.now + 4 * HOUR},
    )
    world.reservation(queue.instrument, queue.holder, queue.now, queue.now + 5 * HOUR)
    assert queue.sweep(app) == 1
    offer = db.session.query(WaitOffer).one()
    assert (offer.request_id, offer.instrument_id) == (narrow, elsewhere.id)
    assert (offer.starts_at, offer.ends_at) == (saturday, saturday + 3 * HOUR)
    assert nowhere


def test_what_is_accepted_counts_for_the_only_group_where_none_was_named(app, queue, world) -> None:
    who = queue.people[0]
    group = world.group(who.institution)
    world.grant(who, Role.MEMBER, group)
    number, group_id = queue.wait(who), group.id
    queue.free()
    assert queue.sweep(app) == 1
    quota = world.quota(queue.lab, amount=1, holder="group")
    with pytest.raises(Refusal) as refused:
        queue.answer(who, number)
    assert [reason.code for reason in refused.value.reasons] == ["quota"]
    db.session.delete(quota)
    revision.raise_catalog()
    db.session.commit()
    assert queue.answer(who, number).group_id == group_id


def test_who_has_no_quota_left_is_passed_over_or_offered_later(app, queue, world) -> None:
    full, next_one = queue.people[:2]
    world.quota(queue.instrument, amount=2, per="week")
    # Booked since they asked: what was full by then would have been refused.
    numbers = [queue.wait(full), queue.wait(next_one)]
    world.reservation(queue.instrument, full, queue.start + 8 * HOUR, queue.start + 10 * HOUR)
    later = queue.wait(full, 2, latest=queue.start + 8 * 24 * HOUR)
    queue.free()
    assert queue.sweep(app) == 2
    assert {number for number, _ in offers()} == {numbers[1], later}
    row = db.session.query(WaitOffer).filter_by(request_id=later).one()
    assert row.starts_at >= datetime(2027, 3, 7, 16, tzinfo=UTC)  # Monday begins, in Shanghai


@pytest.mark.parametrize(("per", "days", "first"), [("day", 2, 3), ("week", 6, 8)])
def test_time_is_offered_as_soon_as_a_quota_has_room_again(app, queue, world, per, days, first) -> None:
    who = queue.people[0]
    world.quota(queue.instrument, amount=2, per=per)
    world.reservation(queue.instrument, who, queue.start + 3 * HOUR, queue.start + 5 * HOUR)
    number = queue.wait(who, 2, latest=queue.start + (days * 24 + 4) * HOUR)
    queue.free()
    assert queue.sweep(app) == 1
    row = db.session.query(WaitOffer).filter_by(request_id=number).one()
    assert (row.starts_at + 8 * HOUR).day == first  # in Shanghai


def test_who_lost_the_time_to_a_closure_comes_first(app, queue, world) -> None:
    number = queue.wait(queue.people[0])
    queue.free()
    world._keep(
        Displacement(
            reservation_id=queue.held.id, outcome="cancelled", instrument_id=queue.instrument.id, starts_at=queue.start,
            ends_at=queue.end, decided_at=queue.now, offered_until=queue.now + 2 * HOUR,
        )
    )  # fmt: skip
    assert queue.sweep(app) == 0
    assert queue.sweep(app, 2 * HOUR + MINUTE) == 1
    assert offers() == [(number, "open")]


def test_who_gives_up_is_asked_no_more(app, queue) -> None:
    number = queue.wait(queue.people[0])
    queue.free()
    queue.sweep(app)
    queue.answer(queue.people[0], number, "withdraw")
    assert (states(), offers()) == (["withdrawn"], [(number, "declined")])
    assert queue.sweep(app, 61 * MINUTE) == 0
    for deed, code in (("withdraw", "not_waiting"), ("accept", "not_waiting")):
        with pytest.raises(Refusal) as caught:
            queue.answer(queue.people[0], number, deed)
        assert codes(caught) == {code}


def test_requests_are_nobody_elses(queue) -> None:
    number = queue.wait(queue.people[0])
    for deed in ("accept", "decline", "withdraw"):
        with pytest.raises(Refusal) as caught:
            queue.answer(queue.people[1], number, deed)
        assert codes(caught) == {"no_request"}


def test_what_was_waited_for_in_vain_is_kept_without_the_person(app, queue) -> None:
    queue.wait(queue.people[0], 1)
    queue.wait(queue.people[1], 1, class_code="010000", latest=queue.start + 1.5 * HOUR)
    assert queue.sweep(app, 26.5 * HOUR) == 0
    assert states() == ["waiting", "over"]
    queue.sweep(app, 27 * HOUR)
    queue.sweep(app, 28 * HOUR)
    assert states() == ["over", "over"]
    rows = db.session.query(UnmetDemand).order_by(UnmetDemand.id).all()
    home = queue.home.id
    assert [(row.source, row.class_code, row.instrument_id, row.place_id) for row in rows] == [
        ("waitlist", "010000", None, None),
        ("waitlist", "010101", queue.instrument.id, home),
    ]
    assert {(row.asker_institution_id, row.asker_kind, row.once) for row in rows} == {
        (home, "university", "")
    }
    assert rows[0].noted_on == date(2027, 3, 2)


def test_a_look_that_nothing_has_changed_since_costs_a_few_statements(app, queue, statements) -> None:
    for who in queue.people:
        queue.wait(who, 1)
    queue.sweep(app)
    statements.clear()
    queue.sweep(app, MINUTE)
    few = len(statements)
    for who in queue.people:
        for hours in range(1, 4):
            queue.wait(who, 1, latest=queue.end + hours * MINUTE)
    queue.sweep(app, 2 * MINUTE)
    statements.clear()
    queue.sweep(app, 3 * MINUTE)
    assert len(statements) <= few + 1
    assert few <= 18
    assert not any(each.startswith(("UPDATE", "INSERT")) for each in statements)


def test_the_time_that_was_asked_again_never_meets_two_offers(app: Flask, queue) -> None:
    number = queue.wait(queue.people[0], 1)
    queue.free()
    queue.sweep(app)
    queue.answer(queue.people[0], number, "decline")
    queue.sweep(app, MINUTE)
    rows = db.session.query(WaitOffer).order_by(WaitOffer.id).all()
    assert [(row.starts_at - queue.start) / HOUR for row in rows] == [0, 1]
    queue.answer(queue.people[0], number, "decline", 2 * MINUTE)
    assert queue.sweep(app, 3 * MINUTE) == 0


def test_who_has_the_time_by_another_way_waits_no_longer(app, queue, world) -> None:
    who = queue.people[0]
    for hours in (2, 1):
        queue.wait(who, hours, at=queue.now - HOUR)
    queue.free()
    queue.sweep(app)
    made = world.reservation(queue.instrument, who, queue.start, queue.start + HOUR, created_at=queue.now)
    queue.sweep(app, MINUTE)
    assert sorted(states()) == ["met", "waiting"]
    assert db.session.query(WaitRequest).filter_by(state="met").one().reservation_id == made.id


def test_who_has_left_waits_no_longer_and_is_not_counted(app, queue) -> None:
    queue.wait(queue.people[0])
    queue.people[0].ends_on = date(2027, 2, 28)
    db.session.commit()
    queue.sweep(app)
    queue.sweep(app, 30 * HOUR)
    assert states() == ["withdrawn"]
    assert db.session.query(UnmetDemand).count() == 0


@pytest.mark.parametrize("ending", ["declined", "expired"])
def test_who_accepts_and_is_refused_by_the_lab_waits_again_in_the_same_place(
    app, queue, world, ending
) -> None:
    who = queue.people[0]
    number = queue.wait(who, 1)
    queue.free()
    queue.sweep(app)
    made = queue.answer(who, number)
    assert states() == ["met"]
    db.session.get(Reservation, made.id).state = ending
    db.session.commit()
    queue.sweep(app, MINUTE)
    row = db.session.query(WaitRequest).one()
    assert (row.state, row.ended_at, row.reservation_id, row.asked_at) == ("waiting", None, None, queue.now)
    # What the lab refused is not offered again, what lies beside it is.
    spans = [(offer.starts_at, offer.state) for offer in db.session.query(WaitOffer).order_by(WaitOffer.id)]
    assert spans == [(queue.start, "accepted"), (queue.start + HOUR, "open")]
    assert db.session.query(JournalEntry).filter_by(deed="wait.again").count() == 1
    assert queue.sweep(app, 2 * MINUTE) == 0


def test_what_is_over_or_asked_for_again_does_not_wait_twice(app, queue) -> None:
    first, second = queue.people[:2]
    numbers = [queue.wait(who) for who in (first, second)]
    for who, number in zip((first, second), numbers, strict=True):
        queue.free()
        queue.sweep(app)
        queue.held = db.session.get(Reservation, queue.answer(who, number).id)
    queue.wait(first)
    for row in db.session.query(Reservation).filter(Reservation.user_id.in_([first.id, second.id])):
        row.state = "declined"
    db.session.commit()
    queue.sweep(app, MINUTE)
    assert states() == ["met", "waiting", "waiting"]
    queue.sweep(app, 40 * HOUR)
    assert states() == ["met", "over", "over"]


def test_nobody_is_offered_one_time_twice_however_often_they_ask_for_it(app, queue) -> None:
    first, other = queue.people[:2]
    number = queue.wait(first, 2, at=queue.now, class_code="010101")
    queue.wait(first, at=queue.now + MINUTE)
    last = queue.wait(other, at=queue.now + 2 * MINUTE)
    queue.free()
    assert queue.sweep(app, 10 * MINUTE) == 2
    assert offers() == [(number, "open"), (last, "open")]
