"""What the doors of usage for programs share: the blueprint, a use as JSON, and acting on one whose version is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response

from instruments.database.transactions import perform
from instruments.people.rights import Actor
from instruments.people.signing import the_actor
from instruments.timespan import instant
from instruments.usage import listing
from instruments.usage.facts import UseFacts
from instruments.usage.keeping import settled_many
from instruments.usage.kinds import CONFIRMED
from instruments.usage.lookup import use_row
from instruments.usage.schemas import FactsIn
from instruments.web import clock, versions
from instruments.web.answers import answer

api = APIBlueprint("usage_api", __name__, url_prefix="/api/v1", tag="Usage")
ONE = "/usage/<int:use_id>"
_PLAIN = (
    "id", "kind", "state", "reservation_id", "institution_id", "group_id", "ended_by", "confirmed_by_rule", "mode",
    "operator_minutes", "samples", "project", "funding_source", "subject", "contract", "trained_students",
    "trained_teachers", "trained_others", "rating", "version",
)  # fmt: skip


def told(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows of listing.whole as the contract shows them, instants on the lab's wall."""
    upto = {row.id: row.confirmed_at for row in rows if row.state == CONFIRMED}
    found = settled_many([row.id for row in rows], clock.now(), upto) if rows else {}
    return [_told(row, found[row.id]) for row in rows]


def _told(row: Any, found: Any) -> dict[str, Any]:
    zone = ZoneInfo(row.zone)

    def there(moment: datetime | None) -> datetime | None:
        return moment and moment.astimezone(zone)

    return {name: getattr(row, name) for name in _PLAIN} | {
        "instrument": _named(row.instrument_id, row.instrument_en, row.instrument_zh),
        "user": _named(row.user_id, row.user_en, row.user_zh),
        "reserved": row.reserved_from
        and {"start": there(row.reserved_from), "end": there(row.reserved_until)},
        "started_at": there(row.started_at),
        "ended_at": there(row.ended_at),
        "layers": {
            layer: [{"start": there(instant(start)), "end": there(instant(end))} for start, end in spans]
            for layer, spans in found.layers.items()
        },
        "evidence": found.mix,
        "flags": row.flags.split(),
        "confirm_by": there(row.confirm_by),
        "confirmed_at": there(row.confirmed_at),
    }


def _named(number: int, name_en: str, name_zh: str) -> dict[str, Any]:
    return {"id": number, "name_en": name_en, "name_zh": name_zh}


def one_use(use_id: int, status: int = 200) -> Response:
    """One use whose right to be seen was asked for; its ETag is what a change must name."""
    row = listing.one_whole(use_id)
    return answer(told([row])[0], status, version=row.version)


def matched(use_id: int, actor: Actor) -> int | None:
    """The version that the program names of a use that the actor sees: 404, 428, 412."""
    return versions.matched(use_row(use_id, actor).version)


def changed(use_id: int, act: Callable[[Actor, int | None, datetime], object]) -> Response:
    """Do it to a use that the actor sees and whose version is known, and tell it anew."""
    actor, now = the_actor(), clock.now()
    version = matched(use_id, actor)
    perform(lambda: act(actor, version, now))
    return one_use(use_id)


def facts_of(body: FactsIn) -> UseFacts:
    """What the body says of a use."""
    return UseFacts(**body.model_dump())
