"""Who is signed in: the session of a browser, or the personal token of a program."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask, g, request, session
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user

from instruments.errors import N_, Forbidden, NotSignedIn, Reason
from instruments.people import accounts
from instruments.people.rights import Action, Actor, Scope, may
from instruments.web import access, clock

login_manager = LoginManager()
login_manager.session_protection = "basic"
LONGEST_SESSION = timedelta(hours=12)
STAY_SIGNED_IN = timedelta(days=30)
PLATFORM_ZONE = ZoneInfo("Asia/Shanghai")


class SignedIn(UserMixin):
    """What flask-login keeps of a signed-in person: the actor, loaded once a request."""

    def __init__(self, actor: Actor, session_key: str) -> None:
        self.actor = actor
        self._session_key = session_key

    def get_id(self) -> str:
        """The session names the person and its key, so that changing the key signs out everywhere."""
        return f"{self.actor.person_id}.{self._session_key}"


@login_manager.user_loader
def load_signed_in(session_id: str) -> SignedIn | None:
    """The person of a session, unless the key has changed since, or the account has ended."""
    number, _, key = session_id.partition(".")
    now = clock.now()
    rows = accounts.by_number(int(number), today(now)) if number.isdigit() else []
    if not rows or not secrets.compare_digest(rows[0].session_key, key):
        return None
    g.person_language, g.person_zone = rows[0].language, rows[0].zone
    return SignedIn(accounts.actor_of(rows), rows[0].session_key)


def current_actor() -> Actor | None:
    """Who asks in this request, or None for a stranger."""
    token_actor: Actor | None = g.get("token_actor")
    if token_actor is not None:
        return token_actor
    if access.is_api():
        return None
    user = current_user
    return None if isinstance(user._get_current_object(), AnonymousUserMixin) else user.actor


def the_actor() -> Actor:
    """Who asks; raises NotSignedIn for a stranger."""
    actor = current_actor()
    if actor is None and access.is_api():
        raise NotSignedIn([Reason("token_missing", None, N_("Send a personal token with this request."))])
    if actor is None:
        raise NotSignedIn([Reason("sign_in", None, N_("Sign in to do this."))])
    return actor


def require(action: Action, scope: Scope) -> Actor:
    """The actor, if they may do this there; else Forbidden (or NotSignedIn)."""
    actor = the_actor()
    if not may(actor, action, scope):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    return actor


def actor_by_id(person_id: int, now: datetime) -> Actor | None:
    """The actor for a person's id; None when there is no such account, or it has ended."""
    rows = accounts.by_number(person_id, today(now))
    return accounts.actor_of(rows) if rows else None


def actors_by_ids(person_ids: Collection[int], now: datetime) -> dict[int, Actor]:
    """The actors of those of these persons whose accounts hold. One statement."""
    found = accounts.by_numbers(person_ids, today(now)) if person_ids else []
    return {rows[0].id: accounts.actor_of(rows) for rows in found}


def today(now: datetime) -> date:
    """The date on the platform's wall: roles and memberships end with a day there."""
    return now.astimezone(PLATFORM_ZONE).date()


def init_app(app: Flask) -> None:
    """Sign people in, and turn strangers away from every view that is not marked public."""
    login_manager.init_app(app)
    app.config.update(
        PERMANENT_SESSION_LIFETIME=LONGEST_SESSION,
        REMEMBER_COOKIE_DURATION=STAY_SIGNED_IN,
        REMEMBER_COOKIE_NAME="stay_signed_in",
    )

    @app.before_request
    def refuse_strangers() -> None:
        endpoint = request.endpoint
        if endpoint is None or endpoint == "static" or request.blueprint == "web":
            return
        if not access.is_public(app.view_functions[endpoint]):
            the_actor()
        elif not access.is_api() and (
            "_user_id" in session or app.config["REMEMBER_COOKIE_NAME"] in request.cookies
        ):
            # Somebody known: find out who before the first word is said, for it is said in their language.
            current_actor()
