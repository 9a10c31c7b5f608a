"""Keep uses and their spans: the one writer of both, and what follows from the spans for the use itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, func, insert, select, type_coerce, update

from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.journal.record import record
from instruments.timespan import Pair, instant, merge
from instruments.usage.kinds import TYPED
from instruments.usage.models import InstrumentUse, UseCorrection, UseSpan
from instruments.usage.rules import doubts
from instruments.usage.settling import Correction, Report, Settled, settle

USE: Any = InstrumentUse.__table__
SPAN: Any = UseSpan.__table__
CORRECTION: Any = UseCorrection.__table__
_STARTS, _ENDS, _AT = (
    type_coerce(SPAN.c[name], BigInteger) for name in ("started_at", "ended_at", "recorded_at")
)
_REPORTED = select(SPAN.c.use_id, SPAN.c.layer, _STARTS, _ENDS, SPAN.c.grade, SPAN.c.correction_id, _AT)
_MADE = select(
    CORRECTION.c.use_id,
    CORRECTION.c.id,
    CORRECTION.c.layer,
    type_coerce(CORRECTION.c.corrected_at, BigInteger),
)


def make_use(now: datetime, **values: Any) -> int:
    """Write a new use, inside a deed; its number."""
    made = {"created_at": now, "changed_at": now, **values}
    return int(db.session.execute(insert(USE).values(made).returning(USE.c.id)).scalar_one())


def change_use(row: Any, now: datetime, **values: Any) -> bool:
    """Change a use that is still as it was read; whether it was. Its version goes up by one."""
    same = (USE.c.id == row.id) & (USE.c.version == row.version)
    done = db.session.execute(
        update(USE).where(same).values(**values, changed_at=now, version=row.version + 1)
    )
    return bool(done.rowcount)


def add_span(
    use_id: int, layer: str, span: tuple[datetime, datetime | None], now: datetime, **values: Any
) -> None:
    """Write down a span of a use (an end of None: it runs), inside a deed."""
    told = {"use_id": use_id, "layer": layer, "started_at": span[0], "ended_at": span[1], "recorded_at": now}
    db.session.execute(insert(SPAN).values({**told, **values}))


def decide(use_id: int) -> None:
    """A person looked whose the reports of a use are: from now on no other report changes it."""
    reported = (SPAN.c.use_id == use_id) & (SPAN.c.attribution != "")
    db.session.execute(update(SPAN).where(reported).values(attribution=""))


def close_spans(use_id: int, end: datetime) -> None:
    """End what runs of a use; what began at the same second lasts one."""
    running = (SPAN.c.use_id == use_id) & SPAN.c.ended_at.is_(None)
    moment = int(end.timestamp())
    for number, start in db.session.execute(select(SPAN.c.id, _STARTS).where(running)).all():
        ended = instant(max(moment, start + 1))
        db.session.execute(update(SPAN).where(SPAN.c.id == number).values(ended_at=ended))


def correct_layer(
    use_id: int, layer: str, spans: Iterable[Pair], reason: str, actor_id: int, at: datetime
) -> None:
    """Set a layer of a use anew (no spans: there was none), inside a deed; what was reported stays beside it."""
    made = insert(CORRECTION).values(
        use_id=use_id, layer=layer, reason=reason, corrected_by_id=actor_id, corrected_at=at
    )
    number = db.session.execute(made.returning(CORRECTION.c.id)).scalar_one()
    told = {"use_id": use_id, "layer": layer, "grade": TYPED, "reporter": "lab", "correction_id": number,
            "recorded_by_id": actor_id, "recorded_at": at}  # fmt: skip
    rows = [told | {"started_at": instant(a), "ended_at": instant(b)} for a, b in merge(spans)]
    if rows:
        db.session.execute(insert(SPAN), rows)


def settled(use_id: int, until: datetime, upto: datetime | None = None) -> Settled:
    """The time of a use that counts; what runs counts until the moment. upto: only what was recorded until then."""
    return settled_many([use_id], until, {use_id: int(upto.timestamp())} if upto else {})[use_id]


def settled_many(
    use_ids: Sequence[int], until: datetime, upto: Mapping[int, int] | None = None
) -> dict[int, Settled]:
    """The same of many, in two statements; upto: UTC seconds."""
    moment, limits = int(until.timestamp()), upto or {}
    reports: dict[int, list[Report]] = {number: [] for number in use_ids}
    corrections: dict[int, list[Correction]] = {}
    for number, made_by, layer, at in _of_uses(_MADE, CORRECTION.c.use_id, use_ids):
        if at <= limits.get(number, at):
            corrections.setdefault(number, []).append(Correction(made_by, layer))
    for number, layer, start, end, grade, correction, at in _of_uses(_REPORTED, SPAN.c.use_id, use_ids):
        if at <= limits.get(number, at):
            end = max(moment, start + 1) if end is None else end
            reports[number].append(Report(layer, start, end, grade, correction or 0))
    return {number: settle(found, corrections.get(number, ())) for number, found in reports.items()}


def _of_uses(asked: Any, use: Any, use_ids: Sequence[int]) -> Iterable[Any]:
    dialect = db.engine.dialect.name
    return db.session.execute(asked.where(among(use, dialect)), {"numbers": as_parameter(use_ids, dialect)})


def last_recorded(use_id: int) -> datetime | None:
    """When the last report or correction of a use was kept; None of one without any."""
    seconds = db.session.scalar(select(func.max(_AT)).where(SPAN.c.use_id == use_id))
    return None if seconds is None else instant(int(seconds))


def recorded_by(use_id: int, moment: datetime) -> None:
    """Let what came after a confirmation that is taken back count as having come by now."""
    later = (SPAN.c.use_id == use_id) & (SPAN.c.recorded_at > moment)
    db.session.execute(update(SPAN).where(later).values(recorded_at=moment))


def outline(found: Settled, otherwise: Pair) -> dict[str, datetime]:
    """From when to when a use lasts by its spans, as it is kept with the use itself."""
    used = found.used
    first, last = (used[0][0], used[-1][1]) if used else otherwise
    return {"started_at": instant(first), "ended_at": instant(last)}


def flags_with(row: Any, found: Settled, *more: str) -> str:
    """The flags of a use, with what its hours give reason for."""
    reserved = None if row.reserved_from is None else seconds_of(row.reserved_from, row.reserved_until)
    codes = [*row.flags.split(), *doubts(found, reserved), *more]
    return " ".join(dict.fromkeys(codes))


def seconds_of(start: datetime, end: datetime) -> Pair:
    """Two moments as UTC seconds."""
    return int(start.timestamp()), int(end.timestamp())


def has_running_span(use_id: int) -> bool:
    """Whether somebody is checked in to a use."""
    running = (SPAN.c.use_id == use_id) & SPAN.c.ended_at.is_(None)
    return db.session.execute(select(SPAN.c.id).where(running).limit(1)).first() is not None


def note_use(row: Any, deed: str, now: datetime, actor_id: int | None, **detail: Any) -> None:
    """Write into the journal what was done to a use; row: with id, owner_id, lab_id, instrument_id and user_id."""
    record(
        now=now,
        actor_id=actor_id,
        deed=f"use.{deed}",
        thing=("use", row.id),
        institution_id=row.owner_id,
        lab_id=row.lab_id,
        detail={"instrument_id": row.instrument_id, "user_id": row.user_id, **_of(row), **detail},
    )


def _of(row: Any) -> dict[str, int]:
    number = getattr(row, "reservation_id", None)
    return {} if number is None else {"reservation_id": number}
