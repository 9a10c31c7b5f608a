"""Preview a change of many instruments, and carry it out as it was previewed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Row, select

from instruments.availability.week_changes import AsLab, HoursChange, NewWeek
from instruments.catalog.models import Instrument
from instruments.catalog.revision import catalog_number, lock_catalog, raise_catalog
from instruments.database import db
from instruments.errors import N_, Reason, Refusal, Stale
from instruments.people.models import Person
from instruments.people.rights import Action, Actor
from instruments.reservations.bookable import bookables
from instruments.reservations.bulk import hours, limits
from instruments.reservations.bulk.limits import LimitsChange
from instruments.reservations.bulk.outcome import Outcome
from instruments.reservations.bulk.selection import MOST, Chosen, chosen, not_for_you
from instruments.reservations.held import STARTS
from instruments.reservations.models import Reservation

Change: TypeAlias = HoursChange | LimitsChange


def preview(
    actor: Actor, instrument_ids: Collection[int], change: Change, now: datetime, number: int | None = None
) -> tuple[Outcome, Mapping[int, Chosen]]:
    """What the change would do, and the instruments that it is about. A constant number of statements; nothing is written.

    number: the revision of the catalogue, if the caller has asked for it already. Raises Refusal where the change
    makes sense for none of them.
    """
    things = some_chosen(instrument_ids)
    is_hours = isinstance(change, (NewWeek, AsLab))
    refused = not_for_you(actor, Action.HOURS_EDIT if is_hours else Action.RULES_EDIT, things.values())
    known = bookables(catalog_number() if number is None else number)
    left = {key: thing for key, thing in things.items() if key not in refused and key in known}
    found = _outcome(change, left, known, now)
    return replace(found, refused={**refused, **found.refused}), things


def some_chosen(instrument_ids: Collection[int]) -> Mapping[int, Chosen]:
    """These instruments; raises Refusal when there are none, or more than one change is for."""
    things = chosen(instrument_ids)
    if not things or len(things) > MOST:
        sentence = N_("Choose at least one instrument.") if not things else N_("These are too many at once.")
        raise Refusal([Reason("nothing_chosen", "picked", sentence)])
    return things


def carry_out(
    actor: Actor, instrument_ids: Collection[int], change: Change, seen: str, now: datetime
) -> Outcome:
    """Make the change on all that it can be made on, inside a deed: all of it or nothing.

    seen: of the preview that was decided upon. Raises Stale when it would do something else by now.
    """
    # The lock comes first: what is looked at under it stays so until this is written.
    number = lock_catalog()
    found, things = preview(actor, instrument_ids, change, now, number)
    if found.seen != seen:
        sentence = N_("Something changed since you looked at it. Look at it again, then decide.")
        raise Stale([Reason("stale", None, sentence)])
    changed = {key: things[key] for key in found.changed}
    if changed:
        if isinstance(change, (NewWeek, AsLab)):
            hours.carry_out(actor, change, changed, now)
        else:
            limits.carry_out(actor, change, changed, now)
        raise_catalog()
    return found


def named(reservation_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """These reservations by start: (id, starts_at, ends_at, names of the instrument, of the user, zone). One statement."""
    one = Reservation
    return db.session.execute(
        select(
            one.id, one.starts_at, one.ends_at, one.instrument_id, Instrument.name_en, Instrument.name_zh,
            Person.name_en.label("user_en"), Person.name_zh.label("user_zh"),
        )
        .join(Instrument, Instrument.id == one.instrument_id)
        .join(Person, Person.id == one.user_id)
        .where(one.id.in_(reservation_ids))
        .order_by(STARTS, one.id)
    ).all()  # fmt: skip


def _outcome(
    change: Change, things: Mapping[int, Chosen], known: Mapping[int, Any], now: datetime
) -> Outcome:
    if isinstance(change, (NewWeek, AsLab)):
        return hours.outcome(change, things, known, now)
    return limits.outcome(change, things, known, now)
