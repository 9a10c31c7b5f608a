"""The journal of an institution."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from instruments.errors import N_, Reason
from instruments.journal import reading
from instruments.people import directory, institutions, words
from instruments.people.rights import Action
from instruments.people.roles import active_person
from instruments.people.scopes import of_institution
from instruments.people.signing import require
from instruments.people.views.answering import answer, pages, today
from instruments.web import formats
from instruments.web.paging import decode, encode
from instruments.web.reasons import sentence

PAGE = 50
ADDRESSES = {
    "person": "/people/", "institution": "/institutions/", "lab": "/labs/", "group": "/groups/",
    "instrument": "/instruments/", "reservation": "/reservations/",
}  # fmt: skip

# Kept as epoch seconds, so that programs read them; people read them as times.
INSTANTS = frozenset({"start", "end", "starts_at", "ends_at", "held_until"})


@pages.get("/institutions/<int:institution_id>/journal")
def journal(institution_id: int) -> ResponseReturnValue:
    """Who did what to which thing, newest first; by deed, person and thing."""
    institution = institutions.get(institution_id)
    actor = require(Action.JOURNAL_READ, of_institution(institution_id))
    mail = request.args.get("person", "").strip().lower()
    person = active_person(mail, today()) if mail else None
    wanted = reading.Filter(
        deed=request.args.get("deed", ""),
        person_id=(person.id if person else 0) if mail else None,
        thing_kind=request.args.get("thing", ""),
        thing_id=_small(request.args.get("id", "")),
    )
    cursor = decode(request.args.get("cursor"), (int,))
    rows = reading.page(institution_id, wanted, cursor[0] if cursor else None, PAGE + 1)
    shown = rows[:PAGE]
    kept = {name: value for name, value in request.args.items() if name != "cursor" and value}
    more = None
    if len(rows) > PAGE:
        more = url_for("people.journal", institution_id=institution_id, cursor=encode([shown[-1].id]), **kept)
    reasons = {}
    if mail and person is None:
        unknown = Reason("no_person", "person", N_("Nobody here has this mail address."))
        reasons = {"person": [sentence(unknown)]}
    concerned = [row.thing_id for row in shown if row.thing_kind == "person"]
    return answer(
        "people/journal.html",
        institution=institution,
        entries=[(row, _told(row.detail, actor.zone)) for row in shown],
        names=directory.names([*(row.actor_id for row in shown), *concerned]),
        next=more,
        is_first=cursor is None,
        deeds=[(code, words.DEEDS.get(code, code)) for code in reading.deeds(institution_id)],
        kept=kept,
        journal_reasons=reasons,
        addresses=ADDRESSES,
        zone=actor.zone,
    )


def _told(detail: dict, zone: str) -> list[tuple[str, str]]:
    """The detail of an entry as (name, value) texts; a change as "before → after", instants on the reader's wall."""
    found = []
    for name, value in detail.items():
        if value in (None, "", [], {}):
            continue
        if isinstance(value, list) and len(value) == 2:
            text = " → ".join("–" if each in (None, "") else _text(name, each, zone) for each in value)
        else:
            text = _text(name, value, zone)
        found.append((name.replace("_", " "), text[:300]))
    return found


def _text(name: str, value: Any, zone: str) -> str:
    if name in INSTANTS and isinstance(value, int):
        return formats.moment(datetime.fromtimestamp(value, UTC), zone)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _small(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
