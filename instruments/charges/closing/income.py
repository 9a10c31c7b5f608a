"""What the labs of an institution earned in a month and how it splits: within, from outside, by programmes, tax, shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from instruments.charges.closing.owed import TAX
from instruments.database import db

_EARNED = text(f"""
    SELECT c.lab_id, b.name_en, b.name_zh, c.currency, sum(s.amount_units) AS gross,
      sum(CASE WHEN s.route = 'internal' THEN s.amount_units ELSE 0 END) AS within,
      sum(CASE WHEN s.route = 'claim' THEN s.amount_units ELSE 0 END) AS programmes,
      sum({TAX}) AS tax
    FROM charge AS c JOIN charge_share AS s ON s.charge_id = c.id AND s.role <> 'later'
    JOIN lab AS b ON b.id = c.lab_id LEFT JOIN charge AS o ON o.id = c.reverses_id
    WHERE c.institution_id = :institution AND c.month = :month AND c.posted_at IS NOT NULL
      AND coalesce(o.kind, c.kind) NOT IN ('waiver', 'write_off')
    GROUP BY c.lab_id, b.name_en, b.name_zh, c.currency ORDER BY c.currency, gross DESC, c.lab_id
""")  # noqa: S608 - our own expressions
# What went on to the institution, less what came back with reversals.
_SHARED = text("""
    SELECT lab_id, currency, sum(units) FROM (
      SELECT d.lab_id, t.currency, t.amount_units AS units FROM ledger_transfer AS t
      JOIN ledger_account AS d ON d.id = t.debit_id AND d.kind = 'lab_income'
      JOIN ledger_account AS k ON k.id = t.credit_id AND k.kind = 'institution_share'
      WHERE t.institution_id = :institution AND t.month = :month
      UNION ALL
      SELECT k.lab_id, t.currency, -t.amount_units FROM ledger_transfer AS t
      JOIN ledger_account AS d ON d.id = t.debit_id AND d.kind = 'institution_share'
      JOIN ledger_account AS k ON k.id = t.credit_id AND k.kind = 'lab_income'
      WHERE t.institution_id = :institution AND t.month = :month
    ) AS moved GROUP BY lab_id, currency
""")


@dataclass(frozen=True, slots=True)
class Earned:
    """What one lab earned in one currency, in minor units: gross = within + programmes + outside."""

    lab_id: int
    name_en: str
    name_zh: str
    currency: str
    gross: int
    within: int
    programmes: int
    tax: int
    shared: int

    @property
    def outside(self) -> int:
        """What payers outside the institution bear."""
        return self.gross - self.within - self.programmes

    @property
    def kept(self) -> int:
        """What the lab keeps: without the tax and the institution's share."""
        return self.gross - self.tax - self.shared


def earned(institution_id: int, month: str) -> list[Earned]:
    """By lab and currency, largest first. Two statements."""
    values: dict[str, Any] = {"institution": institution_id, "month": month}
    shared = {(row[0], row[1]): int(row[2]) for row in db.session.execute(_SHARED, values)}
    return [
        Earned(
            row.lab_id, row.name_en, row.name_zh, row.currency, int(row.gross), int(row.within), int(row.programmes),
            int(row.tax), shared.get((row.lab_id, row.currency), 0),
        )
        for row in db.session.execute(_EARNED, values)
    ]  # fmt: skip
