"""Close an instrument or a whole lab for a while, with a reason; change and lift closures. Nobody is moved by it.

The calendars touched are locked, ascending. The number of the catalogue stays: no process keeps closures in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from instruments.availability import kinds
from instruments.availability.hours import STALE
from instruments.availability.models import Closure
from instruments.availability.opening import begins, ends
from instruments.availability.owners import Owner, instruments_of, lab_of, note
from instruments.catalog import revision
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, Stale
from instruments.people.models import Lab
from instruments.timespan import Pair, instant

LONGEST_REASON = 300
LONGEST = timedelta(days=366 * 3)
SKIPPED = N_("The clocks go forward over these times, so that they do not exist that day.")
JUST_NOW = timedelta(hours=1)


@dataclass(frozen=True)
class Wanted:
    """A closure as asked for: its ends as the lab's wall clock reads (naive, on purpose: the zone is the lab's).

    end: None for a breakdown of which nobody knows yet when it will be over; units: how many of the instrument's places,
    None for all.
    """

    kind: str
    reason: str
    start: datetime
    end: datetime | None
    units: int | None = None


def closures_of(owner: Owner, *, over: bool, now: datetime, limit: int = 200) -> Sequence[Closure]:
    """Closures of the owner, and for an instrument its lab's: those over (newest first), or those not yet over."""
    closure = Closure
    if isinstance(owner, Lab):
        mine = closure.lab_id == owner.id
    else:
        mine = or_(closure.instrument_id == owner.id, closure.lab_id == owner.lab_id)
    statement = select(closure).where(mine).limit(limit)
    if over:
        return db.session.scalars(
            statement.where(closure.ends_at <= now).order_by(closure.ends_at.desc(), closure.id.desc())
        ).all()
    return db.session.scalars(
        statement.where(closure.ends_at > now).order_by(closure.starts_at, closure.id)
    ).all()


def owner_of(closure: Closure) -> Owner:
    """The lab or instrument that is closed."""
    owner = closure.lab if closure.lab_id is not None else closure.instrument
    assert owner is not None  # noqa: S101 - the constraint one_owner
    return owner


def the_closure(closure_id: int) -> Closure:
    """The closure with this id; raises NotFound."""
    closure = db.session.get(Closure, closure_id)
    if closure is None:
        raise NotFound([Reason("no_closure", None, N_("This closure does not exist, or was lifted."))])
    return closure


def span_of(owner: Owner, wanted: Wanted, now: datetime, closure: Closure | None = None) -> Pair:
    """The span in UTC seconds that would be closed (closure: one that is changed). Raises Refusal with every reason."""
    begun = closure.starts_at if closure is not None and closure.starts_at <= now else None
    start, end = _instants(owner, wanted, now, begun=begun)
    return int(start.timestamp()), int(end.timestamp())


def is_skipped(owner: Owner, wanted: Wanted) -> bool:
    """Whether the clocks go forward over all of it, so that there is nothing to close that day."""
    zone = ZoneInfo(lab_of(owner).zone)
    return (
        wanted.end is not None
        and wanted.start < wanted.end
        and ends(wanted.end, zone) <= begins(wanted.start, zone)
    )


def add_closure(owner: Owner, wanted: Wanted, *, actor_id: int | None, now: datetime) -> Closure:
    """Close the owner. What is over cannot be closed; a start within the last hour is taken to mean now.

    Raises Refusal with every reason.
    """
    start, end = _instants(owner, wanted, now, begun=None)
    revision.lock_all(instruments_of(owner))
    closure = Closure(
        lab_id=owner.id if isinstance(owner, Lab) else None,
        instrument_id=owner.id if isinstance(owner, Instrument) else None,
        reason=wanted.reason.strip(),
        starts_at=start,
        ends_at=end,
        created_by_id=actor_id,
        changed_at=now,
        units=wanted.units,
    )
    closure.kind, closure.detail_kind = kinds.KEPT[wanted.kind]
    db.session.add(closure)
    db.session.flush()
    _note(closure, "closure.added", actor_id, now)
    return closure


def change_closure(
    closure: Closure, wanted: Wanted, *, version: int, actor_id: int | None, now: datetime
) -> None:
    """Change one that is not over; the beginning of one that has begun stays, its end cannot lie in the past.

    Raises Refusal with every reason, Stale when it was changed since `version`.
    """
    _still(closure, version, now)
    begun = closure.starts_at if closure.starts_at <= now else None
    start, end = _instants(owner_of(closure), wanted, now, begun=begun)
    before = _detail(closure)
    revision.lock_all(instruments_of(owner_of(closure)))
    _once_more(closure, version)
    closure.kind, closure.detail_kind = kinds.KEPT[wanted.kind]
    closure.reason = wanted.reason.strip()
    closure.starts_at, closure.ends_at, closure.units = start, end, wanted.units
    if _detail(closure) == before:
        return
    closure.version, closure.changed_at = closure.version + 1, now
    db.session.flush()
    _note(closure, "closure.changed", actor_id, now, before=before)


