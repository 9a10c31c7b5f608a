"""What the database itself refuses of charges, whoever writes: direct SQL, past every act."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.reservations.models import Reservation
from instruments.usage.models import InstrumentUse
from tests.charges.rows import AT, Bare, do
from tests.conftest import NOW
from tests.world import World


@pytest.fixture
def reservation(world: World) -> Reservation:
    return world.reservation(world.instrument(), world.person(), NOW)


@pytest.fixture
def bare(reservation: Reservation) -> Bare:
    return Bare(reservation.instrument.lab)


@pytest.fixture
def use(reservation: Reservation) -> int:
    row = InstrumentUse(
        instrument_id=reservation.instrument_id, reservation_id=reservation.id, kind="reservation",
        user_id=reservation.user_id, started_at=NOW, created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    db.session.add(row)
    db.session.commit()
    return row.id


def refused(statement: str, **values: Any) -> None:
    with pytest.raises(IntegrityError):
        do(statement, **values)
    db.session.rollback()


@pytest.fixture
def posted(bare: Bare, reservation: Reservation) -> int:
    number = bare.charge(reservation_id=reservation.id)
    bare.post(number)
    return number


@pytest.mark.parametrize(
    ("line", "share"), [(999, 1000), (1000, 1001), (0, 0)], ids=["lines", "shares", "nothing"]
)
def test_what_does_not_add_up_is_never_posted(
    line: int, share: int, bare: Bare, reservation: Reservation
) -> None:
    number = bare.charge(1000, line=line, share=share, reservation_id=reservation.id)
    with pytest.raises(IntegrityError):
        bare.post(number)
    db.session.rollback()


def test_a_charge_is_drafted_before_it_is_posted(bare: Bare, reservation: Reservation) -> None:
    with pytest.raises(IntegrityError):
        bare.charge(reservation_id=reservation.id, state="posted", posted_at=AT, month="2027-02")
    db.session.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE charge SET total_units = 0 WHERE id = :id",
        "UPDATE charge SET month = '2027-03' WHERE id = :id",
        "UPDATE charge SET user_id = NULL, reason = 'other' WHERE id = :id",
        "UPDATE charge SET state = 'draft' WHERE id = :id",
        "UPDATE charge SET state = 'draft', posted_at = NULL, month = NULL WHERE id = :id",
        "UPDATE charge SET state = 'reversed' WHERE id = :id",
        "DELETE FROM charge WHERE id = :id",
        "UPDATE charge_line SET amount_units = 0 WHERE charge_id = :id",
        "UPDATE charge_line SET why = '[1]' WHERE charge_id = :id",
        "DELETE FROM charge_line WHERE charge_id = :id",
        "UPDATE charge_share SET amount_units = 0 WHERE charge_id = :id",
        "DELETE FROM charge_share WHERE charge_id = :id",
    ],
)
def test_what_is_posted_never_changes_and_never_vanishes(statement: str, posted: int) -> None:
    refused(statement, id=posted)


def test_nothing_is_added_to_what_is_posted(posted: int, bare: Bare, reservation: Reservation) -> None:
    for add in (bare.line, bare.share):
        with pytest.raises(IntegrityError):
            add(posted, 0, 1)
        db.session.rollback()
    draft = bare.charge(reservation_id=reservation.id)
    refused("UPDATE charge_line SET charge_id = :to, position = 7 WHERE charge_id = :id", id=draft, to=posted)


def test_what_is_posted_can_be_disputed_and_stand_again(posted: int) -> None:
    do("UPDATE charge SET state = 'disputed', version = 2 WHERE id = :id", id=posted)
    do("UPDATE charge SET state = 'posted', disputable_until = '2027-05-01' WHERE id = :id", id=posted)


def test_a_draft_changes_and_vanishes_with_its_lines(bare: Bare, reservation: Reservation) -> None:
    number = bare.charge(reservation_id=reservation.id)
    do("UPDATE charge_line SET amount_units = 5 WHERE charge_id = :id", id=number)
    do("DELETE FROM charge WHERE id = :id", id=number)
    assert db.session.scalar(text("SELECT count(*) FROM charge_line")) == 0


def test_a_charge_is_reversed_once_by_its_mirror_image(
    posted: int, bare: Bare, reservation: Reservation
) -> None:
    mirror = {"kind": "reversal", "reverses_id": posted, "reservation_id": reservation.id}
    for units in (1000, -999):
        wrong = bare.charge(units, **mirror)
        with pytest.raises(IntegrityError):
            bare.post(wrong)
        db.session.rollback()
        do("DELETE FROM charge WHERE id = :id", id=wrong)
    number = bare.charge(-1000, **mirror)
    bare.post(number)
    do("UPDATE charge SET state = 'reversed' WHERE id = :id", id=posted)
    refused("UPDATE charge SET state = 'posted' WHERE id = :id", id=posted)
    with pytest.raises(IntegrityError):
        bare.charge(-1000, **mirror)
    db.session.rollback()


def test_a_reversal_in_other_parts_is_none(posted: int, bare: Bare, reservation: Reservation) -> None:
    number = bare.charge(-1000, line=-400, kind="reversal", reverses_id=posted, reservation_id=reservation.id)
    bare.line(number, -600, 1)
    with pytest.raises(IntegrityError):
        bare.post(number)
    db.session.rollback()


def test_a_use_is_charged_once(bare: Bare, use: int, reservation: Reservation) -> None:
    values = {"kind": "use", "use_id": use, "reservation_id": reservation.id}
    bare.charge(**values)
    with pytest.raises(IntegrityError):
        bare.charge(**values)
    db.session.rollback()


def test_a_no_show_is_charged_once(bare: Bare, reservation: Reservation) -> None:
    bare.charge(kind="no_show", reservation_id=reservation.id)
    with pytest.raises(IntegrityError):
        bare.charge(kind="no_show", reservation_id=reservation.id)
    db.session.rollback()


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "use"},
        {"kind": "late", "reservation_id": None},
        {"kind": "reversal"},
        {"currency": "YU"},
        {"state": "paid"},
        {"month": "2027-02"},
        {"state": "posted"},
        {"key": "test:1"},
        {"share_rate": 10_001},
        {"waits_for_second": True, "posted_at": AT, "month": "2027-02", "state": "disputed"},
    ],
    ids=str,
)
def test_a_charge_that_cannot_be(wrong: dict[str, Any], bare: Bare, reservation: Reservation) -> None:
    bare.charge(reservation_id=reservation.id)
    with pytest.raises(IntegrityError):
        bare.charge(**({"reservation_id": reservation.id} | wrong))
    db.session.rollback()


def test_what_is_entered_by_hand_has_a_reason_and_two_different_people(
    bare: Bare, reservation: Reservation
) -> None:
    by = reservation.user_id
    bare.charge(kind="credit", by=by)
    for wrong in ({"reason": ""}, {"approved_by_id": by}):
        with pytest.raises(IntegrityError):
            bare.charge(kind="credit", by=by, **wrong)
        db.session.rollback()


def test_a_share_names_one_payer(bare: Bare, reservation: Reservation) -> None:
    number = bare.charge(reservation_id=reservation.id)
    for wrong in (
        {"payer_institution_id": None},
        {"payer_person_id": reservation.user_id},
        {"route": "internal"},
        {"role": "programme"},
    ):
        with pytest.raises(IntegrityError):
            bare.share(number, 0, 1, **wrong)
        db.session.rollback()
