"""Every way in which a person can come to hold a time, so that one table of rules can be held against all of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from flask.testing import FlaskClient

from instruments.availability.closures import Wanted
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.models import Person
from instruments.people.rights import Actor, Role
from instruments.people.signing import actor_by_id
from instruments.reservations.asking import open_request
from instruments.reservations.bookable import bookable
from instruments.reservations.form import prefilled
from instruments.reservations.handing_over import hand_over
from instruments.reservations.making_way import close, make_way_for_hours
from instruments.reservations.models import Reservation
from instruments.reservations.one_way import MOVE, Decided, Decision
from instruments.reservations.proposing import Offer
from instruments.timespan import Timespan
from instruments.usage.models import UsageSettings
from instruments.usage.walking_up import walk_up
from tests.reservations.waiting import Queue
from tests.world import World, bearer, sign_in

HOUR = timedelta(hours=1)
ZONE = "Asia/Shanghai"
WHY = "Their beam time was lost"
Act: TypeAlias = Callable[[], object]


class Place(Queue):
    """An instrument of a lab, a partner in a group who wants `start` to `end`, and the people who could let them.

    The span is Tuesday 22:00 to midnight in Shanghai, 38 hours from now.
    """

    def __init__(self, app: Any, client: FlaskClient, world: World, now: datetime) -> None:
        super().__init__(world, now, first=38, hours=2, people=0)
        db.session.delete(self.held)
        db.session.commit()
        self.app, self.client = app, client
        self.other = world.instrument(self.lab, audience="companies", class_code="010101")
        elsewhere = world.institution()
        self.user, self.colleague = world.person(elsewhere), world.person(elsewhere)
        self.above, self.manager = world.person(elsewhere), world.person(self.home)
        self.group = world.group(elsewhere)
        world.grant(self.above, Role.INSTITUTION_MANAGER, elsewhere)
        for person in (self.user, self.colleague):
            world.grant(person, Role.MEMBER, self.group)
        world.grant(self.manager, Role.LAB_MANAGER, self.lab)
        self.ids = {name: getattr(self, name).id for name in ("user", "colleague", "above", "manager")}
        self.instrument_id, self.other_id = self.instrument.id, self.other.id
        self.user_token = world.token(self.user)
        self.manager_token = world.token(self.manager)

    @property
    def span(self) -> dict[str, str]:
        """The time that is wanted, as programs say it."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}

    @property
    def later(self) -> datetime:
        """When the user holds something that is to be moved: two days after, at noon."""
        return self.start + 38 * HOUR

    def actor(self, name: str) -> Actor:
        found = actor_by_id(self.ids[name], self.now)
        assert found
        return found

    def holds(self, instrument: Any = None, user: Person | None = None, at: datetime | None = None) -> int:
        """Let somebody hold another time, or the wanted one."""
        start = at or self.later
        made = self.world.reservation(
            instrument or self.instrument, user or self.user, start, start + 2 * HOUR, group_id=self.group.id
        )
        return int(made.id)

    def send(self, method: str, path: str, body: dict[str, Any], token: str = "", match: str = "*") -> Any:
        headers = bearer(token or self.user_token) | {"If-Match": match}
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    def form(self) -> dict[str, str]:
        return {**prefilled(Timespan(self.start, self.end), ZONE), "purpose": "research", "title": "Run"}

    def state(self) -> str:
        """How the user holds the wanted time: the state, or nothing."""
        db.session.rollback()
        rows = db.session.query(Reservation).filter_by(
            user_id=self.ids["user"], instrument_id=self.instrument_id, starts_at=self.start, live=True
        )
        found = rows.populate_existing().one_or_none()
        return found.state if found else ""


def tried(act: Act) -> Act:
    """An act that may be refused."""

    def run() -> None:
        try:
            perform(act)
        except Refusal:
            db.session.rollback()

    return run


def by_page(place: Place) -> Act:
    sign_in(place.client, place.user)
    return lambda: place.client.post(f"/instruments/{place.instrument_id}/reservations", data=place.form())


def by_program(place: Place) -> Act:
    return lambda: place.send("POST", "/reservations", {"instrument_id": place.instrument_id, **place.span})


def by_staff(place: Place) -> Act:
    body = {"instrument_id": place.instrument_id, **place.span, "for": place.ids["user"]}
    return lambda: place.send("POST", "/reservations", body, place.manager_token)


def moved_on_page(place: Place) -> Act:
    number = place.holds()
    sign_in(place.client, place.user)
    data = {**place.form(), "version": "1"}
    return lambda: place.client.post(f"/reservations/{number}/move", data=data)


def moved_by_program(place: Place) -> Act:
    number = place.holds()
    return lambda: place.send("PATCH", f"/reservations/{number}", place.span)


def moved_by_staff(place: Place) -> Act:
    number = place.holds()
    body = {**place.span, "reason": "Service"}
    return lambda: place.send("PATCH", f"/reservations/{number}", body, place.manager_token)


def handed_over(place: Place) -> Act:
    number = place.holds(user=place.colleague, at=place.start)
    return tried(lambda: hand_over(place.actor("above"), place.actor("user"), number, None, place.now))


def series_on_page(place: Place) -> Act:
    sign_in(place.client, place.user)
    data = {**place.form(), "repeats": "week", "times": "2", "do": "book"}
    return lambda: place.client.post(f"/instruments/{place.instrument_id}/series", data=data)


def series_by_program(place: Place) -> Act:
    body = {"instrument_id": place.instrument_id, **place.span, "times": 2, "skip_holidays": False}
    return lambda: place.send("POST", "/reservation-series", body)


