"""Stand in for a researcher of another circle or institution, to see what they see: nobody real, with no rights at all."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.models import Institution
from instruments.people.rights import Actor
from instruments.typed import whole

# No person and no institution has this number.
NOBODY = 0
# A member of the owner's lab or institution, of any other university, of any company; else the number of an institution.
CIRCLES = ("lab", "institution", "partners", "companies")


def stand_in(who: str, institution: Institution, lab_ids: Collection[int]) -> Actor:
    """A researcher as `who` says, towards instruments of these labs of an institution. Raises Refusal.

    They hold no role, belong to no group, and have booked nothing.
    """
    if who == "lab":
        return _member(institution, frozenset(lab_ids))
    if who == "institution":
        return _member(institution)
    if who == "partners":
        return Actor(NOBODY, NOBODY, "university", institution_country=institution.country)
    if who == "companies":
        return Actor(NOBODY, NOBODY, "company", institution_country=institution.country)
    number = whole(who) or 0
    found = db.session.get(Institution, number) if number else None
    if found is None:
        remedy = N_("Choose lab, institution, partners, companies, or the number of an institution.")
        raise Refusal(
            [Reason("no_such_circle", "as", N_("There is no such circle or institution."), {}, remedy)]
        )
    return _member(found)


def _member(institution: Institution, lab_ids: frozenset[int] = frozenset()) -> Actor:
    return Actor(NOBODY, institution.id, institution.kind, lab_ids, institution_country=institution.country)


def institutions_to_stand_for() -> list[tuple[int, str, str]]:
    """Every institution as (number, English name, Chinese name), by name."""
    one = Institution
    rows = db.session.execute(select(one.id, one.name_en, one.name_zh).order_by(one.name_en, one.id))
    return [(row.id, row.name_en, row.name_zh) for row in rows]
