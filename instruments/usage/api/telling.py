"""What the doors of usage for programs share: the blueprint, a use as JSON, and acting on one whose version is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
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
from instruments.usage.amending import counts_of
from instruments.usage.facts import UseFacts
from instruments.usage.keeping import settled_many
from instruments.usage.lookup import merged_companies, sees_payer, use_row
from instruments.usage.running import customers_of_many
from instruments.usage.schemas import FactsIn
from instruments.web import clock, versions
from instruments.web.answers import answer

api = APIBlueprint("usage_api", __name__, url_prefix="/api/v1", tag="Usage")
ONE = "/usage/<int:use_id>"
_PLAIN = (
    "id", "kind", "state", "reservation_id", "institution_id", "group_id", "ended_by", "confirmed_by_rule", "mode",
    "operator_minutes", "samples", "project", "funding_source", "subject", "contract", "trained_students",
    "trained_teachers", "trained_others", "rating", "rating_words", "note", "version",
)  # fmt: skip


# What takes the place of who it was where companies stand together.
_NO_UNIT = {"institution_id": None, "group_id": None}
_NOBODY = {**_NO_UNIT, "person_id": None}


def told(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows of listing.whole as the contract shows them, instants on the lab's wall."""
    numbers = [row.id for row in rows]
    found = settled_many(numbers, clock.now(), listing.confirmed_until(rows)) if rows else {}
    counts, customers = (counts_of(numbers), customers_of_many(numbers)) if rows else ({}, {})
    reader = the_actor()
    merged = merged_companies(reader, rows, customers)
    return [
        _told(
            row,
            found[row.id],
            counts.get(row.id, {}),
            [
                _customer(each, sees_payer(reader, row))
                | (_NOBODY if each.institution_id in merged[row.id] else {})
                for each in customers.get(row.id, ())
            ],
        )
        | (_NO_UNIT if row.institution_id in merged[row.id] else {})
        for row in rows
    ]


def _told(
    row: Any, found: Any, counts: Mapping[str, str], customers: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    zone = ZoneInfo(row.zone)

    def there(moment: datetime | None) -> datetime | None:
        return moment and moment.astimezone(zone)

    return {name: getattr(row, name) for name in _PLAIN} | {
        "instrument": named(row.instrument_id, row.instrument_en, row.instrument_zh),
        "user": row.user_id and named(row.user_id, row.user_en, row.user_zh),
        "operator": row.operator_id and named(row.operator_id, row.operator_en, row.operator_zh),
        "confirmed_by": row.confirmed_by_id
        and named(row.confirmed_by_id, row.confirmer_en, row.confirmer_zh),
        "counts": counts,
        "customers": customers,
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


def _customer(each: Any, with_payer: bool) -> dict[str, Any]:
    """with_payer: whether the reader may know who pays, and so as which class."""
    names = ("institution_id", "group_id", "person_id", "fund_id", "customer_class", "samples")
    share = None if each.share is None else f"{each.share.normalize():f}"
    hidden = {} if with_payer else {"fund_id": None, "customer_class": None}
    return {name: getattr(each, name) for name in names} | {"share": share} | hidden


def named(number: int, name_en: str, name_zh: str) -> dict[str, Any]:
    """A person or thing with its names in both languages."""
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


def facts_of(body: FactsIn, apart: Collection[str] = ()) -> UseFacts:
    """What the body says of a use. apart: its fields that say something else."""
    return UseFacts(**body.model_dump(exclude=set(apart)))
