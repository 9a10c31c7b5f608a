"""The page of an institution's reservations that lie outside the hours, by lab: after days were announced or set."""

from __future__ import annotations

from collections import Counter

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from instruments.availability.views.holidays import the_institution
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.pages.views.doors import pages
from instruments.people.models import Lab
from instruments.people.rights import Action, Scope
from instruments.people.signing import require
from instruments.reservations.outside_hours import outside_hours, told_by_id
from instruments.web import clock


@pages.get("/institutions/<int:institution_id>/holidays/reservations")
def outside_of_institution(institution_id: int) -> ResponseReturnValue:
    """How many there are in each lab; deciding about them is the lab's page."""
    institution = the_institution(institution_id)
    require(Action.HOLIDAYS_EDIT, Scope(institution_id=institution_id))
    ids = db.session.scalars(select(Instrument.id).where(Instrument.institution_id == institution_id)).all()
    found = outside_hours(ids, clock.now())
    counts = Counter(row.lab_id for row in (told_by_id(found) if found else ()))
    labs = db.session.execute(
        select(Lab.id, Lab.name_en, Lab.name_zh)
        .where(Lab.institution_id == institution_id, Lab.id.in_(counts))
        .order_by(Lab.name_en, Lab.id)
    )
    return render_template(
        "pages/outside_of_institution.html",
        institution=institution,
        labs=[(row, counts[row.id]) for row in labs],
        count=len(found),
    )
