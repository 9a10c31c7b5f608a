"""Add a person from outside the pages: the first administrator, or somebody a program brings."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people import roles
from instruments.people.identifiers import mail_address
from instruments.people.models import Institution, Lab, Person
from instruments.people.registering import new_session_key, open_account
from instruments.people.rights import SCOPE_OF_ROLE, Role
from instruments.people.scopes import Place
from instruments.typed import whole


def lab_named(institution: Institution, name: str) -> Lab:
    """The lab of the institution with this id or name in either language."""
    by_name = [Lab.name_en == name, Lab.name_zh == name]
    if (number := whole(name)) is not None:
        by_name.append(Lab.id == number)
    for condition in by_name:
        if found := db.session.scalars(
            select(Lab).where(Lab.institution_id == institution.id, condition)
        ).first():
            return found
    raise Refusal([Reason("no_lab", "lab", N_("This institution has no lab %(name)s."), {"name": name})])


def add(
    mail: str,
    name: str,
    kind: str,
    institution: Institution,
    password_hash: str | None,
    now: datetime,
    today: date,
) -> Person:
    """Add a person, or bring an existing one to this institution; adding the same twice changes nothing."""
    address = mail_address(mail)
    if address is None:
        raise Refusal(
            [Reason("mail", "mail", N_("This is not a mail address. It looks like name@institution.edu.cn."))]
        )
    person = db.session.scalars(select(Person).where(Person.mail == address).with_for_update()).first()
    is_new = person is None
    if person is None:
        person = Person(
            mail=address, name_en=name or address.partition("@")[0], kind=kind, session_key=new_session_key()
        )
        person.zone = institution.zone
        db.session.add(person)
    elif person.institution_id not in (None, institution.id):
        raise Refusal(
            [
                Reason(
                    "is_elsewhere", "mail", N_("%(mail)s belongs to another institution."), {"mail": address}
                )
            ]
        )
    person.institution_id = institution.id
    if password_hash:
        person.password_hash, person.session_key = password_hash, new_session_key()
    if person.mail_confirmed_at is None:
        open_account(person, now, today)
    db.session.flush()
    if is_new:
        record(
            now=now,
            actor_id=None,
            deed="person.added",
            thing=("person", person.id),
            institution_id=institution.id,
        )
    return person


def give_role(person: Person, name: str, institution: Institution, lab: Lab | None, now: datetime) -> None:
    """Give a role on the institution, the lab, or (platform administrator) the platform."""
    places: dict[str, Place] = {"platform": None, "institution": institution, "lab": lab}
    role = Role(name)
    scope = SCOPE_OF_ROLE[role]
    if scope == "lab" and lab is None:
        raise Refusal([Reason("lab", "lab", N_("This role is held on a lab: say which, with --lab."))])
    if scope not in places or role not in roles.roles_on(places[scope]):
        raise Refusal([Reason("role", "role", N_("This role does not exist here."))])
    row = roles.give(places[scope], role, person, None, None, now)
    record(
        now=now, actor_id=None, deed="role.granted", thing=("person", person.id), institution_id=institution.id,
        lab_id=row.lab_id, detail={"role": role.value, "scope": scope},
    )  # fmt: skip
