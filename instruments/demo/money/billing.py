"""How the institutions of the invented world that keep books bill: letterhead, share, tax, and what payers want on invoices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from instruments.charges.changing_settings import change_settings
from instruments.charges.closing.billing import set_details
from instruments.charges.invoice_models import InvoiceDetails
from instruments.charges.settings import Settings
from instruments.database import db
from instruments.demo.generator.places import Row
from instruments.demo.generator.world import InventedWorld
from instruments.demo.money.cards import ACCOUNTING
from instruments.people.signing import actor_by_id

# By institution: its share of the income of labs and the tax that prices to others include, in hundredths of a percent.
RATES: Mapping[int, tuple[int, int]] = {1: (1000, 600), 2: (500, 600)}
# Above which amount entered by hand two have to agree, in minor units.
SECOND_ABOVE = 20_000
NOTE = (
    "Please name the number of the statement when you pay.",
    "付款时请注明结算单编号。",
)


def officer_of(world: InventedWorld, institution_id: int) -> int:
    """Who keeps the books of an institution."""
    return next(
        int(grant["person_id"])
        for grant in world.people.grants
        if grant["role"] == "finance_officer" and grant["institution_id"] == institution_id
    )


def set_billing(world: InventedWorld, now: datetime) -> None:
    """As their finance officers set it when the books began, inside the deed that loads the world."""
    for house in ACCOUNTING:
        row, officer = world.places.institutions[house - 1], officer_of(world, house)
        actor = actor_by_id(officer, now)
        assert actor is not None  # noqa: S101 - who keeps books is there
        share, tax = RATES[house]
        change_settings(actor, house, Settings(share, tax, SECOND_ABOVE), 0, now)
        set_details(house, _details(row), None, now, officer)
    wanted = [_invoiced(row) for row in world.places.institutions if row["id"] not in ACCOUNTING]
    db.session.execute(insert(InvoiceDetails.__table__), wanted)


def _details(row: Row) -> dict[str, Any]:
    english, _, chinese = row["address"].partition(" / ")
    return {
        "title_en": f"Finance office of {row['name_en']}", "title_zh": f"{row['name_zh']}财务处", "address_en": english,
        "address_zh": chinese, "contact": f"finance@{row['website'].removeprefix('https://www.')}",
        "tax_number": _tax_number(row), "bank": "Example Bank, Chang'an Branch / 样例银行长安支行",
        "bank_account": f"6200 0000 0000 {row['id']:04d}", "note_en": NOTE[0], "note_zh": NOTE[1],
    }  # fmt: skip


def _invoiced(row: Row) -> Row:
    _, _, chinese = row["address"].partition(" / ")
    company = row["kind"] == "company"
    return {
        "institution_id": row["id"], "type": "special" if company else "ordinary", "title": row["name_zh"],
        "tax_number": _tax_number(row), "address": chinese or row["address"] or row["city_zh"],
        "phone": f"000-0000 {row['id']:04d}", "bank": "样例银行", "bank_account": f"6222 0000 {row['id']:04d}",
        "mail": f"invoices@{row['website'].removeprefix('https://www.')}",
    }  # fmt: skip


def _tax_number(row: Row) -> str:
    """Of the right length, and of nobody: no region has the code 99."""
    return f"DEMO99000000000{row['id']:03d}"
