"""Doors for programs that read: all that is on record of one use, and a lab's day."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response
from sqlalchemy import select

from instruments.database import db
from instruments.people.bearer import token_required
from instruments.people.models import Person
from instruments.people.rights import Action
from instruments.people.signing import require, the_actor
from instruments.reservations import wire
from instruments.timespan import instant
from instruments.usage import listing
from instruments.usage.answer_schemas import DayOfUsesOut, RecordOut
from instruments.usage.api.telling import ONE, api, named
from instruments.usage.countable import countable
from instruments.usage.day import Day, Stay, day_of
from instruments.usage.lookup import sees_payer, use_row
from instruments.usage.models import UseAmendment
from instruments.usage.schemas import DayQuery
from instruments.usage.views.doors import place, the_lab
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import asks


@api.get(f"{ONE}/record")
@token_required("usage:read")
@api.output(RecordOut)
@api.doc(responses=[404])
def record_of(use_id: int) -> Response:
    """What was reported of a use, by whom and when; what was corrected and amended, and why; what its prices count."""
    actor = the_actor()
    told = sees_payer(actor, use_row(use_id, actor))
    zone = ZoneInfo(listing.one_whole(use_id).zone)
    last = listing.last_corrections(use_id)
    rates = countable([use_id]).get(use_id, ())
    return answer({
        "reports": [_report(row, zone, last) for row in listing.spans_of(use_id)],
        "corrections": [
            {"id": row.id, "layer": row.layer, "reason": row.reason, "at": row.corrected_at.astimezone(zone),
             "by": named(row.corrected_by_id, row.name_en, row.name_zh)}
            for row in listing.corrections_of(use_id)
        ],
        "amendments": _amendments(use_id, zone),
        "countable": [
            {"code": rate.code, "unit": rate.unit, "name": rate.name, "price": str(rate.price.amount) if told else None,
             "currency": rate.price.currency if told else None}
            for rate in rates
        ],
    })  # fmt: skip


def _report(row: Any, zone: ZoneInfo, last: dict[str, int]) -> dict[str, Any]:
    return {
        "layer": row.layer,
        "start": row.started_at.astimezone(zone),
        "end": row.ended_at and row.ended_at.astimezone(zone),
        "grade": row.grade,
        "reporter": row.reporter,
        "key": row.source_key,
        "attribution": row.attribution or None,
        "recorded_by": row.recorded_by_id and named(row.recorded_by_id, row.name_en, row.name_zh),
        "recorded_at": row.recorded_at.astimezone(zone),
        "correction_id": row.correction_id,
        "counts": (row.correction_id or 0) == last.get(row.layer, 0),
    }


def _amendments(use_id: int, zone: ZoneInfo) -> list[dict[str, Any]]:
    one = UseAmendment
    rows = db.session.execute(
        select(one.reason, one.changes, one.amended_at, one.amended_by_id, Person.name_en, Person.name_zh)
        .join(Person, Person.id == one.amended_by_id)
        .where(one.use_id == use_id)
        .order_by(one.id.desc())
    )
    return [
        {
            "reason": row.reason,
            "changes": row.changes,
            "at": row.amended_at.astimezone(zone),
            "by": named(row.amended_by_id, row.name_en, row.name_zh),
        }
        for row in rows
    ]


@api.get("/labs/<int:lab_id>/day")
@token_required("usage:read")
@asks(api, DayQuery)
@api.output(DayOfUsesOut)
@api.doc(responses=[404])
def day(lab_id: int, query: DayQuery) -> Response:
    """A day of a lab that I work for: who is on what, who has not come, what is still to come, what waits for the lab."""
    lab, now = the_lab(lab_id), clock.now()
    require(Action.USE_CONFIRM, place(lab))
    zone = ZoneInfo(lab.zone)
    found = day_of(lab, query.day or now.astimezone(zone).date(), the_actor(), now)
    counts = listing.counts_of([lab.id])
    stays = sorted(
        (stay for line in found.lines for stay in line.stays), key=lambda stay: (stay.start, stay.end)
    )
    return answer({
        "day": found.day, "stays": [_stay(stay, found.things[stay.instrument_id], zone) for stay in stays],
        "closures": [closed for owner in found.closures for closed in _closures(found, owner, zone)],
        "nobody": counts["nobody"], "flagged": counts["flagged"], "waiting": counts["waiting"],
    })  # fmt: skip


def _closures(found: Day, owner: int | None, zone: ZoneInfo) -> list[dict[str, Any]]:
    """What closes one instrument, or the whole lab, that day."""
    thing = None if owner is None else found.things[owner]
    told, capacity = found.closures[owner], 1 if thing is None else thing.capacity
    whose = None if thing is None else named(thing.id, thing.name_en, thing.name_zh)
    return [{**each, "instrument": whose} for each in wire.closures(told, capacity, found.within, zone)]


def _stay(stay: Stay, thing: Any, zone: ZoneInfo) -> dict[str, Any]:
    row = stay.row if stay.row is not None else stay.use

    def there(moment: int) -> datetime:
        return instant(moment).astimezone(zone)

    return {
        "state": stay.state,
        "instrument": named(thing.id, thing.name_en, thing.name_zh),
        "user": row.user_id and named(row.user_id, row.user_en, row.user_zh),
        "customers": [{"name_en": name_en, "name_zh": name_zh} for name_en, name_zh in stay.customers],
        "start": there(stay.start),
        "end": there(stay.end),
        "reservation_id": stay.row.id if stay.row is not None else None,
        "use_id": stay.use.id if stay.use is not None else None,
    }
