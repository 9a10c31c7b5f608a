"""The money of the demonstration on both databases: its books balance, its charges agree with them, and each promise is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import text

from instruments.charges.checking import differences
from instruments.database import db
from instruments.funds.books import trial_balance

LARGER = ("--instruments", "300", "--people", "700", "--reservations", "3000", "--date", "2026-11-24")


@contextmanager
def asked() -> Iterator[None]:
    """Leave nothing open behind questions."""
    try:
        yield
    finally:
        db.session.rollback()


def number(question: str) -> int:
    return int(db.session.execute(text(question)).scalar() or 0)


@pytest.fixture
def loaded(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["demo", "load", *LARGER])
    assert result.exit_code == 0, result.output
    db.session.rollback()
    db.session.expire_all()


# What there is to see, each as a count above zero.
PROMISES = {
    "uses that were charged": "SELECT count(*) FROM charge WHERE kind = 'use' AND state = 'posted'",
    "uses that lack a price": "SELECT count(*) FROM charge_missing WHERE codes LIKE '%no_version%'",
    "labs that charge nothing": "SELECT count(*) FROM charge WHERE total_units = 0 AND kind = 'use'",
    "prices that wait for approval": "SELECT count(*) FROM rate_version WHERE state = 'proposed'",
    "instruments with prices of their own": "SELECT count(*) FROM rate_card WHERE instrument_id IS NOT NULL",
    "services with prices": "SELECT count(*) FROM rate_card WHERE service_id IS NOT NULL",
    "two funds that share a charge": "SELECT count(*) FROM charge_share WHERE position = 1 AND role = 'payer'",
    "programmes that bear a part": "SELECT count(*) FROM programme_hold WHERE state = 'committed'",
    "sums that are held": "SELECT count(*) FROM fund_hold WHERE state = 'pending'",
    "money paid ahead": "SELECT count(*) FROM charge_share WHERE route = 'prepaid'",
    "what other institutions owe": "SELECT count(*) FROM charge_share WHERE route = 'receivable'",
    "a fund that is overdrawn": "SELECT count(*) FROM fund WHERE overdrawn",
    "a fund near its end": "SELECT count(*) FROM fund WHERE warned >= 80 AND NOT overdrawn",
}


def test_its_books_balance_and_hold_what_it_promises(loaded: None) -> None:
    with asked():
        missing = [promise for promise, question in PROMISES.items() if not number(question)]
        assert missing == []
        assert differences() == []
        ends = [line.after for house in (1, 2) for line in trial_balance(house, "2026-11")]
        assert len(ends) > 50 and sum(ends) == 0
