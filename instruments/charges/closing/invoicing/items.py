"""As what the services of labs are invoiced: the items of an institution, the usual one and those of single labs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from instruments.charges.invoice_models import InvoiceItem
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.models import Lab
from instruments.web.versions import stale

# The tax authority's classification of goods and services counts 19 digits.
A_CODE = re.compile(r"\d{19}", re.ASCII)
LONGEST_NAME, LONGEST_UNIT = 100, 20


@dataclass(frozen=True, slots=True)
class Said:
    """An item as it was typed; lab_id: none for all labs that have none of their own; gone: that of a lab is taken away."""

    lab_id: int | None
    name: str
    code: str
    unit: str
    gone: bool = False


def items_of(institution_id: int) -> dict[int | None, InvoiceItem]:
    """By lab, the items of an institution; the usual one under None."""
    rows = db.session.scalars(select(InvoiceItem).where(InvoiceItem.institution_id == institution_id))
    return {row.lab_id: row for row in rows}


def set_item(
    institution_id: int, said: Said, now: datetime, actor_id: int, version: int | None = None
) -> None:
    """Set the item of a lab, or the usual one, inside a deed, or take that of a lab away.

    version: of the item that was read, 0 where there was none. Raises Refusal with every reason, Stale.
    """
    lock_books([institution_id])
    if version is not None and version != version_of(institution_id, said.lab_id):
        raise stale()
    if reasons := list(_wrong(institution_id, said)):
        raise Refusal(reasons)
    row = items_of(institution_id).get(said.lab_id)
    if said.gone:
        if row is not None:
            db.session.delete(row)
    else:
        if row is None:
            row = InvoiceItem(institution_id=institution_id, lab_id=said.lab_id, version=0)
            db.session.add(row)
        row.name, row.code, row.unit = said.name, said.code, said.unit
        row.version += 1
    db.session.flush()
    record(
        now=now, actor_id=actor_id, deed="invoice_item.set", thing=("institution", institution_id),
        institution_id=institution_id, lab_id=said.lab_id, detail={"name": said.name, "code": said.code},
    )  # fmt: skip


def version_of(institution_id: int, lab_id: int | None) -> int:
    """The version of the item of a lab, or (None) of the usual one; 0 where there is none."""
    row = items_of(institution_id).get(lab_id)
    return row.version if row is not None else 0


def _wrong(institution_id: int, said: Said) -> Iterator[Reason]:
    if not said.name and not said.gone:
        yield Reason("no_name", "name", N_("Name the item as it stands on invoices."))
    if not A_CODE.fullmatch(said.code) and not said.gone:
        yield Reason("code", "code", N_("The tax code of an item has 19 digits."))
    for field, text, most in (("name", said.name, LONGEST_NAME), ("unit", said.unit, LONGEST_UNIT)):
        if len(text) > most:
            yield Reason("too_long", field, N_("At most %(most)s characters."), {"most": most})
    if said.lab_id is not None and said.lab_id not in {row.id for row in labs_of(institution_id)}:
        yield Reason("no_lab", "lab_id", N_("Choose a lab of the institution."))


def labs_of(institution_id: int) -> Sequence[Lab]:
    """Its labs, by name."""
    asked = select(Lab).where(Lab.institution_id == institution_id).order_by(Lab.name_zh, Lab.id)
    return db.session.scalars(asked).all()
