"""How the institutions of the invented world bill: letterhead, share, tax, and what payers want on invoices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from instruments.charges.changing_settings import change_settings
from instruments.charges.closing.billing import set_details
from instruments.charges.closing.invoicing.items import Said, set_item
from instruments.charges.invoice_models import InvoiceDetails
from instruments.charges.settings import Settings
from instruments.database import db
from instruments.demo.generator.chance import stream
from instruments.demo.generator.places import Row
from instruments.demo.generator.world import InventedWorld
from instruments.people.signing import actor_by_id

# By institution: its share of the income of labs in hundredths of a percent, and what others choose from.
SHARES: Mapping[int, int] = {1: 1000, 2: 500}
SHARES_OF_OTHERS = (0, 0, 500, 800, 1500)
# The tax that prices to others include, in hundredths of a percent; institutes are exempt.
TAX, EXEMPTION = 600, "Exempt: income from shared research facilities. / 科研设施开放共享收入免征。"
# Above which amount entered by hand two have to agree, in minor units.
SECOND_ABOVE = 20_000
# As what the services of all labs are invoiced; no goods have such a code.
ITEM = Said(None, "检测服务", "9900000000000000000", "次")
NOTE = (
    "Please name the number of the statement when you pay.",
    "付款时请注明对账单编号。",
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
    for row in world.places.owners():
        house, officer = row["id"], officer_of(world, row["id"])
        actor = actor_by_id(officer, now)
        assert actor is not None  # noqa: S101 - who keeps books is there
        change_settings(actor, house, Settings(share_of(house), tax_of(row), SECOND_ABOVE), 0, now)
        set_details(house, _details(row), None, now, officer)
        set_item(house, ITEM, now, officer)
    db.session.execute(
        insert(InvoiceDetails.__table__), [_invoiced(row) for row in world.places.institutions]
    )


def share_of(house: int) -> int:
    """The share of an institution."""
    return SHARES.get(house) or stream("share", house).choice(SHARES_OF_OTHERS)


def tax_of(row: Row) -> int:
    """The tax that its prices include."""
    return 0 if row["kind"] == "institute" else TAX


def _details(row: Row) -> dict[str, Any]:
    english, _, chinese = row["address"].partition(" / ")
    return {
        "title_en": f"Finance office of {row['name_en']}", "title_zh": f"{row['name_zh']}财务处", "address_en": english,
        "address_zh": chinese, "contact": f"finance@{row['website'].removeprefix('https://www.')}",
        "tax_number": _tax_number(row), "bank": "Example Bank, Chang'an Branch / 样例银行长安支行",
        "bank_account": f"6200 0000 0000 {row['id']:04d}", "note_en": NOTE[0], "note_zh": NOTE[1],
        "exemption": "" if tax_of(row) else EXEMPTION,
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
