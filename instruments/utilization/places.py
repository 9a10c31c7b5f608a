"""Of which place figures are asked, whether somebody may see them, and which places somebody may see at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Institution, Lab
from instruments.people.rights import ALLOWED, SCOPE_OF_ROLE, Action, Actor, Scope, may
from instruments.utilization.asking import INSTITUTION, INSTRUMENT, LAB, PAGES, PLATFORM, View
from instruments.utilization.sums import Selection
from instruments.utilization.withholding import NOTHING, Known

ROLES = ALLOWED[Action.UTILIZATION_SEE]
_NOTHING = N_("There are no figures here that you may see.")


@dataclass(frozen=True, slots=True)
class Place:
    """What figures are of: its names, which instruments those are, and the institution and lab it lies in."""

    kind: str
    number: int
    name_en: str
    name_zh: str
    chosen: Selection
    institution_id: int | None = None
    lab_id: int | None = None


def the_place(view: View, actor: Actor | None) -> Place:
    """The place of a view; raises NotFound where it is not there, or not for this person to see."""
    if view.kind in PAGES:
        sentence = N_("What a group or the people of an institution used stands by itself: %(path)s.")
        raise NotFound([Reason("own_page", "of", sentence, {"path": view.path})])
    found = _found(view)
    if found is None or not may(
        actor, Action.UTILIZATION_SEE, Scope(institution_id=found.institution_id, lab_id=found.lab_id)
    ):
        raise NotFound([Reason("not_found", "of", _NOTHING)])
    return found


def sees_income(actor: Actor | None, place: Place) -> bool:
    """Whether what a place earned is told: to whoever reads its charges, and to the platform as one sum of all institutions.

    Of a class everywhere nothing is told, since it may be one institution's alone.
    """
    if place.kind == PLATFORM:
        return not place.chosen.class_code
    return may(actor, Action.INCOME_SEE, Scope(institution_id=place.institution_id, lab_id=place.lab_id))


def sees_income_rows(actor: Actor | None, place: Place) -> bool:
    """Whether it is told row by row what a place earned: to whoever reads its charges; to the platform it is one sum."""
    return place.kind != PLATFORM and sees_income(actor, place)


def sees_reservations(actor: Actor | None, place: Place) -> bool:
    """Whether the reservations behind a figure are told one by one."""
    return may(actor, Action.RESERVATION_SEE, Scope(institution_id=place.institution_id, lab_id=place.lab_id))


def sees_companies(actor: Actor | None, place: Place) -> bool:
    """Whether rows behind a figure say which company it was, and who of it: to the owner's own people; to everybody else
    companies stand together."""
    return may(actor, Action.COMPANY_USE_SEE, Scope(institution_id=place.institution_id, lab_id=place.lab_id))


def sees_unmet(actor: Actor | None, place: Place) -> bool:
    """Whether what was looked for in vain is told: to whoever has a right to those who asked, since few may stand behind it.

    That is who plans instruments there, and of a lab who sees by name who waits for its instruments; nobody else.
    """
    scope = Scope(institution_id=place.institution_id, lab_id=place.lab_id)
    waits = place.lab_id is not None and may(actor, Action.RESERVATION_SEE, scope)
    return waits or may(actor, Action.DEMAND_SEE, scope)


def _found(view: View) -> Place | None:
    code = view.class_code
    if view.kind == PLATFORM:
        return Place(PLATFORM, 0, "", "", Selection(class_code=code))
    model: Any = {INSTITUTION: Institution, LAB: Lab, INSTRUMENT: Instrument}.get(view.kind)
    row = db.session.get(model, view.number) if model else None
    if row is None or (view.kind == INSTITUTION and row.kind == "company"):
        return None
    names = (view.kind, row.id, row.name_en, row.name_zh)
    if view.kind == INSTITUTION:
        return Place(*names, Selection(institution_id=row.id, class_code=code), row.id)
    if view.kind == LAB:
        return Place(*names, Selection(lab_id=row.id, class_code=code), row.institution_id, row.id)
    return Place(*names, Selection(instrument_id=row.id), row.institution_id, row.lab_id)


def first_place(actor: Actor) -> tuple[str, int]:
    """What somebody's figures begin with: the widest place they answer for. Raises NotFound where there is none."""
    scopes = {
        SCOPE_OF_ROLE[grant.role]: grant.scope_id
        for grant in reversed(actor.grants)
        if grant.role in ROLES and SCOPE_OF_ROLE[grant.role] in (PLATFORM, INSTITUTION, LAB)
    }
    for kind in (PLATFORM, INSTITUTION, LAB):
        if kind in scopes:
            return kind, scopes[kind] or 0
    raise NotFound([Reason("not_found", "of", _NOTHING)])


def known_besides(actor: Actor | None, place: Place) -> Known:
    """What somebody sees by roles besides a place; whoever sees everything has a right to all of it."""
    return known_beside(actor, place.institution_id, place.lab_id)


def known_beside(actor: Actor | None, institution_id: int | None, lab_id: int | None = None) -> Known:
    """The same by the numbers of an institution and a lab."""
    seen: dict[str, set[int]] = {PLATFORM: set(), INSTITUTION: set(), LAB: set()}
    for grant in actor.grants if actor else ():
        kind = SCOPE_OF_ROLE[grant.role]
        if grant.role in ROLES and kind in seen:
            seen[kind].add(grant.scope_id or 0)
    if seen[PLATFORM]:
        return NOTHING
    own = {institution_id}, {lab_id}
    return Known(frozenset(seen[INSTITUTION] - own[0]), frozenset(seen[LAB] - own[1]))


def places_of(actor: Actor) -> list[tuple[str, int, str, str]]:
    """The places whose figures somebody may choose from: kind, number, names; the platform without names. Two statements."""
    institutions, labs, everywhere = set(), set(), False
    for grant in actor.grants:
        if grant.role not in ROLES:
            continue
        kind = SCOPE_OF_ROLE[grant.role]
        everywhere = everywhere or kind == PLATFORM
        if grant.scope_id is not None and kind in (INSTITUTION, LAB):
            (institutions if kind == INSTITUTION else labs).add(grant.scope_id)
    owners = select(Institution.id, Institution.name_en, Institution.name_zh).where(
        Institution.kind != "company"
    )
    rows = owners if everywhere else owners.where(Institution.id.in_(institutions))
    found = [(PLATFORM, 0, "", "")] if everywhere else []
    found += [(INSTITUTION, *row) for row in db.session.execute(rows.order_by(Institution.id))]
    if not everywhere:
        mine = Lab.id.in_(labs) | Lab.institution_id.in_(institutions)
        of_labs = select(Lab.id, Lab.name_en, Lab.name_zh).where(mine).order_by(Lab.id)
        found += [(LAB, *row) for row in db.session.execute(of_labs)]
    return found
