"""What is offered at a use or a reservation is accepted at that moment, and what would be refused is not offered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.database import db
from instruments.reservations.models import Reservation
from instruments.usage.checking_in import begin_phase, check_in
from instruments.usage.finishing import finish
from instruments.usage.keeping import SPAN
from instruments.usage.releasing import give_back, note_no_show
from instruments.usage.taking_back import undo_last, undo_step
from tests.usage.desk import HOUR, MINUTE, NINE, Desk, done, refused
from tests.usage.test_api import Program
from tests.usage.test_undoing_today import at, forms, tap
from tests.world import World, sign_in

DEEDS = (
    "check-in",
    "give-back",
    "no-show",
    "stand-again",
    "finish",
    "extend",
    "undo",
    "undo-finish",
    "undo-step",
)


@pytest.fixture
def desk(world: World, app: Flask, now: Any) -> Desk:
    found = Desk(world)
    found.set(check_in="optional", walk_up=True)
    at(app, NINE + 5 * MINUTE)
    return found


def other(desk: Desk, start: datetime, end: datetime) -> Reservation:
    return desk.world.reservation(desk.instrument, desk.world.person(desk.home), start, end)


def gone(desk: Desk, act: Callable[..., Any], by: Any) -> None:
    done(act, desk.actor(by), desk.reservation.id, None, NINE + MINUTE)


def taken_since(desk: Desk, act: Callable[..., Any], by: Any) -> None:
    gone(desk, act, by)
    other(desk, NINE + 30 * MINUTE, NINE + HOUR)


def busy(desk: Desk) -> None:
    """The only place is in use by a walk-up of somebody else, whose time is not over."""
    desk.reservation.starts_at = NINE + HOUR
    db.session.commit()
    row = other(desk, NINE, NINE + HOUR)
    done(check_in, desk.actor(row.user), row.id, None, NINE)


def finished(desk: Desk) -> int:
    number = desk.checked_in()
    done(finish, desk.actor(), number, None, NINE + 2 * MINUTE)
    return number


def finished_and_taken(desk: Desk) -> int:
    number = finished(desk)
    other(desk, NINE + HOUR, NINE + 2 * HOUR)
    return number


# What there is, when, and what is offered to its user and to the lab.
CASES: list[tuple[str, Callable[[Desk], Any], int, set[str], set[str]]] = [
    ("too early", lambda _: None, -31, set(), set()),
    ("early", lambda _: None, -30, {"check-in"}, {"check-in"}),
    ("early, while somebody has it", lambda desk: other(desk, NINE - HOUR, NINE), -10, set(), set()),
    ("begun", lambda _: None, 5, {"check-in", "give-back"}, {"check-in", "no-show"}),
    ("over", lambda _: None, 120, set(), set()),
    ("in use by somebody else", busy, 55, set(), set()),
    ("given back", lambda desk: gone(desk, give_back, None), 5, {"stand-again"}, {"stand-again"}),
    ("given back and taken", lambda desk: taken_since(desk, give_back, None), 5, set(), set()),
    ("nobody came", lambda desk: gone(desk, note_no_show, desk.operator), 5, {"check-in", "stand-again"},
     {"check-in", "stand-again"}),
    ("nobody came, and taken", lambda desk: taken_since(desk, note_no_show, desk.operator), 5, set(), set()),
    ("finished", finished, 5, {"undo-finish"}, {"undo-finish"}),
    ("finished and taken", finished_and_taken, 5, set(), set()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("_what", "arrange", "minutes", "user", "lab"), CASES, ids=[each[0] for each in CASES]
)
def test_only_what_is_accepted_is_offered(
    app: Flask, client: FlaskClient, desk: Desk, _what: str, arrange: Callable[[Desk], Any], minutes: int,
    user: set[str], lab: set[str],
) -> None:  # fmt: skip
    arrange(desk)
    at(app, NINE + minutes * MINUTE)
    number, found = desk.reservation.id, {}
    for name, person in (("user", desk.user), ("lab", desk.operator)):
        page = sign_in(client, person).get(f"/reservations/{number}").text
        found[name] = {each.rpartition("/")[2] for each in forms(page)} & set(DEEDS)
    assert found == {"user": user, "lab": lab}
    # Each of them is done when it is tapped, and nothing else.
    program = Program(client, desk, desk.user)
    answer = program.send(f"/reservations/{number}/check-in", match="*")
    assert (answer.status_code == 200) == ("check-in" in user)


@pytest.mark.parametrize(
    ("arrange", "begins"),
    [
        (lambda _: None, True),
        (lambda desk: desk.world.rules(desk.instrument, longest_minutes=45), True),
        (lambda desk: desk.world.quota(desk.instrument, per="day", amount=2), False),
    ],
)
def test_what_rules_refuse_is_no_length_to_begin_with(
    app: Flask, client: FlaskClient, desk: Desk, arrange: Callable[[Desk], Any], begins: bool
) -> None:
    arrange(desk)
    at(app, NINE - 3 * HOUR)
    page = sign_in(client, desk.user).get(f"/instruments/{desk.instrument.id}/here").text
    offered = [each for each in ("30", "60", "120") if f'name="minutes" value="{each}"' in page]
    assert bool(offered) == begins
    for minutes in offered:
        sent = client.post(f"/instruments/{desk.instrument.id}/walk-up", data={"minutes": minutes})
        assert sent.status_code == 303 and "/uses/" in sent.location
        tap(client, client.get(sent.location).text, "undo")


# --- A step is taken back


def spans(number: int) -> list[tuple[str, bool]]:
    rows = select(SPAN.c.layer, SPAN.c.ended_at).where(SPAN.c.use_id == number).order_by(SPAN.c.id)
    return [(row.layer, row.ended_at is None) for row in db.session.execute(rows)]


def test_a_step_that_cannot_be_taken_back_is_refused(desk: Desk) -> None:
    number = desk.checked_in()
    assert refused(undo_step, desk.actor(), number, None, NINE + MINUTE) == ["no_step"]
    done(begin_phase, desk.actor(), number, "measurement", None, NINE + MINUTE)
    assert refused(undo_step, desk.actor(), number, 1, NINE + MINUTE) == ["stale"]
    assert refused(undo_step, desk.actor(), number, None, NINE + 17 * MINUTE) == ["no_step"]
    done(finish, desk.actor(), number, None, NINE + 5 * MINUTE)
    assert refused(undo_step, desk.actor(), number, None, NINE + 6 * MINUTE) == ["not_running"]


def test_steps_are_taken_back_the_last_first(desk: Desk) -> None:
    number = desk.checked_in()
    stands = []
    for minute, layer in enumerate(("preparation", "measurement", "measurement"), 1):
        stands.append(spans(number))
        done(begin_phase, desk.actor(), number, layer, None, NINE + minute * MINUTE)
    for _ in range(3):
        done(undo_last, desk.actor(), number, None, NINE + 4 * MINUTE)
        assert spans(number) == stands.pop()
    done(undo_last, desk.actor(), number, None, NINE + 4 * MINUTE)
    assert desk.use(number).state == "void"


def test_a_step_is_taken_back_by_one_tap_and_by_programs(app: Flask, client: FlaskClient, desk: Desk) -> None:
    number = desk.checked_in()
    at(app, NINE + 5 * MINUTE)
    sign_in(client, desk.user)
    version = desk.use(number).version
    client.post(f"/uses/{number}/phase", data={"version": version, "layer": "measurement"})
    page = client.get(f"/uses/{number}").text
    assert "Take the step back" in page and "Take the check-in back" not in page
    page = tap(client, page, "undo-step")
    assert "Take the check-in back" in page and "Step taken back" in page
    assert spans(number) == [("attended", True)]
    program = Program(client, desk, desk.user)
    program.send(f"/usage/{number}/phase", {"layer": "preparation"}, match="*")
    assert program.send(f"/usage/{number}/undo", match="*").json["state"] == "running"
    assert spans(number) == [("attended", True)]
