"""Take an instrument out of service for good, at once or from a day to come, and take it back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from instruments.catalog.editing import change_instrument
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Lab


def retire(
    instrument_id: int, version: int | None, on: date, note: str, *, actor_id: int | None, now: datetime
) -> bool:
    """Take an instrument out of service. What was booked and measured on it stays. Raises as change_instrument.

    `on` is its last day: one to come is only noted, so that until then it is booked as before (see `retire_due`).
    """
    values: dict[str, Any] = {"status_note": note, "retired_on": on}
    if on > _today_there(instrument_id, now):
        deed = "instrument.retirement_planned"
    else:
        values["status"], deed = "retired", "instrument.retired"
    return change_instrument(instrument_id, version, values, actor_id=actor_id, now=now, deed=deed)


def take_back(instrument_id: int, version: int | None, *, actor_id: int | None, now: datetime) -> bool:
    """Put a retired instrument into service again, or give up that it shall be retired; another stays as it is."""
    ends = select(Instrument.id).where(
        Instrument.id == instrument_id,
        or_(Instrument.status == "retired", Instrument.retired_on.is_not(None)),
    )
    if db.session.scalar(ends) is None:
        return False
    values = {"status": "in_service", "status_note": "", "retired_on": None}
    return change_instrument(
        instrument_id, version, values, actor_id=actor_id, now=now, deed="instrument.taken_back"
    )


def due(now: datetime) -> list[int]:
    """The instruments whose last day is over on their lab's wall, and that still stand as if in service."""
    rows = db.session.execute(
        select(Instrument.id, Instrument.retired_on, Lab.zone)
        .join(Lab, Lab.id == Instrument.lab_id)
        .where(Instrument.retired_on.is_not(None), Instrument.status != "retired")
    )
    return [
        number
        for number, last, zone in rows
        if last is not None and last < now.astimezone(ZoneInfo(zone)).date()
    ]


def retire_due(instrument_id: int, now: datetime) -> bool:
    """Say of one of `due` that it is retired. Nothing happens when it was taken back meanwhile."""
    if instrument_id not in due(now):
        return False
    values = {"status": "retired"}
    return change_instrument(instrument_id, None, values, actor_id=None, now=now, deed="instrument.retired")


def _today_there(instrument_id: int, now: datetime) -> date:
    zone = db.session.scalar(
        select(Lab.zone).join(Instrument, Instrument.lab_id == Lab.id).where(Instrument.id == instrument_id)
    )
    return now.astimezone(ZoneInfo(zone or "UTC")).date()
