"""What the bar over every page offers: at most seven words, only what this person may do, and who they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, request
from flask_babel import gettext
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from instruments.database import db
from instruments.notices.listing import unread_count
from instruments.people.rights import Action, Actor, Role, Scope, may, may_somewhere
from instruments.people.signing import current_actor
from instruments.web.language import in_language
from instruments.web.views import APPEARANCES

MOST = 7
# The pages of an instrument that belong to those who keep it.
KEEPING = ("/new", "/edit", "/photo", "/retire", "/history")
Word = tuple[str, str, bool]


def navigation() -> list[Word]:
    """The words of the bar as (words, address, whether one is there now)."""
    words = list(dict.fromkeys(_words(_actor())))[:MOST]
    path = request.path
    here = max((address for _, address in words if _leads_to(address, path)), key=len, default=None)
    return [(name, address, address == here) for name, address in words]


def _actor() -> Actor | None:
    """Who is signed in; nobody while the database is away, so that the page which says so can still be drawn."""
    if "database_is_away" in g:
        return None
    try:
        return current_actor()
    except DBAPIError:
        db.session.rollback()
        g.database_is_away = True
        return None


def here() -> str:
    """The address to come back to after choosing a language or an appearance; the front page if this one only takes posts."""
    try:
        current_app.url_map.bind("").match(request.path, method="GET")
    except HTTPException:
        return "/"
    if request.method != "GET":
        return request.path
    # A language named in the address would win over the one that is being chosen.
    fields = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{request.path}?{urlencode(fields)}" if fields else request.path


def _leads_to(address: str, path: str) -> bool:
    is_kept = path.startswith("/instruments/") and path.endswith(KEEPING)
    if address == "/":
        return path == "/" or (path.startswith("/instruments/") and not is_kept)
    if address == "/catalog" and is_kept:
        return True
    if address == "/today" and path.startswith("/labs/") and path.endswith("/today"):
        return True
    if address == "/approvals" and path.startswith("/labs/") and path.endswith("/approvals"):
        return True
    return path == address or path.startswith(address + "/")


def _words(actor: Actor | None) -> Iterator[tuple[str, str]]:
    yield gettext("Find"), "/"
    if actor is None:
        return
    own = f"/institutions/{actor.institution_id}"
    institution = Scope(institution_id=actor.institution_id)
    yield gettext("Home"), "/home"
    yield gettext("My bookings"), "/reservations"
    if actor.institution_id and may(actor, Action.MONTH_CLOSE, institution):
        # Whoever keeps the books has little room for the rest, which the page of the institution leads to.
        yield gettext("Month end"), f"{own}/months"
        yield from _groups_and_money(actor)
        yield from _figures(actor)
    if actor.has(Role.LAB_MANAGER) or actor.has(Role.LAB_OPERATOR):
        yield gettext("Today"), "/today"
        yield gettext("Approvals"), "/approvals"
    yield from _instruments(actor)
    if actor.institution_id and may(actor, Action.PERSON_SEE, institution):
        yield gettext("People"), f"{own}/people"
    if may_somewhere(actor, Action.INSTITUTION_ADD):
        yield gettext("Institutions"), "/institutions"
    # Of a company the page of the institution leads to it: there is no room left in the bar.
    if (
        actor.institution_id
        and may(actor, Action.JOURNAL_READ, institution)
        and not _answers_for_company(actor)
    ):
        yield gettext("Journal"), f"{own}/journal"
    yield from _groups_and_money(actor)


def _instruments(actor: Actor) -> Iterator[tuple[str, str]]:
    if any(may_somewhere(actor, each) for each in (Action.INSTRUMENT_EDIT, Action.CATALOG_EXPORT)):
        yield gettext("Catalogue"), "/catalog"
    yield from _figures(actor)


def _figures(actor: Actor) -> Iterator[tuple[str, str]]:
    if may_somewhere(actor, Action.UTILIZATION_SEE):
        yield gettext("Utilization"), "/utilization"
    elif _answers_for_company(actor):
        yield gettext("Utilization"), f"/institutions/{actor.institution_id}/used"


def _answers_for_company(actor: Actor) -> bool:
    return actor.institution_id is not None and actor.has(Role.COMPANY_MANAGER)


def _groups_and_money(actor: Actor) -> Iterator[tuple[str, str]]:
    if actor.group_ids or may_somewhere(actor, Action.FUND_SEE):
        yield gettext("Funds"), "/funds"
    if may_somewhere(actor, Action.GROUP_SEE):
        yield gettext("Groups"), "/groups"


def person_menu() -> list[tuple[str, str, str]]:
    """What the person's own menu offers, as (words, address, icon)."""
    return [
        (gettext("Profile"), "/profile", "user"),
        (gettext("Funds that you may charge"), "/funds", "wallet"),
        (gettext("My costs"), "/charges", "receipt"),
        (gettext("Statements"), "/statements", "file-text"),
        (gettext("Formal quotes"), "/formal-quotes", "file-check"),
        (gettext("What you are told"), "/profile/notices", "bell"),
        (gettext("What forms say of people"), "/reports/about-people", "shield"),
        (gettext("Keys for programs"), "/profile/tokens", "key-round"),
    ]


def reader() -> dict[str, str] | None:
    """Who is signed in, for the bar: name, initial, mail; None for a stranger."""
    actor = _actor()
    if actor is None:
        return None
    name = in_language(actor.name_en, actor.name_zh)
    return {"name": name, "initial": (actor.name_zh or name)[:1].upper(), "mail": actor.mail}


def unread_notices() -> int:
    """How many notices whoever is signed in has not read, for the bell in the bar."""
    actor = _actor()
    return unread_count(actor.person_id) if actor else 0


def _appearance() -> str:
    chosen = request.cookies.get("appearance", "auto")
    return chosen if chosen in APPEARANCES else "auto"


def init_app(app: Flask) -> None:
    """Give every page what its frame shows."""
    app.jinja_env.globals.update(
        navigation=navigation, person_menu=person_menu, here=here, unread_notices=unread_notices
    )

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {
            "reader": reader(),
            "appearance": _appearance(),
            "demonstration": current_app.config["DEMONSTRATION"],
        }
