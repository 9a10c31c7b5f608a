"""A kind of notices that is switched on: of what happened while it was off nobody is told afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.notices import tasks
from instruments.notices.models import Notice, NoticeDelivery
from instruments.reservations.booking import BookingRequest, book
from tests.conftest import NOW
from tests.notices.conftest import HOUR, TOMORROW
from tests.world import bearer, sign_in

KIND = "own.booked"


class Lin:
    """Lin, who books and chooses on the page or by a program; the clock stands where it is put."""

    def __init__(self, app, world, place) -> None:
        self.app, self.world, self.place = app, world, place
        self.days = 0

    def at(self, seconds: int) -> datetime:
        moment = NOW + timedelta(seconds=seconds)
        self.app.config["FROZEN_NOW"] = moment
        return moment

    def chooses(self, way: str, *channels: str) -> None:
        client = self.app.test_client()
        if way == "program":
            body = {"kind": KIND, "in_app": "in_app" in channels, "by_mail": "by_mail" in channels}
            headers = bearer(self.world.token(self.place.lin, "notices:read notices:write"))
            answer = client.patch("/api/v1/notice-preferences", json={"items": [body]}, headers=headers)
            assert answer.status_code == 200
        else:
            form = {channel: [KIND] for channel in channels} | {
                "hours.reservation.soon": "24",
                "hours.proposal.due": "24",
            }
            answer = sign_in(client, self.place.lin).post("/profile/notices", data=form)
            assert answer.status_code == 303

    def books(self, seconds: int) -> None:
        self.days += 1
        start, actor = TOMORROW + timedelta(days=self.days), self.place.actor(self.place.lin)
        wanted = BookingRequest(self.place.instrument.id, start, start + HOUR)
        perform(lambda: book(actor, actor, wanted, self.at(seconds)))

    def told(self) -> int:
        tasks.follow()
        db.session.rollback()
        whose = (Notice.person_id == self.place.lin.id, Notice.kind == KIND)
        return db.session.scalar(select(func.count(Notice.id)).where(*whose)) or 0


@pytest.fixture
def lin(app, world, place) -> Lin:
    return Lin(app, world, place)


@pytest.mark.parametrize("way", ["page", "program"])
def test_what_happened_while_it_was_off_is_not_told_once_it_is_on(lin, way) -> None:
    lin.at(0)
    lin.chooses(way)
    lin.books(1)
    assert lin.told() == 0
    lin.at(50)
    lin.chooses(way, "by_mail")
    assert lin.told() == 0
    # To switch the other channel on as well, or to save the same again, changes nothing of that.
    lin.at(70)
    lin.chooses(way, "in_app", "by_mail")
    assert lin.told() == 0
    lin.books(90)
    assert lin.told() == 1


def test_who_changes_how_they_are_told_misses_nothing_of_before(lin) -> None:
    lin.at(0)
    lin.chooses("page", "in_app")
    lin.books(1)
    lin.at(10)
    lin.chooses("page", "by_mail")
    assert lin.told() == 1
    assert db.session.scalar(select(func.count()).select_from(NoticeDelivery)) == 1


def test_switched_off_again_and_on_it_counts_from_the_last_time(lin) -> None:
    for second, channels in ((0, ()), (10, ("in_app",)), (30, ()), (60, ("in_app",))):
        lin.at(second)
        lin.chooses("page", *channels)
    lin.books(20)
    lin.books(40)
    assert lin.told() == 0
    lin.books(60)
    assert lin.told() == 1
