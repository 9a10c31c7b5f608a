"""The waitlist in the browser's forms: joining by one click, taking an offer by one tap, and who sees whom waiting."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.people.rights import Role
from instruments.reservations.demand.models import UnmetDemand
from instruments.reservations.models import Reservation
from instruments.reservations.waitlist.models import WaitRequest
from tests.reservations.waiting import HOUR, Queue, offers, states
from tests.world import World, sign_in


@pytest.fixture
def queue(world: World, now) -> Queue:
    return Queue(world, now)


def words(answer) -> str:
    text = re.sub(r"<(title|script)[^>]*>.*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def forms(answer, action: str) -> list[dict[str, str]]:
    """The hidden fields of each small form that posts there."""
    inline = rf'<form class="inline-form" method="post" action="{re.escape(action)}">(.*?)</form>'
    return [
        dict(re.findall(r'name="([^"]+)" value="([^"]*)"', inside))
        for inside in re.findall(inline, answer.get_data(as_text=True), re.S)
    ]


def book_what_is_taken(client: FlaskClient, queue: Queue, **typed):
    form = {
        "day": "2027-03-02",
        "from": "10:00",
        "until": "12:00",
        "purpose": "research",
        "title": "",
        "key": "k",
    }
    return client.post(f"/instruments/{queue.instrument.id}/reservations", data={**form, **typed})


def test_a_taken_time_is_waited_for_by_one_click(client, queue) -> None:
    sign_in(client, queue.people[0])
    refused = book_what_is_taken(client, queue, title="My sample")
    assert refused.status_code == 409
    (fields,) = forms(refused, "/waitlist")
    answer = client.post("/waitlist", data=fields, follow_redirects=True)
    assert "You are on the waitlist" in words(answer)
    row = db.session.query(WaitRequest).one()
    assert (row.instrument_id, row.earliest, row.latest) == (queue.instrument.id, queue.start, queue.end)
    assert row.length_seconds == 7200
    again = client.post("/waitlist", data=fields, follow_redirects=True)
    assert "You are on the waitlist for this already." in words(again)
    assert states() == ["waiting"]


def test_nobody_is_led_to_wait_for_what_waiting_does_not_bring(client, queue) -> None:
    sign_in(client, queue.holder)
    assert forms(book_what_is_taken(client, queue), "/waitlist") == []
    sign_in(client, queue.people[0])
    assert forms(book_what_is_taken(client, queue, day="2027-02-01"), "/waitlist") == []


def test_any_hours_near_it_are_asked_for_in_a_form_that_keeps_what_was_typed(client, queue) -> None:
    sign_in(client, queue.people[0])
    address = re.search(
        r'href="(/waitlist/new[^"]+)"', book_what_is_taken(client, queue).get_data(as_text=True)
    )
    page = client.get(address.group(1).replace("&amp;", "&")).get_data(as_text=True)
    assert 'name="hours" value="2"' in page
    assert 'name="first" value="2027-03-02"' in page
    form = {"instrument": queue.instrument.id, "first": "2027-03-04", "last": "2027-03-02", "hours": "x"}
    wrong = client.post("/waitlist", data=form)
    assert wrong.status_code == 422
    assert "Say how long as a number of hours" in words(wrong)
    assert 'value="2027-03-04"' in wrong.get_data(as_text=True)
    # The way back leads to the instrument.
    assert f'href="/instruments/{queue.instrument.id}">Back' in re.sub(r"\s*<span>|</span>", "", page)
    unread = words(client.post("/waitlist", data={**form, "first": "", "last": ""}))
    assert "Any time from: Choose a day." in unread and "Until and with: Choose a day." in unread
    wrong = client.post("/waitlist", data={**form, "hours": "3"})
    assert "The end does not come after the beginning." in words(wrong)
    done = client.post("/waitlist", data={**form, "hours": "3", "last": "2027-03-05"}, follow_redirects=True)
    assert "You are on the waitlist" in words(done)
    row = db.session.query(WaitRequest).one()
    assert (row.latest - row.earliest, row.length_seconds) == (timedelta(days=2), 10800)


def test_with_what_cannot_be_read_the_rest_is_judged(client, queue, world) -> None:
    person = queue.people[0]
    world.grant(person, Role.MEMBER, world.group(person.institution))
    world.grant(person, Role.MEMBER, world.group(person.institution))
    sign_in(client, person)
    form = {"instrument": queue.instrument.id, "first": "", "last": "2027-03-02", "hours": "900"}
    answer = words(client.post("/waitlist", data=form))
    assert "Choose a day." in answer and "The person who will use the instrument works in more than" in answer
    assert "longer than" not in answer
    answer = words(
        client.post("/waitlist", data={**form, "first": "2027-03-02", "user": "nobody@no.example"})
    )
    assert "You may not book for this person." in answer
    assert db.session.query(WaitRequest).count() == 0


@pytest.mark.parametrize(
    "address", ["/waitlist/new", "/waitlist/new?class=980000", "/waitlist/new?instrument=999999999"]
)
def test_a_form_for_nothing_is_not_there(client, queue, address) -> None:
    sign_in(client, queue.people[0])
    assert client.get(address).status_code == 404


def test_days_are_said_on_the_wall_of_the_labs_city(client, queue, world) -> None:
    queue.lab.city_en, queue.lab.city_zh = queue.home.city_en, queue.home.city_zh = "Xi’an", "西安"
    db.session.commit()
    sign_in(client, queue.people[0])
    for wanted in (f"instrument={queue.instrument.id}", "class=010101"):
        assert "Days on this wall: Xi’an time, UTC+8" in client.get(f"/waitlist/new?{wanted}").text
    assert "西安时间 UTC+8" in client.get(f"/waitlist/new?instrument={queue.instrument.id}&lang=zh").text


def test_who_works_in_several_groups_says_for_which(client, queue, world) -> None:
    who = queue.people[0]
    groups = [world.group(queue.home) for _ in range(2)]
    for group in groups:
        world.grant(who, Role.MEMBER, group)
    sign_in(client, who)
    form = {"instrument": queue.instrument.id, "first": "2027-03-02", "last": "2027-03-05", "hours": "2"}
    asked = client.post("/waitlist", data=form)
    assert asked.status_code == 422
    assert "works in more than one group" in words(asked)
    assert client.post("/waitlist", data={**form, "unit": groups[1].id}).status_code == 303
    assert db.session.query(WaitRequest).one().group_id == groups[1].id


def test_an_offer_is_taken_by_one_tap(app, client, queue) -> None:
    who, other = queue.people[:2]
    number, second = queue.wait(who), queue.wait(other)
    queue.free()
    queue.sweep(app)
    sign_in(client, who)
    home = words(client.get("/home"))
    assert "Free for you until" in home
    page = client.get("/waitlist")
    assert "Free: Tue 2 Mar, 10:00–12:00" in words(page)
    (fields,) = forms(page, f"/waitlist/{number}/accept")
    done = client.post(f"/waitlist/{number}/accept", data=fields, follow_redirects=True)
    assert "Booked: Tue 2 Mar, 10:00–12:00." in words(done)
    assert db.session.query(Reservation).filter_by(user_id=who.id, state="confirmed").count() == 1
    assert client.get(f"/waitlist/{number}").headers["Location"].startswith("/reservations/")
    again = client.post(f"/waitlist/{number}/accept", data=fields, follow_redirects=True)
    assert "You have accepted this already" in words(again)
    sign_in(client, other)
    assert "You are on the waitlist" not in words(client.get("/waitlist"))
    late = client.post(f"/waitlist/{second}/accept", data={"version": 2}, follow_redirects=True)
    assert "Somebody else was faster with this time. You stay on the waitlist" in words(late)


def test_who_comes_too_late_reads_it_kindly_and_the_offer_is_gone(app, client, queue, world) -> None:
    who = queue.people[0]
    number = queue.wait(who)
    queue.free()
    queue.sweep(app)
    world.reservation(queue.instrument, queue.holder, queue.start)
    sign_in(client, who)
    (fields,) = forms(client.get("/waitlist"), f"/waitlist/{number}/accept")
    late = client.post(f"/waitlist/{number}/accept", data=fields, follow_redirects=True)
    assert "Somebody else was faster with this time." in words(late)
    assert forms(late, f"/waitlist/{number}/accept") == []
    assert offers() == [(number, "lapsed")]


def test_declining_and_giving_up(app, client, queue) -> None:
    who = queue.people[0]
    number = queue.wait(who)
    queue.free()
    queue.sweep(app)
    sign_in(client, who)
    stale = client.post(f"/waitlist/{number}/decline", data={"version": 1}, follow_redirects=True)
    assert "This was changed since you opened it." in words(stale)
    declined = client.post(f"/waitlist/{number}/decline", data={"version": 2}, follow_redirects=True)
    assert "Declined. You stay on the waitlist." in words(declined)
    (fields,) = forms(declined, f"/waitlist/{number}/withdraw")
    client.post(f"/waitlist/{number}/withdraw", data=fields)
    assert states() == ["withdrawn"]
    assert "Given up" in words(client.get("/waitlist?view=ended"))
    assert client.get(f"/waitlist/{number}").headers["Location"].startswith("/waitlist?view=ended")


def test_what_others_wait_for_does_not_exist(client, queue) -> None:
    number = queue.wait(queue.people[0])
    sign_in(client, queue.people[1])
    assert client.get(f"/waitlist/{number}").status_code == 404
    for deed in ("accept", "decline", "withdraw"):
        assert client.post(f"/waitlist/{number}/{deed}", data={"version": 1}).status_code == 404
    assert states() == ["waiting"]


def test_the_lab_sees_who_waits_for_its_instruments_and_only_the_lab(client, queue, world) -> None:
    manager = world.person(queue.home)
    world.grant(manager, Role.LAB_MANAGER, queue.lab)
    first, second = queue.people[:2]
    queue.wait(first, at=queue.now)
    queue.wait(second, 1, class_code="010100", at=queue.now)
    address = f"/labs/{queue.lab.id}/waitlist"
    sign_in(client, first)
    assert client.get(address).status_code == 403
    sign_in(client, manager)
    page = words(client.get(address))
    assert first.name_en in page
    assert second.name_en not in page
    assert "Waiting for any of a kind" in page
    assert address in client.get(f"/labs/{queue.lab.id}").get_data(as_text=True)
    assert client.get("/labs/999999999/waitlist").status_code == 404


def test_a_search_that_found_nothing_leads_to_waiting_and_is_kept_once_a_day(client, queue) -> None:
    search = "/?class=010101&from=2027-03-02T10:00:00%2B08:00&until=2027-03-02T12:00:00%2B08:00&hours=2"
    stranger = client.get(search)
    assert "/sign-in?next=%2Fwaitlist%2Fnew" in stranger.get_data(as_text=True)
    assert db.session.query(UnmetDemand).count() == 0
    sign_in(client, queue.people[0])
    for hours in ("2", "2", "1.5"):
        found = client.get(search.replace("hours=2", f"hours={hours}"))
    (row,) = db.session.query(UnmetDemand).all()
    assert (row.source, row.class_code, row.asker_institution_id) == ("search", "010101", queue.home.id)
    (fields,) = forms(found, "/waitlist")
    assert fields["class"] == "010101"
    done = client.post("/waitlist", data=fields | {"hours": "1"}, follow_redirects=True)
    assert "You are on the waitlist" in words(done)


def test_searches_that_ask_for_nothing_or_find_something_are_not_kept(client, queue) -> None:
    sign_in(client, queue.people[0])
    for search in ("/", "/?hours=700", "/?class=010101", "/?class=010101&hours=x"):
        client.get(search)
        assert (search, db.session.query(UnmetDemand).count()) == (search, 0)
    client.get("/?q=zzzzqqq")
    client.get("/api/v1/free?q=zzzzqqq")
    (row,) = db.session.query(UnmetDemand).all()
    assert (row.class_code, row.place_id, row.city) == (None, None, "")


def test_managers_see_what_was_asked_for_and_not_found_by_month_and_class(app, client, queue, world) -> None:
    elsewhere = world.person(world.institution())
    for who in (queue.people[0], queue.people[1], elsewhere):
        sign_in(client, who)
        client.get(f"/?class=010101&institution={queue.home.id}&from=2027-03-02&until=2027-03-02&hours=23.5")
    queue.wait(queue.people[0], 1)
    queue.sweep(app, 28 * HOUR)
    boss = world.person(queue.home)
    world.grant(boss, Role.INSTITUTION_MANAGER, queue.home)
    address = f"/institutions/{queue.home.id}/demand"
    assert client.get(address).status_code == 403
    sign_in(client, boss)
    page = words(client.get(address))
    assert re.search(r"010101 3 1 3 1 0 71\.5", page)
    assert address in client.get(f"/institutions/{queue.home.id}").get_data(as_text=True)
    assert client.get("/institutions/999999999/demand").status_code == 404
    assert elsewhere.name_en not in page


def test_until_when_an_offer_can_be_taken_is_told_on_both_walls(app, client, queue) -> None:
    reader = queue.people[0]
    reader.zone = "Europe/Berlin"
    db.session.commit()
    queue.wait(reader)
    queue.free()
    queue.sweep(app)
    sign_in(client, reader)
    until = r"until \w+ \d+ \w+, \d\d:\d\d \(\w+ \d+ \w+, \d\d:\d\d, Berlin time, UTC\+1\)"
    assert re.search(rf"Accept it {until}", words(client.get("/waitlist?lang=en")))
    assert re.search(rf"Free for you {until}", words(client.get("/home?lang=en")))
