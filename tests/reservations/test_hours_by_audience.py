"""Own lab at night, partners in the day: booking, free time, calendars and pages go by whose hours they are."""

from datetime import UTC, date, datetime, timedelta

import pytest

from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.reservations.alternatives import alternatives
from instruments.reservations.bookable import bookable
from instruments.reservations.free import FreeSearch, find_free
from instruments.reservations.judging import wish_of
from instruments.reservations.outside_hours import outside_hours
from instruments.reservations.scene import Wish
from instruments.reservations.timetable import spans
from tests.world import sign_in

HOUR = 3600
# Monday, 1 March 2027, 20:00 and 10:00 in Shanghai.
NIGHT, DAY = datetime(2027, 3, 1, 12, tzinfo=UTC), datetime(2027, 3, 1, 2, tzinfo=UTC)


@pytest.fixture
def thing(world, now):
    lab = world.lab()
    row = world.instrument(lab, week=None)
    world.hours(lab, "daily 08:00-18:00")
    world.hours(lab, "daily 18:00-24:00", circles="lab")
    return row


@pytest.fixture
def insider(world, thing):
    """A member of the instrument's own lab."""
    person = world.person(thing.lab.institution)
    world.grant(person, Role.LAB_OPERATOR, thing.lab)
    return person


@pytest.fixture
def partner(world):
    return world.person(world.institution())


def asked(client, world, person, thing, start, hours=1):
    headers = {"Authorization": f"Bearer {world.token(person)}"}
    body = {
        "instrument_id": thing.id,
        "start": start.isoformat(),
        "end": (start + timedelta(hours=hours)).isoformat(),
        "purpose": "research",
        "title": "Measurement",
    }
    return client.post("/api/v1/reservations", json=body, headers=headers)


def test_a_partner_is_refused_at_night_and_told_whose_hours_these_are(client, world, thing, partner) -> None:
    answer = asked(client, world, partner, thing, NIGHT)
    assert answer.status_code == 422
    (reason,) = answer.json["reasons"]
    assert reason["code"] == "outside_hours"
    assert reason["message"] == (
        "It is open Mon 1 Mar, 20:00–21:00 only to its own lab. The nearest opening is Mon 1 Mar, 17:00–18:00."
    )
    assert reason["fix"]["start"] == "2027-03-01T17:00:00+08:00"


def test_the_own_lab_is_refused_in_the_day_when_its_hours_are_at_night(client, world, thing, insider) -> None:
    answer = asked(client, world, insider, thing, DAY)
    (reason,) = answer.json["reasons"]
    assert "only to its own institution, other universities and institutes" in reason["message"]


def test_each_part_says_for_whom_it_is_or_that_it_is_closed(client, world, thing, partner) -> None:
    answer = asked(client, world, partner, thing, NIGHT, hours=6)
    assert [reason["message"].split(" The ")[0] for reason in answer.json["reasons"]] == [
        "It is open Mon 1 Mar, 20:00–24:00 only to its own lab.",
        "It is closed Tue 2 Mar, 00:00–02:00, outside the opening hours.",
    ]


def test_both_book_in_their_own_hours(client, world, thing, insider, partner) -> None:
    assert asked(client, world, insider, thing, NIGHT).status_code == 201
    assert asked(client, world, partner, thing, DAY).status_code == 201


