"""Nobody waits for time of which their quotas leave none, on a page as for programs; whoever has room in any period may."""

from __future__ import annotations

from datetime import timedelta

import pytest

from instruments.errors import Refusal
from instruments.people.rights import Role
from tests.reservations.waiting import HOUR, Queue, states
from tests.world import World, bearer, sign_in

URL = "/api/v1/wait-requests"
DAY = 24 * HOUR
# What was held is Tuesday 2027-03-02, 10:00 to 12:00 in Xi'an, and the week ends on Sunday the 7th.
NEXT_WEEK = timedelta(days=7)


@pytest.fixture
def queue(world: World, now) -> Queue:
    return Queue(world, now)


def refused(queue: Queue, who=None, hours: float | None = None, **more) -> list[tuple[str, str | None]]:
    """Code and field of each reason; nothing is written."""
    before = states()
    with pytest.raises(Refusal) as caught:
        queue.wait(who or queue.people[0], hours, **more)
    assert states() == before
    return [(reason.code, reason.field) for reason in caught.value.reasons]


@pytest.mark.parametrize(("quota", "more", "found"), [
    ({"amount": 3}, {}, "hours"),
    ({"amount": 3, "per": "future"}, {}, "hours"),
    ({"amount": 4}, {}, None),
    ({"amount": 3}, {"hours": 3}, None),
    # It could be booked at such short notice that it is free of the quota, but for where it may not be booked so late.
    ({"amount": 3, "short_notice_hours": 48}, {}, None),
    ({"amount": 3, "short_notice_hours": 4}, {"lead_minutes": 240}, "hours"),
    ({"amount": 3, "peak": "Mon-Fri 00:00-01:00"}, {}, None),
    ({"amount": 3, "measured": "count"}, {}, None),
    ({"amount": 0, "measured": "count"}, {}, "from"),
    ({"amount": 3, "circles": "companies"}, {}, None),
    # From this week into the next, some of it counts in each, but no week has room for eight hours and none for four.
    ({"amount": 3}, {"days": 7}, None),
    ({"amount": 3}, {"days": 7, "hours": 6.5}, "hours"),
    ({"amount": 3, "per": "month"}, {"days": 7}, "hours"),
], ids=str)  # fmt: skip
def test_more_than_quotas_can_ever_give_is_refused(world, now, quota, more, found) -> None:
    queue = Queue(world, now, hours=3.5)
    world.quota(queue.lab, **quota)
    if "lead_minutes" in more:
        world.rules(queue.instrument, lead_minutes=more["lead_minutes"])
    asked = {"hours": more.get("hours", 3.5)}
    if "days" in more:
        asked["latest"] = queue.end + timedelta(days=more["days"])
    if found:
        assert refused(queue, **asked) == [("quota", found)]
    else:
        queue.wait(queue.people[0], **asked)


def test_what_is_held_counts_in_each_of_the_periods_and_one_with_room_is_enough(queue, world) -> None:
    who = queue.people[0]
    world.quota(queue.lab)  # four hours a week
    elsewhere = world.instrument(queue.lab)
    world.reservation(elsewhere, who, queue.start + 4 * HOUR, queue.start + 7 * HOUR)
    assert refused(queue) == [("quota", "hours")]
    assert refused(queue, hours=2, latest=queue.end + 2 * DAY) == [("quota", "hours")]
    queue.wait(who, 1)
    # Next week is empty, and then it is full as well.
    both = {"latest": queue.end + NEXT_WEEK}
    queue.wait(who, 2, **both)
    later = world.reservation(elsewhere, who, queue.start + NEXT_WEEK, queue.start + NEXT_WEEK + 4 * HOUR)
    assert refused(queue, hours=2, **both) == [("quota", "hours")]
    # At midnight on Sunday an hour may lie in the one and none in the other.
    queue.wait(who, 1, **both)
    later.state = "cancelled"
    world._keep(later)
    queue.wait(who, 3, **both)


def test_a_day_and_a_week_may_leave_nothing_together(queue, world) -> None:
    who = queue.people[0]
    world.quota(queue.lab, amount=2, per="day")
    world.quota(queue.lab, amount=3, per="week")
    sunday = queue.start + 5 * DAY
    monday = sunday + DAY
    world.reservation(world.instrument(queue.lab), who, sunday - DAY, sunday - DAY + 2 * HOUR)
    world.reservation(world.instrument(queue.lab), who, monday, monday + 2 * HOUR)
    window = {"earliest": sunday, "latest": monday + 12 * HOUR}
    # The week has an hour left on Sunday; on Monday the day is full.
    assert refused(queue, hours=2, **window) == [("quota", "from"), ("quota", "from")]
    queue.wait(who, 1, **window)


