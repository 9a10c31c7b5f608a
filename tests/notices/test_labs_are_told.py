"""Labs are told of faults at once and of requests before their time is over; users of what is known and overridden."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from instruments.availability import faults
from instruments.availability.taking_over import take_over
from instruments.database import db
from instruments.database.transactions import perform
from instruments.notices import tasks
from instruments.notices.models import Notice, NoticePreference
from instruments.people.models import RoleGrant
from instruments.people.rights import Role
from instruments.reservations import approving
from instruments.reservations.booking import BookingRequest, book
from tests.conftest import NOW
from tests.notices.conftest import HOUR, TOMORROW


def report(place, who):
    return perform(lambda: faults.report_fault(place.instrument, "It leaks", "", actor_id=who.id, now=NOW).id)


def answer(place, number: int, state: str, note: str = "") -> None:
    fault = faults.the_fault(number)
    perform(
        lambda: faults.answer_fault(
            fault, state, note, version=fault.version, actor_id=place.manager.id, now=NOW
        )
    )


def test_a_fault_tells_the_labs_staff_but_who_reports_it(place, told) -> None:
    report(place, place.lin)
    assert told() == {("Chen", "fault.reported", "reported")}
    report(place, place.manager)
    assert told() == {("Chen", "fault.reported", "reported")}


def test_what_is_known_tells_the_next_users_once_each(place, told) -> None:
    for hours in (0, 2):
        place.books(place.lin, start=TOMORROW + hours * HOUR)
    place.books(place.mei, start=TOMORROW + timedelta(days=20))
    before = told()
    number = report(place, place.mei)
    answer(place, number, "known", "Use the other pump")
    assert told() - before == {("Chen", "fault.reported", "reported"), ("Lin", "fault.known", "known")}
    [detail] = db.session.scalars(select(Notice.detail).where(Notice.kind == "fault.known"))
    assert detail["reason"] == "Use the other pump"
    settled = told()
    answer(place, number, "settled")
    assert told() == settled


def test_what_was_overridden_tells_the_user_why(place, told) -> None:
    place.world.rules(place.lab, longest_minutes=60)
    actor, user = place.actor(place.manager), place.actor(place.lin)
    request = BookingRequest(place.instrument.id, TOMORROW, TOMORROW + 3 * HOUR, override="Long run agreed")
    perform(lambda: book(actor, user, request, NOW))
    assert ("Lin", "reservation.overridden", "mine") in told()
    [detail] = db.session.scalars(select(Notice.detail).where(Notice.kind == "reservation.overridden"))
    assert detail["reason"] == "Long run agreed"


@pytest.fixture
def asked(place):
    """Lin asks; the lab has a day to answer, and its manager a deputy."""
    place.world.approval_rule(place.lab, "institution", deadline_hours=24)
    place.deputy = place.world.person(place.lab.institution, name_en="Sun Shifan")
    grant = db.session.scalars(select(RoleGrant).where(RoleGrant.person_id == place.manager.id)).one()
    grant.deputy_id, grant.deputy_until = place.deputy.id, (NOW + timedelta(days=9)).date()
    db.session.commit()
    return place.books(place.lin)


def reminded(app, hours: float, kind: str = "approval.due") -> set[str]:
    app.config["FROZEN_NOW"] = NOW + timedelta(hours=hours)
    tasks.remind()
    rows = db.session.scalars(select(Notice.person_id).where(Notice.kind == kind))
    return set(rows)


def test_the_lab_and_its_deputy_are_reminded_before_the_time_is_over(app, place, asked) -> None:
    both = {place.manager.id, place.deputy.id}
    db.session.add(
        NoticePreference(person_id=place.deputy.id, kind="approval.due", in_app=True, by_mail=True, hours=1)
    )
    db.session.commit()
    assert reminded(app, 19) == set()
    assert reminded(app, 20) == {place.manager.id}
    assert reminded(app, 23) == both
    assert reminded(app, 23.5) == both
    assert db.session.scalar(select(Notice.id).where(Notice.kind == "approval.due").offset(2)) is None
    assert reminded(app, 25) == both


def test_who_asked_is_reminded_of_another_time_that_the_lab_proposed(app, place, asked) -> None:
    manager, lin = place.actor(place.manager), place.actor(place.lin)
    other = (TOMORROW + timedelta(days=2), TOMORROW + timedelta(days=2, hours=1))
    perform(lambda: approving.propose(manager, lin, asked, other, "", None, NOW))
    assert reminded(app, 19, "proposal.due") == set()
    assert reminded(app, 20, "proposal.due") == {place.lin.id}
    assert reminded(app, 23, "approval.due") == set(), "the lab has answered"
    notice = db.session.scalars(select(Notice).where(Notice.kind == "proposal.due")).one()
    assert (notice.thing_kind, notice.thing_id) == ("reservation", asked)


def test_nobody_is_reminded_in_the_first_half_or_of_their_own(app, place, asked) -> None:
    db.session.add(
        NoticePreference(
            person_id=place.manager.id, kind="approval.due", in_app=True, by_mail=True, hours=168
        )
    )
    place.world.grant(place.lin, Role.LAB_OPERATOR, place.lab)
    db.session.commit()
    assert reminded(app, 11) == set()
    assert reminded(app, 13) == {place.manager.id}
    assert reminded(app, 23) == {place.manager.id, place.deputy.id}


def test_the_managers_of_an_institution_are_told_of_announced_days_but_who_took_them_over(
    place, told
) -> None:
    institution, second = (
        place.lab.institution,
        place.world.person(place.lab.institution, name_en="Zhou Nishe"),
    )
    for person in (place.manager, second):
        place.world.grant(person, Role.INSTITUTION_MANAGER, institution)
    now = datetime(2026, 9, 1, tzinfo=UTC)
    perform(lambda: take_over(institution, actor_id=place.manager.id, now=now))
    assert told() == {("Zhou", "days.announced", "announced")}
    [detail] = db.session.scalars(select(Notice.detail).where(Notice.kind == "days.announced"))
    assert (detail["year"], detail["count"]) == ("2026", 12)
    perform(lambda: take_over(institution, actor_id=None, now=now))
    assert len(told()) == 1
