"""One freed time is booked once however many accept it at the same moment, and offered once however many sweeps look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from flask import Flask

from instruments.database import db
from instruments.database.transactions import perform
from instruments.journal.models import JournalEntry
from instruments.people.signing import actor_by_id
from instruments.reservations.booking import BookingRequest, book
from instruments.reservations.models import Reservation
from instruments.reservations.tasks import offer_freed
from instruments.reservations.waitlist.answering import accept, decline
from instruments.reservations.waitlist.models import WaitOffer
from tests.racing import Round, at_once, run
from tests.reservations.waiting import HOUR, Queue, offers, states
from tests.world import World

pytestmark = pytest.mark.xdist_group("race")

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
ROUNDS, ACCEPTORS, PROGRAMS = 3, 8, 3


@pytest.fixture
def queue(app: Flask, world: World) -> Queue:
    return Queue(world, NOW, first=48, people=ACCEPTORS)


def offered_to_all(queue: Queue, slot: int):
    """Everybody waits for one hour and has an open offer of it, more than the sweep would ever make; (person, request)."""
    start = queue.start + (slot + 1) * 24 * HOUR
    found = []
    for who in queue.people:
        number = queue.wait(who, earliest=start, latest=start + HOUR)
        offer = {
            "request_id": number,
            "instrument_id": queue.instrument.id,
            "starts_at": start,
            "ends_at": start + HOUR,
        }
        db.session.add(WaitOffer(**offer, offered_at=NOW, expires_at=NOW + 4 * HOUR))
        db.session.commit()
        found.append((actor_by_id(who.id, NOW), number))
    db.session.rollback()
    return found


def taking(actor, number: int, deed=accept) -> Callable[[], object]:
    return lambda: perform(lambda: deed(actor, number, None, NOW))


def live(queue: Queue) -> list[Reservation]:
    db.session.rollback()
    return [row for row in db.session.query(Reservation).all() if row.live and row.id != queue.held.id]


def test_eight_accept_one_time_and_one_has_it(app, queue) -> None:
    for slot in range(ROUNDS):
        everybody = offered_to_all(queue, slot)
        outcomes = Counter(at_once(app, *(taking(*each) for each in everybody)))
        assert outcomes == {"done": 1, "offer_lapsed": ACCEPTORS - 1}
        assert len(live(queue)) == slot + 1
    assert Counter(states()) == {"met": ROUNDS, "waiting": ROUNDS * (ACCEPTORS - 1)}
    assert Counter(state for _, state in offers()) == {"accepted": ROUNDS, "lapsed": ROUNDS * (ACCEPTORS - 1)}


def test_an_acceptance_against_an_ordinary_booking(app, queue) -> None:
    for slot in range(ROUNDS):
        (who, number), *_ = offered_to_all(queue, slot)
        start = queue.start + (slot + 1) * 24 * HOUR
        other = actor_by_id(queue.holder.id, NOW)
        wanted = BookingRequest(queue.instrument.id, start, start + HOUR)
        outcomes = at_once(
            app, taking(who, number), partial(perform, partial(book, other, other, wanted, NOW))
        )
        assert sorted(outcomes) in (["done", "taken"], ["done", "offer_lapsed"])
        assert len(live(queue)) == slot + 1


def test_a_quota_holds_for_who_accepts_two_things_at_once(app, queue, world) -> None:
    world.quota(queue.lab, amount=1, per="future")
    second = world.instrument(queue.lab, audience="companies")
    who, numbers = queue.people[0], []
    for thing in (queue.instrument, second):
        start = queue.start + 3 * 24 * HOUR
        number = queue.wait(who, earliest=start, latest=start + HOUR, instrument_id=thing.id)
        offer = {"request_id": number, "instrument_id": thing.id, "starts_at": start, "ends_at": start + HOUR}
        db.session.add(WaitOffer(**offer, offered_at=NOW, expires_at=NOW + HOUR))
        db.session.commit()
        numbers.append(number)
    actor = actor_by_id(who.id, NOW)
    outcomes = at_once(app, *(taking(actor, number) for number in numbers))
    assert sorted(outcomes) == ["done", "quota"]
    assert len(live(queue)) == 1


def test_the_same_offer_tapped_twice_books_once_and_accept_against_decline_does_one(app, queue) -> None:
    first, second, *_ = offered_to_all(queue, 0)
    assert sorted(at_once(app, taking(*first), taking(*first))) in (
        ["already_met", "done"],
        ["done", "stale"],
    )
    assert len(live(queue)) == 1
    third = offered_to_all(queue, 1)[0]
    assert Counter(at_once(app, taking(*third), taking(*third, decline)))["done"] == 1
    assert second


def test_two_sweeps_at_once_offer_once(app, queue) -> None:
    for place, who in enumerate(queue.people):
        queue.wait(who, at=NOW - timedelta(minutes=place))
    queue.free()
    app.config["FROZEN_NOW"] = NOW
    assert at_once(app, *(offer_freed for _ in range(4))) == ["done"] * 4
    found = offers()
    assert Counter(state for _, state in found) == {"open": 3}
    assert len({number for number, _ in found}) == 3
    entries = db.session.query(JournalEntry).filter_by(deed="wait.offered").count()
    assert entries == 3


def test_a_sweep_against_acceptances_leaves_no_open_offer_of_taken_time(app, queue) -> None:
    for place, who in enumerate(queue.people):
        queue.wait(who, at=NOW - timedelta(minutes=place))
    queue.free()
    queue.sweep(app)
    open_ones = [number for number, state in offers() if state == "open"]
    by_number = {number: who for number, who in _askers()}
    acts = [taking(actor_by_id(by_number[number], NOW), number) for number in open_ones]
    outcomes = at_once(app, offer_freed, *acts)
    assert Counter(outcomes)["done"] == 2
    queue.sweep(app)
    assert Counter(state for _, state in offers())["open"] == 0
    assert len(live(queue)) == 1


def _askers() -> list[tuple[int, int]]:
    from instruments.reservations.waitlist.models import WaitRequest

    return [(row.id, row.user_id) for row in db.session.query(WaitRequest)]


def test_a_worker_killed_between_two_steps_leaves_nothing_undone(app, queue, monkeypatch) -> None:
    """Killed after the offers are written and before what was seen is: the next sweep offers nothing twice."""
    from instruments.reservations.waitlist import offering

    for who in queue.people[:2]:
        queue.wait(who)
    queue.free()

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(offering, "mark_seen", killed)
        with pytest.raises(SystemExit):
            queue.sweep(app)
    db.session.rollback()
    assert [state for _, state in offers()] == ["open", "open"]
    assert queue.sweep(app) == 0


def test_programs_that_accept_at_once(server: str, queue: Queue, world: World) -> None:
    everybody = [offered_to_all(queue, slot) for slot in range(2)]
    tokens = [world.token(who) for who in queue.people[:PROGRAMS]]
    racers = [
        (
            token,
            [Round("POST", f"/api/v1/wait-requests/{slot[place][1]}/accept", {}, "*") for slot in everybody],
        )
        for place, token in enumerate(tokens)
    ]
    answers = run(server, racers)
    for slot in range(2):
        assert Counter(racer[slot][0] for racer in answers) == {201: 1, 422: PROGRAMS - 1}
        codes = {code for racer in answers for code in racer[slot][1]}
        assert codes == {"offer_lapsed"}
    assert len(live(queue)) == 2
