"""The statutory forms of the demonstration: what the shown institution filed for three quarters, and the draft of the next.

They are made by the acts themselves, so that they hold what any report holds: a few hundred rows, made last.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.demo.generator.world import InventedWorld
from instruments.people.models import Institution
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id
from instruments.reports.drafting import Wish, blank, make
from instruments.reports.filing import file
from instruments.reports.forms import form_at
from instruments.reports.models import Report
from instruments.reports.working_out import WorkedOut, work_out
from instruments.reservations.models import Reservation
from instruments.usage.models import InstrumentUse
from instruments.utilization import periods
from instruments.utilization.periods import Period

FORM = "service_record"
BASE = "http://localhost:5000"
THRESHOLD = Decimal(500_000)
# How long ago an instrument was accepted that is not on record yet.
ACCEPTED_AGO = timedelta(days=17)
REASON = "个别使用记录尚未填写学科，补齐后更正。 Some uses lack their subject; a correction brings them."


def report_the_quarters(world: InventedWorld, now: datetime) -> int:
    """File the service records of the quarters before the last, and draft those of the last; how many rows. In the deed."""
    actor = actor_by_id(world.people.shown["institution_manager"], now)
    if actor is None or actor.institution_id is None:
        return 0
    home = db.session.get_one(Institution, actor.institution_id)
    last = periods.quarter(world.anchor).before
    earlier = [last.before.before.before, last.before.before, last.before]
    rows = sum(_file(actor, home, period, now) for period in earlier)
    _, worked = _draft(actor, home, last, now)
    _accept_one(home, world.anchor)
    return rows + len(worked.rows)


def _draft(actor: Actor, home: Institution, period: Period, now: datetime) -> tuple[int, WorkedOut]:
    wish = Wish(form_at(FORM, period.first), home.id, None, period)
    worked = work_out(blank(wish, actor.person_id, now), now, BASE)
    return make(actor, wish, worked, now), worked


def _file(actor: Actor, home: Institution, period: Period, now: datetime) -> int:
    """Today, as the journal is read in the order of its moments; leaving out what lacked something."""
    number, worked = _draft(actor, home, period, now)
    lacking = db.session.get_one(Report, number).rows_lacking
    today = now.astimezone(ZoneInfo(home.zone)).date()
    file(
        actor, number, None, worked, now,
        today=today, reason=REASON if lacking else "", leave_out=bool(lacking),
    )  # fmt: skip
    return len(worked.rows)


def _accept_one(home: Institution, anchor: date) -> None:
    """An instrument that nobody has used yet is a new one, which the national record does not know."""
    used = exists().where(InstrumentUse.instrument_id == Instrument.id)
    booked = exists().where(Reservation.instrument_id == Instrument.id)
    asked = select(Instrument).where(
        Instrument.institution_id == home.id, Instrument.original_value >= THRESHOLD, Instrument.status != "retired",
        ~used, ~booked,
    )  # fmt: skip
    thing = db.session.execute(asked.order_by(Instrument.id.desc()).limit(1)).scalar()
    if thing is None:
        return
    accepted = anchor - ACCEPTED_AGO
    booked_on = {"booked_on": (accepted + timedelta(days=3)).isoformat()}
    known = {name: value for name, value in thing.national_record.items() if name != "national_number"}
    thing.commissioned_on, thing.national_record = accepted, known | booked_on
    db.session.flush()
