"""Busy time of the lab's own calendar closes time everywhere closures do, and rewrites nothing that is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from instruments.availability.busy import plan, replace_busy
from instruments.availability.models import BusyTime
from instruments.catalog import revision
from instruments.database import db
from instruments.errors import Refusal
from instruments.people.signing import actor_by_id
from instruments.reservations import held
from instruments.reservations.booking import BookingRequest, book, check
from instruments.reservations.free import FreeSearch, find_free
from instruments.reservations.timetable import spans
from instruments.timespan import merge
from tests.world import World, bearer, sign_in

HOUR = timedelta(hours=1)


def busy(owner, *ends: datetime, now: datetime, number: int = 1) -> bool:
    """Say when calendar `number` is busy: start and end in turns."""
    seconds = [int(end.timestamp()) for end in ends]
    changed = replace_busy(number, owner, list(zip(seconds[::2], seconds[1::2], strict=True)), now)
    db.session.commit()
    return changed


def rows() -> list[tuple[datetime, datetime]]:
    one = BusyTime
    return [
        tuple(row) for row in db.session.execute(select(one.starts_at, one.ends_at).order_by(one.starts_at))
    ]


@pytest.mark.parametrize("whole_lab", [True, False], ids=["the whole lab", "one instrument"])
def test_nothing_can_be_booked_where_the_lab_is_busy(world: World, now: datetime, whole_lab: bool) -> None:
    instrument = world.instrument()
    person = world.person(instrument.lab.institution)
    busy(instrument.lab if whole_lab else instrument, now + 2 * HOUR, now + 4 * HOUR, now=now)
    actor = actor_by_id(person.id, now)
    wanted = BookingRequest(instrument.id, now + 3 * HOUR, now + 5 * HOUR, "research", "", None, False)
    for deed in (check, book):
        with pytest.raises(Refusal) as refused:
            deed(actor, actor, wanted, now)
        assert [reason.code for reason in refused.value.reasons] == ["busy"]
        assert refused.value.reasons[0].fix == {"start": now + 4 * HOUR}
        db.session.rollback()


def test_a_reservation_that_is_there_is_not_moved(world: World, now: datetime) -> None:
    instrument = world.instrument()
    reservation = world.reservation(instrument, world.person(), now + 2 * HOUR)
    before = revision.rev_of(instrument.id)
    assert busy(instrument.lab, now + HOUR, now + 4 * HOUR, now=now)
    db.session.refresh(reservation)
    assert (reservation.state, reservation.starts_at, reservation.version) == ("confirmed", now + 2 * HOUR, 1)
    assert revision.rev_of(instrument.id) == before + 1


def test_the_search_and_the_calendar_know_it(client: FlaskClient, world: World, now: datetime) -> None:
    instrument = world.instrument()
    busy(instrument, now, now + 4 * HOUR, now=now)
    moment = int(now.timestamp())
    search = FreeSearch(3600, moment, moment + 86_400)
    (free,) = find_free([instrument.id], search, now).spans
    assert free.start == moment + 4 * 3600
    found = spans([instrument.id], moment, moment + 6 * 3600, now)[instrument.id]
    assert found.opened == [(moment + 4 * 3600, moment + 6 * 3600)]


def test_pages_and_programs_say_so_and_never_what_the_calendar_says(
    client: FlaskClient, world: World, now: datetime
) -> None:
    instrument = world.instrument()
    person = world.person(instrument.lab.institution)
    busy(instrument.lab, now + 2 * HOUR, now + 4 * HOUR, now=now)
    busy(instrument, now + 2 * HOUR, now + 4 * HOUR, now=now, number=2)
    token, number = world.token(person), instrument.id
    page = client.get(f"/instruments/{number}").text
    assert page.count("Busy in the lab’s calendar") >= 2  # on the picture, and under “Days that differ”
    body = {"instrument_id": number, "start": f"{now + 3 * HOUR:%FT%TZ}", "end": f"{now + 4 * HOUR:%FT%TZ}"}
    answer = client.post("/api/v1/reservations", json=body, headers=bearer(token))
    assert answer.status_code == 422
    assert [reason["code"] for reason in answer.json["reasons"]] == ["busy"]
    assert answer.json["reasons"][0]["message"].startswith("The lab’s own calendar is busy")
    sign_in(client, person)
    form = {"day": "2027-03-01", "from": "10:30", "until": "11:30"}
    assert (
        "The lab’s own calendar is busy" in client.post(f"/instruments/{number}/reservations", data=form).text
    )


@pytest.mark.parametrize(
    ("first", "last", "wanted", "offered"),
    [
        (24, 26, 24, [(23, 24), (26, 27)]),  # an hour or two: the nearest on both sides
        (24, 41 * 24, 20 * 24, [(41 * 24, 41 * 24 + 1)]),  # six weeks: the first time after it
        (24, 400 * 24, 20 * 24, [(0, 1)]),  # as far as can be booked: the first time from now on
    ],
)
def test_who_is_refused_is_offered_the_next_time_however_long_the_lab_is_busy(
    client: FlaskClient, world: World, now: datetime, first, last, wanted, offered
) -> None:
    thing = world.instrument()
    person = world.person(thing.institution)
    busy(thing.lab, now + first * HOUR, now + last * HOUR, now=now)
    start = now + wanted * HOUR
    body = {"instrument_id": thing.id, "start": start.isoformat(), "end": (start + HOUR).isoformat()}
    refused = client.post("/api/v1/reservations", json=body, headers=bearer(world.token(person)))
    assert [reason["code"] for reason in refused.json["reasons"]] == ["busy"]
    told = [
        tuple((datetime.fromisoformat(each[name]) - now) / HOUR for name in ("start", "end"))
        for each in refused.json["alternatives"]
    ]
    assert set(offered) <= set(told)
    wall = start + 8 * HOUR
    form = {
        "day": f"{wall:%Y-%m-%d}",
        "from": f"{wall:%H:%M}",
        "until": f"{wall + HOUR:%H:%M}",
        "purpose": "research",
    }
    page = sign_in(client, person).post(f"/instruments/{thing.id}/reservations", data=form).text
    assert "The lab’s own calendar is busy" in page and "You can have instead" in page
    assert "This instrument, rules met" in page
    chinese = client.post(f"/instruments/{thing.id}/reservations?lang=zh", data=form).text
    assert "可改约" in chinese and "这台仪器，符合规则" in chinese


def test_the_check_under_the_lock_is_still_one_statement(
    world: World, now: datetime, statements: list[str]
) -> None:
    instrument = world.instrument()
    busy(instrument, now + HOUR, now + 2 * HOUR, now=now)
    number, lab = instrument.id, instrument.lab_id
    statements.clear()
    found = held.around(number, lab, 0, int((now + 9 * HOUR).timestamp()))
    assert len([one for one in statements if one.startswith("SELECT")]) == 1
    assert [(row[3], row[4]) for row in found if row[0] == held.CLOSED] == [("busy", "")]


# --- What changes -----------------------------------------------------------------------------------------------------


def test_the_same_again_changes_nothing_and_takes_no_lock(
    world: World, now: datetime, statements: list[str]
) -> None:
    instrument = world.instrument()
    ends = (now + HOUR, now + 2 * HOUR, now + 5 * HOUR, now + 6 * HOUR)
    assert busy(instrument, *ends, now=now)
    before, numbers = revision.rev_of(instrument.id), db.session.scalars(select(BusyTime.id)).all()
    statements.clear()
    assert not busy(instrument, *ends, now=now + timedelta(minutes=10))
    assert not any(one.startswith(("INSERT", "UPDATE", "DELETE")) for one in statements)
    assert revision.rev_of(instrument.id) == before
    assert db.session.scalars(select(BusyTime.id)).all() == numbers


def test_what_is_over_stays_and_what_has_begun_only_changes_its_end(world: World, now: datetime) -> None:
    instrument = world.instrument()
    busy(instrument, now, now + HOUR, now + 2 * HOUR, now + 4 * HOUR, now + 6 * HOUR, now + 7 * HOUR, now=now)
    later = now + 3 * HOUR
    assert busy(instrument, now + 2 * HOUR, now + 5 * HOUR, now + 8 * HOUR, now + 9 * HOUR, now=later)
    assert rows() == [(now, now + HOUR), (now + 2 * HOUR, now + 5 * HOUR), (now + 8 * HOUR, now + 9 * HOUR)]
    assert busy(instrument, now=later)
    assert rows() == [(now, now + HOUR), (now + 2 * HOUR, later)]


def test_two_calendars_do_not_touch_each_other(world: World, now: datetime) -> None:
    instrument = world.instrument()
    busy(instrument, now + HOUR, now + 2 * HOUR, now=now)
    busy(instrument.lab, now + 3 * HOUR, now + 4 * HOUR, now=now, number=2)
    busy(instrument, now=now)
    assert rows() == [(now + 3 * HOUR, now + 4 * HOUR)]


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=8).map(
    lambda found: merge((start, start + length) for start, length in found)
)


@given(present=SPANS, wanted=SPANS, now=st.integers(0, 60))
def test_after_the_plan_the_time_to_come_is_as_wanted_and_the_past_as_it_was(present, wanted, now) -> None:
    coming = [(number, start, end) for number, (start, end) in enumerate(present) if end > now]
    wanted = [(max(start, now), end) for start, end in wanted if end > now]
    found = plan(coming, wanted, now)
    after = [
        (start, found.end.get(number, end)) for number, start, end in coming if number not in found.delete
    ] + found.add
    assert merge((max(start, now), end) for start, end in after) == merge(wanted)
    assert merge((start, min(end, now)) for start, end in after) == merge(
        (start, min(end, now)) for _, start, end in coming
    )
    assert all(first[1] <= second[0] for first, second in pairwise(sorted(after)))


@given(wanted=SPANS, now=st.integers(0, 60))
def test_what_was_planned_needs_no_second_plan(wanted, now) -> None:
    wanted = [(max(start, now), end) for start, end in wanted if end > now]
    found = plan([], wanted, now)
    assert not plan([(number, *span) for number, span in enumerate(found.add)], wanted, now)


def test_busy_time_of_two_calendars_is_told_once_and_leaves_room_for_holidays(
    client: FlaskClient, world: World, now: datetime
) -> None:
    instrument = world.instrument()
    world.holiday(instrument.lab.institution, (now + timedelta(days=50)).date(), name_en="Founding Day")
    days = [now + timedelta(days=number) + 2 * HOUR for number in range(1, 30)]
    for owner, number in ((instrument, 1), (instrument.lab, 2)):
        busy(owner, *(end for day in days for end in (day, day + HOUR)), now=now, number=number)
    page = client.get(f"/instruments/{instrument.id}").text
    listed = page[page.index("Days that differ") :]
    assert listed.count("Busy in the lab’s calendar") == 4
    assert "Founding Day" in listed
