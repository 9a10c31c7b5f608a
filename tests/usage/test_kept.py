"""What the database itself refuses of the evidence of a confirmed use, written to directly as anybody could."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.usage.models import InstrumentUse, UseAmendment, UseCorrection, UseSpan
from tests.conftest import NOW
from tests.world import World

HOUR = timedelta(hours=1)
WAITS = "UPDATE use SET state = 'waiting', confirmed_at = NULL, confirmed_by_id = NULL"


@pytest.fixture
def use(world: World) -> InstrumentUse:
    """A confirmed use with a span, a correction and an amendment."""
    instrument, user = world.instrument(), world.person()
    row = InstrumentUse(
        instrument_id=instrument.id, reservation_id=world.reservation(instrument, user, NOW).id, kind="reservation",
        user_id=user.id, started_at=NOW, ended_at=NOW + HOUR, state="confirmed", confirmed_at=NOW + HOUR,
        confirmed_by_id=user.id, ended_by="person", created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    db.session.add(
        UseSpan(use_id=row.id, layer="attended", started_at=NOW, ended_at=NOW + HOUR, grade="scan", recorded_at=NOW,
                attribution="near", reporter="logger", source_key="k")
    )  # fmt: skip
    db.session.add(
        UseCorrection(use_id=row.id, layer="attended", reason="x", corrected_by_id=user.id, corrected_at=NOW)
    )
    db.session.add(UseAmendment(use_id=row.id, reason="x", changes={}, amended_by_id=user.id, amended_at=NOW))
    db.session.commit()
    return row


def do(statement: str) -> None:
    db.session.execute(text(statement))
    db.session.commit()


CHANGES = [
    ("UPDATE use_span SET ended_at = ended_at + 3600", "use_span_unchanged"),
    ("UPDATE use_span SET started_at = started_at - 60", "use_span_unchanged"),
    ("UPDATE use_span SET ended_at = NULL", "use_span_unchanged"),
    ("UPDATE use_span SET layer = 'measurement'", "use_span_unchanged"),
    ("UPDATE use_span SET grade = 'sensor'", "use_span_unchanged"),
    ("UPDATE use_span SET reporter = 'person', source_key = ''", "use_span_unchanged"),
    ("UPDATE use_span SET recorded_at = recorded_at + 1", "use_span_unchanged"),
    ("UPDATE use_span SET recorded_by_id = (SELECT min(id) FROM person)", "use_span_unchanged"),
    ("DELETE FROM use_span", "use_span_kept"),
    ("UPDATE use_correction SET reason = 'y'", "use_correction_unchanged"),
    ("DELETE FROM use_correction", "use_correction_kept"),
    ("UPDATE use_amendment SET reason = 'y'", "use_amendment_unchanged"),
    ("DELETE FROM use_amendment", "use_amendment_kept"),
    ("DELETE FROM use", "use_kept"),
]


@pytest.mark.parametrize(("statement", "name"), CHANGES, ids=[each[0] for each in CHANGES])
def test_what_bears_out_a_confirmed_use_stays(use: InstrumentUse, statement: str, name: str) -> None:
    with pytest.raises(IntegrityError, match=name):
        do(statement)
    db.session.rollback()


def test_whose_a_report_is_can_be_decided_and_later_reports_still_come(use: InstrumentUse) -> None:
    do("UPDATE use_span SET attribution = '', ended_at = ended_at")
    do(
        "INSERT INTO use_span (use_id, layer, started_at, ended_at, grade, reporter, source_key, attribution, recorded_at)"
        " SELECT use_id, layer, started_at, ended_at, grade, 'other', '', '', recorded_at + 9000 FROM use_span"
    )


def test_what_is_not_confirmed_any_more_can_change(use: InstrumentUse) -> None:
    do(WAITS)
    do("UPDATE use_span SET ended_at = ended_at + 60")
    do("DELETE FROM use")
    assert db.session.scalar(text("SELECT count(*) FROM use_span")) == 0