def test_who_books_for_another_is_held_to_the_users_hours(client, world, thing, insider, partner) -> None:
    world.grant(insider, Role.LAB_MANAGER, thing.lab)
    headers = {"Authorization": f"Bearer {world.token(insider)}"}
    body = {
        "instrument_id": thing.id, "for": partner.mail, "purpose": "research", "title": "Measurement",
        "start": NIGHT.isoformat(), "end": (NIGHT + timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    answer = client.post("/api/v1/reservations", json=body, headers=headers)
    assert answer.status_code == 422
    assert "only to its own lab" in answer.json["detail"]


def first_free(thing, actor, now) -> datetime | None:
    since = int(now.timestamp())
    search = FreeSearch(HOUR, since, since + 86_400, actor=actor)
    found = find_free([thing.id], search, now).spans
    return datetime.fromtimestamp(found[0].start, UTC) if found else None


def test_free_time_is_looked_for_in_the_askers_hours(thing, insider, partner, now) -> None:
    mine, theirs = (actor_by_id(person.id, now) for person in (insider, partner))
    assert first_free(thing, mine, now) == now + timedelta(hours=10)
    assert first_free(thing, theirs, now) == now
    assert first_free(thing, None, now) == now  # a stranger may belong anywhere


def test_the_search_for_free_time_answers_by_the_token(client, world, thing, insider, partner, now) -> None:
    def asks(person):
        headers = {"Authorization": f"Bearer {world.token(person)}"}
        items = client.get("/api/v1/free?hours=1", headers=headers).json["items"]
        return [item["start"] for item in items]

    assert asks(insider) == ["2027-03-01T18:00:00+08:00"]
    assert asks(partner) == ["2027-03-01T08:00:00+08:00"]


def test_a_calendar_is_the_readers_and_tells_all_hours_apart(client, world, thing, partner) -> None:
    headers = {"Authorization": f"Bearer {world.token(partner)}"}
    address = f"/api/v1/instruments/{thing.id}/calendar?from=2027-03-02T00:00:00%2B08:00&to=2027-03-03T00:00:00%2B08:00"
    mine, anybodys = client.get(address, headers=headers).json, client.get(address).json
    eight, six, end = (f"2027-03-0{day}:00:00+08:00" for day in ("2T08", "2T18", "3T00"))
    assert mine["open"] == mine["free"] == [{"start": eight, "end": six}]
    assert anybodys["open"] == anybodys["free"] == [{"start": eight, "end": end}]
    assert (
        mine["open_to"]
        == anybodys["open_to"]
        == [
            {"start": eight, "end": six, "circles": ["institution", "partners"]},
            {"start": six, "end": end, "circles": ["lab"]},
        ]
    )


def test_alternatives_lie_in_the_users_hours(thing, partner, now) -> None:
    user = actor_by_id(partner.id, now)
    wish = wish_of(NIGHT, NIGHT + timedelta(hours=1))
    found = alternatives(thing.id, Wish(*wish), user, now).nearest
    assert found
    opened = bookable(thing.id).calendar_of(user)
    assert all(opened.opened(*span) == [span] for span in found)


def test_many_instruments_share_what_is_open_to_a_circle(world, thing, partner, now, statements) -> None:
    others = [world.instrument(thing.lab, week=None).id for _ in range(5)]
    actor, since = actor_by_id(partner.id, now), int(now.timestamp())
    bookable(thing.id)
    statements.clear()
    found = spans([thing.id, *others], since, since + 86_400, now, actor=actor)
    assert len(statements) <= 3
    assert len({id(each.opened) for each in found.values()}) == 1


# --- Pages


def test_the_page_shows_the_hours_of_others_as_closed_to_the_reader(client, thing, partner) -> None:
    sign_in(client, partner)
    page = client.get(f"/instruments/{thing.id}?view=list").text
    assert "Others have other hours: its own lab Daily 18:00–24:00" in page
    assert "open to others until" in page
    assert "Only for its own lab" in page
    assert "18:00–24:00</td>" not in page  # not among the free times
    spans = client.get(f"/instruments/{thing.id}/week.json").json["spans"]
    assert {"closed", "open"} == {span["state"] for span in spans}
    assert {span["label"] for span in spans if span["state"] == "closed"} == {"Only for its own lab"}


def test_strangers_see_hours_that_are_open_to_anybody_marked_with_whom(client, thing) -> None:
    page = client.get(f"/instruments/{thing.id}?view=list").text
    rows = [row.split("</tr>")[0] for row in page.split("<tr")[1:]]
    night = [row for row in rows if "18:00–24:00" in row and "Only for its own lab" in row]
    assert len(night) == 7


def test_who_is_not_admitted_reads_hours_as_a_stranger_does(client, world, thing) -> None:
    sign_in(client, world.person(world.institution(kind="company")))
    page = client.get(f"/instruments/{thing.id}?view=list").text
    rows = [row.split("</tr>")[0] for row in page.split("<tr")[1:]]
    assert len([row for row in rows if "18:00–24:00" in row and "Only for its own lab" in row]) == 7
    assert "Not open to you" in page


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ({"week": "daily 18:00-24:00"}, True),
        # The same hours, written otherwise; or other hours that hold later only.
        ({"week": "daily 08:00-12:00, 12:00-18:00"}, False),
        ({"week": "daily 18:00-24:00", "valid_from": date(2027, 4, 1)}, False),
    ],
)
def test_others_have_other_hours_only_where_they_are_others_now(client, world, insider, theirs, said) -> None:
    lab = world.lab(insider.institution)
    thing = world.instrument(lab, week=None, audience="companies")
    world.hours(thing, "daily 08:00-18:00")
    dates = {name: value for name, value in theirs.items() if name != "week"}
    world.hours(thing, theirs["week"], circles="lab", **dates)
    for reader in (None, insider):
        if reader:
            sign_in(client, reader)
        assert ("Others have other hours" in client.get(f"/instruments/{thing.id}").text) is said