def lift_closure(closure: Closure, *, version: int, actor_id: int | None, now: datetime) -> None:
    """Take back one that has not begun; end one that has at this moment, so that what was stays on record.

    Raises Refusal for one that is over, Stale when it was changed since `version`.
    """
    _still(closure, version, now)
    revision.lock_all(instruments_of(owner_of(closure)))
    _once_more(closure, version)
    if closure.starts_at < now:
        before = _detail(closure)
        closure.ends_at = closure.changed_at = now
        closure.version += 1
        db.session.flush()
        _note(closure, "closure.ended", actor_id, now, before=before)
        return
    _note(closure, "closure.lifted", actor_id, now)
    db.session.delete(closure)
    db.session.flush()


def _instants(
    owner: Owner, wanted: Wanted, now: datetime, begun: datetime | None
) -> tuple[datetime, datetime]:
    zone = ZoneInfo(lab_of(owner).zone)
    start = begun or instant(begins(wanted.start, zone))
    if begun is None and now - JUST_NOW <= start < now:
        start = now
    end = instant(kinds.END_NOT_KNOWN if wanted.end is None else ends(wanted.end, zone))
    values = {"zone": str(zone), "now": now, "start": start}
    reasons = [*unsaid(wanted.kind, wanted.reason), *_wrong_units(owner, wanted.units)]
    if begun is None and start < now:
        sentence = N_("What is over cannot be closed. It is %(now)s there now.")
        reasons.append(Reason("closure_over", "start", sentence, values))
    reasons += (
        _endless(wanted)
        if wanted.end is None
        else _wrong_end(wanted.start < wanted.end, (start, end), values)
    )
    if reasons:
        raise Refusal(reasons)
    return start, end


def unsaid(kind: str, reason: str) -> Iterator[Reason]:
    """Why nothing can be closed with this kind and reason, whenever it is."""
    if kind not in kinds.KINDS:
        sentence = N_("Choose maintenance, training, breakdown or closed.")
        yield Reason("closure_kind", "kind", sentence)
    if not reason.strip():
        yield Reason("closure_reason", "reason", N_("Say why, so that people can plan."))
    if len(reason.strip()) > LONGEST_REASON:
        yield Reason("closure_reason", "reason", N_("At most 300 characters."))


def _wrong_units(owner: Owner, units: int | None) -> Iterator[Reason]:
    if units is None:
        return
    if isinstance(owner, Lab):
        sentence = N_("A lab is closed whole.")
        yield Reason("closure_units", "units", sentence, {}, N_("Close places of one of its instruments."))
    elif owner.capacity == 1:
        sentence = N_("It serves one at a time, so that it has no part to close.")
        yield Reason("closure_units", "units", sentence, {}, N_("Leave the number of places empty."))
    elif not 0 < units < owner.capacity:
        sentence = N_("By number at least one of its %(capacity)s places can be closed, and not all of them.")
        remedy = N_("Leave the number of places empty to close it whole.")
        values = {"capacity": owner.capacity}
        yield Reason("closure_units", "units", sentence, values, remedy)


def _wrong_end(follows: bool, span: tuple[datetime, datetime], values: dict[str, Any]) -> Iterator[Reason]:
    """What stands against an end; follows: whether it comes after the start on the wall."""
    start, end = span
    if end <= start and follows:
        yield Reason("closure_skipped", "end", SKIPPED, {}, N_("Choose another time."))
    elif end <= start:
        yield Reason("closure_order", "end", N_("The end must come after the start, %(start)s."), values)
    elif end <= values["now"]:
        yield Reason("closure_over", "end", N_("The end is over. It is %(now)s there now."), values)
    elif end - start > LONGEST:
        sentence = N_("That is longer than three years. Retire the instrument instead.")
        yield Reason("closure_long", "end", sentence)


def _endless(wanted: Wanted) -> Iterator[Reason]:
    if wanted.kind != "breakdown":
        sentence = N_("Only a breakdown may have an end that is not known. Say until when.")
        yield Reason("closure_open", "end", sentence)


def _still(closure: Closure, version: int, now: datetime) -> None:
    if closure.ends_at <= now:
        raise Refusal(
            [Reason("closure_ended", None, N_("This closure is over; it stays on record as it was."))]
        )
    if closure.version != version:
        raise Stale([Reason("stale", None, STALE)])


def _once_more(closure: Closure, version: int) -> None:
    """After the lock, what the row says now: another deed may have been first."""
    present = db.session.scalar(select(Closure.version).where(Closure.id == closure.id).with_for_update())
    if present != version:
        raise Stale([Reason("stale", None, STALE)])


def _detail(closure: Closure) -> dict[str, object]:
    some = {} if closure.units is None else {"places_closed": closure.units}
    return some | {
        "kind": closure.what,
        "reason": closure.reason,
        "start": closure.starts_at.isoformat(),
        "end": None if closure.is_open_ended else closure.ends_at.isoformat(),
    }


def _note(
    closure: Closure, deed: str, actor_id: int | None, now: datetime, before: dict[str, object] | None = None
) -> None:
    detail = _detail(closure) | {"closure": closure.id} | ({"before": before} if before else {})
    note(owner_of(closure), deed, detail, actor_id, now)
