"""What a month still lacks before it is issued: counted and named, and none of it stops the closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.charges.closing.letterheads import details
from instruments.charges.closing.months import month_day
from instruments.charges.closing.owed import last_closed
from instruments.charges.models import Charge, ChargeMissing
from instruments.charges.settings import settings_of
from instruments.charges.states import DISPUTED, DRAFT, USE
from instruments.database import db
from instruments.errors import N_
from instruments.funds.ledger import next_month
from instruments.people.models import Institution, Lab
from instruments.usage.kinds import WAITING
from instruments.usage.models import InstrumentUse

_CHARGE: Any = Charge.__table__
_MISSING: Any = ChargeMissing.__table__
_USE: Any = InstrumentUse.__table__
LETTERHEAD = ("tax_number", "bank", "bank_account")


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the checklist: how many are open (0 is done), what that means, and where it is seen to."""

    code: str
    words: str
    meaning: str
    count: int
    address: str = ""


def checklist(institution_id: int, month: str) -> list[Point]:
    """Every point, in the order in which they are seen to. Five statements."""
    later = N_("Goes onto a later statement, with its true date.")
    flagged, waiting = _uses(institution_id, month)
    drafts, disputed = _charges(institution_id, month)
    set_, rates = details(institution_id), settings_of([institution_id])[institution_id]
    said = sum(not getattr(set_, name) for name in LETTERHEAD)
    return [
        Point("unconfirmed", N_("Uses that nobody confirmed"), later, waiting, "/uses"),
        Point("flagged", N_("Uses that are flagged and wait for a person"), later, flagged, "/uses"),
        Point("unpriced", N_("Uses that lack a price or a payer"), later, _missing(institution_id)),
        Point("drafts", N_("Charges that are not posted yet"), later, drafts),
        Point("disputed", N_("Charges in dispute"), later, disputed),
        Point(
            "letterhead", N_("Billing details that are empty"), N_("Printed on every statement of the month."), said,
            f"/institutions/{institution_id}/billing",
        ),
        Point(
            "tax", N_("No tax rate and no exemption set"), N_("Nothing on the statements is shown as tax."),
            int(not rates.tax_rate and not set_.exemption), f"/institutions/{institution_id}/billing",
        ),
    ]  # fmt: skip


def _uses(institution_id: int, month: str) -> tuple[int, int]:
    """Flagged and unflagged uses that wait, begun by the end of the month."""
    use, zone = _USE.c, ZoneInfo(db.session.get_one(Institution, institution_id).zone)
    flagged = use.flags != ""
    last = datetime.combine(month_day(next_month(month)), time(), zone)
    rows = db.session.execute(
        select(flagged, func.count())
        .join(Instrument, Instrument.id == use.instrument_id)
        .join(Lab, Lab.id == Instrument.lab_id)
        .where(Lab.institution_id == institution_id, use.state == WAITING, use.started_at < last)
        .group_by(flagged)
    )
    found = {bool(key): count for key, count in rows}
    return found.get(True, 0), found.get(False, 0)


def _missing(institution_id: int) -> int:
    asked = select(func.count(_MISSING.c.use_id.distinct())).where(
        _MISSING.c.institution_id == institution_id
    )
    return int(db.session.execute(asked).scalar_one())


def _charges(institution_id: int, month: str) -> tuple[int, int]:
    """Drafts, and what is in dispute of what the statements would hold."""
    charge = _CHARGE.c
    here = charge.institution_id == institution_id
    # Drafts of uses are counted among the uses that nobody confirmed.
    drafts = select(func.count()).where(here, charge.state == DRAFT, charge.kind != USE)
    disputed = select(func.count()).where(
        here, charge.state == DISPUTED, charge.month > last_closed(institution_id), charge.month <= month
    )
    return int(db.session.execute(drafts).scalar_one()), int(db.session.execute(disputed).scalar_one())
