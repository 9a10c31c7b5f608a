"""The instruments of a change: what they are called, where they stand, and whether it can be made on them at all."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.errors import N_, Reason
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, Scope, may

MOST = 20_000


class Chosen(NamedTuple):
    """One instrument of a selection."""

    id: int
    name_en: str
    name_zh: str
    status: str
    institution_id: int
    lab_id: int
    lab_en: str
    lab_zh: str
    zone: str

    def today(self, now: datetime) -> date:
        """The date on the wall of its lab."""
        return now.astimezone(ZoneInfo(self.zone)).date()


def chosen(instrument_ids: Collection[int]) -> dict[int, Chosen]:
    """These instruments by number, by name; what does not exist is left out. One statement."""
    thing, dialect = Instrument, db.engine.dialect.name
    rows = db.session.execute(
        select(
            thing.id, thing.name_en, thing.name_zh, thing.status, thing.institution_id, thing.lab_id,
            Lab.name_en, Lab.name_zh, Lab.zone,
        )
        .join(Lab, Lab.id == thing.lab_id)
        .where(among(thing.id, dialect))
        .order_by(thing.name_en, thing.name_zh, thing.id),
        {"numbers": as_parameter(instrument_ids, dialect)},
    )  # fmt: skip
    return {row[0]: Chosen(*row) for row in rows}


def not_for_you(actor: Actor, action: Action, things: Collection[Chosen]) -> dict[int, Reason]:
    """Those that the actor may not change in this way, or that are out of use for good, each with the reason."""
    allowed: dict[int, bool] = {}
    found = {}
    for thing in things:
        if thing.lab_id not in allowed:
            allowed[thing.lab_id] = may(actor, action, Scope(thing.institution_id, thing.lab_id))
        if not allowed[thing.lab_id]:
            found[thing.id] = Reason("forbidden", None, N_("It is not in a lab that you manage."))
        elif thing.status == "retired":
            found[thing.id] = Reason("retired", None, N_("The instrument is retired."))
    return found
