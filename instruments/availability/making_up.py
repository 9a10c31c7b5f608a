"""Choose with whose hours a lab opens on make-up workdays, from today on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from instruments.availability.day_models import MakeUpHours
from instruments.availability.days import TAKES
from instruments.availability.hours import today_at
from instruments.availability.institution_days import pick_of
from instruments.availability.keeping_past import keeping_what_is_past
from instruments.availability.owners import instruments_of, note
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.models import Lab


def choose_make_up_hours(lab: Lab, takes: str, *, actor_id: int | None, now: datetime) -> None:
    """Choose, inside a deed; make-up workdays that are over keep the hours they had. Raises Refusal."""
    if takes not in TAKES:
        raise Refusal([Reason("choice", "takes", N_("Choose one of these."))])
    raise_catalog()
    today = today_at(lab, now)
    before = pick_of(lab, today)
    if before == takes:
        return
    row = db.session.scalar(
        select(MakeUpHours).where(MakeUpHours.lab_id == lab.id, MakeUpHours.since == today)
    )
    with keeping_what_is_past(instruments_of(lab), now):
        if row is None:
            db.session.add(MakeUpHours(lab_id=lab.id, since=today, takes=takes))
        else:
            row.takes = takes
    note(lab, "lab.make_up_hours", {"takes": [before, takes]}, actor_id, now)
