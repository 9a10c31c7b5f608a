"""Whoever a closure moves to another instrument: they are told that, the lab is not made their booker, the lost time is named."""

from __future__ import annotations

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from instruments.availability.closures import Wanted
from instruments.database import db
from instruments.database.transactions import perform
from instruments.notices.models import Notice
from instruments.notices.sentences import names_for, say
from instruments.reservations.making_way import close
from instruments.reservations.models import Reservation
from instruments.reservations.offering_back import lift
from instruments.reservations.one_way import CANCEL, MOVE, Decided, Decision
from instruments.reservations.proposing import Offer
from tests.conftest import NOW
from tests.notices.conftest import HOUR, TOMORROW


@pytest.fixture
def moved(place):
    """The closure that moved an hour of Lin to another instrument of the lab, and that one."""
    other = place.world.instrument(place.lab, name_en="Second microscope", name_zh="第二台显微镜 R-2")
    number = place.books(place.lin)
    start = int(TOMORROW.timestamp())
    offer = Offer(other.id, start, start + 3600)
    wall = (TOMORROW + 8 * HOUR).replace(tzinfo=None)
    wanted, actor = Wanted("maintenance", "Laser change", wall, wall + 4 * HOUR), place.actor(place.manager)
    decided = Decided({number: Decision(MOVE, 1, offer)}, "The laser is changed")
    closure = perform(lambda: close(place.instrument, wanted, decided, actor, NOW)[0][0])
    return closure, other


def words(place, said: str, language: str) -> str:
    notice = db.session.scalars(
        select(Notice).where(Notice.said == said, Notice.person_id == place.lin.id)
    ).one()
    with force_locale(language):
        return say(notice, names_for([notice.detail]), "Asia/Shanghai", NOW).sentence


def test_they_are_told_where_it_went_and_the_lab_hears_nothing(place, told, moved) -> None:
    assert told() == {
        ("Lin", "own.booked", "mine"),
        ("Lin", "reservation.cancelled", "elsewhere_mine"),
        ("Lin", "reservation.booked", "mine"),
    }
    assert words(place, "elsewhere_mine", "en") == (
        "Chen Moni moved your reservation of Raman microscope, Thu 4 Mar, 08:00–09:00, to another instrument of its"
        " kind: Second microscope, Thu 4 Mar, 08:00–09:00."
    )
    assert words(place, "elsewhere_mine", "zh_Hans_CN") == (
        "陈模拟把您对拉曼显微镜的预约（3月4日 周四 08:00–09:00）改到了另一台同类仪器：第二台显微镜 R-2，3月4日 周四"
        " 08:00–09:00。"
    )


def test_it_stays_booked_by_whoever_had_booked_it(place, moved) -> None:
    # Else a fee for the lab's own cancellation later would be theirs, and the lab would be invited to it.
    [row] = db.session.scalars(select(Reservation).where(Reservation.instrument_id == moved[1].id))
    assert (row.user_id, row.booker_id) == (place.lin.id, place.lin.id)


def test_back_in_service_names_the_instrument_that_was_lost(place, told, moved) -> None:
    closure, actor = moved[0], place.actor(place.manager)
    version = closure.version
    perform(lambda: lift(closure, version, actor, NOW))
    assert ("Lin", "reservation.offered_back", "free") in told()
    assert words(place, "free", "en") == (
        "You had Thu 4 Mar, 08:00–09:00 on Raman microscope, and that time is free again. Whoever books it first has it."
    )


def test_whom_a_closure_cancels_is_told_that_it_costs_nothing(place, told) -> None:
    number = place.books(place.lin)
    wall = (TOMORROW + 8 * HOUR).replace(tzinfo=None)
    wanted, actor = Wanted("breakdown", "Laser", wall, wall + 4 * HOUR), place.actor(place.manager)
    decided = Decided({number: Decision(CANCEL, 1)}, "The laser broke")
    perform(lambda: close(place.instrument, wanted, decided, actor, NOW))
    assert ("Lin", "reservation.cancelled", "closed_mine") in told()
    assert words(place, "closed_mine", "en") == (
        "Chen Moni cancelled your reservation of Raman microscope, Thu 4 Mar, 08:00–09:00: it is closed then. Nothing is"
        " charged."
    )
    assert "不收取任何费用" in words(place, "closed_mine", "zh_Hans_CN")
