"""Who a program looks as, where it asks what somebody else would find in a lab or an institution."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.models import Institution, Lab
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import current_actor
from instruments.people.standing_in import stand_in
from instruments.search.schemas import FreeQuery


def somebody_else(query: FreeQuery) -> Actor:
    """The researcher to stand in for, for whoever sets the rules of the lab or institution that is named."""
    if query.lab is None and query.institution is None:
        sentence = N_("Name the lab or the institution whose instruments you look at.")
        raise Refusal([Reason("as_where", "lab", sentence)])
    home, labs = _named(query)
    if home is None or not _may_look(home, query):
        sentence = N_("Only whoever sets the rules of a lab or an institution looks at it as others do.")
        raise Refusal([Reason("not_yours", "as", sentence)])
    return stand_in(query.seen_as or "", home, labs)


def _named(query: FreeQuery) -> tuple[Institution | None, Sequence[int]]:
    """The institution, and which labs of it are looked at."""
    if query.lab is None:
        home = db.session.get(Institution, query.institution)
        return home, db.session.scalars(select(Lab.id).where(Lab.institution_id == query.institution)).all()
    lab = db.session.get(Lab, query.lab)
    if lab is None or query.institution not in (None, lab.institution_id):
        return None, ()
    return lab.institution, [lab.id]


def _may_look(home: Institution, query: FreeQuery) -> bool:
    actor = current_actor()
    return actor is not None and may(
        actor, Action.RULES_EDIT, Scope(institution_id=home.id, lab_id=query.lab)
    )
