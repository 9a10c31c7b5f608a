"""Changing many instruments on pages: who may, choosing over pages and searches, the look before, and doing it."""

import re
from datetime import UTC, datetime

import pytest

from instruments.people.rights import Role
from instruments.reservations.bookable import bookable
from tests.world import sign_in

DAY = "Mon-Fri 08:00-18:00"
HOURS = {"what": "hours", "week": DAY, "since": "2027-03-01"}
EVENING = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def lab(world, now):
    row = world.lab()
    world.hours(row, "24/7")
    return row


@pytest.fixture
def things(world, lab):
    return [world.instrument(lab, week=None, search_text=f"raman {number}") for number in range(3)]


@pytest.fixture
def manager(world, client, lab):
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    sign_in(client, person)
    return person


def send(client, **fields):
    return client.post("/catalog/change", data=fields)


def seen_in(page: str) -> str:
    return re.search(r'name="seen" value="([^"]*)"', page)[1]


def weeks(things) -> list[str]:
    return [
        str(bookable(thing.id).calendar.hours.week_on(datetime(2027, 3, 1, tzinfo=UTC).date()))
        for thing in things
    ]


def test_only_those_who_manage_a_lab_change_many(world, client, lab, things) -> None:
    assert "/sign-in" in client.get("/catalog/change").location
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_OPERATOR, lab)
    sign_in(client, person)
    assert client.get("/catalog/change").status_code == 403
    assert send(client, do="preview", picked=things[0].id, **HOURS).status_code == 403


def test_only_ones_own_are_listed_and_others_are_refused(world, client, manager, things) -> None:
    elsewhere = world.instrument(name_en="Of others")
    page = client.get("/catalog/change").text
    assert "Of others" not in page
    assert all(f'value="{thing.id}"' in page for thing in things)
    page = send(client, do="preview", picked=[things[0].id, elsewhere.id], **HOURS).text
    assert "It is not in a lab that you manage." in page
    assert "1 instrument changes" in page


def test_ticks_are_kept_over_searches_and_pages(client, manager, things) -> None:
    shown = " ".join(str(thing.id) for thing in things)
    page = send(client, do="filter", picked=things[0].id, shown=shown, q="nothing at all").text
    assert "No instrument is found" in page
    assert f'name="elsewhere" value="{things[0].id}"' in page
    page = send(client, do="filter", elsewhere=things[0].id, shown="", q="").text
    assert "1 instrument is chosen." in page
    page = send(client, do="tick", elsewhere=things[0].id, shown=shown).text
    assert "3 instruments are chosen." in page
    page = send(client, do="untick", elsewhere=shown, shown=shown).text
    assert "0 instruments are chosen." in page


def test_what_was_typed_stays_when_something_is_wrong_and_every_reason_is_said(
    client, manager, things
) -> None:
    answer = send(client, do="preview", what="hours", week="Mon-Fri 8-", since="soon", picked=things[0].id)
    assert answer.status_code == 422
    assert 'value="Mon-Fri 8-"' in answer.text
    assert "Write a date, like 2027-03-01." in answer.text
    assert "is not a span of time" in answer.text
    assert re.search(rf'value="{things[0].id}"[^>]* checked', answer.text)


@pytest.mark.parametrize("do", ["preview", "carry-out"])
def test_all_that_is_missing_is_named_at_once(client, manager, do) -> None:
    page = send(client, do=do, what="hours", week="", since="").text
    for sentence in (
        "Choose at least one instrument.",
        "No opening hours are written.",
        "Write a date, like 2027-03-01.",
    ):
        assert sentence in page
    assert 'href="#f-picked"' in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"what": "", "picked": "1"}, "Choose what to change."),
        (HOURS, "Choose at least one instrument."),
        ({"what": "limits", "everything": "1"}, "Nothing is set. Fill in at least one limit."),
        ({"what": "limits", "everything": "1", "longest_minutes": "much"}, "Enter a whole number."),
        ({"what": "lab_hours", "everything": "1"}, "Write a date, like 2027-03-01."),
        (HOURS | {"everything": "1", "until": "2027-02-01"}, "The last day lies before the first."),
    ],
)
def test_what_cannot_be_changed_is_refused(client, manager, things, fields, said) -> None:
    answer = send(client, do="preview", **fields)
    assert answer.status_code == 422
    assert said in answer.text


