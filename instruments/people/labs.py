"""Add and edit labs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal
from instruments.journal.record import record
from instruments.people import identifiers, renaming
from instruments.people.forms import ADDRESS_HINT, Form
from instruments.people.institutions import LONGEST_TEXT, OWNERS
from instruments.people.models import Institution, Lab
from instruments.people.rights import Action, Actor, may
from instruments.people.scopes import of_institution, of_place
from instruments.people.versions import changes, locked


@dataclass(frozen=True)
class Described:
    """What is said of a lab."""

    name_en: str
    name_zh: str
    zone: str
    city_en: str
    city_zh: str
    address: str
    contact_name: str
    contact_phone: str
    contact_mail: str
    description_en: str
    description_zh: str


def read(form: Form) -> Described:
    """The lab that a form describes; reasons gather in the form."""
    name_en, name_zh = form.names(200)
    mail = form.text("contact_mail", 200)
    if mail and identifiers.mail_address(mail) is None:
        form.refuse("mail", "contact_mail", ADDRESS_HINT)
    return Described(
        name_en=name_en,
        name_zh=name_zh,
        zone=form.zone(),
        city_en=form.text("city_en", 80),
        city_zh=form.text("city_zh", 80),
        address=form.text("address", 300),
        contact_name=form.text("contact_name", 120),
        contact_phone=form.text("contact_phone", 60),
        contact_mail=mail,
        description_en=form.text("description_en", LONGEST_TEXT),
        description_zh=form.text("description_zh", LONGEST_TEXT),
    )


def add(
    institution: Institution, described: Described, already: list[Reason], actor: Actor, now: datetime
) -> Lab:
    """Add a lab to a university or institute."""
    if institution.kind not in OWNERS or not may(actor, Action.LAB_ADD, of_institution(institution.id)):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    _refuse_taken(institution.id, described, already, None)
    lab = Lab(institution_id=institution.id, **asdict(described))
    db.session.add(lab)
    db.session.flush()
    _note("lab.added", lab, actor, now, {"name_en": lab.name_en, "name_zh": lab.name_zh})
    return lab


def edit(
    lab_id: int, version: int | None, described: Described, already: list[Reason], actor: Actor, now: datetime
) -> Lab:
    """Change what is said of a lab, as it was at `version`."""
    lab = locked(Lab, lab_id, version)
    if not may(actor, Action.LAB_EDIT, of_place(lab)):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    _refuse_taken(lab.institution_id, described, already, lab.id)
    found = changes(lab, asdict(described))
    db.session.flush()
    renaming.lab_changed(lab.id, found)
    _note("lab.edited", lab, actor, now, found)
    return lab


def of(institution: Institution, after: int, most: int) -> Sequence[Lab]:
    """The labs of an institution with a number above `after`, in the order of their numbers."""
    found = select(Lab).where(Lab.institution_id == institution.id, Lab.id > after)
    return db.session.scalars(found.order_by(Lab.id).limit(most)).all()


def get(lab_id: int) -> Lab:
    """The lab, or NotFound."""
    lab = db.session.get(Lab, lab_id)
    if lab is None:
        raise NotFound([Reason("not_found", None, N_("There is no such lab."))])
    return lab


def _refuse_taken(
    institution_id: int, described: Described, already: list[Reason], own_id: int | None
) -> None:
    reasons = list(already)
    same = select(Lab.id).where(
        Lab.institution_id == institution_id,
        Lab.name_zh == described.name_zh,
        Lab.name_en == described.name_en,
    )
    if db.session.scalars(same.where(Lab.id != (own_id or 0))).first():
        reasons.append(Reason("taken", "name_en", N_("This institution has a lab of this name already.")))
    if reasons:
        raise Refusal(reasons)


def _note(deed: str, lab: Lab, actor: Actor, now: datetime, detail: dict) -> None:
    record(
        now=now, actor_id=actor.person_id, deed=deed, thing=("lab", lab.id),
        institution_id=lab.institution_id, lab_id=lab.id, detail=detail,
    )  # fmt: skip
