"""Write priced uses down as drafts, thousands at once, and what the others lack into the worklist."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from instruments.charges.gathering import Gathered
from instruments.charges.models import Charge, ChargeMissing
from instruments.charges.pricing import Priced, ToPrice, price
from instruments.charges.states import REVERSED, USE
from instruments.charges.taken_off import TakenOff, priced_without, taken_off_of
from instruments.charges.writing import Draft, as_json, line_row, rewrite, share_row, write
from instruments.database import db
from instruments.database.bulk import insert_rows
from instruments.database.numbers import among, as_parameter
from instruments.errors import Reason
from instruments.rates.kept import reasons_as_json
from instruments.rates.pricing import Unpriced
from instruments.usage.kinds import CONFIRMED, RUNNING, VOID, WAITING
from instruments.usage.models import InstrumentUse

_MISSING: Any = ChargeMissing.__table__
_CHARGE: Any = Charge.__table__
_USE: Any = InstrumentUse.__table__

CONFIRMED_ANEW = "The use was corrected and confirmed anew. / 使用记录已更正并重新确认。"
MISSING_COLUMNS = (
    "use_id", "customer", "lab_id", "institution_id", "codes", "reasons", "use_version", "looked_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ready:
    """A use with what it costs; what remains of a run's customers stands by itself."""

    thing: ToPrice
    priced: Priced


@dataclass(frozen=True, slots=True)
class Lacking:
    """A use with every piece that is missing for its charge."""

    thing: ToPrice
    reasons: tuple[Reason, ...]


def price_all(gathered: Gathered) -> tuple[list[Ready], list[Lacking]]:
    """Price what was gathered; what cannot be priced says why."""
    ready, lacking = [], []
    for thing in gathered.things:
        try:
            ready.append(Ready(thing, price(thing, gathered.cards_of(thing))))
        except Unpriced as unpriced:
            lacking.append(Lacking(thing, unpriced.reasons))
    return ready, lacking


def as_read(things: Iterable[ToPrice]) -> set[int]:
    """Those of the uses that are still as they were read, asked under the lock. One statement."""
    read = {thing.use_id: (thing.use_version, thing.is_final) for thing in things}
    if not read:
        return set()
    dialect = db.engine.dialect.name
    rows = db.session.execute(
        select(_USE.c.id, _USE.c.version, _USE.c.state).where(
            among(_USE.c.id, dialect), _USE.c.state.in_((WAITING, CONFIRMED))
        ),
        {"numbers": as_parameter(sorted(read), dialect)},
    )
    return {row.id for row in rows if (row.version, row.state == CONFIRMED) == read[row.id]}


def draft(ready: Sequence[Ready], now: datetime) -> list[int]:
    """Write drafts of these uses, inside a deed that holds the lock of their institutions; their numbers.

    The key of each makes a second charge of the same use impossible, whoever tries. What was taken off the charge that one
    stands instead of stays off.
    """
    known = _known(key_of(each) for each in ready)
    instead = [_instead_of(each, known) for each in ready]
    off = taken_off_of({more["corrects_id"] for more in instead if more["corrects_id"] is not None})
    return write(
        [
            of_use(without(each, off.get(more["corrects_id"], ())), _free_key(each, known), **more)
            for each, more in zip(ready, instead, strict=True)
        ],
        now,
    )


def _instead_of(each: Ready, known: Collection[str]) -> dict[str, Any]:
    """Which charge it replaces, and why: the last of the same use, which was reversed when its confirmation was taken back."""
    key, charge = key_of(each), _CHARGE.c
    if key not in known:
        return {"corrects_id": None, "reason": ""}
    asked = select(func.max(charge.id)).where(
        charge.lab_id == each.thing.lab_id, charge.use_id == each.thing.use_id,
        charge.customer == each.thing.customer, charge.kind == USE, charge.state == REVERSED,
    )  # fmt: skip
    last = db.session.execute(asked).scalar()
    return {"corrects_id": last, "reason": CONFIRMED_ANEW if last else ""}


def _known(keys: Iterable[str]) -> set[str]:
    """Those of the keys that stand with a charge already: of a use whose charge was reversed."""
    wanted, found = list(keys), set()
    for first in range(0, len(wanted), 500):
        asked = select(_CHARGE.c.key).where(_CHARGE.c.key.in_(wanted[first : first + 500]))
        found |= set(db.session.scalars(asked))
    return found


def _free_key(each: Ready, known: Collection[str]) -> str:
    """The key of a charge; of a use that is charged again after its charge was reversed, with the version of the use."""
    key = key_of(each)
    return f"{key}:v{each.thing.use_version}" if key in known else key


def redraft(again: Mapping[int, Ready]) -> list[int]:
    """Make drafts, by their numbers, what their uses now come to, less what was taken off of them, inside the same deed; their
    numbers."""
    off = taken_off_of(again)
    return rewrite(
        {number: of_use(without(each, off.get(number, ())), key_of(each)) for number, each in again.items()}
    )


def without(each: Ready, taken_off: Sequence[TakenOff]) -> Ready:
    """The same use, less what was taken off of its charge."""
    return Ready(each.thing, priced_without(each.thing, each.priced, taken_off))


def key_of(each: Ready) -> str:
    """What makes a charge of a use the only one."""
    return f"use:{each.thing.use_id}:{each.thing.customer}"


def of_use(each: Ready, key: str, **more: Any) -> Draft:
    """The charge of a use. more: columns that differ, such as what it corrects."""
    thing, priced = each.thing, each.priced
    values = {
        "key": key, "kind": USE, "use_id": thing.use_id, "customer": thing.customer,
        "reservation_id": thing.reservation_id, "instrument_id": thing.instrument_id, "lab_id": thing.lab_id,
        "institution_id": thing.institution_id, "user_id": thing.user_id, "group_id": thing.group_id,
        "customer_class": thing.payers[0].customer_class, "version_id": thing.version_id,
        "currency": priced.currency, "total_units": priced.shared.total.units,
        "service_on": thing.service_on.isoformat(), "use_version": thing.use_version,
    } | more  # fmt: skip
    lines = [line_row(place, line) for place, line in enumerate(priced.shared.lines)]
    shares = [share_row(place, share) for place, share in enumerate(priced.shares)]
    return Draft(values, lines, shares)


def note_missing(lacking: Collection[Lacking], ready: Iterable[Ready], now: datetime) -> None:
    """Put what cannot be charged on the worklist with what it lacks, and take off it what now can. Three statements."""
    at = int(now.timestamp())
    looked = [each.thing.use_id for each in (*lacking, *ready)]
    if not looked:
        return
    dialect = db.engine.dialect.name
    db.session.execute(
        delete(_MISSING).where(among(_MISSING.c.use_id, dialect)),
        {"numbers": as_parameter(sorted(set(looked)), dialect)},
    )
    insert_rows(
        "charge_missing",
        MISSING_COLUMNS,
        (
            (
                each.thing.use_id, each.thing.customer, each.thing.lab_id, each.thing.institution_id,
                " ".join(dict.fromkeys(reason.code for reason in each.reasons)), as_json(reasons_as_json(each.reasons)),
                each.thing.use_version, at,
            )
            for each in lacking
        ),
    )  # fmt: skip


def forget_undone() -> None:
    """Take off the worklist what was undone or goes on, inside a deed."""
    gone = select(_USE.c.id).where(_USE.c.state.in_((VOID, RUNNING)))
    db.session.execute(delete(_MISSING).where(_MISSING.c.use_id.in_(gone)))
