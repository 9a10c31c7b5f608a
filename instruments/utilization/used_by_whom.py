"""By whom instruments were used, as an address writes it: an institution, companies together, or those nobody knows."""

from __future__ import annotations

from typing import Any

from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Institution
from instruments.typed import whole
from instruments.utilization.customers import COMPANY, UNKNOWN

COMPANIES = 0
WORDS = {COMPANIES: "companies", UNKNOWN: "unknown"}


def code_of(customer: int) -> str:
    """How an address names a customer of the matrix."""
    return WORDS.get(customer, str(customer))


def read(words: str) -> tuple[int, str, str]:
    """The customer that an address names, with its names; a company alone is never one, since companies stand together."""
    for number, code in WORDS.items():
        if words == code:
            return number, "", ""
    row: Any = None
    if (number := whole(words)) is not None:
        row = db.session.get(Institution, number)
    if row is None or row.kind == COMPANY:
        raise NotFound([Reason("no_institution", "user", N_("There is no such institution."))])
    return row.id, row.name_en, row.name_zh