def test_it_is_looked_at_before_it_is_done(world, client, manager, things) -> None:
    user = world.person(things[0].lab.institution, name_en="Lin Example")
    world.reservation(things[0], user, EVENING)
    page = send(client, do="preview", everything="1", **HOURS).text
    assert "3 instruments change" in page
    assert "Open 24 hours, every day" in page
    assert "1 reservation is touched" in page
    assert "Lin Example" in page
    assert weeks(things) == ["24/7"] * 3
    done = send(client, do="carry-out", everything="1", seen=seen_in(page), **HOURS)
    assert done.status_code == 303
    assert weeks(things) == [DAY] * 3
    assert "3 instruments changed." in client.get(done.location).text


def test_what_changed_since_is_shown_again_and_nothing_is_done(world, client, manager, things) -> None:
    page = send(client, do="preview", picked=[things[0].id, things[1].id], **HOURS).text
    world.reservation(things[0], world.person(things[0].lab.institution), EVENING)
    answer = send(client, do="carry-out", picked=[things[0].id, things[1].id], seen=seen_in(page), **HOURS)
    assert answer.status_code == 412
    assert "Something changed since you looked at it." in answer.text
    assert "1 reservation is touched" in answer.text
    assert weeks(things) == ["24/7"] * 3


def test_touched_reservations_are_paged(world, client, manager, things) -> None:
    user = world.person(things[0].lab.institution)
    for day in range(30):
        world.reservation(things[day % 3], user, EVENING.replace(day=1 + day % 28, hour=11 + day // 28))
    page = send(client, do="preview", everything="1", **HOURS).text
    assert "30 reservations are touched" in page
    assert "1–25 of 30" in page
    assert "26–30 of 30" in send(client, do="touched:2", everything="1", **HOURS).text


def test_limits_are_changed_together_and_given_up_together(client, manager, things) -> None:
    limits = {"what": "limits", "grid_minutes": "30", "everything": "1"}
    page = send(client, do="preview", **limits).text
    assert "Time steps: 30 min" in page
    assert send(client, do="carry-out", seen=seen_in(page), **limits).status_code == 303
    assert {bookable(thing.id).rules.grid_minutes for thing in things} == {30}
    page = send(client, do="preview", what="lab_limits", everything="1").text
    assert "Time steps: as the lab" in page


def test_hours_for_some_are_published_together(client, manager, things) -> None:
    fields = HOURS | {"circles": ["partners", "companies"], "everything": "1"}
    page = send(client, do="preview", **fields).text
    assert "only for other universities and institutes, companies" in page
    assert send(client, do="carry-out", seen=seen_in(page), **fields).status_code == 303
    calendar = bookable(things[0].id).calendar
    day = datetime(2027, 3, 1, tzinfo=UTC).date()
    assert [str(calendar.of(circle).hours.week_on(day)) for circle in ("lab", "partners")] == ["24/7", DAY]


@pytest.mark.parametrize(
    "odd", [{"page": "x"}, {"elsewhere": "a -1 ９"}, {"lab": "x"}, {"do": "page:x"}, {"do": "touched:9"}]
)
def test_odd_fields_are_no_fault(client, manager, things, odd) -> None:
    assert send(client, **(HOURS | {"everything": "1", "do": "filter"} | odd)).status_code == 200


def test_after_a_change_of_hours_each_lab_is_told_whom_it_left_outside(
    world, client, lab, manager, things
) -> None:
    lab.name_en = "Optics <b>lab</b>"
    hit = world.reservation(things[0], world.person(lab.institution), EVENING)
    page = send(client, do="preview", picked=[each.id for each in things], **HOURS).text
    done = send(client, do="carry-out", picked=[each.id for each in things], seen=seen_in(page), **HOURS)
    told = client.get(done.location).text
    assert (
        "Optics &lt;b&gt;lab&lt;/b&gt;: 1 reservation lies outside the opening hours, and stays valid."
        in told
    )
    assert f'<a href="/labs/{lab.id}/hours/outside">Decide about them</a>' in told
    assert f"/reservations/{hit.id}" in client.get(f"/labs/{lab.id}/hours/outside").text


def test_beyond_a_few_labs_the_others_are_named_and_led_to(world, client, lab, manager) -> None:
    world.grant(manager, Role.INSTITUTION_MANAGER, lab.institution)
    labs = [world.lab(lab.institution, name_en=f"Lab {letter}") for letter in "ABCDEFG"]
    things = [world.instrument(each) for each in labs]
    for thing in things:
        world.reservation(thing, world.person(lab.institution), EVENING)
    picked = [each.id for each in things]
    page = send(client, do="preview", picked=picked, **HOURS).text
    done = send(client, do="carry-out", picked=picked, seen=seen_in(page), **HOURS)
    told = client.get(done.location).text
    assert told.count("lies outside the opening hours") == 5
    names = ", ".join(f'<a href="/labs/{each.id}/hours/outside">{each.name_en}</a>' for each in labs[5:])
    assert f"And at 2 more labs: {names}" in told
