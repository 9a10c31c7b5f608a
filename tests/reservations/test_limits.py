"""Limits beyond one length and one horizon: windows by audience, cut-off, buffers, rows, names, and certain dates."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.reservations.limits import LIMITS, BookingRules, objections
from instruments.reservations.models import DatedRules, Reservation
from instruments.reservations.presets import presets
from instruments.reservations.runs import run_around
from instruments.reservations.stages import DatedLimits, Set, stages
from tests.world import World, bearer, sign_in

XIAN = ZoneInfo("Asia/Shanghai")
NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an; the tests' now is a day earlier
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def instrument(world: World, now):
    return world.instrument()


@pytest.fixture
def person(world: World, instrument, client: FlaskClient):
    who = world.person(instrument.institution)
    sign_in(client, who)
    return who


@pytest.fixture
def manager(world: World, instrument):
    who = world.person(instrument.institution)
    world.grant(who, "lab_manager", instrument.lab)
    return who


def book(client: FlaskClient, world: World, who, instrument, start: datetime, hours: float = 1):
    body = {
        "instrument_id": instrument.id,
        "start": start.isoformat(),
        "end": (start + hours * HOUR).isoformat(),
    }
    return client.post("/api/v1/reservations", json=body, headers=bearer(world.token(who)))


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.json.get("reasons", [])]


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


# --- Windows


def test_each_circle_books_as_far_ahead_as_its_own_window(client, world, instrument) -> None:
    world.rules(instrument.lab, horizon_days=10, institution_days=30, partners_days=5)
    colleague, partner = world.person(instrument.institution), world.person(world.institution())
    assert book(client, world, colleague, instrument, NINE + 20 * DAY).status_code == 201
    refused = book(client, world, partner, instrument, NINE + 6 * DAY)
    assert codes(refused) == ["horizon"]
    assert "Other universities and institutes may book up to 5 days ahead" in refused.json["detail"]
    assert book(client, world, partner, instrument, NINE + 3 * DAY).status_code == 201
    free = client.get(
        f"/api/v1/instruments/{instrument.id}/calendar",
        query_string={"from": (NINE + 6 * DAY).isoformat(), "to": (NINE + 7 * DAY).isoformat()},
        headers=bearer(world.token(partner)),
    )
    assert free.json["free"] == []


def test_a_search_finds_only_what_the_searcher_may_book(client, world, instrument) -> None:
    world.rules(instrument, partners_days=2)
    week_on = {"from": (NINE + 7 * DAY).isoformat(), "to": (NINE + 8 * DAY).isoformat(), "hours": "1"}
    inside, outside = world.person(instrument.institution), world.person(world.institution())
    found = client.get("/api/v1/free", query_string=week_on, headers=bearer(world.token(inside)))
    assert [each["instrument_id"] for each in found.json["items"]] == [instrument.id]
    found = client.get("/api/v1/free", query_string=week_on, headers=bearer(world.token(outside)))
    assert found.json["items"] == []


# --- Cut-off


def test_after_the_cut_off_its_user_can_neither_move_nor_cancel_but_the_lab_can(
    client, world, instrument, person, manager
) -> None:
    world.rules(instrument, cutoff_minutes=48 * 60)
    late = world.reservation(instrument, person, NINE)
    other = world.reservation(instrument, person, NINE + 5 * DAY)
    headers = bearer(world.token(person)) | {"If-Match": "*"}
    sign_in(client, person)
    still, no_longer = (client.get(f"/reservations/{each.id}").text for each in (other, late))
    assert "until Fri 5 Mar, 09:00" in " ".join(still.split()) and "Cancel it" in still
    assert "no longer since" in no_longer and "Cancel it" not in no_longer
    listed = client.get("/reservations").text
    for each, deeds in ((late, ["move"]), (other, ["move", "cancel"])):
        assert re.findall(rf'href="/reservations/{each.id}/(move|cancel)"', listed) == deeds
    sent_back = client.get(f"/reservations/{late.id}/cancel", follow_redirects=True).text
    assert "It could be cancelled until Sun 28 Feb, 09:00" in sent_back and "its staff still can" in sent_back
    assert "until 2 days before it starts" in client.get(f"/instruments/{instrument.id}").text
    url = f"/api/v1/reservations/{late.id}"
    body = {"start": (NINE + 3 * DAY).isoformat(), "end": (NINE + 3 * DAY + HOUR).isoformat()}
    moved = client.patch(url, json=body, headers=headers)
    assert (moved.status_code, codes(moved)) == (422, ["cutoff"])
    assert moved.json["alternatives"] == []
    cancelled = client.post(f"{url}/cancel", json={"reason": "ill"}, headers=headers)
    assert (cancelled.status_code, codes(cancelled)) == (422, ["cutoff"])
    assert "It could be cancelled until" in cancelled.json["detail"]
    assert client.patch(url, json={"title": "Other"}, headers=headers).status_code == 200
    staff = bearer(world.token(manager)) | {"If-Match": "*"}
    assert client.post(f"{url}/cancel", json={"reason": "ill"}, headers=staff).status_code == 200
    later = client.post(f"/api/v1/reservations/{other.id}/cancel", json={"reason": "ill"}, headers=headers)
    assert later.status_code == 200


# --- Buffers and rows


def test_the_buffers_after_one_and_before_the_next_both_stay_free(client, world, instrument, person) -> None:
    world.rules(instrument, buffer_minutes=30, before_minutes=15)
    world.reservation(instrument, person, NINE)
    refused = book(client, world, person, instrument, NINE + 1.5 * HOUR)
    assert (refused.status_code, codes(refused)) == (409, ["buffer"])
    assert "30 min after each reservation and 15 min before the next" in refused.json["detail"]
    assert book(client, world, person, instrument, NINE + 1.75 * HOUR).status_code == 201


@pytest.mark.parametrize(
    ("wish", "others", "gap", "run"),
    [
        ((10, 20), [], 0, (10, 20)),
        ((10, 20), [(0, 10), (20, 30)], 0, (0, 30)),
        ((10, 20), [(0, 9), (21, 30)], 0, (10, 20)),
        ((10, 20), [(0, 9), (21, 30)], 1, (0, 30)),
        ((10, 20), [(0, 5), (5, 10), (40, 50)], 0, (0, 20)),
    ],
)
def test_what_adjoins_counts_as_one_run(wish, others, gap, run) -> None:
    assert run_around(wish, others, gap) == run


def test_nobody_has_it_longer_in_a_row_than_allowed_not_even_in_pieces(
    client, world, instrument, person
) -> None:
    world.rules(instrument, consecutive_minutes=180)
    assert book(client, world, person, instrument, NINE, 2).status_code == 201
    refused = book(client, world, person, instrument, NINE + 2 * HOUR, 2)
    assert (refused.status_code, codes(refused)) == (422, ["in_a_row"])
    assert "4 h in a row" in refused.json["detail"]
    assert refused.json["reasons"][0]["fix"] == {"end": "2027-03-02T12:00:00+08:00"}
    assert book(client, world, person, instrument, NINE + 2 * HOUR, 1).status_code == 201
    assert codes(book(client, world, person, instrument, NINE + 3 * HOUR)) == ["in_a_row"]
    assert book(client, world, person, instrument, NINE + 3.25 * HOUR).status_code == 201
    another = world.person(instrument.institution)
    assert book(client, world, another, instrument, NINE + 5 * HOUR).status_code == 201


def test_a_group_counts_as_one_in_a_row(client, world, instrument) -> None:
    world.rules(instrument, consecutive_minutes=60)
    one, two = world.person(instrument.institution), world.person(instrument.institution)
    group = world.group(instrument.institution)
    world.grant(one, "member", group)
    world.grant(two, "member", group)
    assert book(client, world, one, instrument, NINE).status_code == 201
    assert codes(book(client, world, two, instrument, NINE + HOUR)) == ["in_a_row"]


# --- Names


@pytest.mark.parametrize(
    ("seen", "readers"),
    [
        ("nobody", set()),
        ("group", {"mate"}),
        ("institution", {"mate", "colleague"}),
        ("everybody", {"mate", "colleague", "partner"}),
    ],
)
def test_the_rules_say_who_sees_whose_it_is_and_strangers_never_do(
    client, world, instrument, seen, readers
) -> None:
    world.rules(instrument.lab, names_seen=seen)
    home = instrument.institution
    user, group = world.person(home, name_en="Lin Shili"), world.group(home)
    people = {
        "mate": world.person(home),
        "colleague": world.person(home),
        "partner": world.person(world.institution()),
    }
    world.grant(people["mate"], "member", group)
    world.reservation(instrument, user, NINE, group_id=group.id, title="Secret sample")
    address = f"/instruments/{instrument.id}/week.json?from=2027-03-01"
    told = client.get(address).get_data(as_text=True)
    assert "Lin Shili" not in told
    for name, reader in people.items():
        told = sign_in(client, reader).get(address).get_data(as_text=True)
        assert ("Lin Shili" in told) == (name in readers), name
        assert "Secret sample" not in told


# --- Certain dates

BASE = Set({"longest_minutes": 240})
EXAMS = DatedLimits({"longest_minutes": 60}, date(2027, 3, 8), date(2027, 3, 14))


def lengths(*sets: Set) -> list[tuple[str, int]]:
    found = stages(sets, XIAN)
    return [
        (f"{datetime.fromtimestamp(each.first, XIAN):%m-%d %H:%M}", each.rules.longest_minutes)
        for each in found
    ]


@pytest.mark.parametrize(
    ("sets", "found"),
    [
        ([BASE], []),
        ([Set(BASE.own, [EXAMS])], [("01-01 08:00", 240), ("03-08 00:00", 60), ("03-15 00:00", 240)]),
        ([Set({}, [EXAMS]), Set({"longest_minutes": 90})],  # the instrument's own stands over the lab's dates
         [("01-01 08:00", 90), ("03-08 00:00", 90), ("03-15 00:00", 90)]),
        ([Set(BASE.own, [DatedLimits({"longest_minutes": 30}, date(2027, 3, 10), date(2027, 3, 11)), EXAMS])],
         [("01-01 08:00", 240), ("03-08 00:00", 60), ("03-10 00:00", 30), ("03-12 00:00", 60), ("03-15 00:00", 240)]),
        ([Set(BASE.own, [DatedLimits({"longest_minutes": 60}, date(2027, 3, 8))])],
         [("01-01 08:00", 240), ("03-08 00:00", 60)]),
    ],
)  # fmt: skip
def test_which_limits_hold_on_which_dates(sets, found) -> None:
    assert lengths(*sets) == found


def test_reservations_on_the_dates_are_held_to_them_and_searches_know(
    client, world, instrument, person
) -> None:
    world.rules(instrument, longest_minutes=240)
    world.dated_rules(instrument, date(2027, 3, 8), date(2027, 3, 14), longest_minutes=60, grid_minutes=30)
    monday = NINE + 6 * DAY
    assert book(client, world, person, instrument, NINE, 4).status_code == 201
    refused = book(client, world, person, instrument, monday, 2)
    assert codes(refused) == ["too_long"]
    assert codes(book(client, world, person, instrument, monday + HOUR / 4)) == ["grid", "grid"]
    window = {"from": monday.isoformat(), "to": (monday + 9 * DAY).isoformat(), "hours": "2"}
    found = client.get("/api/v1/free", query_string=window, headers=bearer(world.token(person)))
    assert found.json["items"][0]["start"] == "2027-03-15T00:00:00+08:00"
    page = words(client.get(f"/instruments/{instrument.id}"))
    assert "Mon 8 Mar to Sun 14 Mar: Time steps: 30 min, Longest: 1 h" in page


def test_dates_are_added_ended_and_taken_back_and_what_is_over_stays(
    client, world, instrument, manager
) -> None:
    sign_in(client, manager)
    address = f"/instruments/{instrument.id}/rules"
    refused = client.post(
        f"{address}/dates", data={"since": "2027-02-01", "until": "2027-01-01", "longest_minutes": "x"}
    )
    assert refused.status_code == 422
    for sentence in (
        "Days that are over",
        "lies before the first",
        "Enter a whole number.",
    ):
        assert sentence in words(refused), sentence
    # Whoever wrote something that is no number did set something.
    assert "Nothing is set." not in words(refused)
    assert "Nothing is set." in words(client.post(f"{address}/dates", data={"since": "2027-03-03"}))
    below = client.post(f"{address}/dates", data={"since": "2027-03-08", "lead_minutes": "-5"})
    assert (below.status_code, "Enter a number from 0 to" in words(below)) == (422, True)
    assert "Enter a whole number" not in words(below)
    assert client.get(f"{address}/dates").status_code == 200
    typed = {"since": "2027-03-08", "until": "2027-03-14", "longest_minutes": "60", "names_seen": "group"}
    assert client.post(f"{address}/dates", data=typed).status_code == 303
    page = words(client.get(address))
    assert "Mon 8 Mar to Sun 14 Mar" in page
    assert "Longest: 1 h" in page
    now_on = {"since": "2027-03-01", "until": "", "lead_minutes": "60"}
    assert client.post(f"{address}/dates", data=now_on).status_code == 303
    planned, begun = [row.id for row in db.session.query(DatedRules).order_by(DatedRules.id)]
    assert client.post(f"{address}/dates/{planned}/end").status_code == 303
    assert client.post(f"{address}/dates/{begun}/end").status_code == 303
    db.session.rollback()
    left = db.session.query(DatedRules).one()
    assert (left.id, left.valid_to) == (begun, date(2027, 3, 1))
    assert client.post(f"{address}/dates/{planned}/end").status_code == 404


def test_only_who_sets_the_rules_sets_them_for_dates(client, world, instrument, person, manager) -> None:
    row = world.dated_rules(instrument.lab, date(2027, 3, 8), None, longest_minutes=60)
    for kind, number in (("labs", instrument.lab_id), ("instruments", instrument.id)):
        address = f"/{kind}/{number}/rules/dates"
        assert client.get(address).status_code == 403
        assert client.post(address, data={}).status_code == 403
    assert client.post(f"/labs/{instrument.lab_id}/rules/dates/{row.id}/end").status_code == 403
    sign_in(client, manager)
    other = world.instrument(instrument.lab)
    assert client.post(f"/instruments/{other.id}/rules/dates/{row.id}/end").status_code == 404


# --- Presets


def test_every_preset_stands_by_itself() -> None:
    assert len(presets()) >= 4
    for preset in presets().values():
        assert set(preset.limits) <= set(LIMITS)
        assert objections(preset.limits, BookingRules()) == []
        assert all((*preset.name, *preset.words))


def test_a_preset_never_lets_the_labs_own_people_book_less_far_ahead_than_everybody() -> None:
    teaching = presets()["teaching"]
    filled = teaching.limits_over(BookingRules(lab_days=28, partners_days=7))
    assert (filled["horizon_days"], filled["lab_days"]) == (150, 150)
    assert not {"institution_days", "partners_days"} & set(filled)
    assert teaching.limits_over(BookingRules(lab_days=200)) == teaching.limits


def test_a_preset_fills_the_form_and_saves_nothing(client, world, instrument, manager) -> None:
    sign_in(client, manager)
    address = f"/labs/{instrument.lab_id}/rules"
    page = client.get(f"{address}?preset=overnight").get_data(as_text=True)
    assert "Nothing is saved yet" in page
    assert 'value="4320"' in page
    assert client.get(f"{address}?preset=nothing").status_code == 200
    assert "Nothing is saved yet" not in client.get(address).get_data(as_text=True)
    assert db.session.query(Reservation).count() == 0
