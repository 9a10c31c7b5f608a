"""`demo load` on both databases: once, by its own rules, never over somebody's catalogue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from click.testing import Result
from flask.testing import FlaskCliRunner
from sqlalchemy import func, insert, select, update

from instruments.catalog.models import Instrument, InstrumentState
from instruments.catalog.revision import catalog_number
from instruments.catalog.searchable import refresh_search_text
from instruments.database import db
from instruments.demo.commands import PASSWORD
from instruments.demo.generator.places import ZONE
from instruments.demo.generator.shown import SHOWN
from instruments.errors import Refusal
from instruments.funds.ledger_models import ClosedMonth
from instruments.journal.models import JournalEntry
from instruments.people.models import Lab, Person
from instruments.people.passwords import matches
from instruments.people.signing import actor_by_id
from instruments.reservations.booking import BookingRequest, check
from instruments.reservations.formal_quotes.models import FormalQuote
from instruments.reservations.models import Approval, Reservation
from instruments.reservations.series_models import SeriesOccurrence
from tests.world import World

SMALL = ("--instruments", "220", "--people", "600", "--reservations", "1500", "--date", "2026-11-24")


@pytest.fixture
def demo(runner: FlaskCliRunner) -> Callable[..., Result]:
    """Run `demo …`, and see the database as it is afterwards."""

    def run(*words: str) -> Result:
        result = runner.invoke(args=["demo", *words])
        db.session.rollback()
        db.session.expire_all()
        return result

    return run


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def count_of_orders() -> int:
    """What the shown company ordered: nothing where the next days lie in a year whose prices are only proposed."""
    return db.session.scalar(select(func.count(FormalQuote.reservation_id))) or 0


def test_it_loads_what_was_asked_for(demo: Callable[..., Result]) -> None:
    before = catalog_number()
    db.session.rollback()
    result = demo("load", *SMALL)
    assert result.exit_code == 0, result.output
    assert "220 instruments and 1,500 reservations" in result.output
    in_series = count(SeriesOccurrence)
    ordered = db.session.scalars(select(FormalQuote.state).order_by(FormalQuote.id)).all()
    assert ordered == ["offered", "accepted"], "what the company was quoted"
    assert (count(Instrument), count(Person), count(Reservation) - in_series - 1) == (220, 600, 1500)
    assert 4 <= in_series - len(dates_abroad()) <= 6  # the shown researcher's
    assert count(InstrumentState) == 220
    assert catalog_number() > before
    assert all(one.mail in result.output for one in SHOWN)


def test_a_world_of_few_instruments_closes_its_months_as_well(demo: Callable[..., Result]) -> None:
    result = demo(
        "load", "--instruments", "60", "--people", "600", "--reservations", "1500", "--date", "2026-11-24"
    )
    assert result.exit_code == 0, result.output
    houses = db.session.scalar(select(func.count(ClosedMonth.institution_id.distinct())))
    months = db.session.scalar(
        select(func.count()).select_from(ClosedMonth).where(ClosedMonth.month == "2026-09")
    )
    assert months == houses


def dates_abroad() -> list[datetime]:
    """When the series in the lab abroad begins, on the wall there."""
    asked = (
        select(Reservation.starts_at, Lab.zone)
        .join(SeriesOccurrence, SeriesOccurrence.reservation_id == Reservation.id)
        .join(Instrument, Instrument.id == Reservation.instrument_id)
        .join(Lab, Lab.id == Instrument.lab_id)
        .where(Lab.zone != ZONE.key)
        .order_by(Reservation.starts_at)
    )
    return [start.astimezone(ZoneInfo(zone)) for start, zone in db.session.execute(asked)]


def test_the_series_abroad_begins_at_nine_in_winter_and_in_summer(demo: Callable[..., Result]) -> None:
    assert demo("load", *SMALL).exit_code == 0
    dates = dates_abroad()
    assert len(dates) >= 16 and {(date.weekday(), date.hour) for date in dates} == {(1, 9)}
    assert {date.utcoffset() for date in dates} == {timedelta(hours=1), timedelta(hours=2)}


def test_only_the_shown_persons_can_sign_in(demo: Callable[..., Result]) -> None:
    demo("load", *SMALL)
    hashes = db.session.execute(
        select(Person.mail, Person.password_hash).where(Person.password_hash.is_not(None))
    ).all()
    assert {row.mail for row in hashes} == {one.mail for one in SHOWN}
    assert matches(hashes[0].password_hash, PASSWORD)
    keys = db.session.scalars(select(Person.session_key)).all()
    assert len(set(keys)) == len(keys)


def test_every_reservation_has_its_history(demo: Callable[..., Result]) -> None:
    demo("load", *SMALL)
    began = ("reservation.created", "reservation.requested")
    created = select(func.count()).select_from(JournalEntry).where(JournalEntry.deed.in_(began))
    cancelled = (
        select(func.count()).select_from(JournalEntry).where(JournalEntry.deed == "reservation.cancelled")
    )
    gone = select(func.count()).select_from(Reservation).where(Reservation.state == "cancelled")
    assert db.session.scalar(created) == 1500 + count(SeriesOccurrence) + 1
    assert db.session.scalar(cancelled) == db.session.scalar(gone) > 0
    times = db.session.scalars(select(JournalEntry.at).order_by(JournalEntry.id)).all()
    assert times == sorted(times)


def test_requests_wait_for_the_manager_who_is_shown(demo: Callable[..., Result]) -> None:
    demo("load", *SMALL)
    waiting = db.session.execute(
        select(
            Instrument.lab_id, Reservation.state, Approval.decision, Approval.due_at, Reservation.starts_at
        )
        .join(Reservation, Reservation.id == Approval.reservation_id)
        .join(Instrument, Instrument.id == Reservation.instrument_id)
    ).all()
    assert {(row.state, row.decision) for row in waiting} == {("requested", None), ("confirmed", "approved")}
    assert all(row.due_at <= row.starts_at for row in waiting)
    assert [row for row in waiting if row.lab_id == 1 and row.decision is None]


def test_what_is_written_next_gets_a_number_of_its_own(demo: Callable[..., Result]) -> None:
    demo("load", *SMALL)
    lab_id = db.session.scalar(select(Instrument.lab_id).where(Instrument.id == 1))
    owner = db.session.scalar(select(Instrument.institution_id).where(Instrument.id == 1))
    row = {"institution_id": owner, "lab_id": lab_id, "name_en": "New", "name_zh": "新"}
    assert db.session.scalar(insert(Instrument).returning(Instrument.id), row) == 221
    db.session.rollback()


def test_every_instrument_is_found_by_its_name_in_pinyin_and_by_its_class(
    demo: Callable[..., Result],
) -> None:
    demo("load", *SMALL)
    texts = db.session.scalars(select(Instrument.search_text)).all()
    assert all(texts)
    assert any("saomiaodianzixianweijing" in text for text in texts)
    assert any("analytical instruments" in text and "分析仪器" in text for text in texts)


def test_it_is_not_loaded_over_a_catalogue(demo: Callable[..., Result], world: World) -> None:
    world.instrument()
    for words in (SMALL, (*SMALL, "--replace")):
        result = demo("load", *words)
        assert result.exit_code != 0
        assert "catalogue" in result.output
    assert count(Instrument) == 1


def test_preparing_leaves_a_catalogue_alone_and_tells_nobody_a_password(
    demo: Callable[..., Result], world: World
) -> None:
    world.instrument()
    result = demo("prepare")
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    assert count(Instrument) == 1
    assert demo("persons").exit_code != 0


def test_preparing_a_second_time_does_nothing_but_name_the_persons(demo: Callable[..., Result]) -> None:
    demo("load", *SMALL)
    entries = count(JournalEntry)
    result = demo("prepare")
    assert result.exit_code == 0 and SHOWN[0].mail in result.output
    assert count(JournalEntry) == entries


def test_a_demonstration_is_replaced_when_asked(demo: Callable[..., Result]) -> None:
    demo("load", *SMALL)
    before = catalog_number()
    refused = demo("load", *SMALL)
    assert refused.exit_code != 0 and "--replace" in refused.output
    result = demo("load", "--instruments", "120", "--people", "500", "--reservations", "300", "--replace")
    assert result.exit_code == 0, result.output
    ordered = count_of_orders()
    assert (count(Instrument), count(Reservation) - ordered) == (120, 300)
    assert catalog_number() > before


def test_the_catalogue_finds_nothing_to_mend_in_the_search_texts(demo: Callable[..., Result]) -> None:
    demo("load", *SMALL)
    before = db.session.execute(select(Instrument.id, Instrument.search_text).order_by(Instrument.id)).all()
    refresh_search_text()
    after = db.session.execute(select(Instrument.id, Instrument.search_text).order_by(Instrument.id)).all()
    assert before == after
    db.session.rollback()


def test_the_product_itself_would_have_taken_the_coming_reservations(demo: Callable[..., Result]) -> None:
    demo("load", *SMALL)
    one = Reservation
    today = datetime(2026, 11, 24, tzinfo=ZONE)
    question = select(
        one.id, one.user_id, one.instrument_id, one.starts_at, one.ends_at, one.purpose, one.group_id
    )
    coming = db.session.execute(question.where(one.starts_at > today, one.live).order_by(one.id)).all()
    refused = []
    for row in coming[::5]:
        db.session.execute(
            update(one).where(one.id == row.id).values(state="cancelled")
        )  # it would stand in its own way
        user = actor_by_id(row.user_id, today)
        assert user is not None
        request = BookingRequest(row.instrument_id, row.starts_at, row.ends_at, row.purpose, "", row.group_id)
        try:
            check(user, user, request, today)
        except Refusal as refusal:
            refused.append((row.id, [reason.code for reason in refusal.reasons]))
        db.session.rollback()
    assert len(coming[::5]) > 30
    assert refused == []
