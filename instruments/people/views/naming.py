"""People named in a form by their mail addresses, read alike wherever a right, a qualification or a fund is given."""

from __future__ import annotations

from flask import request
from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Reason
from instruments.people.models import Person
from instruments.people.roles import is_active
from instruments.people.signing import today
from instruments.web import clock

MOST_PEOPLE = 200
APART = str.maketrans(dict.fromkeys("\0,;，；、", " "))


def people_typed(reasons: list[Reason], field: str = "people") -> list[Person]:
    """Those whose addresses stand in this field, apart by spaces, commas or lines; a reason for each that nobody has."""
    mails = list(dict.fromkeys(request.form.get(field, "").translate(APART).lower().split()))
    if len(mails) > MOST_PEOPLE:
        reasons.append(
            Reason("too_many_people", field, N_("At most %(most)s people at once."), {"most": MOST_PEOPLE})
        )
        return []
    day = today(clock.now())
    found = {
        person.mail: person
        for person in db.session.scalars(select(Person).where(Person.mail.in_(mails)))
        if is_active(person, day)
    }
    sentence = N_("Nobody with an account has the address %(mail)s.")
    remedy = N_("Look at the spelling, or invite them first.")
    reasons += [
        Reason("no_person", field, sentence, {"mail": mail[:200]}, remedy)
        for mail in mails
        if mail not in found
    ]
    return [found[mail] for mail in mails if mail in found]
