"""The journal of an institution: who did what to which thing, newest first, in the reader's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from instruments.errors import N_, Reason
from instruments.journal import reading
from instruments.pages.details import Names, mentioned, told
from instruments.pages.journal_money import Reader
from instruments.pages.looked_at import looks_told
from instruments.pages.thing_addresses import address_of
from instruments.pages.views.doors import pages
from instruments.people import institutions, words
from instruments.people.rights import Action
from instruments.people.roles import active_person
from instruments.people.scopes import of_institution
from instruments.people.signing import require, today
from instruments.typed import whole
from instruments.web import clock
from instruments.web.paging import decode, encode
from instruments.web.reasons import sentence

PAGE = 50


@pages.get("/institutions/<int:institution_id>/journal")
def journal(institution_id: int) -> ResponseReturnValue:
    """Who did what to which thing, newest first; by deed, person and thing."""
    institution = institutions.get(institution_id)
    actor = require(Action.JOURNAL_READ, of_institution(institution_id))
    mail = request.args.get("person", "").strip().lower()
    person = active_person(mail, today(clock.now())) if mail else None
    wanted = reading.Filter(
        deed=request.args.get("deed", ""),
        person_id=(person.id if person else 0) if mail else None,
        thing_kind=request.args.get("thing", ""),
        thing_id=whole(request.args.get("id", "")),
    )
    cursor = decode(request.args.get("cursor"), (int,))
    rows = reading.page(institution_id, wanted, cursor[0] if cursor else None, PAGE + 1)
    shown = rows[:PAGE]
    kept = {name: value for name, value in request.args.items() if name != "cursor" and value}
    more = None
    if len(rows) > PAGE:
        more = url_for("pages.journal", institution_id=institution_id, cursor=encode([shown[-1].id]), **kept)
    reasons = {}
    if mail and person is None:
        unknown = Reason("no_person", "person", N_("Nobody here has this mail address."))
        reasons = {"person": [sentence(unknown)]}
    reader = Reader(actor, of_institution(institution_id))
    details = [
        reader.detail(row.thing_kind, detail)
        for row, detail in zip(shown, looks_told(shown, institution_id), strict=True)
    ]
    names = Names(
        each
        for row, detail in zip(shown, details, strict=True)
        for each in (("person", row.actor_id), *_thing(reader, row), *mentioned(detail))
    )
    return render_template(
        "pages/journal.html",
        institution=institution,
        entries=[(row, told(detail, names, actor.zone)) for row, detail in zip(shown, details, strict=True)],
        names=names,
        next=more,
        is_first=cursor is None,
        deeds=[(code, words.DEEDS.get(code, code)) for code in reading.deeds(institution_id)],
        kept=kept,
        journal_reasons=reasons,
        address_of=lambda kind, *where: address_of(kind, *where) if reader.knows(kind) else "",
        words=words,
        zone=actor.zone,
    )


def _thing(reader: Reader, row: Any) -> Sequence[tuple[str, int]]:
    """What an entry is about, where the reader may know what it is called."""
    return [(row.thing_kind, row.thing_id)] if reader.knows(row.thing_kind) else []
