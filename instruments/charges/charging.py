"""Draft what is over, post what the lab confirmed: find, price, write; again and at once with others nothing is doubled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select

from instruments.charges.drafting import Lacking, Ready, as_read, draft, note_missing, price_all, redraft
from instruments.charges.entered import carried_along
from instruments.charges.gathering import gather
from instruments.charges.models import Charge, ChargeMissing
from instruments.charges.posting import post_charges
from instruments.charges.recharging import charge_anew, live_charges
from instruments.charges.settings import lock_books
from instruments.charges.states import DISPUTED, DRAFT, POSTED, REVERSED, USE
from instruments.database import db
from instruments.usage.kinds import CONFIRMED, RUN, RUNNING, VOID, WAITING
from instruments.usage.models import InstrumentUse, RunCustomer

_USE: Any = InstrumentUse.__table__
_CUSTOMER: Any = RunCustomer.__table__
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
    which = (use.state == CONFIRMED, use.confirmed_at >= since, use.id > after)
    asked = (_not_yet(after, POSTED, DISPUTED), _of_runs(POSTED, DISPUTED))
    found = {number for each in asked for number in db.session.scalars(each.where(*which).limit(limit))}
    return sorted(found)[:limit]


def to_draft(after: int = 0, limit: int = AT_ONCE) -> Sequence[int]:
    """Uses that are over and wait for the lab, of which there is no draft as they now are; in order, above a number. What
    nobody said who used it is not among them."""
    asked = _not_yet(after, DRAFT, POSTED, DISPUTED).where(
        _USE.c.state == WAITING, _USE.c.user_id.is_not(None)
    )
    return db.session.scalars(asked.limit(limit)).all()


def _not_yet(after: int, *states: str) -> Select[Any]:
    """Uses that have no charge in one of these states as they now are, and are not known to lack something."""
    use = _USE.c
    charged = exists().where(
        *_live(_CHARGE.c.use_id == use.id, *states), _CHARGE.c.use_version == use.version,
    )  # fmt: skip
    lacks = exists().where(_MISSING.c.use_id == use.id, _MISSING.c.use_version == use.version)
    return select(use.id).where(use.id > after, ~charged, ~lacks).order_by(use.id)


def _live(of_use: ColumnElement[bool], *states: str) -> tuple[ColumnElement[bool], ...]:
    """Charges of a use in one of these states. That they are not reversed is said too: their index knows only such, and
    SQLite would look through all charges for each use."""
    return of_use, _CHARGE.c.kind == USE, _CHARGE.c.state != REVERSED, _CHARGE.c.state.in_(states)


def _of_runs(*states: str) -> Select[Any]:
    """Runs of which one customer has no charge in one of these states and is not known to lack something, whatever is true
    of the others; joined to their customers."""
    use, one, charge = _USE.c, _CUSTOMER.c, _CHARGE.c
    charged = exists().where(
        *_live(charge.use_id == one.use_id, *states), charge.customer == one.position,
    )  # fmt: skip
    lacks = exists().where(_MISSING.c.use_id == one.use_id, _MISSING.c.customer == one.position)
    runs = select(use.id).join(_CUSTOMER, one.use_id == use.id)
    return runs.where(use.kind == RUN, ~charged, ~lacks).distinct().order_by(use.id)


def prepare(use_ids: Collection[int]) -> Prepared:
    """Read and price these uses, outside a deed: it is what takes time, and nothing is written."""
    return Prepared(*price_all(gather(use_ids)))


def charge(prepared: Prepared, now: datetime, actor_id: int | None = None) -> list[int]:
    """Charge what was prepared and post what the lab confirmed, inside a deed; the numbers of what was posted.

    What waits for the lab stays a draft. What somebody else charged, or what changed since it was read, is left: the next
    look finds it as it then is.
    """
    things = [each.thing for each in (*prepared.ready, *prepared.lacking)]
    lock_books({thing.institution_id for thing in things})
    current = as_read(things)
    ready = [each for each in prepared.ready if each.thing.use_id in current]
    lacking = [each for each in prepared.lacking if each.thing.use_id in current]
    made = _made(ready, now)
    note_missing(lacking, ready, now)
    done = post_charges([number for number, each in made.items() if each.thing.is_final], now, actor_id)
    carried_along(done, now)
    return done


def _made(ready: Sequence[Ready], now: datetime) -> dict[int, Ready]:
    """Drafts written, rewritten and entered again, by number; what somebody disputes is left until it is answered."""
    live = live_charges({each.thing.use_id for each in ready})
    fresh = [each for each in ready if _place(each) not in live]
    made = dict(zip(draft(fresh, now), fresh, strict=True))
    drafts = {
        live[place].id: each
        for each in ready
        if (place := _place(each)) in live and live[place].state == DRAFT
    }
    redraft(drafts)
    for each in ready:
        standing = live.get(_place(each))
        if standing is not None and standing.posted_at is not None:
            again = charge_anew(each, standing, now)
            made |= {} if again is None else {again: each}
    return made | drafts


def without_use(after: int = 0, limit: int = AT_ONCE) -> Sequence[int]:
    """Charges that stand, of uses that were undone, drafts of uses that go on, and what was posted of uses whose confirmation
    was taken back; in order, above a number."""
    charge = _CHARGE.c
    asked = select(charge.id).join(_USE, _USE.c.id == charge.use_id).where(
        charge.kind == USE, charge.state.in_((DRAFT, POSTED)), charge.id > after,
        or_(
            _USE.c.state == VOID, (_USE.c.state == RUNNING) & (charge.state == DRAFT),
            (_USE.c.state == WAITING) & (charge.state == POSTED),
        ),
    )  # fmt: skip
    return db.session.scalars(asked.order_by(charge.id).limit(limit)).all()


def _place(each: Ready) -> tuple[int, int]:
    return each.thing.use_id, each.thing.customer
