"""Set how the uses of a lab, or of one instrument, are kept; and what holds for an instrument."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from instruments.availability.owners import Owner, note
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, Reason, Refusal, Stale
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.usage.models import UsageSettings
from instruments.usage.rules import FIELDS, UsageRules, objections

_COLUMNS = [getattr(UsageSettings, name) for name in FIELDS]


def settings_row(owner: Owner) -> UsageSettings | None:
    """What the owner has set itself; None when it never did."""
    column = UsageSettings.lab_id if isinstance(owner, Lab) else UsageSettings.instrument_id
    return db.session.scalar(select(UsageSettings).where(column == owner.id))


def set_usage(actor: Actor, owner: Owner, wanted: Mapping[str, Any], version: int, now: datetime) -> None:
    """Set what the owner says of FIELDS, None for what the lab (of an instrument) or the product says. Inside a deed.

    version: what the actor saw, 0 when nothing was set. Raises Refusal with every reason, Stale when it was changed.
    """
    if reasons := list(objections(wanted)):
        raise Refusal(reasons)
    row = settings_row(owner)
    if (row.version if row else 0) != version:
        sentence = N_("These rules were changed since you opened them.")
        raise Stale([Reason("stale", None, sentence, {}, N_("Look at them again, then decide."))])
    before = {} if row is None else {name: getattr(row, name) for name in FIELDS}
    if row is None:
        row = UsageSettings(version=0)
        row.lab_id, row.instrument_id = (owner.id, None) if isinstance(owner, Lab) else (None, owner.id)
        db.session.add(row)
    for name in FIELDS:
        setattr(row, name, wanted.get(name))
    row.version = version + 1
    db.session.flush()
    changes = {
        name: [before.get(name), wanted.get(name)] for name in FIELDS if before.get(name) != wanted.get(name)
    }
    note(owner, "usage_settings.changed", changes, actor.person_id, now)


def rules_of_lab(lab_id: int) -> UsageRules:
    """What a lab says, and the product where it says nothing."""
    row = db.session.execute(select(*_COLUMNS).where(UsageSettings.lab_id == lab_id)).first()
    return UsageRules() if row is None else UsageRules().replaced_by(row._asdict())


def rules_of(instrument_id: int) -> UsageRules:
    """What holds for one instrument."""
    return rules_of_many([instrument_id])[instrument_id]


def rules_of_many(instrument_ids: Collection[int]) -> Mapping[int, UsageRules]:
    """What holds for each of these instruments: two statements."""
    return _laid(Instrument.id.in_(instrument_ids))


def all_rules() -> Mapping[int, UsageRules]:
    """What holds for every instrument."""
    return _laid(Instrument.id.is_not(None))


def _laid(which: Any) -> Mapping[int, UsageRules]:
    set_by: dict[tuple[str, int], Mapping[str, Any]] = {}
    for lab_id, instrument_id, *values in db.session.execute(
        select(UsageSettings.lab_id, UsageSettings.instrument_id, *_COLUMNS)
    ):
        owner = ("lab", lab_id) if instrument_id is None else ("instrument", instrument_id)
        set_by[owner] = dict(zip(FIELDS, values, strict=True))
    nothing, common = {}, UsageRules()
    return {
        number: common.replaced_by(set_by.get(("lab", lab_id), nothing)).replaced_by(
            set_by.get(("instrument", number), nothing)
        )
        for number, lab_id in db.session.execute(select(Instrument.id, Instrument.lab_id).where(which))
    }
