"""What qualifications ask of a person at home: requests that wait for the answer of their labs or their institution."""

from __future__ import annotations

from flask_babel import gettext, ngettext
from sqlalchemy import select

from instruments.database import db
from instruments.people.models import Institution, Lab
from instruments.people.rights import Actor
from instruments.qualifications.listing import counts_waiting
from instruments.web import formats
from instruments.web.language import in_language


def qualification_needs(actor: Actor) -> list[dict[str, str]]:
    """Lines of "Needs you". Three statements at most."""
    found = counts_waiting(actor)
    if not found:
        return []
    labs = _names(Lab, {row.lab_id for row in found if row.lab_id is not None})
    homes = _names(Institution, {row.institution_id for row in found if row.lab_id is None})
    return [
        _of_lab(row.count, row.lab_id, labs.get(row.lab_id, ""))
        if row.lab_id is not None
        else _of_institution(row.count, row.institution_id, homes.get(row.institution_id, ""))
        for row in found
    ]


def _of_lab(count: int, lab_id: int, name: str) -> dict[str, str]:
    words = ngettext(
        "%(name)s: %(count)s request for a qualification",
        "%(name)s: %(count)s requests for qualifications",
        count,
        name=name,
        count=formats.count(count),
    )
    address = f"/labs/{lab_id}/qualification-requests"
    return {"icon": "shield-check", "words": words, "address": address, "act": gettext("Answer")}


def _of_institution(count: int, institution_id: int, name: str) -> dict[str, str]:
    words = ngettext(
        "%(name)s: %(count)s request for the safety admission",
        "%(name)s: %(count)s requests for the safety admission",
        count,
        name=name,
        count=formats.count(count),
    )
    address = f"/institutions/{institution_id}/admissions"
    return {"icon": "shield-check", "words": words, "address": address, "act": gettext("Answer")}


def _names(table: type[Lab] | type[Institution], numbers: set[int]) -> dict[int, str]:
    if not numbers:
        return {}
    rows = db.session.execute(select(table.id, table.name_en, table.name_zh).where(table.id.in_(numbers)))
    return {row.id: in_language(row.name_en, row.name_zh) for row in rows}
