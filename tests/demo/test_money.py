"""The money of the demonstration on both databases: its books balance, its charges agree with them, and each promise is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import text

from instruments.charges.charging import prepare
from instruments.charges.checking import differences
from instruments.charges.closing.reminding import creditors_of_late, late_of
from instruments.charges.tasks import charge_all
from instruments.database import db
from instruments.database.transactions import perform
from instruments.demo.generator.instruments import SHOWN_LAB
from instruments.demo.generator.places import ZONE
from instruments.demo.loading import clear
from instruments.demo.money.cards import LAB_WITH_HOLE
from instruments.funds.books import trial_balance

LARGER = ("--instruments", "300", "--people", "700", "--reservations", "4000", "--date", "2026-11-24")
HOUSES = range(1, 22)

# What there is to see, each as a count above zero.
PROMISES = {
    "uses that were charged": "SELECT count(*) FROM charge WHERE kind = 'use' AND state = 'posted'",
    "uses that the lab has not confirmed": "SELECT count(*) FROM charge WHERE kind = 'use' AND state = 'draft'",
    "uses that lack a price": "SELECT count(*) FROM charge_missing WHERE codes LIKE '%no_version%'",
    "labs that charge nothing": "SELECT count(*) FROM charge WHERE total_units = 0 AND kind = 'use'",
    "late cancellations": "SELECT count(*) FROM charge WHERE kind = 'late' AND state = 'posted'",
    "no-shows": "SELECT count(*) FROM charge WHERE kind = 'no_show' AND state = 'posted'",
    "prices that wait for approval": "SELECT count(*) FROM rate_version WHERE state = 'proposed'",
    "a change of prices in the year": "SELECT count(*) FROM rate_version WHERE state = 'published' AND valid_to IS NOT NULL",
    "instruments with prices of their own": "SELECT count(*) FROM rate_card WHERE instrument_id IS NOT NULL",
    "services with prices": "SELECT count(*) FROM rate_card WHERE service_id IS NOT NULL",
    "prices of a finer class": "SELECT count(*) FROM charge_share WHERE customer_class LIKE 'split:%'",
    "two funds that share a charge": "SELECT count(*) FROM charge_share WHERE position = 1 AND role = 'payer'",
    "programmes that bear a part": "SELECT count(*) FROM programme_hold WHERE state = 'committed'",
    "sums that are held": "SELECT count(*) FROM fund_hold WHERE state = 'pending'",
    "money paid ahead": "SELECT count(*) FROM charge_share WHERE route = 'prepaid'",
    "statements of every institution": "SELECT count(DISTINCT creditor_id) = 21 FROM statement WHERE issued",
    "statements of the shown company": """
        SELECT count(*) FROM statement AS s JOIN role_grant AS g ON g.institution_id = s.payer_institution_id
        JOIN person AS p ON p.id = g.person_id WHERE g.role = 'company_manager' AND p.mail = 'he.xuni@sample-optics.example'
    """,
    "what other institutions owe": "SELECT count(*) FROM charge_share WHERE route = 'receivable'",
    "a fund that is overdrawn": "SELECT count(*) FROM fund WHERE overdrawn",
    "a fund near its end": "SELECT count(*) FROM fund WHERE warned >= 80 AND NOT overdrawn",
    "corrections": "SELECT count(*) FROM charge WHERE corrects_id IS NOT NULL AND state = 'posted'",
    "a waiver": "SELECT count(*) FROM charge WHERE kind = 'waiver' AND state = 'posted'",
    "a credit that waits for a second person": "SELECT count(*) FROM charge WHERE kind = 'credit' AND waits_for_second",
    "an open dispute": "SELECT count(*) FROM dispute WHERE state = 'open'",
    "a dispute that was upheld": "SELECT count(*) FROM dispute WHERE state = 'upheld'",
    "a dispute that was adjusted": "SELECT count(*) FROM dispute WHERE state = 'adjusted'",
    "closed months": "SELECT count(*) FROM closing WHERE state = 'issued' AND month = '2026-09'",
    "payments": "SELECT count(*) FROM payment_match WHERE undone_at IS NULL",
    "a statement that is overdue": """{} AND s.due_on < '2026-11-24' AND {} < s.due_units""".format(
        "SELECT count(*) FROM statement AS s WHERE s.issued",
        "(SELECT coalesce(sum(m.amount_units), 0) FROM payment_match AS m WHERE m.statement_id = s.id)",
    ),
    "a statement that is paid in part": """
        SELECT count(*) FROM statement AS s WHERE s.due_units > (
          SELECT coalesce(sum(m.amount_units), 0) FROM payment_match AS m WHERE m.statement_id = s.id
        ) AND EXISTS (SELECT 1 FROM payment_match AS m WHERE m.statement_id = s.id)
    """,
}
# What two worlds of the same day and size have in common, as far as money goes.
SAME = (
    "SELECT kind, state, month, count(*), sum(total_units) FROM charge GROUP BY kind, state, month ORDER BY 1, 2, 3",
    "SELECT month, number, creditor_id, total_units, due_units, lines FROM statement ORDER BY 3, 1, 2",
    "SELECT debit_id, credit_id, amount_units, key FROM ledger_transfer ORDER BY id",
    "SELECT fund_id, thing_id, amount_units FROM fund_hold ORDER BY id",
)


@pytest.fixture
def load(runner: FlaskCliRunner) -> Callable[..., None]:
    """Load a demonstration that is large enough for everything, and see the database as it is afterwards."""

    def run(*more: str) -> None:
        result = runner.invoke(args=["demo", "load", *LARGER, *more])
        assert result.exit_code == 0, result.output
        db.session.rollback()
        db.session.expire_all()

    return run


def rows(question: str) -> list[Any]:
    return [tuple(row) for row in db.session.execute(text(question))]


def balances(month: str) -> Mapping[int, int]:
    """What all accounts of each institution come to at the end of a month."""
    return {house: sum(line.after for line in trial_balance(house, month)) for house in HOUSES}


def test_its_books_balance_and_hold_what_it_promises_twice(load: Callable[..., None]) -> None:
    perform(clear)  # numbers begin anew, whatever ran before
    load()
    assert [promise for promise, question in PROMISES.items() if not rows(question)[0][0]] == []
    assert differences() == []
    assert balances("2026-09") == balances("2026-11") == dict.fromkeys(HOUSES, 0)
    first = [rows(question) for question in SAME]
    assert len(first[2]) > 500
    db.session.rollback()
    load("--replace")
    again = [rows(question) for question in SAME]
    assert again == first
    db.session.rollback()


def test_every_lab_has_prices_and_the_sweep_finds_nothing_but_what_is_meant_to_be_missing(
    load: Callable[..., None],
) -> None:
    load()
    assert (
        rows("SELECT id FROM lab WHERE id NOT IN (SELECT lab_id FROM rate_card WHERE lab_id IS NOT NULL)")
        == []
    )
    db.session.rollback()
    assert charge_all() == 0
    missing = {
        lab_id: count for lab_id, count in rows("SELECT lab_id, count(*) FROM charge_missing GROUP BY lab_id")
    }
    assert set(missing) == {SHOWN_LAB, LAB_WITH_HOLE}
    assert sum(missing.values()) < 40
    db.session.rollback()


def test_what_is_written_by_the_table_is_what_the_acts_would_have_made(load: Callable[..., None]) -> None:
    load()
    of_charge = """
        SELECT c.use_id, {columns} FROM charge AS c JOIN {table} AS p ON p.charge_id = c.id
        WHERE c.kind = 'use' AND c.state IN ('draft', 'posted') AND c.corrects_id IS NULL AND c.reservation_id IS NOT NULL
          AND c.institution_id > 2 ORDER BY c.use_id, p.position
    """
    lines = by_use(
        rows(of_charge.format(table="charge_line", columns="quantity_above, quantity_below, amount_units"))
    )
    shares = by_use(
        rows(
            of_charge.format(
                table="charge_share", columns="fund_id, route, taxed, p.customer_class, amount_units"
            )
        )
    )
    ready = prepare(list(lines)).ready
    assert len(ready) == len(lines) > 500
    for each in ready:
        number = each.thing.use_id
        assert lines[number] == [
            (one.line.quantity.numerator, one.line.quantity.denominator, one.line.amount.units)
            for one in each.priced.shared.lines
        ]
        assert shares[number] == [
            (one.payer.fund_id, one.route, one.taxed, one.payer.customer_class, one.part.amount.units)
            for one in each.priced.shares
        ]


def by_use(found: list[Any]) -> dict[int, list[Any]]:
    """Rows by the number that they begin with."""
    by_number: dict[int, list[Any]] = {}
    for number, *rest in found:
        by_number.setdefault(number, []).append(tuple(rest))
    return by_number


def test_nobody_is_to_be_reminded_when_the_worker_begins(load: Callable[..., None]) -> None:
    load()
    now = datetime(2026, 11, 24, 20, tzinfo=ZONE)
    assert len(rows("SELECT statement_id FROM statement_reminder")) > 0
    assert [house for house in creditors_of_late(now) for late in late_of(house, now)[0] if late.step] == []
    db.session.rollback()