def test_every_quota_says_its_sentence_beside_all_else(queue, world) -> None:
    world.quota(queue.lab, amount=1)
    world.quota(queue.instrument, amount=0, measured="count", per="future")
    world.rules(queue.instrument, grid_minutes=30)
    between = {"earliest": queue.start + HOUR / 4, "latest": queue.end + HOUR / 4}
    assert set(refused(queue, **between)) == {("quota", "hours"), ("quota", "from"), ("grid", "from")}


def test_a_group_counts_together_and_others_have_their_own(queue, world) -> None:
    who, colleague, other = queue.people[:3]
    group = world.group(queue.home)
    for person in (who, colleague):
        world.grant(person, Role.MEMBER, group)
    world.quota(queue.lab, amount=2, holder="group")
    elsewhere = world.instrument(queue.lab)
    world.reservation(elsewhere, colleague, queue.start, queue.end, group_id=group.id)
    assert refused(queue, who) == [("quota", "from")]
    queue.wait(other)
    # Of another lab nothing counts.
    world.reservation(world.instrument(world.lab(queue.home)), other, queue.start + DAY, queue.end + DAY)
    queue.wait(other, 1)


def test_of_a_class_one_with_room_is_enough(queue, world) -> None:
    who = queue.people[0]
    world.quota(queue.lab, amount=1)
    asked = {"class_code": "010101", "hours": 2}
    assert refused(queue, who, **asked) == [("quota", "hours")]
    free = world.instrument(world.lab(queue.home), audience="companies", class_code="010101")
    queue.wait(who, **asked)
    world.quota(free, amount=0, measured="count", per="future")
    assert refused(queue, queue.people[1], **asked) == [("quota", "hours")]


def test_the_number_of_statements_does_not_grow_with_instruments_and_quotas(queue, world, statements) -> None:
    who = queue.people[0]
    spent = []
    for amount in (30, 40, 50):
        world.quota(queue.lab, amount=amount, per="day" if amount == 40 else "week")
        for _ in range(3):
            lab = world.lab(queue.home)
            world.quota(lab, amount=1)
            world.quota(
                world.instrument(lab, audience="companies", class_code="010101"), amount=1, holder="group"
            )
        number = queue.wait(who, 2, class_code="010101", latest=queue.end + amount * DAY)
        assert number
        statements.clear()
        assert refused(queue, who, 200, class_code="010101", latest=queue.end + 30 * DAY)
        spent.append(len(statements))
    assert spent[0] == spent[1] == spent[2]


def test_a_program_reads_the_sentence_and_the_field(client, queue, world) -> None:
    who = queue.people[0]
    token = world.token(who)
    world.quota(queue.lab)
    world.reservation(world.instrument(queue.lab), who, queue.start + 4 * HOUR, queue.start + 7 * HOUR)
    asked = {
        "instrument_id": queue.instrument.id, "hours": 2, "purpose": "fun",
        "from": queue.start.isoformat(), "to": (queue.end + 2 * DAY).isoformat(),
    }  # fmt: skip
    answer = client.post(URL, json=asked, headers=bearer(token))
    assert answer.status_code == 422
    found = {reason["code"]: reason for reason in answer.json["reasons"]}
    assert set(found) >= {"quota"} and len(found) == 2
    assert found["quota"]["field"] == "hours"
    sentence = "The quota is 4 h a week per person in this lab, and what is left of it in that time lasts for 1 h at most."
    assert found["quota"]["message"].startswith(sentence)
    fine = asked | {"purpose": "research", "to": (queue.end + NEXT_WEEK).isoformat()}
    assert client.post(URL, json=fine, headers=bearer(token)).status_code == 201
    none = {"from": (queue.start + DAY).isoformat(), "to": (queue.end + 2 * DAY).isoformat(), "hours": 1}
    world.reservation(world.instrument(queue.lab), who, queue.start + 8 * HOUR, queue.start + 9 * HOUR)
    answer = client.post(URL, json=fine | none, headers=bearer(token) | {"Accept-Language": "zh-CN"})
    assert answer.status_code == 422
    assert [reason["field"] for reason in answer.json["reasons"]] == ["from"]


def test_the_form_says_it_next_to_the_field_and_keeps_what_was_typed(client, queue, world) -> None:
    who = queue.people[0]
    world.quota(queue.lab)
    world.reservation(world.instrument(queue.lab), who, queue.start + 4 * HOUR, queue.start + 7 * HOUR)
    sign_in(client, who)
    form = {"instrument": str(queue.instrument.id), "first": "2027-03-02", "last": "2027-03-05", "hours": "2"}
    answer = client.post("/waitlist", data=form)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    field = page[page.index('name="hours"') : page.index('name="hours"') + 900]
    assert "lasts for 1 h at most." in field
    assert 'value="2027-03-05"' in page
    assert states() == []
    client.post("/waitlist", data=form | {"last": "2027-03-09"})
    assert states() == ["waiting"]
