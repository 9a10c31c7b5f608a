"""What sets a quota: an institution, a lab or one instrument; where it stands, and which day it is there."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Institution, Lab
from instruments.people.rights import Scope
from instruments.reservations.quota_models import QuotaRow

Owner: TypeAlias = Institution | Lab | Instrument


def kind_of(owner: Owner) -> str:
    """What sets it: "institution", "lab" or "instrument"."""
    if isinstance(owner, Institution):
        return "institution"
    return "lab" if isinstance(owner, Lab) else "instrument"


def scope_of(owner: Owner) -> Scope:
    """Where the owner stands."""
    if isinstance(owner, Institution):
        return Scope(institution_id=owner.id)
    lab_id = owner.id if isinstance(owner, Lab) else owner.lab_id
    return Scope(institution_id=owner.institution_id, lab_id=lab_id)


def the_institution(institution_id: int) -> Institution:
    """The institution of an address; raises NotFound."""
    owner = db.session.get(Institution, institution_id)
    if owner is None:
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))])
    return owner


def institution_of(owner: Owner) -> int:
    """The institution that it belongs to, or is."""
    return owner.id if isinstance(owner, Institution) else owner.institution_id


def today_there(owner: Owner, now: datetime) -> date:
    """The date on the owner's wall."""
    zone = owner.lab.zone if isinstance(owner, Instrument) else owner.zone
    return now.astimezone(ZoneInfo(zone)).date()


def owner_of(row: QuotaRow) -> Owner:
    """What set it: the instrument, else the lab, else the institution."""
    if row.instrument_id is not None:
        return db.session.get_one(Instrument, row.instrument_id)
    if row.lab_id is not None:
        return db.session.get_one(Lab, row.lab_id)
    return db.session.get_one(Institution, row.institution_id)
