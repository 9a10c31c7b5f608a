"""What the pages and lists of money cost at full size, for those who see most: a finance office, a lab, a group, a person.

The slowest of each reader is set against the mark; all of them are told beside it, each with how many statements it asks, so
that what grows with the rows is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from statistics import median
from typing import Any

from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import event, text

from bench.measuring import NOW, cpu, interleaved, processors
from bench.report import Result
from instruments.database import db
from instruments.database.transactions import deed
from instruments.people import tokens
from instruments.people.models import Person
from instruments.people.tokens import SCOPES
from tests.world import sign_in

MARK, ROUNDS = 100, 5
BALANCE = 3.0

# What is looked at: each the one with most of it that its readers may see, so that no page is smaller than it can be.
_MOST: Mapping[str, str] = {
    "books": "SELECT institution_id FROM charge GROUP BY institution_id ORDER BY count(*) DESC, 1 LIMIT 1",
    "month": "SELECT month FROM statement WHERE creditor_id = :books GROUP BY month ORDER BY count(*) DESC, 1 LIMIT 1",
    "open": "SELECT max(month) FROM charge WHERE institution_id = :books",
    "statement": "SELECT id FROM statement WHERE creditor_id = :books ORDER BY lines DESC, id LIMIT 1",
    "lab": "SELECT lab_id FROM charge GROUP BY lab_id ORDER BY count(*) DESC, 1 LIMIT 1",
    "group": "SELECT group_id FROM charge JOIN research_group AS g ON g.id = group_id WHERE g.institution_id = :books"
    " GROUP BY group_id ORDER BY count(*) DESC, 1 LIMIT 1",
    "person": "SELECT user_id FROM charge WHERE user_id IS NOT NULL GROUP BY user_id ORDER BY count(*) DESC, 1 LIMIT 1",
    "fund": "SELECT fund_id FROM charge_share JOIN fund AS f ON f.id = fund_id WHERE f.group_id = :group"
    " GROUP BY fund_id ORDER BY count(*) DESC, 1 LIMIT 1",
    "account": "SELECT debit_id FROM ledger_transfer WHERE institution_id = :books"
    " GROUP BY debit_id ORDER BY count(*) DESC, 1 LIMIT 1",
    "charge": "SELECT max(id) FROM charge WHERE lab_id = :lab AND kind = 'use' AND state = 'posted'",
    "use": "SELECT use_id FROM charge WHERE id = :charge",
    "instrument": "SELECT instrument_id FROM charge WHERE id = :charge",
    "version": "SELECT version_id FROM charge WHERE id = :charge",
    "programme": "SELECT min(id) FROM programme",
}
_HOLDER = "SELECT person_id FROM role_grant WHERE role = '{}' AND {}_id = :{} ORDER BY 1 LIMIT 1"
# Who looks, and at what.
_READERS: Mapping[str, tuple[str, str]] = {
    "finance": (
        _HOLDER.format("finance_officer", "institution", "books"),
        """
        / /charges/{charge} /statements /statements/{statement} /funds /funds/{fund} /groups/{group}/charges /programmes
        /programmes/{programme} /ledger/accounts/{account} /institutions/{books}/months /institutions/{books}/months/{month}
        /institutions/{books}/months/{open} /institutions/{books}/months/{month}/income /institutions/{books}/settlements
        /institutions/{books}/invoices /institutions/{books}/ledger /institutions/{books}/charges /institutions/{books}/costs
        /institutions/{books}/overdue /institutions/{books}/charging /institutions/{books}/billing
        /institutions/{books}/agreement
        /api/v1/charges?institution_id={books}&limit=200 /api/v1/charges?institution_id={books}&side=costs&limit=200
        /api/v1/charges?group_id={group}&limit=200 /api/v1/charges/{charge} /api/v1/statements?institution_id={books}&limit=200
        /api/v1/statements/{statement} /api/v1/statements/{statement}/lines /api/v1/institutions/{books}/months
        /api/v1/institutions/{books}/months/{month} /api/v1/institutions/{books}/months/{open}/preview
        /api/v1/institutions/{books}/months/{month}/income /api/v1/institutions/{books}/invoices?state=issued&limit=200
        /api/v1/payments?institution_id={books}&limit=200 /api/v1/settlement-positions?institution_id={books}
        /api/v1/settlement-proposals?institution_id={books} /api/v1/ledger/trial-balance?institution_id={books}
        /api/v1/ledger/accounts/{account} /api/v1/funds /api/v1/funds/{fund}
        /api/v1/funds/{fund}/holds /api/v1/funds/{fund}/spending /api/v1/funds/{fund}/payments /api/v1/programmes
        """,
    ),
    "lab": (
        _HOLDER.format("lab_manager", "lab", "lab"),
        """
        / /labs/{lab}/charges /labs/{lab}/charges/missing /labs/{lab}/prices /labs/{lab}/published-prices /labs/{lab}/today
        /labs/{lab}/uses /labs/{lab}/services /labs/{lab}/formal-quotes /uses/{use} /price-versions/{version}
        /instruments/{instrument}/outputs /api/v1/charges?lab_id={lab}&limit=200
        /api/v1/charges/missing?lab_id={lab}&limit=200 /api/v1/usage?lab_id={lab}&limit=200 /api/v1/labs/{lab}/day
        /api/v1/labs/{lab}/prices
        """,
    ),
    "group": (
        _HOLDER.format("group_head", "group", "group"),
        """
        / /groups/{group}/charges /funds /funds/{fund} /statements /programmes /api/v1/funds/mine
        /api/v1/statements?limit=200
        """,
    ),
    "person": (
        "SELECT :person",
        """
        / /charges /statements /funds /formal-quotes /notices /api/v1/charges?limit=200 /api/v1/usage?limit=200
        """,
    ),
}


# Both sides of every entry up to a month, as the trial balance needs them.
_SCAN = """
    SELECT debit_id, credit_id, month, amount_units FROM ledger_transfer WHERE institution_id = :books AND month <= :open
