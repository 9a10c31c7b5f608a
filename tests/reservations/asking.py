"""A lab that partners and companies have to ask, and the people around it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from instruments.database import db
from instruments.people.rights import Role
from instruments.reservations.models import Approval, Reservation
from tests.world import World, bearer

HOUR = timedelta(hours=1)


class Lab:
    """One instrument of a lab with a rule of approval; everybody is known by a short name and has a token."""

    def __init__(self, client: FlaskClient, world: World, now: datetime, **rule: Any) -> None:
        self.client, self.world, self.now = client, world, now
        self.home, elsewhere = world.institution(), world.institution()
        self.lab = world.lab(self.home)
        self.instrument = world.instrument(self.lab, audience="companies")
        self.rule = world.approval_rule(self.lab, "partners", "companies", **rule)
        people = {
            "partner": world.person(elsewhere),
            "member": world.person(self.home),
            "manager": world.person(self.home),
            "second": world.person(self.home),
            "operator": world.person(self.home),
            "deputy": world.person(self.home),
            "head": world.person(self.home),
        }
        deputy_until = (now + 30 * 24 * HOUR).date()
        world.grant(
            people["manager"],
            Role.LAB_MANAGER,
            self.lab,
            deputy_id=people["deputy"].id,
            deputy_until=deputy_until,
        )
        world.grant(people["second"], Role.LAB_MANAGER, self.lab)
        world.grant(people["operator"], Role.LAB_OPERATOR, self.lab)
        world.grant(people["head"], Role.INSTITUTION_MANAGER, self.home)
        self.people = people
        self.tokens = {name: world.token(person) for name, person in people.items()}
        self.lab_id, self.instrument_id = self.lab.id, self.instrument.id
        self.numbers = {name: person.id for name, person in people.items()}

    def book(self, who: str = "partner", hours: float = 26, length: float = 2, **more: Any) -> Any:
        """POST a reservation that starts so many hours from now; the answer."""
        start = self.now + hours * HOUR
        body = {
            "instrument_id": self.instrument_id,
            "start": start.isoformat(),
            "end": (start + length * HOUR).isoformat(),
            **more,
        }
        return self.client.post("/api/v1/reservations", json=body, headers=bearer(self.tokens[who]))

    def send(self, who: str, number: int, deed: str, match: str = "*", **body: Any) -> Any:
        """POST one of the deeds on a reservation; the answer."""
        headers = bearer(self.tokens[who]) | ({"If-Match": match} if match else {})
        return self.client.post(f"/api/v1/reservations/{number}/{deed}", json=body, headers=headers)

    def state(self, number: int) -> tuple[str, str | None]:
        """The state of a reservation, and what was decided on its request."""
        db.session.rollback()
        row = db.session.get(Reservation, number, populate_existing=True)
        asked = db.session.query(Approval).filter_by(reservation_id=number).populate_existing().one_or_none()
        return row.state, asked.decision if asked else None
