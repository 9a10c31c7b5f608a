"""Who writes a statement and to whom, in both languages, as it is kept with the statement when it is issued."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select

from instruments.charges.closing_models import DUE_DAYS, OBJECTION_DAYS, REMINDER_DAYS, BillingDetails
from instruments.charges.invoice_models import InvoiceDetails
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.funds.programme_models import ProgrammeRow
from instruments.people.models import Institution, Person, ResearchGroup

SAID = (
    "address_en",
    "address_zh",
    "contact",
    "tax_number",
    "bank",
    "bank_account",
    "exemption",
    "note_en",
    "note_zh",
)


def details(institution_id: int) -> BillingDetails:
    """What finance set of an institution's statements; the usual where it set nothing."""
    found = db.session.get(BillingDetails, institution_id)
    return found or BillingDetails(
        institution_id=institution_id, due_days=DUE_DAYS, objection_days=OBJECTION_DAYS, version=0, reminder_days=REMINDER_DAYS,
        title_en="", title_zh="", **dict.fromkeys(SAID, ""),
    )  # fmt: skip


def sender(institution_id: int) -> dict[str, str]:
    """The letterhead of an institution."""
    row = db.session.get_one(Institution, institution_id)
    set_ = details(institution_id)
    return {
        "name_en": set_.title_en or row.name_en,
        "name_zh": set_.title_zh or row.name_zh,
        **{name: getattr(set_, name) for name in SAID},
        "address_en": set_.address_en or row.address,
        "address_zh": set_.address_zh or row.address,
    }


def payers(rows: Sequence[Any]) -> list[dict[str, str]]:
    """Those to whom statements go, by name, for rows (institution, person, research_group, programme): four statements."""
    institutions = _names(Institution, {row.institution for row in rows})
    persons = _names(Person, {row.person for row in rows})
    groups = _names(ResearchGroup, {row.research_group for row in rows})
    programmes = _names(ProgrammeRow, {row.programme for row in rows})
    titles = _titles([_key(row) for row in rows])
    return [
        {
            **(programmes.get(row.programme) or persons.get(row.person) or institutions[row.institution]),
            **_group(groups.get(row.research_group)),
            **titles.get(_key(row), {}),
        }
        for row in rows
    ]


def _group(names: dict[str, str] | None) -> dict[str, str]:
    return {} if names is None else {"group_en": names["name_en"], "group_zh": names["name_zh"]}


def _names(model: Any, numbers: Collection[int]) -> dict[int, dict[str, str]]:
    dialect = db.engine.dialect.name
    wanted = {"numbers": as_parameter(sorted(set(numbers) - {0}), dialect)}
    rows = db.session.execute(
        select(model.id, model.name_en, model.name_zh).where(among(model.id, dialect)), wanted
    )
    return {row.id: {"name_en": row.name_en, "name_zh": row.name_zh} for row in rows}


def _key(row: Any) -> tuple[int, int, int]:
    return (row.institution, row.person, row.programme)


def _titles(keys: Collection[tuple[int, int, int]]) -> dict[tuple[int, int, int], dict[str, str]]:
    """What payers (institution, person, programme) want on their invoices, which a statement names too."""
    one = InvoiceDetails
    rows = db.session.execute(
        select(one.institution_id, one.person_id, one.programme_id, one.title, one.tax_number)
    )
    found = {(row.institution_id or 0, row.person_id or 0, row.programme_id or 0): row for row in rows}
    return {
        key: {"title": found[key].title, "tax_number": found[key].tax_number} for key in keys if key in found
    }
