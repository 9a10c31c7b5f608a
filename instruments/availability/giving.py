"""Give one weekly pattern to everything that has none, so that an imported catalogue can be booked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from instruments.availability.models import OpeningHours
from instruments.availability.week import Week
from instruments.catalog.models import Instrument
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.journal.record import entry, record_many
from instruments.people.models import Lab


def give_week_to(instrument_ids: Collection[int], week: Week, *, actor_id: int | None, now: datetime) -> int:
    """Publish the week, from today on, for those of the instruments that have no hours and whose lab has none.

    Where that is all a lab has without hours, the lab gets the week, so that it can later be changed in one
    place; else each instrument gets it, and the lab's others stay as they are. Hours that are there stay.
    The number of statements does not grow with the instruments. Returns how many instruments it opened.
    """
    bare = _without_hours()
    wanted = set(instrument_ids)
    rows, entries, opened = [], [], 0
    for (lab_id, institution_id, zone), members in bare.items():
        chosen = [each for each in members if each in wanted]
        since = now.astimezone(ZoneInfo(zone)).date()
        whole = len(chosen) == len(members)
        owners = [("lab", lab_id)] if whole else [("instrument", each) for each in chosen]
        for kind, owner_id in owners:
            rows.append(_row(kind, owner_id, week, since))
            detail = {"week": str(week), "from": since.isoformat()}
            entries.append(
                entry(
                    now=now,
                    actor_id=actor_id,
                    deed="hours.published",
                    thing=(kind, owner_id),
                    institution_id=institution_id,
                    lab_id=lab_id,
                    detail=detail,
                )
            )
        opened += len(chosen)
    if rows:
        db.session.execute(insert(OpeningHours), rows)
        record_many(entries)
        raise_catalog()
    return opened


def _row(kind: str, owner_id: int, week: Week, since: date) -> dict[str, object]:
    return {
        "lab_id": owner_id if kind == "lab" else None,
        "instrument_id": owner_id if kind == "instrument" else None,
        "week": str(week),
        "valid_from": since,
    }


def _without_hours() -> dict[tuple[int, int, str], list[int]]:
    """The instruments without hours of their own, in labs without any: {(lab, institution, zone): instruments}."""
    own = select(OpeningHours.id).where(OpeningHours.instrument_id == Instrument.id)
    of_lab = select(OpeningHours.id).where(OpeningHours.lab_id == Instrument.lab_id)
    found: dict[tuple[int, int, str], list[int]] = {}
    for instrument_id, lab_id, institution_id, zone in db.session.execute(
        select(Instrument.id, Lab.id, Lab.institution_id, Lab.zone)
        .join(Lab, Lab.id == Instrument.lab_id)
        .where(~own.exists(), ~of_lab.exists())
        .order_by(Instrument.id)
    ):
        found.setdefault((lab_id, institution_id, zone), []).append(instrument_id)
    return found
