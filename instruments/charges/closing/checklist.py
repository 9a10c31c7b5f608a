"""What a month still lacks before it is issued: counted and named, and none of it stops the closing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.charges.closing.letterheads import details
from instruments.charges.closing.months import month_day
from instruments.charges.closing.owed import last_closed
from instruments.charges.models import IS_OPEN, Charge, ChargeMissing
from instruments.charges.settings import settings_of
from instruments.charges.states import DISPUTED, DRAFT, USE
from instruments.database import db
from instruments.errors import N_
from instruments.funds.ledger import next_month
from instruments.people.models import Institution, Lab
from instruments.usage.models import IS_WAITING, InstrumentUse

_CHARGE: Any = Charge.__table__
_MISSING: Any = ChargeMissing.__table__
_USE: Any = InstrumentUse.__table__
LETTERHEAD = ("tax_number", "bank", "bank_account")


class AtLab(NamedTuple):
    """So many of them at one lab, and where they are seen to."""

    name_en: str
    name_zh: str
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the checklist: how many are open (0 is done), what that means, and where it is seen to."""

    code: str
    words: str
    meaning: str
    count: int
    address: str = ""
    labs: Sequence[AtLab] = ()


def checklist(institution_id: int, month: str) -> list[Point]:
    """Every point, in the order in which they are seen to. Five statements."""
    later = N_("Goes onto a later statement, with its true date.")
    flagged, waiting = _uses(institution_id, month)
    missing = _missing(institution_id)
    drafts, disputed = _charges(institution_id, month)
    set_, rates = details(institution_id), settings_of([institution_id])[institution_id]
    said = sum(not getattr(set_, name) for name in LETTERHEAD)
    charges = f"/institutions/{institution_id}/charges"
    return [
        Point("unconfirmed", N_("Uses that nobody confirmed"), later, _sum(waiting), labs=waiting),
        Point("flagged", N_("Uses that are flagged and wait for a person"), later, _sum(flagged), labs=flagged),
        Point("unpriced", N_("Uses that lack a price or a payer"), later, _sum(missing), labs=missing),
        Point("drafts", N_("Charges that are not posted yet"), later, drafts, f"{charges}?state=draft"),
        Point("disputed", N_("Charges in dispute"), later, disputed, f"{charges}?state=disputed"),
        Point(
            "letterhead", N_("Billing details that are empty"), N_("Printed on every statement of the month."), said,
            f"/institutions/{institution_id}/billing",
        ),
        Point(
            "tax", N_("No tax rate and no exemption set"), N_("Nothing on the statements is shown as tax."),
            int(not rates.tax_rate and not set_.exemption), f"/institutions/{institution_id}/billing",
        ),
    ]  # fmt: skip


def _sum(labs: Sequence[AtLab]) -> int:
    return sum(each.count for each in labs)


def _uses(institution_id: int, month: str) -> tuple[list[AtLab], list[AtLab]]:
    """Flagged and unflagged uses that wait, begun by the end of the month, by lab, most first."""
    use, zone = _USE.c, ZoneInfo(db.session.get_one(Institution, institution_id).zone)
    flagged, count = use.flags != "", func.count()
    last = datetime.combine(month_day(next_month(month)), time(), zone)
    rows = db.session.execute(
        select(flagged, Lab.id, Lab.name_en, Lab.name_zh, count)
        .join(Instrument, Instrument.id == use.instrument_id)
        .join(Lab, Lab.id == Instrument.lab_id)
        .where(Lab.institution_id == institution_id, IS_WAITING, use.started_at < last)
        .group_by(flagged, Lab.id, Lab.name_en, Lab.name_zh)
        .order_by(count.desc(), Lab.id)
    )
    found: dict[bool, list[AtLab]] = {True: [], False: []}
    for is_flagged, lab_id, name_en, name_zh, number in rows:
        found[bool(is_flagged)].append(AtLab(name_en, name_zh, number, f"/labs/{lab_id}"))
    return found[True], found[False]


def _missing(institution_id: int) -> list[AtLab]:
    """Uses that could not be charged, by lab, most first."""
    count = func.count(_MISSING.c.use_id.distinct())
    rows = db.session.execute(
        select(Lab.id, Lab.name_en, Lab.name_zh, count)
        .join(Lab, Lab.id == _MISSING.c.lab_id)
        .where(_MISSING.c.institution_id == institution_id)
        .group_by(Lab.id, Lab.name_en, Lab.name_zh)
        .order_by(count.desc(), Lab.id)
    )
    return [AtLab(row.name_en, row.name_zh, row[3], f"/labs/{row.id}/charges/missing") for row in rows]


def _charges(institution_id: int, month: str) -> tuple[int, int]:
    """Drafts, and what is in dispute of what the statements would hold."""
    charge = _CHARGE.c
    here = charge.institution_id == institution_id
    # Drafts of uses are counted among the uses that nobody confirmed.
    drafts = select(func.count()).where(here, IS_OPEN, charge.state == DRAFT, charge.kind != USE)
    disputed = select(func.count()).where(
        here,
        IS_OPEN,
        charge.state == DISPUTED,
        charge.month > last_closed(institution_id),
        charge.month <= month,
    )
    return int(db.session.execute(drafts).scalar_one()), int(db.session.execute(disputed).scalar_one())
