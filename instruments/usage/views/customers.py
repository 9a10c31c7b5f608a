"""The customers of a run in words, and as they are typed into its sheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import request
from sqlalchemy import func, or_, select

from instruments.database import db
from instruments.errors import N_, Reason
from instruments.people.models import Institution, Person, ResearchGroup
from instruments.people.signing import actor_by_id
from instruments.usage.facts import Customer, weights
from instruments.usage.running import customers_of
from instruments.usage.views.fields import decimal_of
from instruments.web.language import in_language

ROWS = 5


def customer_lines(use_id: int) -> list[dict[str, Any]]:
    """Each customer's name, samples and percent of the hours."""
    rows = customers_of(use_id)
    parts = weights([Customer(samples=row.samples, share=row.share) for row in rows])
    parts = parts if any(parts) else [1] * len(parts)
    names = [_name(row) for row in rows]
    return [
        {"name": name, "samples": row.samples, "percent": f"{100 * part / sum(parts):.1f}%"}
        for row, name, part in zip(rows, names, parts, strict=True)
    ]


def _name(row: Any) -> str:
    found = []
    for table, number in (
        (Person, row.person_id),
        (ResearchGroup, row.group_id),
        (Institution, row.institution_id),
    ):
        if number is not None:
            named = db.session.execute(select(table.name_en, table.name_zh).where(table.id == number)).one()
            found.append(in_language(named.name_en, named.name_zh))
    return " · ".join(dict.fromkeys(found))


def typed_customers(now: datetime, reasons: list[Reason]) -> list[Customer]:
    """The customers of the sheet, by the mail address of a person or the name of a group or institution."""
    found = []
    columns = [request.form.getlist(name) for name in ("customer", "customer_samples", "customer_share")]
    for who, samples, share in zip(*columns, strict=False):
        if who.strip() or samples.strip() or share.strip():
            found.append(_customer(" ".join(who.split()), samples.strip(), share.strip(), now, reasons))
    return found


def _customer(who: str, samples: str, share: str, now: datetime, reasons: list[Reason]) -> Customer:
    number, part = decimal_of(samples or "0"), decimal_of(share) if share else None
    if number is None or number != int(number) or (share and part is None):
        sentence = N_("%(who)s: write the samples and the part as numbers.")
        reasons.append(Reason("customer", "customers", sentence, {"who": who or "–"}))
        number = None
    unit = _unit(who, now)
    if unit is None:
        remedy = N_("Write a mail address, or the whole name of a group or an institution.")
        sentence = N_("There is no customer “%(who)s”.")
        reasons.append(Reason("no_customer", "customers", sentence, {"who": who}, remedy))
    return Customer(**(unit or {}), samples=int(number or 0), share=part)


def _unit(who: str, now: datetime) -> dict[str, int | None] | None:
    """Whom the words name, with the unit that is served; None for nobody, or for several."""
    if "@" in who:
        number = db.session.scalar(select(Person.id).where(Person.mail == who.lower()))
        person = None if number is None else actor_by_id(number, now)
        if person is None:
            return None
        return {
            "person_id": person.person_id,
            "institution_id": person.institution_id,
            "group_id": person.only_group,
        }
    groups = _named(ResearchGroup, who)
    if len(groups) == 1:
        home = db.session.scalar(select(ResearchGroup.institution_id).where(ResearchGroup.id == groups[0]))
        return {"group_id": groups[0], "institution_id": home}
    homes = _named(Institution, who)
    return {"institution_id": homes[0]} if len(homes) == 1 and not groups else None


def _named(table: Any, who: str) -> Sequence[int]:
    same = or_(func.lower(table.name_en) == who.lower(), table.name_zh == who)
    return db.session.scalars(select(table.id).where(same).limit(2)).all() if who else []
