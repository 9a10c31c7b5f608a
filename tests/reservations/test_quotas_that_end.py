"""Quotas whose days end: what no later period can give, nothing counts from then on, whichever way it is booked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from instruments.database import db
from instruments.people.rights import Role
from tests.world import World, bearer, sign_in

NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an; the tests' now is a day earlier
HOUR = timedelta(hours=1)
TUESDAY, FRIDAY = date(2027, 3, 2), date(2027, 3, 5)


class Ending:
    """Somebody who has used up a quota that ends, on one instrument of the lab."""

    def __init__(self, client: Any, world: World) -> None:
        self.client, self.world = client, world
        self.lab = world.lab()
        self.thing = world.instrument(self.lab)
        self.person = world.person(self.lab.institution)
        self.headers = bearer(world.token(self.person))

    def book(self, start: datetime = NINE, hours: float = 1) -> Any:
        body = {
            "instrument_id": self.thing.id,
            "start": start.isoformat(),
            "end": (start + hours * HOUR).isoformat(),
        }
        return self.client.post("/api/v1/reservations", json=body, headers=self.headers)


@pytest.fixture
def ending(client, world, now) -> Ending:
    return Ending(client, world)


@pytest.mark.parametrize(
    ("values", "again"),
    [
        ({"per": "day", "valid_to": TUESDAY}, "Wed 3 Mar, 00:00"),
        ({"per": "week", "valid_to": FRIDAY}, "Sat 6 Mar, 00:00"),
        ({"per": "week", "valid_to": TUESDAY, "measured": "count"}, "Wed 3 Mar, 00:00"),
        ({"per": "month", "valid_to": FRIDAY}, "Sat 6 Mar, 00:00"),
        ({"per": "year", "valid_to": FRIDAY}, "Sat 6 Mar, 00:00"),
        ({"per": "week", "in_season": FRIDAY}, "Sat 6 Mar, 00:00"),
    ],
)
def test_when_it_has_ended_there_is_room_again(ending, values, again) -> None:
    given = dict(values)
    if last := given.pop("in_season", None):
        given["season_id"] = ending.world.season(ending.lab.institution, TUESDAY, last).id
    ending.world.quota(ending.lab, amount=1, **given)
    assert ending.book().status_code == 201
    refused = ending.book(NINE + 2 * HOUR)
    assert (refused.status_code, [each["code"] for each in refused.json["reasons"]]) == (422, ["quota"])
    assert f"There is room again from {again}" in refused.json["detail"]
    after = datetime(2027, 3, 6, 1, tzinfo=UTC)
    assert ending.book(after).status_code == ending.book(after + 2 * HOUR).status_code == 201


def test_every_way_in_says_it(ending, client) -> None:
    ending.world.quota(ending.lab, amount=1, per="day", valid_to=TUESDAY)
    kept, moved = ending.book().json, ending.book(NINE + timedelta(days=1)).json
    start, end = ((NINE + hours * HOUR).isoformat() for hours in (2, 3))
    said = "There is room again from Wed 3 Mar, 00:00"

    match = ending.headers | {"If-Match": "*"}
    answer = client.patch(
        f"/api/v1/reservations/{moved['id']}", json={"start": start, "end": end}, headers=match
    )
    assert (answer.status_code, said in answer.json["detail"]) == (422, True)
    longer = client.patch(
        f"/api/v1/reservations/{kept['id']}", json={"end": (NINE + 2 * HOUR).isoformat()}, headers=match
    )
    assert longer.status_code == 422

    series = {"instrument_id": ending.thing.id, "start": start, "end": end, "times": 3}
    plan = client.post("/api/v1/reservation-series/plan", json=series, headers=ending.headers)
    assert plan.status_code == 200
    first = plan.json["items"][0]
    assert said in str(first["reasons"])

    sign_in(client, ending.person)
    typed = {"day": "2027-03-02", "from": "11:00", "until": "12:00", "purpose": "research"}
    page = client.post(f"/instruments/{ending.thing.id}/reservations", data=typed)
    assert page.status_code == 422
    assert said in page.text


def test_a_quota_until_a_day_that_no_calendar_follows_is_refused(ending) -> None:
    manager = ending.world.person(ending.lab.institution)
    ending.world.grant(manager, Role.LAB_MANAGER, ending.lab)
    headers = bearer(ending.world.token(manager, scopes="labs:write"))
    body = {
        "amount": 3,
        "measured": "count",
        "per": "week",
        "holder": "person",
        "over": "lab",
        "valid_to": "9999-12-31",
    }
    answer = ending.client.post(f"/api/v1/labs/{ending.lab.id}/quotas", json=body, headers=headers)
    assert (answer.status_code, answer.json["reasons"][0]["field"]) == (422, "valid_to")
    assert "between 2000 and 2999" in answer.json["detail"]


@pytest.mark.parametrize("where", ["quota", "season", "instrument", "person"])
@pytest.mark.parametrize("per", ["day", "year", "future"])
def test_what_once_got_such_a_last_day_harms_nobody(ending, where, per) -> None:
    """Written past the forms, as lists that were imported may have it."""
    ever = date(9999, 12, 31)
    given = {"valid_to": ever} if where == "quota" else {}
    if where == "season":
        given["season_id"] = ending.world.season(ending.lab.institution, TUESDAY, ever).id
    if where == "instrument":
        ending.thing.retired_on = ever
    if where == "person":
        ending.person.ends_on = ever
    db.session.commit()
    ending.world.quota(ending.lab, amount=1, per=per, **given)
    assert ending.book().status_code == 201
    assert ending.book(NINE + 2 * HOUR).status_code == 422
    sign_in(ending.client, ending.person)
    assert ending.client.get(f"/instruments/{ending.thing.id}").status_code == 200
    assert ending.client.get("/?q=microscope").status_code == 200
