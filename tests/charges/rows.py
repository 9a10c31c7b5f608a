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

    def post(self, charge_id: int) -> None:
        """Post it."""
        do(
            "UPDATE charge SET state = 'posted', posted_at = :at, month = '2027-02' WHERE id = :id",
            id=charge_id,
            at=AT,
        )


def insert(table: str, row: dict[str, Any]) -> int:
    """Insert one row; its number, where it has one."""
    names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
    returning = "" if table in ("charge_line", "charge_share") else " RETURNING id"
    found = db.session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places}){returning}"), row)
    number = found.scalar_one() if returning else 0
    db.session.commit()
    return number


def do(statement: str, **values: Any) -> None:
    """One statement, committed."""
    db.session.execute(text(statement), values)
    db.session.commit()