def series_moved(place: Place) -> Act:
    start = place.later
    times = {"start": start.isoformat(), "end": (start + 2 * HOUR).isoformat(), "times": 2}
    made = place.send("POST", "/reservation-series", {"instrument_id": place.instrument_id, **times})
    assert made.status_code == 201, made.json
    body = {"scope": "this", "reservation_id": made.json["items"][0]["id"], **place.span}
    return lambda: place.send("PATCH", f"/reservation-series/{made.json['id']}", body)


def offered(place: Place) -> Act:
    """From the waitlist: the offer was made before the rule held."""
    held = place.world.reservation(place.instrument, place.colleague, place.start, place.end)
    number = place.wait(place.user, group_id=place.group.id)
    db.session.delete(db.session.get(Reservation, held.id))
    db.session.commit()
    assert place.sweep(place.app) == 1
    return lambda: place.send("POST", f"/wait-requests/{number}/accept", {})


def proposed(place: Place) -> Act:
    """The lab proposes it to who asked for another time, and they accept."""
    number = place.holds()
    db.session.get(Reservation, number).state = "requested"
    db.session.commit()

    def ask() -> None:
        wish = (int(place.later.timestamp()), int(place.later.timestamp()) + 7200)
        open_request(number, bookable(place.instrument_id), place.actor("user"), wish, place.now)

    perform(ask)

    def run() -> None:
        if (
            place.send("POST", f"/reservations/{number}/propose", place.span, place.manager_token).status_code
            == 200
        ):
            assert place.send("POST", f"/reservations/{number}/accept", {}).status_code == 200

    return run


def _made_way(place: Place, number: int) -> Act:
    offer = Offer(place.instrument_id, int(place.start.timestamp()), int(place.end.timestamp()))
    decided = Decided({number: Decision(MOVE, 1, offer)}, "Service")
    wall = (place.later + 8 * HOUR).replace(tzinfo=None)
    wanted = Wanted("maintenance", "Service", wall, wall + 2 * HOUR)
    owner = db.session.get(Reservation, number).instrument
    return tried(lambda: close(owner, wanted, decided, place.actor("manager"), place.now))


def moved_for_closure(place: Place) -> Act:
    return _made_way(place, place.holds())


def moved_from_another(place: Place) -> Act:
    return _made_way(place, place.holds(place.other))


def moved_for_hours(place: Place) -> Act:
    number = place.holds()
    offer = Offer(place.instrument_id, int(place.start.timestamp()), int(place.end.timestamp()))
    decided = Decided({number: Decision(MOVE, 1, offer)}, "Hours")
    return tried(lambda: make_way_for_hours([number], decided, place.actor("manager"), place.now))


def walked_up(place: Place) -> Act:
    """They stand before it at the beginning and use it without having reserved it."""
    db.session.add(UsageSettings(lab_id=place.lab.id, walk_up=True))
    db.session.commit()
    until, group = place.end, place.group.id
    return tried(lambda: walk_up(place.actor("user"), place.instrument_id, until, group, place.start))


def staff_on_page(place: Place) -> Act:
    sign_in(place.client, place.manager)
    data = {**place.form(), "user": place.user.mail, "override": WHY}
    return lambda: place.client.post(f"/instruments/{place.instrument_id}/reservations", data=data)


def staff_by_program(place: Place) -> Act:
    body = {
        "instrument_id": place.instrument_id,
        **place.span,
        "for": place.ids["user"],
        "override_reason": WHY,
    }
    return lambda: place.send("POST", "/reservations", body, place.manager_token)


def staff_move_on_page(place: Place) -> Act:
    number = place.holds()
    sign_in(place.client, place.manager)
    data = {**place.form(), "version": "1", "reason": "Service", "override": WHY}
    return lambda: place.client.post(f"/reservations/{number}/move", data=data)


def staff_move_by_program(place: Place) -> Act:
    number = place.holds()
    body = {**place.span, "reason": "Service", "override_reason": WHY}
    return lambda: place.send("PATCH", f"/reservations/{number}", body, place.manager_token)


def staff_series_on_page(place: Place) -> Act:
    sign_in(place.client, place.manager)
    data = {
        **place.form(),
        "user": place.user.mail,
        "repeats": "week",
        "times": "2",
        "do": "book",
        "override": WHY,
    }
    return lambda: place.client.post(f"/instruments/{place.instrument_id}/series", data=data)


def staff_series_by_program(place: Place) -> Act:
    body = {
        "instrument_id": place.instrument_id, **place.span, "times": 2, "skip_holidays": False,
        "for": place.ids["user"], "override_reason": WHY,
    }  # fmt: skip
    return lambda: place.send("POST", "/reservation-series", body, place.manager_token)


# Where the lab's staff override, saying why.
OVERRIDING: tuple[Callable[[Place], Act], ...] = (
    staff_on_page, staff_by_program, staff_move_on_page, staff_move_by_program, staff_series_on_page,
    staff_series_by_program,
)  # fmt: skip
WAYS: tuple[Callable[[Place], Act], ...] = (
    by_page, by_program, by_staff, moved_on_page, moved_by_program, moved_by_staff, handed_over,
    series_on_page, series_by_program, series_moved, offered, proposed, moved_for_closure, moved_from_another,
    moved_for_hours, walked_up,
)  # fmt: skip
# What becomes of what is decided by staff needs nobody's approval but theirs.
BY_STAFF = frozenset({moved_by_staff, proposed, moved_for_closure, moved_from_another, moved_for_hours})
