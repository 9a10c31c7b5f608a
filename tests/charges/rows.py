"""Charges as bare rows, written by SQL past every act: what the database itself has to guard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from instruments.database import db
from instruments.people.models import Lab
from tests.conftest import NOW

AT = int(NOW.timestamp())


@dataclass
class Bare:
    """Writes bare rows of one lab's charges, each committed."""

    lab: Lab
    count: int = 0

    def charge(
        self, units: int = 1000, *, line: int | None = None, share: int | None = None, **values: Any
    ) -> int:
        """A draft of one line and one share (of the same amount unless said)."""
        self.count += 1
        row = {
            "key": f"test:{self.count}", "kind": "adjustment", "lab_id": self.lab.id,
            "institution_id": self.lab.institution_id, "currency": "CNY", "total_units": units, "state": "draft",
            "service_on": "2027-02-20", "made_at": AT, "reason": "test", "made_by_id": values.pop("by", None),
        } | values  # fmt: skip
        if row["made_by_id"] is None and row["kind"] in ("adjustment", "credit", "waiver"):
            row["kind"], row["reservation_id"] = "late", values.get("reservation_id")
        number = insert("charge", row)
        self.line(number, units if line is None else line)
        self.share(number, units if share is None else share)
        return number

    def line(self, charge_id: int, units: int, position: int = 0) -> None:
        """One line of it."""
        insert(
            "charge_line",
            {
                "charge_id": charge_id, "position": position, "kind": "time", "unit": "hour", "quantity_above": 1,
                "quantity_below": 1, "price_units": units, "factor": "100", "amount_units": units, "why": "[]",
            },
        )  # fmt: skip

    def share(self, charge_id: int, units: int, position: int = 0, **values: Any) -> None:
        """One share of it, owed by the lab's own institution on account."""
        row = {
            "charge_id": charge_id, "position": position, "role": "payer", "route": "receivable", "taxed": False,
            "payer_institution_id": self.lab.institution_id, "amount_units": units, "why": "[]",
        } | values  # fmt: skip
        insert("charge_share", row)

    def post(self, charge_id: int, at: int = AT, month: str = "2027-02") -> None:
        """Post it with its entry; a reversal with that of what it reverses."""
        row = db.session.execute(
            text("SELECT total_units, coalesce(reverses_id, id) AS thing FROM charge WHERE id = :id"),
            {"id": charge_id},
        ).one()
        if row.total_units:
            self.enter(row.thing, row.total_units, month, keep=False)
        do(
            "UPDATE charge SET state = 'posted', posted_at = :at, month = :month WHERE id = :id",
            id=charge_id,
            at=at,
            month=month,
        )

    def enter(self, charge_id: int, units: int, month: str = "2027-02", *, keep: bool = True) -> None:
        """An entry of it: what its payer owes to the lab's income; below zero the other way round."""
        self.count += 1
        currency = db.session.scalar(text("SELECT currency FROM charge WHERE id = :id"), {"id": charge_id})
        owed = self._account("receivable", currency, payer_institution_id=self.lab.institution_id)
        income = self._account("lab_income", currency, lab_id=self.lab.id)
        debit, credit = (owed, income) if units > 0 else (income, owed)
        insert("ledger_transfer", {
            "debit_id": debit, "credit_id": credit, "amount_units": abs(units), "currency": currency,
            "institution_id": self.lab.institution_id, "posted_at": AT, "month": month, "kind": "charge",
            "thing_kind": "charge", "thing_id": charge_id, "key": f"test:{charge_id}:{self.count}",
        }, keep=keep)  # fmt: skip

    def _account(self, kind: str, currency: str, **values: Any) -> int:
        row = {"kind": kind, "institution_id": self.lab.institution_id, "currency": currency} | values
        found = db.session.scalar(
            text("SELECT id FROM ledger_account WHERE kind = :kind AND institution_id = :institution_id"
                 " AND currency = :currency"), row,
        )  # fmt: skip
        return found or insert("ledger_account", row, keep=False)


def insert(table: str, row: dict[str, Any], *, keep: bool = True) -> int:
    """Insert one row; its number, where it has one. keep: at once, else with what follows."""
    names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
    returning = "" if table in ("charge_line", "charge_share") else " RETURNING id"
    found = db.session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places}){returning}"), row)
    number = found.scalar_one() if returning else 0
    if keep:
        db.session.commit()
    return number


def do(statement: str, **values: Any) -> None:
    """One statement, committed."""
    db.session.execute(text(statement), values)
    db.session.commit()
