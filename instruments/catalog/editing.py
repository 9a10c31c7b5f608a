"""Add and change one instrument. One row of an import is written the same way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from instruments.catalog import writing
from instruments.catalog.capacity import lower_capacities
from instruments.catalog.checking import Checked, changes
from instruments.catalog.known import Known
from instruments.catalog.models import Instrument
from instruments.catalog.present import known_of
from instruments.catalog.revision import lock, raise_catalog
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, Stale
from instruments.journal.record import record
from instruments.people.models import Institution, Lab

# What decides whether, and by how many, an instrument can be booked.
TOUCHES_TIME = {"status", "capacity", "lab_id", "commissioned_on", "retired_on"}


def add_instrument(lab: Lab, values: Mapping[str, Any], *, actor_id: int | None, now: datetime) -> int:
    """Add an instrument to a lab and return its id. values: {place: value} as instrument_form reads them."""
    raise_catalog()
    known = _known(lab.institution, None)
    row = Checked(0, "new", values={**values, "lab_id": lab.id})
    _refuse_incomplete(row.values)
    _refuse_taken(lab.institution_id, row.values, None)
    _take_techniques(row, known)
    writing.write(lab.institution_id, [row], [], known)
    number = row.target or 0
    _record(
        "instrument.added", number, lab.institution_id, lab.id, {"name": _name(row.values)}, actor_id, now
    )
    return number


def change_instrument(
    instrument_id: int,
    version: int | None,
    values: Mapping[str, Any],
    *,
    actor_id: int | None,
    now: datetime,
    deed: str = "instrument.changed",
) -> bool:
    """Change what `values` ({place: value}) name; an empty value empties. Returns whether anything differs.

    Raises Stale when the instrument is not at `version` any more (None: whatever it is), Refusal when a number is
    taken or the capacity is below what is reserved.
    """
    institution_id = db.session.scalar(
        select(Instrument.institution_id).where(Instrument.id == instrument_id)
    )
    if institution_id is None:
        raise NotFound([Reason("no_instrument", None, N_("There is no such instrument."))])
    if TOUCHES_TIME & values.keys():
        lock([instrument_id])
    raise_catalog()
    known = _known(db.session.get_one(Institution, institution_id), instrument_id)
    current = known.instruments[instrument_id]
    if version is not None and current["version"] != version:
        raise stale()
    row = Checked(0, "changed", values=dict(values), target=instrument_id)
    _take_techniques(row, known)
    row.changes = changes(row.values, current, known)
    if not row.changes:
        return False
    after = {**current, **row.values}
    _refuse_incomplete(after)
    _refuse_taken(institution_id, after, instrument_id)
    lower_capacities([row], known)
    if row.faults:
        raise Refusal([fault.reason for fault in row.faults])
    writing.write(institution_id, [], [row], known)
    detail = {"changes": row.changes}
    _record(deed, instrument_id, institution_id, after["lab_id"], detail, actor_id, now)
    return True


def set_photo(instrument_id: int, name: str, *, actor_id: int | None, now: datetime) -> str:
    """Show this picture (a file name; empty for none) and return the name of the one before."""
    raise_catalog()
    thing = db.session.get_one(Instrument, instrument_id, populate_existing=True)
    before, thing.photo = thing.photo, name
    thing.version += 1
    db.session.flush()
    detail = {"changes": {"photo": [bool(before), bool(name)]}}
    _record("instrument.changed", instrument_id, thing.institution_id, thing.lab_id, detail, actor_id, now)
    return before


def stale() -> Stale:
    """The refusal of a change to an instrument that was changed since the form was opened."""
    sentence = N_("Somebody changed this instrument since you opened the form. Nothing of yours was saved.")
    return Stale(
        [Reason("stale", None, sentence, {}, N_("Open it again, look at what is new, then change it."))]
    )


def _known(institution: Institution, instrument_id: int | None) -> Known:
    return known_of(institution, instrument_id=instrument_id or 0)


def _take_techniques(row: Checked, known: Known) -> None:
    if "techniques" in row.values:
        row.values["techniques"] = known.technique_keys(row.values["techniques"])


def incomplete(values: Mapping[str, Any]) -> Iterator[Reason]:
    """Why an instrument cannot be kept with these values ({place: value}), whatever else there is."""
    if not values.get("name_en") and not values.get("name_zh"):
        yield Reason("no_name", "name_zh", N_("Give a name, in Chinese, in English, or both."))
    begins, ends = values.get("commissioned_on"), values.get("retired_on")
    if begins and ends and ends < begins:
        yield Reason(
            "dates_swapped",
            "retired_on",
            N_("Retired before it came into service."),
            {},
            N_("Check both dates."),
        )


def _refuse_incomplete(values: Mapping[str, Any]) -> None:
    if reasons := list(incomplete(values)):
        raise Refusal(reasons)


def _refuse_taken(institution_id: int, values: Mapping[str, Any], own_id: int | None) -> None:
    """An asset number, or without one maker, model and serial number, name one instrument of an institution."""
    thing = Instrument
    asset = values.get("asset_number", "")
    if asset:
        field, same = "asset_number", (thing.asset_number == asset,)
    elif values.get("serial_number"):
        keys = ("maker", "model", "serial_number")
        field = "serial_number"
        same = (thing.asset_number == "", *(getattr(thing, key) == values.get(key, "") for key in keys))
    else:
        return
    other = db.session.execute(
        select(thing.id, thing.name_zh, thing.name_en)
        .where(thing.institution_id == institution_id, thing.id != (own_id or 0), *same)
        .limit(1)
    ).first()
    if other:
        sentence = N_("%(name)s has this number already.")
        raise Refusal([Reason("number_taken", field, sentence, {"name": other.name_zh or other.name_en})])


def _name(values: Mapping[str, Any]) -> str:
    return values.get("name_zh") or values.get("name_en") or ""


def _record(
    deed: str,
    instrument_id: int,
    institution_id: int,
    lab_id: int,
    detail: Mapping[str, Any],
    actor_id: int | None,
    now: datetime,
) -> None:
    record(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("instrument", instrument_id),
        institution_id=institution_id,
        lab_id=lab_id,
        detail=detail,
    )
