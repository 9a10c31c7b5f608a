"""A move away from a closure that the fund of its user cannot pay: the reservation stays, all are told, the lab decides anew."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select

from instruments.availability.models import Closure
from instruments.database import db
from instruments.funds.models import FundHold, FundUser
from instruments.people.rights import Role
from instruments.reservations.models import Displacement, Reservation
from tests.rates.pricing_world import price, published
from tests.world import World, bearer, sign_in

NOW = datetime(2027, 3, 1, tzinfo=UTC)
START, HOUR = datetime(2027, 3, 3, 2, tzinfo=UTC), timedelta(hours=1)  # 10:00 in Shanghai
CLOSING = {
    "kind": "maintenance", "reason": "Laser service / 激光器保养",
    "start_day": "2027-03-03", "start_time": "08:00", "end_day": "2027-04-30", "end_time": "24:00",
}  # fmt: skip


class Place:
    """Two of a kind, at 60.00 and at 90.00 an hour; a student holds two hours of the cheap one from a grant of 150.00."""

    def __init__(self, world: World, client) -> None:
        self.world, self.client = world, client
        self.lab = world.lab()
        cheap, dear = (world.instrument(self.lab, class_code="010410") for _ in range(2))
        published(self.lab, since=date(2026, 1, 1))
        published(dear, since=date(2026, 1, 1), prices=[price("own_institution", 9000)])
        self.student, head, self.manager = (world.person(self.lab.institution) for _ in range(3))
        group = world.group(self.lab.institution, head)
        world.grant(self.student, Role.MEMBER, group)
        world.grant(self.manager, Role.LAB_MANAGER, self.lab)
        fund = world.fund(group, name_en="Thin films", budget_units=15_000)
        db.session.add(FundUser(fund_id=fund.id, given_at=NOW))
        db.session.commit()
        self.cheap, self.dear = cheap.id, dear.id
        body = {
            "instrument_id": cheap.id, "start": START.isoformat(), "end": (START + 2 * HOUR).isoformat(),
            "fund_id": fund.id,
        }  # fmt: skip
        made = client.post("/api/v1/reservations", json=body, headers=bearer(world.token(self.student)))
        assert made.status_code == 201, made.json
        self.number = made.json["id"]

    def stands(self) -> tuple[str, int, list[int], list[str]]:
        """How it stands, where, what is held for it, and what is noted of the closing."""
        db.session.rollback()
        rows = db.session.query(Reservation).filter(Reservation.live).all()
        assert [row.id for row in rows] == [self.number]
        held = select(FundHold.amount_units).where(FundHold.state == "pending")
        noted = select(Displacement.outcome).order_by(Displacement.id)
        return rows[0].state, rows[0].instrument_id, [*db.session.scalars(held)], [*db.session.scalars(noted)]


@pytest.fixture
def place(world: World, client, now) -> Place:
    return Place(world, client)


def sent(page: str) -> dict[str, str]:
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: value for name, value in pairs if name != "csrf_token"}


def test_the_lab_reads_why_and_is_asked_again_at_once(place: Place) -> None:
    client, address = sign_in(place.client, place.manager), f"/instruments/{place.cheap}/closures"
    asked = client.post(address, data=CLOSING).text
    assert "Move to another of its kind" in asked
    answer = client.post(address, data=sent(asked) | {"all": "move", "message": "Laser service"})
    closure = db.session.query(Closure).one()
    assert (answer.status_code, answer.location) == (303, f"/closures/{closure.id}/reservations")
    page = unescape(client.get(answer.location).text)
    assert "stays as it was." in page and "cannot pay all of it." in page
    assert "150" not in page and "30.00" not in page  # what the fund has is not the lab's to know
    assert place.stands() == ("confirmed", place.cheap, [12_000], ["kept"])
    done = client.post(answer.location, data=sent(page) | {"all": "cancel", "message": "Laser service"})
    assert done.location == address
    db.session.rollback()
    assert db.session.get(Reservation, place.number).state == "cancelled"


def test_who_is_concerned_reads_that_it_is_closed_and_stands(place: Place) -> None:
    client, address = sign_in(place.client, place.manager), f"/instruments/{place.cheap}/closures"
    client.post(address, data=sent(client.post(address, data=CLOSING).text) | {"all": "move"})
    client = sign_in(client, place.student)
    page = unescape(client.get(f"/reservations/{place.number}").text)
    assert "Laser service" in page
    assert "Laser service" in unescape(client.get("/home").text)


def test_programs_read_why_it_stays(place: Place) -> None:
    token = bearer(place.world.token(place.manager))
    closing = {
        "kind": "maintenance", "reason": "Laser service", "start": "2027-03-03T08:00:00+08:00",
        "end": "2027-05-01T00:00:00+08:00", "reservations": {"all": "move"},
    }  # fmt: skip
    answer = place.client.post(f"/api/v1/instruments/{place.cheap}/closures", json=closing, headers=token)
    assert answer.status_code == 201, answer.json
    (failed,) = answer.json["failed"]
    assert failed["reservation_id"] == place.number and "cannot pay all of it." in failed["why"]
    assert answer.json["outcomes"] == {"kept": 1}
    assert place.stands() == ("confirmed", place.cheap, [12_000], ["kept"])
