"""Set the limits on reservations of a lab, or what one instrument sets instead."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from instruments.availability.owners import Owner, note
from instruments.catalog.models import Instrument
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, Reason, Refusal, Stale
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.reservations.bookable import default_rules
from instruments.reservations.limits import LIMITS, BookingRules, Limit, objections
from instruments.reservations.models import RulesRow


def rules_row(owner: Owner) -> RulesRow | None:
    """What the owner sets itself; None when it never did."""
    column = RulesRow.lab_id if isinstance(owner, Lab) else RulesRow.instrument_id
    return db.session.scalar(select(RulesRow).where(column == owner.id))


def version_of(owner: Owner) -> int:
    """The version of what the owner sets; 0 while it never set anything."""
    row = rules_row(owner)
    return row.version if row else 0


def defaults_for(owner: Owner) -> BookingRules:
    """What holds where the owner sets nothing: the common rules for a lab, the lab's for an instrument."""
    return BookingRules() if isinstance(owner, Lab) else default_rules(owner.lab_id)


def always_rules(owner: Owner) -> BookingRules:
    """What holds for the owner on dates for which it sets nothing else."""
    row, defaults = rules_row(owner), defaults_for(owner)
    return defaults if row is None else defaults.replaced_by({name: getattr(row, name) for name in LIMITS})


def set_rules(actor: Actor, owner: Owner, own: dict[str, Limit], version: int, now: datetime) -> None:
    """Set every limit of the owner (None: as its lab, or the common one), inside a deed.

    version: what the actor saw, 0 when nothing was set. Bookings that are made stay as they are.
    Raises Refusal with every reason, Stale when they were changed meanwhile.
    """
    reasons = objections(own, defaults_for(owner))
    if isinstance(owner, Lab):
        reasons += _broken_instruments(owner, own)
    if reasons:
        raise Refusal(reasons)
    raise_catalog()
    row = rules_row(owner)
    if (row.version if row else 0) != version:
        sentence = N_("These rules were changed since you opened them.")
        raise Stale([Reason("stale", None, sentence, {}, N_("Look at them again, then decide."))])
    before = {name: getattr(row, name) if row else None for name in LIMITS}
    if before == own:
        return
    if row is None:
        row = RulesRow(version=0)
        row.lab_id, row.instrument_id = (owner.id, None) if isinstance(owner, Lab) else (None, owner.id)
        db.session.add(row)
    for name in LIMITS:
        setattr(row, name, own[name])
    row.version = version + 1
    db.session.flush()
    detail = {name: [before[name], own[name]] for name in LIMITS if before[name] != own[name]}
    note(owner, "rules.changed", detail, actor.person_id, now)


def _broken_instruments(lab: Lab, own: dict[str, Limit]) -> list[Reason]:
    """An instrument's own limits must still make sense over the lab's new ones."""
    defaults = BookingRules()
    if objections(own, defaults):
        return []
    defaults = defaults.replaced_by(own)
    rows = db.session.execute(
        select(RulesRow, Instrument.name_en, Instrument.name_zh)
        .join(Instrument, Instrument.id == RulesRow.instrument_id)
        .where(Instrument.lab_id == lab.id)
        .order_by(Instrument.id)
    ).all()
    broken = [
        name_en or name_zh
        for row, name_en, name_zh in rows
        if objections({name: getattr(row, name) for name in LIMITS}, defaults)
    ]
    if not broken:
        return []
    sentence = N_("With these, the own rules of %(name)s would contradict themselves.")
    remedy = N_("Change that instrument's rules first, or choose others here.")
    return [Reason("instrument_contradicts", None, sentence, {"name": broken[0]}, remedy)]
