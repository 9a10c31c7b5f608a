"""What the labs of an institution earned in a month and how it splits, beside what its ledger says of the same.

The table is computed from the charges, the ledger's line from the transfers alone, so that each proves the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from sqlalchemy import text

from instruments.charges.closing.owed import TAX
from instruments.database import db

# By charge first: the institution's share is rounded down once for each, and what is given up bears none.
_EARNED = text(f"""
    SELECT e.lab_id, b.name_en, b.name_zh, e.currency, sum(e.within) AS within, sum(e.outside) AS outside,
      sum(e.programmes) AS programmes, sum(e.tax) AS tax,
      sum(CASE WHEN e.kind IN ('waiver', 'write_off') THEN 0
          WHEN e.net < 0 THEN -(-e.net * e.share_rate / 10000) ELSE e.net * e.share_rate / 10000 END) AS shared,
      sum(CASE WHEN e.kind = 'waiver' THEN e.net ELSE 0 END) AS waived,
      sum(CASE WHEN e.kind = 'write_off' THEN e.net ELSE 0 END) AS written_off
    FROM (
      SELECT c.id, c.lab_id, c.currency, c.share_rate, coalesce(o.kind, c.kind) AS kind,
        sum(CASE WHEN s.route = 'internal' THEN s.amount_units ELSE 0 END) AS within,
        sum(CASE WHEN s.route NOT IN ('internal', 'claim') THEN s.amount_units ELSE 0 END) AS outside,
        sum(CASE WHEN s.route = 'claim' THEN s.amount_units ELSE 0 END) AS programmes,
        sum({TAX}) AS tax, CAST(sum(s.amount_units - {TAX}) AS BIGINT) AS net
      FROM charge AS c JOIN charge_share AS s ON s.charge_id = c.id AND s.role <> 'later'
      LEFT JOIN charge AS o ON o.id = c.reverses_id
      WHERE c.institution_id = :institution AND c.month = :month AND c.posted_at IS NOT NULL
      GROUP BY c.id, c.lab_id, c.currency, c.share_rate, coalesce(o.kind, c.kind)
    ) AS e JOIN lab AS b ON b.id = e.lab_id
    GROUP BY e.lab_id, b.name_en, b.name_zh, e.currency
    ORDER BY e.currency, sum(e.within + e.outside + e.programmes) DESC, e.lab_id
""")  # noqa: S608 - our own expressions
# Everything that touched an account of income, by the kinds of the two accounts.
_IN_LEDGER = text("""
    SELECT t.currency, d.kind AS debit, k.kind AS credit, sum(t.amount_units) AS units FROM ledger_transfer AS t
    JOIN ledger_account AS d ON d.id = t.debit_id JOIN ledger_account AS k ON k.id = t.credit_id
    WHERE t.institution_id = :institution AND t.month = :month AND (
      d.kind IN ('lab_income', 'institution_share', 'output_tax', 'waiver', 'write_off')
      OR k.kind IN ('lab_income', 'institution_share', 'output_tax', 'waiver', 'write_off')
    )
    GROUP BY t.currency, d.kind, k.kind
""")
# Which account each column of the table is: of income, where its credits count, or of payers, where its debits do.
_INCOME = {
    "output_tax": "tax", "institution_share": "shared", "lab_income": "kept", "waiver": "waived",
    "write_off": "written_off",
}  # fmt: skip
_PAYERS = {"fund": "within", "programme_claim": "programmes"}


@dataclass(frozen=True, slots=True)
class Split:
    """Sums in minor units: within + outside + programmes = tax + shared + kept + waived + written_off.

    outside: what payers outside the institution bear. kept: what the lab keeps, without tax and share. waived, written_off:
    what was given up, below zero, as the payers bear that much less.
    """

    within: int = 0
    outside: int = 0
    programmes: int = 0
    tax: int = 0
    shared: int = 0
    kept: int = 0
    waived: int = 0
    written_off: int = 0

    @property
    def total(self) -> int:
        """What payers bear of it, all together."""
        return self.within + self.outside + self.programmes


PARTS = ("total", *(each.name for each in fields(Split)))


class Earned(NamedTuple):
    """What one lab earned in one currency."""

    lab_id: int
    name_en: str
    name_zh: str
    currency: str
    split: Split


class Proof(NamedTuple):
    """Of one currency: what all labs come to together, and what the accounts of the ledger say."""

    currency: str
    table: Split
    ledger: Split

    @property
    def agrees(self) -> bool:
        """Whether they are equal to the last unit."""
        return self.table == self.ledger

    @property
    def difference(self) -> list[int]:
        """By column, what the ledger has more."""
        return [getattr(self.ledger, name) - getattr(self.table, name) for name in PARTS]


def earned(institution_id: int, month: str) -> list[Earned]:
    """By lab and currency, largest first. One statement."""
    return [
        Earned(row.lab_id, row.name_en, row.name_zh, row.currency, _split(row))
        for row in db.session.execute(_EARNED, {"institution": institution_id, "month": month})
    ]


def _split(row: Any) -> Split:
    known = {name: int(getattr(row, name)) for name in PARTS if name not in ("total", "kept")}
    total = known["within"] + known["outside"] + known["programmes"]
    gone = sum(known[name] for name in ("tax", "shared", "waived", "written_off"))
    return Split(kept=total - gone, **known)


def proofs(institution_id: int, month: str, rows: Iterable[Earned]) -> list[Proof]:
    """By currency, the rows of earned together beside what was posted on the accounts. One statement."""
    tables: dict[str, dict[str, int]] = {}
    for row in rows:
        _add(tables, row.currency, {name: getattr(row.split, name) for name in PARTS[1:]})
    ledgers: dict[str, dict[str, int]] = {}
    for row in db.session.execute(_IN_LEDGER, {"institution": institution_id, "month": month}):
        units = int(row.units)
        _add(ledgers, row.currency, _columns(row.credit, units))
        _add(ledgers, row.currency, _columns(row.debit, -units))
    return [
        Proof(currency, Split(**tables.get(currency, {})), Split(**ledgers.get(currency, {})))
        for currency in sorted({*tables, *ledgers})
    ]


def _columns(kind: str, credited: int) -> dict[str, int]:
    if kind in _INCOME:
        return {_INCOME[kind]: credited}
    return {_PAYERS.get(kind, "outside"): -credited}


def _add(found: dict[str, dict[str, int]], currency: str, units: dict[str, int]) -> None:
    sums = found.setdefault(currency, {})
    for name, each in units.items():
        sums[name] = sums.get(name, 0) + each
