"""Hours changed over reservations: named first, kept unless decided otherwise, and days that differ the same way."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from instruments.availability.models import DifferentDay, OpeningHours
from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from instruments.reservations.models import Displacement, Reservation
from tests.world import sign_in

DAY = timedelta(days=1)
# Tuesday, 2 March 2027, 20:00 in Shanghai.
EVENING = datetime(2027, 3, 2, 12, tzinfo=UTC)
SHORT = {"days-0": "daily", "from-0": "08:00", "to-0": "18:00", "since": "2027-03-02", "do": "publish"}
CLOSED = {"first": "2027-03-02", "times": "closed", "reason": "Stocktaking / 盘点", "do": "save"}


@pytest.fixture
def lab(world, client, now):
    lab = world.lab()
    world.hours(lab, "24/7")
    manager = world.person(lab.institution, name_en="Manager")
    world.grant(manager, Role.LAB_MANAGER, lab)
    sign_in(client, manager)
    return lab


@pytest.fixture
def address(lab) -> str:
    return f"/labs/{lab.id}/hours"


@pytest.fixture
def hit(world, lab) -> Reservation:
    """A reservation in the evening, on an instrument that follows its lab."""
    person = world.person(lab.institution, name_en="Zhang Yangben")
    return world.reservation(world.instrument(lab, week=None), person, EVENING)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


def send(client, address: str, form: dict[str, str], page: str = ""):
    """The form as the page would send it: with what the page hides in it."""
    page = page or client.get(address.partition("/days")[0]).text
    also = {"seen": hidden(page, "seen"), "agreed": hidden(page, "agreed")}
    return client.post(address, data=also | form)


def weeks() -> list[str]:
    return list(db.session.scalars(select(OpeningHours.week).order_by(OpeningHours.id)))


def state(row: Reservation) -> str:
    db.session.refresh(row)
    return row.state


def test_nothing_is_published_before_those_hit_were_named(client, address, hit) -> None:
    first = send(client, address, SHORT)
    assert first.status_code == 200
    for words in ("1 booking falls outside the new hours", "Zhang Yangben", "Nothing is done yet"):
        assert words in first.text
    assert weeks() == ["24/7"]
    assert send(client, address, SHORT, first.text).status_code == 303
    assert weeks() == ["24/7", "Mon-Sun 08:00-18:00"]
    assert "1 reservation lies outside the opening hours, and stays valid." in client.get(address).text
    assert state(hit) == "confirmed"
    assert db.session.scalars(select(Displacement)).all() == []


def test_somebody_who_books_in_between_is_named_too(world, client, address, lab, hit) -> None:
    first = send(client, address, SHORT)
    world.reservation(db.session.get(Reservation, hit.id).instrument, hit.user, EVENING + DAY)
    second = send(client, address, SHORT, first.text)
    assert "2 bookings fall outside the new hours" in second.text
    assert weeks() == ["24/7"]


def test_only_those_whom_the_change_hits_are_named(world, client, address, lab, hit) -> None:
    own = world.instrument(lab, week="24/7")
    person, present = hit.user, db.session.get(Reservation, hit.id)
    world.reservation(own, person, EVENING)  # this instrument does not follow its lab
    world.reservation(present.instrument, person, EVENING - 10 * timedelta(hours=1))  # within the new hours
    world.reservation(present.instrument, person, EVENING - DAY)  # before the first day
    world.reservation(present.instrument, person, EVENING + DAY, state="cancelled")
    assert "1 booking falls outside the new hours" in send(client, address, SHORT).text
    season = SHORT | {"since": "2027-03-03", "until": "2027-03-09"}
    assert send(client, address, season).status_code == 303


def test_they_are_shown_while_the_table_is_typed(client, address, hit) -> None:
    shown = send(client, address, SHORT | {"do": "show"})
    assert "1 booking falls outside the new hours" in shown.text
    assert "Nothing is done yet" not in shown.text
    assert send(client, address, SHORT, shown.text).status_code == 303


def test_many_are_paged_and_read_at_once(world, client, address, lab, hit, statements) -> None:
    thing, person = hit.instrument, hit.user
    send(client, address, SHORT)
    statements.clear()
    send(client, address, SHORT)
    few = len(statements)
    for number in range(1, 24):
        world.reservation(thing, person, EVENING + number * DAY)
    statements.clear()
    page = send(client, address, SHORT)
    assert len(statements) == few
    assert "24 bookings fall outside" in page.text
    assert page.text.count("Zhang Yangben") == 10
    last = send(client, address, SHORT | {"do": "show", "hit_page": "3"}, page.text)
    assert last.text.count("Zhang Yangben") == 4


def test_leafing_through_them_does_nothing(world, client, address, lab, hit) -> None:
    for number in range(1, 12):
        world.reservation(hit.instrument, hit.user, EVENING + number * DAY)
    plan = world.hours(lab, "24/7", valid_from=date(2027, 3, 2))
    world.hours(lab, "daily 08:00-18:00", valid_from=date(2027, 3, 1))
    run = CLOSED | {"last": "2027-03-20"}
    for path, form in (("/days", run), ("", {"do": "drop", "hours": str(plan.id)})):
        asked = send(client, address + path, form)
        leafed = {name: value for name, value in form.items() if name != "do"} | {"hit_page": "2"}
        page = send(client, address + path, leafed | {"asked": hidden(asked.text, "asked")}, asked.text)
        assert page.status_code == 200
        assert "Page 2 of 2" in page.text
    assert len(weeks()) == 3
    assert db.session.scalars(select(DifferentDay)).all() == []


def test_deciding_about_them_moves_and_cancels_with_the_reason(world, client, address, lab, hit) -> None:
    other = world.reservation(hit.instrument, hit.user, EVENING + DAY)
    first = send(client, address, SHORT)
    answer = send(client, address, SHORT | {"do": "publish decide"}, first.text)
    assert answer.location == f"{address}/outside"
    page = client.get(answer.location).text
    assert "2 reservations lie outside the opening hours" in page
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert client.post(answer.location, data=fields | {"all": "cancel"}).status_code == 422
    fields |= {f"choice-{hit.id}": "move", f"choice-{other.id}": "cancel", "message": "Staff leave at six"}
    assert client.post(answer.location, data=fields).status_code == 303
    assert (state(hit), state(other)) == ("confirmed", "cancelled")
    assert hit.starts_at == datetime(2027, 3, 3, 0, tzinfo=UTC)
    kept = {row.outcome: row.message for row in db.session.scalars(select(Displacement))}
    assert kept == {"moved": "Staff leave at six", "cancelled": "Staff leave at six"}
    assert client.get(answer.location).status_code == 303


def test_those_that_are_kept_are_left_alone(client, address, hit) -> None:
    first = send(client, address, SHORT)
    send(client, address, SHORT, first.text)
    page = client.get(f"{address}/outside").text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    before = db.session.scalar(select(JournalEntry.id).order_by(JournalEntry.id.desc()))
    assert client.post(f"{address}/outside", data=fields | {"all": "keep"}).status_code == 303
    assert db.session.scalar(select(JournalEntry.id).order_by(JournalEntry.id.desc())) == before
    assert state(hit) == "confirmed"


def test_deciding_about_many_is_paged_and_touches_only_what_stands_there(
    world, client, address, lab, hit
) -> None:
    rows = [world.reservation(hit.instrument, hit.user, EVENING + number * DAY) for number in range(1, 60)]
    first = send(client, address, SHORT)
    send(client, address, SHORT, first.text)
    page = client.get(f"{address}/outside").text
    assert "60 reservations lie outside the opening hours" in page
    assert "1–50 of 60" in page
    assert "All that stand here" in page
    second = client.get(f"{address}/outside?page=2").text
    assert (second.count("Zhang Yangben"), f'name="version-{hit.id}"' in second) == (20, False)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', second))
    sent = client.post(
        f"{address}/outside?page=2", data=fields | {"all": "cancel", "message": "Staff leave at six"}
    )
    assert sent.location == f"{address}/outside?page=2"
    assert state(hit) == "confirmed"
    assert [state(row) for row in rows[-10:]] == ["cancelled"] * 10
    # The last page is shown where there are fewer by now.
    assert client.get(sent.location, follow_redirects=True).text.count('name="version-') == 50


def test_taking_back_a_plan_and_following_the_lab_ask_too(world, client, lab) -> None:
    world.hours(lab, "daily 08:00-18:00", valid_from=date(2026, 1, 1))
    thing = world.instrument(lab, week=None)
    plan = world.hours(thing, "24/7", valid_from=date(2027, 3, 2))
    world.reservation(thing, world.person(lab.institution), EVENING)
    address = f"/instruments/{thing.id}/hours"
    for form in ({"do": "drop", "hours": str(plan.id)}, {"do": "follow", "since": "2027-03-02"}):
        asked = send(client, address, form)
        assert "1 booking falls outside the new hours" in asked.text
    assert send(client, address, form, asked.text).status_code == 303
    assert client.get(f"{address}/outside").status_code == 200


def test_days_that_differ_are_refused_with_every_reason(client, lab, address) -> None:
    answer = send(client, f"{address}/days", CLOSED | {"first": "2027-02-28", "times": "x", "reason": ""})
    assert answer.status_code == 422
    for field in ("first", "times", "reason"):
        assert f'id="f-{field}-reason"' in answer.text
    assert send(client, f"{address}/days", CLOSED | {"first": "soon"}).status_code == 422
    assert db.session.scalars(select(DifferentDay)).all() == []


def test_a_closed_day_names_whom_it_hits_then_is_told_everywhere(client, lab, address, hit) -> None:
    asked = send(client, f"{address}/days", CLOSED)
    assert "1 booking falls outside the new hours" in asked.text
    assert db.session.scalars(select(DifferentDay)).all() == []
    assert send(client, f"{address}/days", CLOSED, asked.text).status_code == 303
    page = client.get(address).text
    assert "Tue 2 Mar" in page
    assert "Stocktaking" in page
    for public in (f"/instruments/{hit.instrument_id}", f"/labs/{lab.id}"):
        assert "Closed: Stocktaking" in client.get(public).text
    assert "1 of the lab holds here, too" in client.get(f"/instruments/{hit.instrument_id}/hours").text


def test_days_are_changed_and_removed(client, world, lab, address) -> None:
    row = world.days(lab, date(2027, 3, 6), date(2027, 3, 7), "09:00-12:00", reason="Open day")
    page = client.get(f"{address}/days/{row.id}").text
    assert 'value="09:00–12:00"' in page
    change = CLOSED | {"first": "2027-03-06", "version": "1"}
    assert send(client, f"{address}/days/{row.id}", change).status_code == 303
    assert send(client, f"{address}/days/{row.id}", change).status_code == 412
    assert send(client, f"{address}/days/{row.id}/remove", {"version": "2"}).status_code == 303
    assert db.session.scalars(select(DifferentDay)).all() == []


def test_who_may_not_change_hours_may_none_of_it(client, world, lab, address) -> None:
    row = world.days(lab, date(2027, 3, 6))
    other = world.lab()
    sign_in(client, world.person(lab.institution))
    for path in (f"{address}/outside", f"{address}/days/{row.id}"):
        assert client.get(path).status_code == 403
        assert client.post(path, data=CLOSED).status_code == 403
    assert client.post(f"{address}/days/{row.id}/remove").status_code == 403
    manager = world.person(other.institution)
    world.grant(manager, Role.LAB_MANAGER, other)
    sign_in(client, manager)
    assert client.get(f"/labs/{other.id}/hours/days/{row.id}").status_code == 404


def test_each_is_judged_by_the_hours_of_its_user(world, client, address, lab) -> None:
    """Closed for companies alone: theirs falls outside, that of the institution's own does not."""
    thing = world.instrument(lab, week=None, audience="companies")
    firm = world.institution(kind="company")
    mine, theirs = (world.person(of) for of in (lab.institution, firm))
    world.reservation(thing, mine, EVENING)
    world.reservation(thing, theirs, EVENING + DAY)
    asked = send(
        client, address, {"do": "publish", "closed": "1", "since": "2027-03-02", "circles": "companies"}
    )
    assert "1 booking falls outside the new hours" in asked.text
    assert theirs.name_en in asked.text


def test_ending_the_hours_of_some_asks_too(world, client, address, lab) -> None:
    world.hours(lab, "daily 08:00-18:00", valid_from=date(2027, 2, 1))
    own = world.hours(lab, "24/7", valid_from=date(2027, 2, 1), circles="institution")
    person = world.person(lab.institution)
    world.reservation(world.instrument(lab, week=None), person, EVENING)
    form = {"do": "end", "hours": str(own.id)}
    asked = send(client, address, form)
    assert "1 booking falls outside the new hours" in asked.text
    assert send(client, address, form, asked.text).status_code == 303
