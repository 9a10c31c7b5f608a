"""Overriding: lab staff book and move for others against limits and quotas, never against what is taken."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from instruments.journal.record import history
from tests.world import World, bearer, sign_in

NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an; the tests' now is a day earlier
HOUR = timedelta(hours=1)
WHY = "The beam time of the whole group was lost"


@pytest.fixture
def place(world: World, now):
    instrument = world.instrument()

    class Place:
        home = instrument.institution
        user = world.person(home, name_en="Lin")
        operator = world.person(home, name_en="Sun")
        manager = world.person(home, name_en="Chen")
        stranger = world.person(home, name_en="Wu")

    Place.instrument = instrument
    world.grant(Place.operator, "lab_operator", Place.instrument.lab)
    world.grant(Place.manager, "lab_manager", Place.instrument.lab)
    world.rules(Place.instrument, longest_minutes=60)
    world.quota(Place.instrument, amount=1)
    return Place


def book(client, world, place, who, user, hours: float = 2, **more):
    body = {
        "instrument_id": place.instrument.id, "start": NINE.isoformat(), "end": (NINE + hours * HOUR).isoformat(),
        "for": user.id, "override_reason": WHY, **more,
    }  # fmt: skip
    return client.post("/api/v1/reservations", json=body, headers=bearer(world.token(who)))


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.json.get("reasons", [])]


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def test_nobody_overrides_for_themselves_nor_without_being_staff(client, world, place) -> None:
    for who in (place.user, place.operator, place.manager):
        refused = book(client, world, place, who, who)
        assert codes(refused) == ["too_long", "quota", "may_not_override"]
    head = world.person(place.home)
    group = world.group(place.home, head)
    world.grant(place.user, "member", group)
    assert "may_not_override" in codes(book(client, world, place, head, place.user))
    assert codes(book(client, world, place, place.operator, place.user, override_reason="")) == [
        "too_long",
        "quota",
    ]


def test_what_is_taken_closed_or_past_is_never_overridden(client, world, place) -> None:
    world.reservation(place.instrument, place.stranger, NINE)
    refused = book(client, world, place, place.operator, place.user)
    assert (refused.status_code, codes(refused)) == (409, ["taken"])
    world.closure(place.instrument, NINE + HOUR, NINE + 3 * HOUR)
    assert codes(book(client, world, place, place.operator, place.user)) == ["maintenance", "taken"]
    past = book(client, world, place, place.operator, place.user, start=(NINE - 48 * HOUR).isoformat())
    assert "past" in codes(past)


def test_the_reason_must_be_readable_and_31_days_stay_the_end(client, world, place) -> None:
    assert codes(book(client, world, place, place.operator, place.user, override_reason="x" * 501)) == [
        "reason_too_long", "too_long", "quota",
    ]  # fmt: skip
    assert "too_long" in codes(book(client, world, place, place.operator, place.user, hours=32 * 24))


def test_with_a_reason_it_is_booked_and_everyone_concerned_sees_who_and_why(client, world, place) -> None:
    made = book(client, world, place, place.operator, place.user)
    assert made.status_code == 201
    number = made.json["id"]
    entry = history("reservation", number)[0]
    assert (entry.deed, entry.actor_id) == ("reservation.overridden", place.operator.id)
    assert entry.detail == {"rules": "too_long quota", "reason": WHY}
    page = words(sign_in(client, place.user).get(f"/reservations/{number}"))
    assert f"Longest, Quota; allowed by Sun: {WHY}" in page
    assert "Against the rules: Longest, Quota" in page
    assert sign_in(client, place.stranger).get(f"/reservations/{number}").status_code == 404


def test_the_page_offers_it_to_staff_only_and_only_where_it_helps(client, world, place) -> None:
    form = {"day": "2027-03-02", "from": "09:00", "until": "11:00", "purpose": "research", "key": "k"}
    address = f"/instruments/{place.instrument.id}/reservations"
    own = sign_in(client, place.user).post(address, data=form)
    assert "Why the rules do not count this time" not in words(own)
    sign_in(client, place.operator)
    themselves = client.post(address, data=form)
    assert "Why the rules do not count this time" not in words(themselves)
    refused = client.post(address, data={**form, "user": place.user.mail})
    assert "Why the rules do not count this time" in words(refused)
    booked = client.post(address, data={**form, "user": place.user.mail, "override": WHY})
    assert booked.status_code == 303
    taken = client.post(address, data={**form, "user": place.stranger.mail, "key": "other"})
    assert "Why the rules do not count this time" not in words(taken)


def test_staff_move_against_the_rules_too(client, world, place) -> None:
    row = world.reservation(place.instrument, place.user, NINE)
    sign_in(client, place.operator)
    address = f"/reservations/{row.id}/move"
    form = {
        "day": "2027-03-02",
        "from": "09:00",
        "until": "12:00",
        "purpose": "research",
        "title": "",
        "version": "1",
        "reason": "Sample is late",
    }
    refused = client.post(address, data=form)
    assert (refused.status_code, "Why the rules do not count this time" in words(refused)) == (422, True)
    assert client.post(address, data={**form, "override": WHY}).status_code == 303
    assert WHY in words(client.get(f"/reservations/{row.id}"))