def test_hours_that_are_published_anew_without_a_change_are_no_other_hours(client, world) -> None:
    thing = world.instrument(week="daily 08:00-18:00")
    world.hours(thing, "daily 08:00-12:00, 12:00-18:00", valid_from=date(2027, 3, 8))
    assert "Other hours from" not in client.get(f"/instruments/{thing.id}").text
    world.hours(thing, "daily 08:00-20:00", valid_from=date(2027, 4, 5))
    assert "Other hours from Mon 5 Apr" in client.get(f"/instruments/{thing.id}").text


def test_hours_that_merely_end_are_followed_by_others_or_none(client, world, now) -> None:
    lab = world.lab()
    seasonal, ending = world.instrument(lab, week=None), world.instrument(week=None)
    world.hours(lab, "daily 08:00-18:00")
    world.hours(seasonal, "daily 06:00-22:00", valid_from=date(2027, 2, 1), valid_to=date(2027, 3, 14))
    world.hours(ending, "daily 06:00-22:00", valid_to=date(2027, 3, 14))
    assert "Other hours from Mon 15 Mar" in client.get(f"/instruments/{seasonal.id}").text
    page = client.get(f"/instruments/{ending.id}").text
    assert "From Mon 15 Mar on no hours are published" in page
    assert "Other hours" not in page


def test_nothing_is_free_to_who_is_not_admitted(client, world, thing, insider) -> None:
    other = world.instrument(thing.lab)  # open to the institution, to all of it alike
    company = world.person(world.institution(kind="company"))
    range_ = "from=2027-03-02T00:00:00%2B08:00&to=2027-03-03T00:00:00%2B08:00"

    def told(number: int, headers: dict[str, str]) -> list[bool]:
        answer = client.get(f"/api/v1/instruments/{number}/calendar?{range_}", headers=headers).json
        return [bool(answer[name]) for name in ("open", "free")]

    theirs = {"Authorization": f"Bearer {world.token(company)}"}
    seen_as = {"Authorization": f"Bearer {world.token(insider)}"}
    world.grant(insider, Role.LAB_MANAGER, thing.lab)
    for number in (thing.id, other.id):
        assert told(number, theirs) == [True, False]
        assert told(number, {}) == told(number, seen_as) == [True, True]
    sign_in(client, company)
    for number in (thing.id, other.id):
        page = client.get(f"/instruments/{number}?view=list").text
        rows = [row for row in page.split("<tr")[1:] if "–24:00" in row or "–18:00" in row]
        assert rows and all("Only for " in row and "data-use-start" not in row for row in rows)
        assert "#booking" not in client.get(f"/instruments/{number}").text  # nor from the days of phones
    assert "Only for its own lab, its own institution" in page


def test_the_labs_page_says_whose_hours_are_others(client, thing) -> None:
    page = client.get(f"/labs/{thing.lab_id}").text
    assert "Daily 08:00–18:00. Others have other hours: its own lab Daily 18:00–24:00" in page


def test_the_labs_staff_let_somebody_use_the_hours_of_others_with_a_reason(
    client, world, thing, insider, partner
) -> None:
    def book(start, hours, why="The own lab gives its night away"):
        body = {
            "instrument_id": thing.id, "start": start.isoformat(), "end": (start + timedelta(hours=hours)).isoformat(),
            "for": partner.id, "override_reason": why,
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {world.token(insider)}"}
        return client.post("/api/v1/reservations", json=body, headers=headers)

    assert [each["code"] for each in book(NIGHT, 1, "").json["reasons"]] == ["outside_hours"]
    # What is open to nobody stays closed.
    (reason,) = book(NIGHT, 6).json["reasons"]
    assert "It is closed Tue 2 Mar, 00:00–02:00" in reason["message"]
    made = book(NIGHT, 1)
    assert made.status_code == 201
    sign_in(client, partner)
    page = client.get(f"/reservations/{made.json['id']}").text
    assert "The own lab gives its night away" in page and "Hours of others" in page
    assert outside_hours([thing.id], datetime(2027, 3, 1, tzinfo=UTC)) == []
