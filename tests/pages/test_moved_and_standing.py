"""What stands goes on standing where a closure moves it to another instrument, though whoever books there has to ask."""

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.people.rights import Role
from instruments.reservations.models import Approval, Reservation
from tests.pages.test_deciding import FORM, HOUR, START, fresh, hidden
from tests.world import sign_in


class Labs:
    """An instrument that closes whole, and another of its kind where one has to ask."""

    def __init__(self, world, client, role=Role.LAB_MANAGER, **rule) -> None:
        self.client, self.lab = client, world.lab()
        self.staff = world.person(self.lab.institution)
        world.grant(self.staff, role, self.lab)
        kind = {"class_code": "010410", "audience": "companies"}
        self.one = world.instrument(self.lab, retired_on=START.date(), **kind)
        self.other = world.instrument(self.lab, **kind)
        world.approval_rule(self.lab, "lab", "partners", "companies", **rule)
        self.partner = world.person(world.institution())

    def closes(self) -> str:
        """Close, and move all that lie in the way; the page after."""
        page = self.client.post(f"/instruments/{self.one.id}/closures", data=FORM).text
        form = hidden(page) | {"all": "move", "message": "Laser"}
        return self.client.post(f"/instruments/{self.one.id}/closures", data=form, follow_redirects=True).text

    def moved(self) -> Reservation | None:
        return db.session.scalars(
            select(Reservation).where(Reservation.instrument_id == self.other.id)
        ).one_or_none()


def test_where_only_managers_answer_an_operators_move_is_refused_and_nothing_is_lost(
    world, client, now
) -> None:
    labs = Labs(world, client, Role.LAB_OPERATOR, managers_only=True)
    hit = world.reservation(labs.one, labs.partner, START + HOUR)
    sign_in(client, labs.staff)
    page = labs.closes()
    assert "There it would have to be asked for first." in page
    assert (fresh(hit).state, labs.moved()) == ("confirmed", None)


@pytest.mark.parametrize(("state", "stands"), [("confirmed", "confirmed"), ("requested", "requested")])
def test_what_stood_stands_and_what_was_asked_for_still_is(world, client, now, state, stands) -> None:
    labs = Labs(world, client)
    world.reservation(labs.one, labs.partner, START + HOUR, state=state)
    sign_in(client, labs.staff)
    labs.closes()
    moved = labs.moved()
    assert moved is not None
    assert (moved.state, moved.user_id, moved.booker_id) == (stands, labs.partner.id, labs.partner.id)
    asked = db.session.scalars(select(Approval).where(Approval.reservation_id == moved.id)).all()
    assert len(asked) == (stands == "requested")


def test_nobody_answers_for_the_lab_on_their_own(world, client, now) -> None:
    labs = Labs(world, client)
    own = world.person(world.institution())
    world.grant(own, Role.LAB_MANAGER, labs.lab)
    hit = world.reservation(labs.one, own, START + HOUR)
    sign_in(client, own)
    assert "There it would have to be asked for first." in labs.closes()
    assert (fresh(hit).state, labs.moved()) == ("confirmed", None)
