"""An extension is taken back by one tap, and it alone: the end, the price and what is held are as before, and the use runs on."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges import fee_events
from instruments.database import db
from instruments.errors import Forbidden, NotFound
from instruments.funds.models import FundHold
from instruments.reservations.booking import BookingRequest, book
from instruments.reservations.models import Reservation
from instruments.reservations.moving import Change, change
from instruments.reservations.payment import from_fund
from instruments.reservations.price_models import ReservationPayer, ReservationPrice
from instruments.usage.carrying_on import extend, undo_finish
from instruments.usage.checking_in import check_in
from instruments.usage.finishing import finish
from instruments.usage.taking_back import undo_extension, undo_last
from instruments.usage.walking_up import walk_up
from tests.charges.scene import MORNING, Scene
from tests.live import faults, sign_in_page
from tests.racing import raced
from tests.usage.desk import HOUR, MINUTE, NINE, Desk, done, refused
from tests.usage.test_api import Program
from tests.usage.test_undoing_today import at, bar, forms, tap
from tests.world import World, sign_in

ELEVEN = NINE + 2 * HOUR


@pytest.fixture
def desk(world: World, app: Flask, now: Any) -> Desk:
    at(app, NINE + 5 * MINUTE)
    return Desk(world)


def extended(desk: Desk, number: int, until: datetime, now: datetime) -> None:
    done(extend, desk.actor(), number, until, None, now)


def ends(desk: Desk, number: int) -> tuple[datetime, datetime, datetime | None, str]:
    """Until when it is reserved and held, what the use says of that, and how the use stands."""
    use = desk.use(number)
    row = db.session.get_one(Reservation, use.reservation_id, populate_existing=True)
    return row.ends_at, row.held_until, use.reserved_until, use.state


def test_who_may_not_and_what_is_not_there_is_refused(desk: Desk) -> None:
    number, now = desk.checked_in(), NINE + 10 * MINUTE
    assert refused(undo_extension, desk.actor(), number, None, now) == ["not_extended"]
    extended(desk, number, ELEVEN + HOUR, now)
    group_mate = desk.actor(desk.world.person(desk.home))
    with pytest.raises((Forbidden, NotFound)):
        done(undo_extension, group_mate, number, None, now)
    with pytest.raises(NotFound):
        done(undo_last, desk.actor(), 999999999, None, now)
    assert refused(undo_extension, desk.actor(), number, 1, now) == ["stale"]
    assert refused(undo_extension, desk.actor(), number, None, now + 16 * MINUTE) == ["not_extended"]
    assert refused(undo_last, desk.actor(), number, None, now + 16 * MINUTE) == ["too_late_to_undo"]
    done(finish, desk.actor(), number, None, now)
    assert refused(undo_extension, desk.actor(), number, None, now) == ["not_running"]
    assert ends(desk, number)[0] == ELEVEN + HOUR


def test_each_undo_takes_back_what_was_done_last(desk: Desk) -> None:
    number, now = desk.checked_in(), NINE + 10 * MINUTE
    extended(desk, number, ELEVEN + HOUR / 2, now)
    extended(desk, number, ELEVEN + HOUR, now + MINUTE)
    stands = []
    for _ in range(3):
        done(undo_last, desk.actor(), number, None, now + 2 * MINUTE)
        stands.append(ends(desk, number))
    # By then the check-in itself is still fresh.
    assert stands == [
        (ELEVEN + HOUR / 2, ELEVEN + HOUR / 2, ELEVEN + HOUR / 2, "running"),
        (ELEVEN, ELEVEN, ELEVEN, "running"),
        (ELEVEN, ELEVEN, ELEVEN, "void"),
    ]


def test_an_extension_after_one_that_was_taken_back_is_taken_back_itself(desk: Desk) -> None:
    number, now = desk.checked_in(), ELEVEN - 5 * MINUTE
    for minutes in (30, 60):
        extended(desk, number, ELEVEN + minutes * MINUTE, now)
        done(undo_extension, desk.actor(), number, None, now + MINUTE)
    assert ends(desk, number) == (ELEVEN, ELEVEN, ELEVEN, "running")
    assert refused(undo_last, desk.actor(), number, None, now + MINUTE) == ["too_late_to_undo"]


def test_what_it_added_is_free_at_once_also_past_the_end_of_before(desk: Desk) -> None:
    number, now = desk.checked_in(), ELEVEN - 5 * MINUTE
    extended(desk, number, ELEVEN + HOUR, now)
    other = desk.actor(desk.world.person(desk.home))
    wish = BookingRequest(desk.instrument.id, ELEVEN + HOUR / 2, ELEVEN + HOUR)
    assert refused(book, other, other, wish, now) == ["taken"]
    done(undo_extension, desk.actor(), number, None, ELEVEN + 5 * MINUTE)
    done(book, other, other, wish, ELEVEN + 5 * MINUTE)
    assert ends(desk, number) == (ELEVEN, ELEVEN, ELEVEN, "running")
    done(finish, desk.actor(), number, None, ELEVEN + 6 * MINUTE)
    assert desk.use(number).reserved_until == ELEVEN


def test_after_a_finish_that_was_taken_back_the_extension_is_next(desk: Desk) -> None:
    number, now = desk.checked_in(), ELEVEN - 5 * MINUTE
    extended(desk, number, ELEVEN + HOUR, now)
    done(finish, desk.actor(), number, None, now + MINUTE)
    done(undo_finish, desk.actor(), number, None, now + 2 * MINUTE)
    done(undo_last, desk.actor(), number, None, now + 3 * MINUTE)
    assert ends(desk, number) == (ELEVEN, ELEVEN, ELEVEN, "running")


def test_moved_since_it_is_left_as_it_is(desk: Desk, client: FlaskClient, app: Flask) -> None:
    number, now = desk.checked_in(), NINE + 5 * MINUTE
    extended(desk, number, ELEVEN + HOUR, now)
    user = desk.actor()
    done(change, user, user, desk.reservation.id, Change(end=ELEVEN + 2 * HOUR, in_use=True), None, now)
    assert refused(undo_last, user, number, None, now + MINUTE) == ["changed_since"]
    page = sign_in(client, desk.user).get(f"/uses/{number}").text
    assert f"/uses/{number}/undo-extension" not in page


# --- Money


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world).with_walk_ups()


def money() -> tuple[Any, ...]:
    db.session.rollback()
    price, payer = ReservationPrice.__table__, ReservationPayer.__table__
    return (
        db.session.execute(select(price)).all(),
        db.session.execute(select(payer)).all(),
        db.session.execute(
            select(FundHold.fund_id, FundHold.amount_units).where(FundHold.state == "pending")
        ).all(),
    )


@pytest.mark.parametrize("who", ["student", "manager"])
def test_price_and_holds_are_those_of_before(scene: Scene, who: str) -> None:
    student = scene.actor(scene.student)
    asked = (student, scene.instrument.id, MORNING + HOUR, None, MORNING, from_fund(scene.grant.id))
    number, actor = done(walk_up, *asked), scene.actor(getattr(scene, who))
    before = money()
    assert before[2]
    done(extend, actor, number, MORNING + 3 * HOUR, None, MORNING + 2 * MINUTE)
    assert money()[2][0].amount_units == 3 * before[2][0].amount_units
    done(undo_last, actor, number, None, MORNING + 17 * MINUTE)
    assert money() == before
    # The session goes on: only the next undo takes back that it began, and it comes too late.
    assert refused(undo_last, actor, number, None, MORNING + 17 * MINUTE) == ["too_late_to_undo"]


def test_what_was_never_given_up_costs_no_fee(scene: Scene) -> None:
    row = scene.reservation(hours=1)
    user = scene.actor(scene.student)
    number = done(check_in, user, row.id, None, MORNING)
    done(extend, user, number, MORNING + 3 * HOUR, None, MORNING + 2 * MINUTE)
    done(undo_last, user, number, None, MORNING + 3 * MINUTE)
    assert fee_events.events(MORNING + 24 * HOUR) == []


# --- Doors


def test_it_is_offered_wherever_it_was_tapped(desk: Desk, client: FlaskClient, app: Flask) -> None:
    number = desk.checked_in(NINE + 4 * MINUTE)
    for person, address in (
        (desk.user, f"/reservations/{desk.reservation.id}"),
        (desk.user, f"/instruments/{desk.instrument.id}/here"),
        (desk.operator, f"/labs/{desk.lab.id}/today"),
    ):
        page = tap(sign_in(client, person), client.get(address).text, "extend")
        assert desk.held()[1] == ELEVEN + HOUR / 2, address
        assert f"/uses/{number}/undo" not in forms(page), address
        if "today" in address:
            assert "Take the extension back" in bar(page)
        page = tap(client, page, "undo-extension")
        assert "The extension is taken back." in page and desk.held()[1] == ELEVEN, address
        assert f"/uses/{number}/undo" in forms(page), address
    assert "Extension taken back" in client.get(f"/uses/{number}").text
    page = tap(client, page, "extend")
    stale = forms(page)[f"/uses/{number}/undo-extension"]
    at(app, NINE + 25 * MINUTE)
    late = client.post(f"/uses/{number}/undo-extension", data=stale)
    assert "Nothing was extended of late" in client.get(late.location).text
    assert desk.held()[1] == ELEVEN + HOUR / 2


def test_programs_take_it_back_before_the_start(desk: Desk, client: FlaskClient, app: Flask) -> None:
    desk.set(walk_up=True)
    program = Program(client, desk, desk.operator)
    other = desk.world.instrument(desk.lab)

    def send(path: str, body: Any = None, match: str = "*") -> Any:
        return program.send(f"/usage/{path}", body, match)

    until, longer = ((NINE + hours * HOUR).isoformat() for hours in (1, 2))
    begun = send("walk-ups", {"instrument_id": other.id, "until": until}).json["id"]
    more = send(f"{begun}/extend", {"until": longer})
    assert send(f"{begun}/undo", match='"1"').status_code == 412
    back = send(f"{begun}/undo", match=more.headers["ETag"])
    assert (back.status_code, back.json["state"]) == (200, "running")
    assert ends(desk, begun)[:2] == (NINE + HOUR, NINE + HOUR)
    assert send(f"{begun}/undo", match=back.headers["ETag"]).json["state"] == "void"
    assert send(f"{begun}/undo").status_code == 422


@pytest.mark.xdist_group("race")
def test_undo_and_extend_at_once_leave_one_of_two_ends(app: Flask, world: World) -> None:
    desk = Desk(world)
    user = desk.actor()
    number, now = desk.checked_in(), NINE + MINUTE
    for round_ in range(4):
        extended(desk, number, ELEVEN + HOUR, now)
        longer = partial(extend, user, number, ELEVEN + 2 * HOUR, None, now)
        both = sorted(raced(app, partial(undo_last, user, number, None, now), longer))
        # Whichever came first: one extension stands, and the next undo takes back that one alone.
        assert both == ["done", "done"], (round_, both)
        assert ends(desk, number)[0] in (ELEVEN + HOUR, ELEVEN + 2 * HOUR)
        done(undo_last, user, number, None, now)
        assert ends(desk, number) == (ELEVEN, ELEVEN, ELEVEN, "running")
        both = sorted(raced(app, *(partial(undo_extension, user, number, None, now) for _ in range(2))))
        assert both == ["not_extended", "not_extended"]


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize(("language", "words"), [
    ("en", ("Extend", "Take the extension back")), ("zh_Hans_CN", ("延长", "撤销延长")),
])  # fmt: skip
def test_on_a_phone_it_is_one_tap_and_one_tap_back(
    world: World, app: Flask, new_page: Any, language: str, words: tuple[str, str]
) -> None:
    desk = Desk(world)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    end = now - (now.minute % 30) * MINUTE + HOUR
    row = world.reservation(world.instrument(desk.lab), desk.user, now - 5 * MINUTE, end)
    done(check_in, desk.actor(), row.id, None, now - MINUTE)
    page = new_page(viewport={"width": 360, "height": 740}, has_touch=True)
    sign_in_page(page, app, desk.user)
    page.goto(f"/language/{language}?next=/instruments/{row.instrument_id}/here")
    more, back = words
    page.locator(".taps button", has_text=more).first.tap()
    undo = page.locator(".taps button", has_text=back)
    undo.wait_for()
    assert faults(page) == [] and page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    undo.tap()
    undo.wait_for(state="detached")
    assert desk.held(row.id) == ("confirmed", end)
