"""Doors of notices for programs: one's own, and marking them as read."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import orjson
from apiflask import APIBlueprint
from flask import Response, current_app

from instruments.database.transactions import deed
from instruments.errors import Refusal
from instruments.notices import listing
from instruments.notices.schemas import NoticesOut, NoticesQuery, ReadIn
from instruments.notices.sentences import names_for, say
from instruments.people.bearer import token_required
from instruments.people.rights import Actor
from instruments.people.signing import the_actor
from instruments.web import clock, paging
from instruments.web.incoming import Incoming, asks, takes

api = APIBlueprint("notices_api", __name__, url_prefix="/api/v1", tag="Notices")


@api.get("/notices")
@token_required("notices:read")
@asks(api, NoticesQuery)
@api.output(NoticesOut)
def notices(query: NoticesQuery) -> Response:
    """My notices, the unread first and each newest first."""
    return _page(the_actor(), query)


@api.post("/notices/read")
@token_required("notices:read")
@takes(api, ReadIn)
@api.output(NoticesOut)
def mark_read(wanted: Incoming[ReadIn]) -> Response:
    """Mark my notices as read, up to and including one; answers with the first page of what is unread still."""
    actor = the_actor()
    if wanted.value is None or wanted.reasons:
        raise Refusal(wanted.reasons)
    with deed():
        listing.read_all(actor.person_id, wanted.value.up_to, clock.now())
    return _page(actor, NoticesQuery(unread=True))


def _page(actor: Actor, query: NoticesQuery) -> Response:
    after = paging.decode(query.cursor, (int, int))
    rows = listing.page(actor.person_id, after, query.limit, unread_only=query.unread)
    shown = rows[: query.limit]
    names, now, zone = names_for([row.detail for row in shown]), clock.now(), ZoneInfo(actor.zone)
    items: list[dict[str, Any]] = []
    for row in shown:
        said = say(row, names, actor.zone, now)
        items.append(
            {
                "id": row.id,
                "kind": row.kind,
                "sentence": said.sentence,
                "reason": said.reason,
                "address": f"{current_app.config['BASE_URL']}{said.path}",
                "at": row.at.astimezone(zone),
                "read_at": row.read_at and row.read_at.astimezone(zone),
            }
        )
    following = paging.encode([shown[-1].unread, shown[-1].id]) if len(rows) > query.limit else None
    body = {"items": items, "unread": listing.unread_count(actor.person_id), "next": following}
    return Response(orjson.dumps(body), mimetype="application/json")
