"""What the database itself holds of prices: no two versions at once, and nothing published that changes."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError

from instruments.database import db
from instruments.database.transactions import deed
from instruments.rates.models import RateCard, RatePrice, RateVersion, RateWindow
from tests.conftest import NOW
from tests.world import World

JANUARY, MARCH, JUNE = date(2027, 1, 1), date(2027, 3, 1), date(2027, 6, 1)


@pytest.fixture
def card(world: World) -> RateCard:
    return keep(RateCard(lab=world.lab()))


def keep(row: Any) -> Any:
    db.session.add(row)
    db.session.commit()
    return row


def version(card: RateCard, since: date, until: date | None = None, **values: Any) -> RateVersion:
    """A version, published unless it is said otherwise, with one price."""
    state = values.pop("state", "published")
    row = RateVersion(
        card_id=card.id, valid_from=since, valid_to=until, made_at=NOW, proposed_at=NOW, **values
    )
    row.prices = [RatePrice(customer_class="own_lab", mode="self", unit="hour", price_units=4000)]
    row.windows = [RateWindow(position=1, name_en="Night", since=1320, until=480, factor=50)]
    keep(row)
    row.state, row.approved_at = state, NOW if state == "published" else None
    return keep(row)


@pytest.mark.parametrize(
    ("first", "second", "fits"),
    [
        ((JANUARY, None), (MARCH, None), False),
        ((JANUARY, MARCH), (MARCH, None), True),
        ((MARCH, None), (JANUARY, MARCH), True),
        ((MARCH, JUNE), (JANUARY, None), False),
        ((JANUARY, JUNE), (MARCH, date(2027, 3, 2)), False),
        ((JANUARY, MARCH), (date(2027, 2, 28), JUNE), False),
    ],
)
def test_no_two_published_versions_of_a_card_share_a_date(card, first, second, fits: bool) -> None:
    version(card, *first)
    if fits:
        version(card, *second)
        return
    with pytest.raises(IntegrityError, match="rate_version_overlap"):
        version(card, *second)
    db.session.rollback()
    version(card, *second, state="draft")


def test_versions_of_two_cards_have_nothing_to_do_with_each_other(card, world: World) -> None:
    version(card, JANUARY)
    version(keep(RateCard(instrument=world.instrument())), JANUARY)


CHANGES = (
    "UPDATE rate_version SET valid_from = '2027-02-01'",
    "UPDATE rate_version SET valid_to = NULL",
    "UPDATE rate_version SET valid_to = '2027-12-02'",
    "UPDATE rate_version SET currency = 'USD'",
    "UPDATE rate_version SET basis = 'longer'",
    "UPDATE rate_version SET late_percent = 5000",
    "UPDATE rate_version SET state = 'draft'",
    "UPDATE rate_price SET price_units = 1",
    "UPDATE rate_window SET factor = 1",
    "DELETE FROM rate_price",
    "DELETE FROM rate_window",
    "DELETE FROM rate_version",
    "INSERT INTO rate_price (version_id, customer_class, mode, unit, price_units)"
    " SELECT id, 'partner', 'self', 'hour', 1 FROM rate_version",
    "INSERT INTO rate_window (version_id, position, name_en, since, until, factor)"
    " SELECT id, 2, 'Day', 1, 2, 1 FROM rate_version",
)


@pytest.mark.parametrize("state", ["published", "withdrawn"])
def test_nothing_of_what_was_published_changes(card, state: str) -> None:
    row = version(card, JANUARY, date(2027, 12, 1))
    row.state = state
    db.session.commit()
    for change in CHANGES:
        with pytest.raises(IntegrityError, match="rate_version_frozen"):
            db.session.execute(text(change))
        db.session.rollback()


def test_but_its_end_can_be_set_and_brought_forward_and_it_can_be_withdrawn(card) -> None:
    row = version(card, JANUARY)
    for change in ({"valid_to": JUNE}, {"valid_to": MARCH, "version": 3}, {"state": "withdrawn"}):
        for column, value in change.items():
            setattr(row, column, value)
        db.session.commit()
    version(card, JANUARY)


def test_a_draft_changes_and_goes_away_with_its_parts(card) -> None:
    row = version(card, JANUARY, state="draft")
    row.prices[0].price_units, row.windows[0].factor = 4500, 60
    db.session.commit()
    db.session.delete(row)
    db.session.commit()
    assert db.session.query(RatePrice).count() == 0


def test_nobody_approves_their_own_proposal(card, world: World) -> None:
    row, person = version(card, JANUARY, state="proposed"), world.person()
    row.proposed_by_id = row.approved_by_id = person.id
    with pytest.raises(IntegrityError, match="by_another"):
        db.session.commit()
    db.session.rollback()


def test_of_two_who_publish_at_once_one_is_refused(app: Flask, card) -> None:
    drafts = [version(card, JANUARY, state="proposed").id, version(card, MARCH, state="proposed").id]
    gun, outcomes = threading.Barrier(2), []

    def publish(version_id: int) -> None:
        with app.app_context():
            gun.wait(10)
            try:
                with deed() as session:
                    session.execute(
                        text("UPDATE rate_version SET state = 'published', approved_at = :at WHERE id = :id"),
                        {"at": int(NOW.timestamp()), "id": version_id},
                    )
                outcomes.append("published")
            except IntegrityError as refused:
                outcomes.append("refused" if "rate_version_overlap" in str(refused) else str(refused))

    racers = [threading.Thread(target=publish, args=(each,)) for each in drafts]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(30)
    assert sorted(outcomes) == ["published", "refused"]


def test_an_owner_has_one_card_and_a_card_one_owner(card, world: World) -> None:
    for wrong in (
        RateCard(lab_id=card.lab_id),
        RateCard(),
        RateCard(lab=world.lab(), instrument=world.instrument()),
    ):
        db.session.add(wrong)
        with pytest.raises(IntegrityError):
            db.session.commit()
        db.session.rollback()


def test_percentages_are_kept_to_the_hundredth(card) -> None:
    row = version(card, JANUARY, overrun=Decimal("133.34"))
    db.session.expire(row)
    assert row.overrun == Decimal("133.34")
    with pytest.raises(StatementError, match="two decimals"):
        version(card, MARCH, overrun=Decimal("0.001"))
    db.session.rollback()