"""


def measure(app: Flask, database: str) -> list[Result]:
    """The slowest page or list of each reader, warm, in processor time; and a trial balance against a scan of its entries."""
    found: dict[str, Any] = {}
    for name, question in _MOST.items():
        found[name] = _asked(question, found)
    results = []
    for reader, (who, addresses) in _READERS.items():
        client = app.test_client()
        person = _asked(who, found)
        sign_in(client, db.session.get_one(Person, person))
        db.session.rollback()
        headers = {"Authorization": f"Bearer {_token(person)}"}
        try:
            taken = {each: _one(client, each.format(**found), headers) for each in addresses.split()}
            results.append(_slowest(reader, database, taken))
            if reader == "finance":
                results.append(_balance(client, database, headers, found))
        finally:
            _take_away()
    return results


def _slowest(reader: str, database: str, taken: Mapping[str, tuple[float, int]]) -> Result:
    ordered = sorted(taken.items(), key=lambda each: -each[1][0])
    address, (slowest, asked) = ordered[0]
    usual = median(spent for spent, _ in taken.values())
    note = f"{address}, {asked} statements; the median of {len(taken)} pages and lists {usual:.0f} ms"
    told = "\n".join(f"{spent:7.1f} ms {number:3} statements  {each}" for each, (spent, number) in ordered)
    return Result(f"pages of money, {reader}: the slowest", database, slowest, "ms", MARK, note, profile=told)


def _balance(
    client: FlaskClient, database: str, headers: Mapping[str, str], found: Mapping[str, Any]
) -> Result:
    address = f"/api/v1/ledger/trial-balance?institution_id={found['books']}&month={found['open']}"
    values = {name: found[name] for name in ("books", "open")}

    def scan(_: int) -> None:
        db.session.execute(text(_SCAN), values).all()
        db.session.rollback()

    def ask(_: int) -> None:
        _get(client, address, headers)

    taken = interleaved({"scan": scan, "ask": ask}, ROUNDS, warm=2, clock=processors())
    note = f"scan {taken['scan']:.1f} ms, the request {taken['ask']:.1f} ms"
    ratio = taken["ask"] / taken["scan"]
    return Result(
        "trial balance, request, against a scan of its entries", database, ratio, "x", BALANCE, note
    )


def _asked(question: str, found: Mapping[str, Any]) -> Any:
    named = {name: value for name, value in found.items() if f":{name}" in question}
    value = db.session.execute(text(question), named).scalar_one()
    db.session.rollback()
    return value


def _token(person_id: int) -> str:
    with deed():
        _, secret = tokens.make(person_id, "bench", list(SCOPES), 30, NOW)
    return secret


def _take_away() -> None:
    with deed():
        db.session.execute(text("DELETE FROM personal_token WHERE name = 'bench'"))


def _one(client: FlaskClient, address: str, headers: Mapping[str, str]) -> tuple[float, int]:
    """Milliseconds of processor, and how many statements are asked."""
    _get(client, address, headers)
    with _counted() as statements:
        _get(client, address, headers)
    return cpu(lambda _: _get(client, address, headers), 1, ROUNDS), len(statements)


def _get(client: FlaskClient, address: str, headers: Mapping[str, str]) -> None:
    """Pages know who is signed in, the API a token. What an earlier request kept in our own context would be known again."""
    for name in list(g):
        g.pop(name)
    answer = client.get(address, headers=headers if address.startswith("/api/") else None)
    db.session.rollback()
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")


@contextmanager
def _counted() -> Iterator[list[str]]:
    """The statements that are asked meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
