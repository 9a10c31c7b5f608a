"""Series as JSON: what the public contract says of a plan, a rule, and the reservations that came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from instruments.errors import Reason, Refusal
from instruments.people.rights import Action, Actor
from instruments.reservations import wire
from instruments.reservations.lookup import allowed
from instruments.reservations.paying.recalling import Price, prices_of
from instruments.reservations.series.finding import version_of, visible
from instruments.reservations.series.planning import CONFLICT, FREE, Plan, Planned
from instruments.reservations.series.schemas import WEEKDAYS
from instruments.timespan import Pair, instant
from instruments.web.reasons import as_listed


def planned(found: Plan) -> dict[str, Any]:
    """A plan."""
    zone = found.thing.calendar.zone
    return {
        "instrument_id": found.thing.id,
        "zone": zone.key,
        "free": len(found.having(FREE)),
        "conflicts": len(found.having(CONFLICT)),
        "items": [_date(row, zone) for row in found.rows],
    }


def _date(row: Planned, zone: ZoneInfo) -> dict[str, Any]:
    start, end = (None, None) if row.span is None else (_wall(edge, zone) for edge in row.span)
    return {
        "position": row.position,
        "day": row.day,
        "outcome": row.outcome,
        "start": start,
        "end": end,
        "asks": row.asks,
        "reasons": as_listed([wire.by_contract(reason) for reason in row.reasons]),
        "proposal": row.offer and _span(row.offer, zone),
        "shorter_minutes": _shorter(row.offer, row.wish),
    }


def _span(span: Pair, zone: ZoneInfo) -> dict[str, Any]:
    return {"start": _wall(span[0], zone), "end": _wall(span[1], zone)}


def _shorter(offer: Pair | None, wanted: Pair | None) -> int | None:
    """By how many minutes what could be had instead is shorter than what was wanted."""
    if offer is None or wanted is None:
        return None
    return max((wanted[1] - wanted[0]) - (offer[1] - offer[0]), 0) // 60


def _wall(moment: int, zone: ZoneInfo) -> Any:
    return instant(moment).astimezone(zone)


def known_prices(shown: Sequence[Row[Any]], actor: Actor) -> dict[int, Price]:
    """By reservation, the prices that the actor may know."""
    return prices_of([each.id for each in shown if allowed(actor, Action.RESERVATION_PRICE, each)])


def series(
    row: Any, reservations: Sequence[Row[Any]], actor: Actor, left: Sequence[Reason] = ()
) -> dict[str, Any]:
    """A series, as `finding` reads it, with those of its reservations that the actor may see; left: why some stayed as
    they were."""
    shown = visible(reservations, actor)
    prices = known_prices(shown, actor)
    return {
        "id": row.id,
        "instrument_id": row.instrument_id,
        "rule": {
            "first": row.first_day,
            "start": row.starts[:5],
            "end": row.ends[:5],
            "nights": row.nights,
            "every": row.every,
            "weekdays": [WEEKDAYS[int(number)] for number in row.weekdays.split()],
            "until": row.until,
            "times": row.times,
            "skip_holidays": row.skips_holidays,
        },
        "version": version_of(row, reservations),
        "created_at": row.created_at,
        "items": [wire.reservation(each, prices.get(each.id)) for each in shown],
        "left": as_listed(left),
    }


def with_dates(refusal: Refusal, zone: ZoneInfo) -> Refusal:
    """The dates that stand in the way, as programs read them."""
    dates = refusal.details.get("dates")
    if isinstance(dates, list):
        refusal.details["dates"] = [
            {
                "reservation_id": each.reservation_id,
                **wire.span(*each.stands, zone),
                "proposal": wire.span(*each.offer, zone) if each.offer else None,
                "shorter_minutes": _shorter(each.offer, each.wish),
            }
            for each in dates
        ]
    return refusal
