"""Offer free time to those who wait for it: to the first few at once, and the first who accepts has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, bindparam, select, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite

from instruments.catalog import revision
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.journal.record import entry, record_many
from instruments.reservations.waitlist.matching import Proposal
from instruments.reservations.waitlist.models import ANSWERED, WaitOffer, WaitRequest
from instruments.reservations.waitlist.rules import AT_ONCE
from instruments.timespan import Pair, depth, instant

_OFFER: Any = WaitOffer.__table__
_REQUEST: Any = WaitRequest.__table__
# The parameters are not named as the columns, which an UPDATE takes for its own.
_MARK = update(_REQUEST).where(_REQUEST.c.id == bindparam("number")).values(looked=bindparam("mark"))
_STARTS, _ENDS = (type_coerce(_OFFER.c[name], BigInteger) for name in ("starts_at", "ends_at"))


def offer(instrument_id: int, proposals: Sequence[Proposal], now: datetime) -> int:
    """Offer spans of one instrument, inside a deed; how many were offered.

    Under the instrument's lock, so that two sweeps at once make the offers of one, and never to more than a few people
    at a time; not to whom something was offered meanwhile, or who answered it.
    """
    revision.hold(instrument_id)
    spans, made = _open_spans(instrument_id), []
    requests = _still_waiting([each.request_id for each in proposals])
    answered = _answered(instrument_id, list(requests))
    for each in proposals:
        span = (each.start, each.end)
        if each.request_id not in requests or _meets(span, answered.get(each.request_id, ())):
            continue
        if depth([pair for pair in spans if pair[0] < each.end and each.start < pair[1]]) < AT_ONCE:
            spans.append(span)
            if _insert(each, now):
                made.append(each)
    _note(instrument_id, [(each, requests[each.request_id]) for each in made], now)
    return len(made)


def mark_seen(marks: Mapping[int, str]) -> None:
    """Keep what was seen, inside a deed, so that the next look is a short one."""
    if marks:
        rows = [{"number": number, "mark": mark} for number, mark in marks.items()]
        db.session.connection().execute(_MARK, rows)


def _open_spans(instrument_id: int) -> list[Pair]:
    rows = db.session.execute(
        select(_STARTS, _ENDS).where(_OFFER.c.instrument_id == instrument_id, _OFFER.c.state == "open")
    )
    return [(start, end) for start, end in rows]


def _still_waiting(request_ids: Sequence[int]) -> dict[int, Row[Any]]:
    rows = db.session.execute(
        select(_REQUEST.c.id, _REQUEST.c.user_id, _REQUEST.c.asker_id)
        .where(_REQUEST.c.id.in_(request_ids), _REQUEST.c.state == "waiting")
        .order_by(_REQUEST.c.id)
        .with_for_update()
    )
    return {row.id: row for row in rows}


def _answered(instrument_id: int, request_ids: Sequence[int]) -> dict[int, list[Pair]]:
    """By request, what of this instrument was answered by now."""
    found: dict[int, list[Pair]] = {}
    rows = db.session.execute(
        select(_OFFER.c.request_id, _STARTS, _ENDS).where(
            _OFFER.c.request_id.in_(request_ids),
            _OFFER.c.instrument_id == instrument_id,
            _OFFER.c.state.in_(ANSWERED),
        )
    )
    for request_id, start, end in rows:
        found.setdefault(request_id, []).append((start, end))
    return found


def _meets(span: Pair, others: Sequence[Pair]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)


def _insert(each: Proposal, now: datetime) -> bool:
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    values = {
        "request_id": each.request_id, "instrument_id": each.instrument_id, "starts_at": instant(each.start),
        "ends_at": instant(each.end), "offered_at": now, "expires_at": instant(each.expires_at),
    }  # fmt: skip
    statement = dialect.insert(_OFFER).values(values).on_conflict_do_nothing().returning(_OFFER.c.id)
    if db.session.execute(statement).first() is None:
        return False
    db.session.execute(
        update(_REQUEST).where(_REQUEST.c.id == each.request_id).values(version=_REQUEST.c.version + 1)
    )
    return True


def _note(instrument_id: int, made: Sequence[tuple[Proposal, Row[Any]]], now: datetime) -> None:
    if not made:
        return
    home = db.session.execute(
        select(Instrument.institution_id, Instrument.lab_id).where(Instrument.id == instrument_id)
    ).one()
    record_many(
        entry(
            now=now,
            actor_id=None,
            deed="wait.offered",
            thing=("wait", each.request_id),
            institution_id=home.institution_id,
            lab_id=home.lab_id,
            detail={
                "instrument_id": instrument_id, "user_id": row.user_id, "asker_id": row.asker_id,
                "start": each.start, "end": each.end, "expires_at": each.expires_at,
            },
        )
        for each, row in made
    )  # fmt: skip
