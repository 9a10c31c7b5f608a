"""What the catalogue's pages share: their blueprint, and where the thing in an address stands."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint
from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Institution, Lab
from instruments.people.rights import Action, Actor, Scope, may

pages = Blueprint("catalog", __name__)


def the_instrument(instrument_id: int) -> Instrument:
    """The instrument of an address."""
    found = db.session.get(Instrument, instrument_id)
    if found is None:
        raise NotFound([Reason("no_instrument", None, N_("There is no such instrument."))])
    return found


def scope_of(thing: Instrument | Lab) -> Scope:
    """Where an instrument or a lab stands."""
    lab_id = thing.id if isinstance(thing, Lab) else thing.lab_id
    return Scope(institution_id=thing.institution_id, lab_id=lab_id)


def labs_to_edit(actor: Actor) -> Sequence[Lab]:
    """The labs whose instruments the actor may change, with their institutions."""
    labs = db.session.scalars(
        select(Lab).join(Institution).order_by(Institution.id, Lab.name_zh, Lab.name_en)
    )
    return [lab for lab in labs if may(actor, Action.INSTRUMENT_EDIT, scope_of(lab))]


def institutions_where(actor: Actor, action: Action) -> Sequence[Institution]:
    """The institutions on which the actor may do this; their own stands first."""
    found = [
        each
        for each in db.session.scalars(select(Institution).order_by(Institution.id))
        if may(actor, action, Scope(institution_id=each.id))
    ]
    return sorted(found, key=lambda each: each.id != actor.institution_id)
