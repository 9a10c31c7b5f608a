"""What could never be offered is refused when it is asked for; what cannot be as hours and rules are now is said."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from instruments.errors import Refusal
from tests.reservations.waiting import HOUR, Queue, states
from tests.world import World, bearer, sign_in

URL = "/api/v1/wait-requests"
DAY = 24 * HOUR


@pytest.fixture
def queue(world: World, now) -> Queue:
    return Queue(world, now)


def refused(queue: Queue, who=None, hours: float | None = None, **more) -> dict[str, str | None]:
    """By code, the field that each reason names."""
    with pytest.raises(Refusal) as caught:
        queue.wait(who or queue.people[0], hours, **more)
    assert states() == []
    return {reason.code: reason.field for reason in caught.value.reasons}


# --- Refused: what can never be ---------------------------------------------------------------------------------------


def test_nobody_waits_for_time_that_they_hold(queue, world) -> None:
    assert refused(queue, queue.holder) == {"own_time": "from"}
    a_part = {"earliest": queue.end - HOUR, "latest": queue.end + HOUR}
    assert refused(queue, queue.holder, **a_part) == {"own_time": "from"}
    # Some hours within days may be others than their own.
    queue.wait(queue.holder, 1, latest=queue.end + DAY)


def test_who_holds_one_of_several_places_may_wait_for_another(queue, world) -> None:
    several = world.instrument(queue.lab, audience="companies", capacity=2)
    world.reservation(several, queue.holder, queue.start, queue.end)
    queue.wait(queue.holder, instrument_id=several.id)


def test_time_that_cannot_be_booked_in_time_any_more_is_refused(queue, world) -> None:
    soon = {"earliest": queue.now + HOUR, "latest": queue.now + 3 * HOUR}
    queue.wait(queue.people[1], **soon)
    world.rules(queue.instrument, lead_minutes=120)
    with pytest.raises(Refusal) as caught:
        queue.wait(queue.people[0], **soon)
    assert [reason.code for reason in caught.value.reasons] == ["too_soon"]
    # What begins later on the same days can still be offered.
    queue.wait(queue.people[0], 1, earliest=soon["earliest"], latest=queue.now + 4 * HOUR)


def test_times_between_the_steps_are_refused_and_hours_within_them_are_not(queue, world) -> None:
    world.rules(queue.instrument, grid_minutes=30)
    between = {"earliest": queue.start + HOUR / 4, "latest": queue.end + HOUR / 4}
    assert refused(queue, **between) == {"grid": "from"}
    queue.wait(queue.people[0], 1, **between)


def test_longer_than_the_rules_of_those_dates_is_refused(queue, world) -> None:
    day = queue.start.date()
    world.dated_rules(queue.instrument, day, day + timedelta(days=3), longest_minutes=60)
    assert refused(queue) == {"too_long": "hours"}
    queue.wait(queue.people[0], 2, latest=queue.end + 9 * DAY)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"retired_on": date(2027, 3, 1)}, "retired"),
        ({"commissioned_on": date(2027, 3, 20)}, "not_yet_in_service"),
    ],
)
def test_time_outside_its_service_is_refused_of_one_and_of_a_class(queue, world, values, code) -> None:
    other = world.instrument(queue.lab, audience="companies", class_code="020101", **values)
    assert code in refused(queue, instrument_id=other.id)
    assert code in refused(queue, hours=1, class_code="020101")


def test_nobody_waits_for_time_after_their_last_day(queue, world) -> None:
    leaving = world.person(queue.home, ends_on=queue.now.date())
    assert refused(queue, leaving) == {"membership_ends": "from"}


# --- Said: what may change --------------------------------------------------------------------------------------------


def said(client, token: str, **asked) -> str | None:
    answer = client.post(URL, json=asked, headers=bearer(token))
    assert answer.status_code == 201, answer.json
    listed = client.get(URL, headers=bearer(token)).json["items"][0]
    one = client.get(answer.headers["Location"], headers=bearer(token)).json
    assert answer.json["against"] == listed["against"] == one["against"]
    return answer.json["against"][0]["code"] if answer.json["against"] else None


def test_programs_read_why_nothing_could_be_offered_as_things_are(client, queue, world) -> None:
    token = world.token(queue.people[0])
    span = {"from": queue.start.isoformat(), "to": queue.end.isoformat()}
    assert said(client, token, instrument_id=queue.instrument.id, **span) is None
    by_night = world.instrument(queue.lab, week="Mon-Sun 00:00-06:00", audience="companies")
    assert said(client, token, instrument_id=by_night.id, **span) == "not_open_then"
    down = world.instrument(queue.lab, audience="companies", status="down")
    assert said(client, token, instrument_id=down.id, **span) == "out_of_order"
    near = world.instrument(queue.lab, audience="companies")
    world.rules(near, horizon_days=1)
    far = {"from": (queue.start + 9 * DAY).isoformat(), "to": (queue.end + 9 * DAY).isoformat()}
    assert said(client, token, instrument_id=near.id, **far) == "ahead"


def test_the_page_says_it_when_it_is_asked_for_and_as_long_as_it_holds(client, queue, world) -> None:
    by_night = world.instrument(queue.lab, week="Mon-Sun 00:00-06:00", audience="companies")
    sign_in(client, queue.people[0])
    form = {"instrument": str(by_night.id), "day": "2027-03-02", "from": "10:00", "until": "12:00"}
    answer = client.post("/waitlist", data=form, follow_redirects=True).get_data(as_text=True)
    sentence = "It is offered only if the lab changes them."
    assert answer.count(sentence) == 2
    assert "As soon as it becomes free you are told" not in answer
    assert client.get("/waitlist").get_data(as_text=True).count(sentence) == 1
    world.hours(by_night, week="Mon-Sun 00:00-24:00", valid_from=date(2027, 3, 2))
    assert sentence not in client.get("/waitlist").get_data(as_text=True)


def test_the_form_says_at_once_all_that_is_wrong(client, queue) -> None:
    sign_in(client, queue.people[0])
    form = {"instrument": str(queue.instrument.id), "first": "2027-03-09", "last": "2027-03-02", "hours": "0"}
    page = client.post("/waitlist", data=form).get_data(as_text=True)
    assert "Say how long as a number of hours" in page
    assert "The end does not come after the beginning." in page


def test_its_tag_changes_with_what_stands_against_it_and_an_older_one_still_answers(
    client, queue, world
) -> None:
    by_night = world.instrument(queue.lab, week="Mon-Sun 00:00-06:00", audience="companies")
    mine = bearer(world.token(queue.people[0]))
    span = {"from": queue.start.isoformat(), "to": queue.end.isoformat()}
    made = client.post(URL, json={"instrument_id": by_night.id, **span}, headers=mine)
    address, first = made.headers["Location"], made.headers["ETag"]
    same = client.get(address, headers=mine | {"If-None-Match": first})
    assert (same.status_code, same.headers["ETag"]) == (304, first)
    world.hours(by_night, week="Mon-Sun 00:00-24:00", valid_from=date(2027, 3, 2))
    anew = client.get(address, headers=mine | {"If-None-Match": first})
    assert (anew.status_code, anew.json["against"], anew.json["version"]) == (200, [], made.json["version"])
    assert anew.headers["ETag"] != first
    assert client.get(address, headers=mine | {"If-Match": first}).status_code == 412
    # In another language it is another answer.
    zh = client.get(address, headers=mine | {"Accept-Language": "zh-CN", "If-None-Match": first})
    assert zh.status_code == 200
    # What stands against a request is no change of it.
    withdraw = f"{address}/withdraw"
    for wrong in ('"0"', f'"0.{first[3:]}', f'"{made.json["version"]}9.abc"', '"x.y"'):
        assert client.post(withdraw, json={}, headers=mine | {"If-Match": wrong}).status_code == 412
    gone = client.post(withdraw, json={}, headers=mine | {"If-Match": f"W/{first}"})
    assert (gone.status_code, gone.json["state"]) == (200, "withdrawn")
