"""Charge confirmed uses: find those that wait, price them, and post them; again and at once with others nothing is doubled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from instruments.charges.drafting import Lacking, Ready, as_read, draft, note_missing, price_all
from instruments.charges.gathering import gather
from instruments.charges.models import Charge, ChargeMissing
from instruments.charges.posting import post_charges
from instruments.charges.recharging import charge_anew, live_charges
from instruments.charges.settings import lock_books
from instruments.charges.states import DRAFT, POSTED, REVERSED, USE
from instruments.database import db
from instruments.usage.kinds import CONFIRMED, VOID
from instruments.usage.models import InstrumentUse

_USE: Any = InstrumentUse.__table__
_CHARGE: Any = Charge.__table__
_MISSING: Any = ChargeMissing.__table__
AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was read and priced before the deed: what can be charged, and what lacks something."""

    ready: Sequence[Ready]
    lacking: Sequence[Lacking]


def waiting(since: datetime, after: int = 0, limit: int = AT_ONCE) -> Sequence[int]:
    """Confirmed uses with a number above `after`, confirmed since a moment, that are neither charged as they now are, nor
    known to lack something as they now are; in order."""
    use = _USE.c
    charged = exists().where(
        _CHARGE.c.use_id == use.id, _CHARGE.c.kind == USE, _CHARGE.c.state != REVERSED,
        _CHARGE.c.use_version == use.version,
    )  # fmt: skip
    lacks = exists().where(_MISSING.c.use_id == use.id, _MISSING.c.use_version == use.version)
    asked = select(use.id).where(
        use.state == CONFIRMED, use.id > after, use.confirmed_at >= since, ~charged, ~lacks
    )
    return db.session.scalars(asked.order_by(use.id).limit(limit)).all()


def prepare(use_ids: Collection[int]) -> Prepared:
    """Read and price these uses, outside a deed: it is what takes time, and nothing is written."""
    return Prepared(*price_all(gather(use_ids)))


def charge(prepared: Prepared, now: datetime, actor_id: int | None = None) -> list[int]:
    """Charge what was prepared and post it, inside a deed; the numbers of the charges.

    What somebody else charged, or what changed since it was read, is left: the next look finds it as it then is.
    """
    things = [each.thing for each in (*prepared.ready, *prepared.lacking)]
    lock_books({thing.institution_id for thing in things})
    current = as_read(things)
    ready = [each for each in prepared.ready if each.thing.use_id in current]
    lacking = [each for each in prepared.lacking if each.thing.use_id in current]
    live = live_charges(current)
    numbers = draft([each for each in ready if _place(each) not in live], now)
    for each in ready:
        if _place(each) in live and (again := charge_anew(each, live[_place(each)], now)) is not None:
            numbers.append(again)
    note_missing(lacking, ready, now)
    return post_charges(numbers, now, actor_id)


def without_use(after: int = 0, limit: int = AT_ONCE) -> Sequence[int]:
    """Charges that stand, of uses that were undone; in order, above a number."""
    charge = _CHARGE.c
    asked = select(charge.id).join(_USE, _USE.c.id == charge.use_id).where(
        charge.kind == USE, charge.state.in_((DRAFT, POSTED)), _USE.c.state == VOID, charge.id > after
    )  # fmt: skip
    return db.session.scalars(asked.order_by(charge.id).limit(limit)).all()


def _place(each: Ready) -> tuple[int, int]:
    return each.thing.use_id, each.thing.customer
