"""What the database itself refuses of uses, whoever writes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.usage.models import InstrumentUse, UsageSettings, UseCorrection, UseSpan
from tests.conftest import NOW
from tests.world import World

HOUR = timedelta(hours=1)


def a_use(world: World, **values: Any) -> InstrumentUse:
    """A running use of a reservation, kept unless the database refuses it."""
    instrument, user = world.instrument(), world.person()
    reservation = world.reservation(instrument, user, NOW)
    values = {
        "instrument_id": instrument.id, "reservation_id": reservation.id, "kind": "reservation", "user_id": user.id,
        "started_at": NOW, "created_at": NOW, "changed_at": NOW,
    } | values  # fmt: skip
    row = InstrumentUse(**values)
    db.session.add(row)
    db.session.commit()
    return row


def refused(row: Any) -> None:
    db.session.add(row)
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "lost"},
        {"kind": "run"},
        {"reservation_id": None},
        {"ended_at": NOW + HOUR},
        {"state": "waiting"},
        {"state": "waiting", "ended_at": NOW - HOUR},
        {"state": "confirmed", "ended_at": NOW + HOUR},
        {"state": "confirmed", "ended_at": NOW + HOUR, "confirmed_at": NOW},
        {"reserved_from": NOW},
        {"operator_minutes": -1},
        {"rating": 6},
        {"mode": "unknown"},
    ],
    ids=str,
)
def test_a_use_that_cannot_be(wrong: dict[str, Any], world: World) -> None:
    with pytest.raises(IntegrityError):
        a_use(world, **wrong)
    db.session.rollback()


def test_a_reservation_is_used_once_unless_it_was_undone(world: World) -> None:
    first = a_use(world)
    same = {"instrument_id": first.instrument_id, "reservation_id": first.reservation_id, "kind": "reservation",
            "user_id": first.user_id, "started_at": NOW, "created_at": NOW, "changed_at": NOW}  # fmt: skip
    refused(InstrumentUse(**same))
    first.state = "void"
    db.session.commit()
    db.session.add(InstrumentUse(**same))
    db.session.commit()


def test_a_report_counts_once_and_only_one_span_runs(world: World) -> None:
    use = a_use(world)
    known = {"use_id": use.id, "layer": "attended", "grade": "scan", "started_at": NOW, "recorded_at": NOW}
    db.session.add(UseSpan(**known))
    db.session.commit()
    refused(UseSpan(**known))
    measured = known | {"ended_at": NOW + HOUR, "reporter": "meter", "source_key": "1"}
    db.session.add(UseSpan(**measured))
    db.session.commit()
    refused(UseSpan(**measured))
    refused(UseSpan(**measured | {"source_key": "2", "ended_at": NOW}))


def test_a_correction_says_why(world: World) -> None:
    use = a_use(world)
    refused(
        UseCorrection(
            use_id=use.id, layer="attended", reason="", corrected_by_id=use.user_id, corrected_at=NOW
        )
    )


def test_settings_belong_to_one(world: World) -> None:
    instrument = world.instrument()
    refused(UsageSettings(check_in="off"))
    refused(UsageSettings(lab_id=instrument.lab_id, instrument_id=instrument.id))
    refused(UsageSettings(lab_id=instrument.lab_id, grace_minutes=1))
