"""Doors of notices for programs: one's own, marking them as read, and the letters in doubt."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response, current_app
from flask_babel import gettext

from instruments.database.transactions import deed
from instruments.errors import N_, Reason, Refusal
from instruments.mail.send import message_id
from instruments.notices import doubtful, listing, preferences
from instruments.notices.kinds import BY_CODE
from instruments.notices.letters import number_of
from instruments.notices.schemas import (
    DecisionIn,
    DoubtsOut,
    DoubtsQuery,
    NoticesOut,
    NoticesQuery,
    PreferencesIn,
    PreferencesOut,
    ReadIn,
)
from instruments.notices.sentences import names_for, say
from instruments.people.bearer import token_required
from instruments.people.rights import Action, Actor, Scope
from instruments.people.signing import require, the_actor
from instruments.web import clock, paging
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, asks, takes, whole
from instruments.web.language import in_language

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
    up_to = whole(wanted).up_to
    with deed():
        listing.read_all(actor.person_id, up_to, clock.now())
    return _page(actor, NoticesQuery(unread=True))


@api.get("/notice-preferences")
@token_required("notices:read")
@api.output(PreferencesOut)
def preferences_of_mine() -> Response:
    """What I am told of, and how."""
    return _preferences(the_actor())


@api.patch("/notice-preferences")
@token_required("notices:write")
@takes(api, PreferencesIn)
@api.output(PreferencesOut)
def choose(wanted: Incoming[PreferencesIn]) -> Response:
    """Choose what I am told of, and how."""
    actor, asked = the_actor(), {each.kind: each for each in whole(wanted).items}
    present = {choice.kind.code: choice for choice in preferences.choices(actor)}
    if unknown := sorted(asked.keys() - present.keys()):
        sentence = N_("There is no kind %(kind)s, or none that tells you something.")
        raise Refusal([Reason("no_kind", "items", sentence, {"kind": unknown[0]})])
    for name, each in asked.items():
        before = present[name]
        hours = before.hours if each.hours is None else each.hours
        present[name] = preferences.Choice(before.kind, each.in_app, each.by_mail, hours)
    in_app, by_mail = (
        {name for name, choice in present.items() if getattr(choice, channel)}
        for channel in ("in_app", "by_mail")
    )
    with deed():
        hours_before = {name: str(choice.hours) for name, choice in present.items()}
        preferences.choose(actor, in_app, by_mail, hours_before, clock.now())
    return _preferences(actor)


@api.get("/letters-in-doubt")
@token_required("notices:read")
@asks(api, DoubtsQuery)
@api.output(DoubtsOut)
def letters_in_doubt(query: DoubtsQuery) -> Response:
    """The letters of which nobody knows whether they arrived, the oldest first; for who runs the platform."""
    return _doubts(require(Action.LETTERS_DECIDE, Scope()), query)


@api.post("/letters-in-doubt/decide")
@token_required("notices:write")
@takes(api, DecisionIn)
@api.output(DoubtsOut)
def decide_letters(wanted: Incoming[DecisionIn]) -> Response:
    """Say of letters in doubt that they arrived, or send them again; answers with the first page of what is left."""
    actor, said = require(Action.LETTERS_DECIDE, Scope()), whole(wanted)
    with deed():
        doubtful.decide(set(said.ids), said.decision, actor.person_id, clock.now())
    return _doubts(actor, DoubtsQuery())


def _doubts(actor: Actor, query: DoubtsQuery) -> Response:
    rows = doubtful.page(paging.decode(query.cursor, (int, int)), query.limit)
    shown, following = paging.page(rows, query.limit, lambda row: [row.since, row.id])
    zone = ZoneInfo(actor.zone)
    items = [
        {
            "id": row.id,
            "person_id": row.person_id,
            "name": in_language(row.name_en, row.name_zh),
            "mail": row.mail,
            "kind": row.kind,
            "label": gettext(BY_CODE[row.kind].label),
            "message_id": message_id(number_of(row.notice_id, row.at)),
            "handed_at": row.handed_at.astimezone(zone),
            "since": row.done_at.astimezone(zone),
            "failure": row.failure,
        }
        for row in shown
    ]
    return answer({"items": items, "total": doubtful.how_many()[0], "next": following})


def _preferences(actor: Actor) -> Response:
    items = [
        {
            "kind": choice.kind.code,
            "label": gettext(choice.kind.label),
            "in_app": choice.in_app,
            "by_mail": choice.by_mail,
            "hours": choice.hours,
        }
        for choice in preferences.choices(actor)
    ]
    return answer({"items": items})


def _page(actor: Actor, query: NoticesQuery) -> Response:
    after = paging.decode(query.cursor, (int, int))
    rows = listing.page(actor.person_id, after, query.limit, unread_only=query.unread)
    shown, following = paging.page(rows, query.limit, lambda row: [row.unread, row.id])
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
    body = {"items": items, "unread": listing.unread_count(actor.person_id), "next": following}
    return answer(body)
