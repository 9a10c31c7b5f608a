"""People who wait for an instrument that is booked up, and how a test lets time become free."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.models import Person
from instruments.people.signing import actor_by_id
from instruments.reservations.models import Reservation
from instruments.reservations.tasks import offer_freed
from instruments.reservations.waitlist.answering import accept, decline, withdraw
from instruments.reservations.waitlist.joining import WaitWish, join
from instruments.reservations.waitlist.models import WaitOffer, WaitRequest
from instruments.reservations.waitlist.rules import Wanted
from tests.world import World

HOUR = timedelta(hours=1)


class Queue:
    """One instrument that somebody holds from `first` on for some hours, and people who may wait for it."""

    def __init__(
        self, world: World, now: datetime, first: float = 26, hours: float = 2, people: int = 5
    ) -> None:
        self.world, self.now = world, now
        self.home = world.institution()
        self.lab = world.lab(self.home)
        self.instrument = world.instrument(self.lab, audience="companies", class_code="010101")
        self.holder = world.person(self.home)
        self.people = [world.person(self.home) for _ in range(people)]
        self.start, self.end = now + first * HOUR, now + (first + hours) * HOUR
        self.held = world.reservation(self.instrument, self.holder, self.start, self.end)

    def wish(self, hours: float | None = None, **more: Any) -> WaitWish:
        """What was held, or so many hours within it."""
        earliest, latest = more.pop("earliest", self.start), more.pop("latest", self.end)
        length = latest - earliest if hours is None else hours * HOUR
        if "class_code" not in more:
            more.setdefault("instrument_id", self.instrument.id)
        return WaitWish(Wanted(earliest, latest, length), **more)

    def wait(self, who: Person, hours: float | None = None, at: datetime | None = None, **more: Any) -> int:
        """Put somebody on the list."""
        actor, wish = actor_by_id(who.id, self.now), self.wish(hours, **more)
        assert actor
        return perform(lambda: join(actor, actor, wish, at or self.now))

    def free(self) -> None:
        """Let what was held be cancelled, as every way of cancelling leaves it."""
        from instruments.catalog import revision

        def act() -> None:
            revision.lock([self.instrument.id])
            db.session.get(Reservation, self.held.id).state = "cancelled"

        perform(act)

    def sweep(self, app: Any, later: timedelta = timedelta(0)) -> int:
        """One sweep of the worker, so much later."""
        app.config["FROZEN_NOW"] = self.now + later
        return offer_freed()

    def answer(self, who: Person, number: int, deed: str = "accept", later: timedelta = timedelta(0)) -> Any:
        """Accept, decline or withdraw."""
        actor, now = actor_by_id(who.id, self.now), self.now + later
        act = {"accept": accept, "decline": decline, "withdraw": withdraw}[deed]
        assert actor
        return perform(lambda: act(actor, number, None, now))


def offers() -> list[tuple[int, str]]:
    """Every offer as (request, state), the first first."""
    db.session.rollback()
    rows = db.session.query(WaitOffer).order_by(WaitOffer.id).populate_existing().all()
    return [(row.request_id, row.state) for row in rows]


def states() -> list[str]:
    """The state of every request, in the order in which they were asked."""
    db.session.rollback()
    rows = db.session.query(WaitRequest).order_by(WaitRequest.asked_at, WaitRequest.id).populate_existing()
    return [row.state for row in rows]
