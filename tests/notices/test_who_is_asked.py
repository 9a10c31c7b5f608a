"""Who is asked to answer for a lab: the staff, or the managers and their deputies where they alone approve."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.models import RoleGrant
from instruments.reservations.booking import BookingRequest
from instruments.reservations.series.making import book_series
from instruments.reservations.series.planning import SeriesRequest
from instruments.reservations.series.repetition import Repetition
from tests.conftest import NOW
from tests.notices.conftest import HOUR, TOMORROW


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("as_series", [True, False])
def test_where_managers_alone_approve_no_operator_is_asked(place, told, alone, as_series) -> None:
    deputy = place.world.person(place.lab.institution, name_en="Sun Shifan")
    operator = place.world.person(place.lab.institution, name_en="Bao Caozuo")
    place.world.grant(operator, "lab_operator", place.lab)
    grant = db.session.scalars(select(RoleGrant).where(RoleGrant.person_id == place.manager.id)).one()
    grant.deputy_id, grant.deputy_until = deputy.id, (NOW + timedelta(days=9)).date()
    db.session.commit()
    place.world.approval_rule(place.lab, "institution", managers_only=alone)
    if as_series:
        rule = replace(Repetition.at(TOMORROW, TOMORROW + HOUR, ZoneInfo("Asia/Shanghai")), times=2)
        wish = SeriesRequest(BookingRequest(place.instrument.id, TOMORROW, TOMORROW + HOUR), rule)
        perform(lambda: book_series(place.actor(place.lin), place.actor(place.lin), wish, NOW))
    else:
        place.books(place.lin)
    asked = {name for name, kind, _ in told() if kind == "approval.asked"}
    assert asked == {"Chen", "Sun"} | (set() if alone else {"Bao"})
