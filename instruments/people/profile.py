"""What people say of themselves: names, ORCID, language, zone, phone, and whether others see their name."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people import identifiers
from instruments.people.forms import Form
from instruments.people.models import Person
from instruments.people.versions import changes, locked

LANGUAGES = {"en": "English", "zh_Hans_CN": "中文"}


@dataclass(frozen=True)
class Described:
    """What a person says of themselves."""

    name_en: str
    name_zh: str
    orcid: str | None
    phone: str
    language: str
    zone: str
    shows_name: bool


def read(form: Form) -> Described:
    """The profile that a form describes; reasons gather in the form."""
    name_en, name_zh = form.names(120)
    given = form.text("orcid", 60)
    orcid = identifiers.orcid(given)
    if given and orcid is None:
        sentence = N_("This is not an ORCID iD. It has 16 digits, and the last one checks the others.")
        form.refuse("orcid", "orcid", sentence)
    return Described(
        name_en=name_en,
        name_zh=name_zh,
        orcid=orcid,
        phone=form.text("phone", 60),
        language=form.choice("language", LANGUAGES, "en"),
        zone=form.zone(),
        shows_name=form.flag("shows_name"),
    )


def edit(
    person_id: int, version: int | None, described: Described, already: list[Reason], now: datetime
) -> Person:
    """Change one's own profile, as it was at `version`."""
    person = locked(Person, person_id, version)
    reasons = list(already)
    same = select(Person.id).where(Person.orcid == described.orcid, Person.id != person_id)
    if described.orcid and db.session.scalars(same).first():
        sentence = N_("Another person here has this ORCID iD.")
        reasons.append(Reason("taken", "orcid", sentence))
    if reasons:
        raise Refusal(reasons)
    found = changes(person, asdict(described))
    db.session.flush()
    # The journal says which parts changed, not what somebody's telephone number is.
    record(
        now=now, actor_id=person_id, deed="profile.edited", thing=("person", person_id),
        institution_id=person.institution_id, detail={"changed": sorted(found)},
    )  # fmt: skip
    return person
