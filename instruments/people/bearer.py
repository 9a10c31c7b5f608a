"""Personal tokens at the door: who a program speaks for, and which of its scopes a view asks for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, TypeVar

from apiflask import HTTPTokenAuth
from flask import Flask, g, request

from instruments.database.transactions import deed
from instruments.errors import N_, Forbidden, NotKnownYet, NotSignedIn, Reason
from instruments.people import accounts, tokens
from instruments.people.signing import the_actor, today
from instruments.web import access, clock

log = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., Any])

# Only the description of the scheme: the checking is done here, before any view.
scheme = HTTPTokenAuth(
    name="token",
    description="A personal token, made on the page “Tokens” of one's profile. It is shown once.",
)


def token_required(scope: str) -> Callable[[View], View]:
    """Let only programs in whose token has this scope: 401 without a token, 403 without the scope."""
    tokens.check_scope_exists(scope)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if scope not in (the_actor().token_scopes or ()):
                sentence = N_("This token lacks the scope %(scope)s.")
                raise Forbidden([Reason("scope_missing", None, sentence, {"scope": scope})])
            return view(*args, **kwargs)

        _describe(guarded, scope, optional=False)
        return guarded

    return decorate


def token_welcome(scope: str = "catalog:read") -> Callable[[View], View]:
    """Open a view to strangers; a token with this scope shows what its person may see, one without it nothing more."""
    tokens.check_scope_exists(scope)

    def decorate(view: View) -> View:
        @wraps(view)
        def open_to_all(*args: Any, **kwargs: Any) -> Any:
            actor = g.get("token_actor")
            if actor is not None and scope not in actor.token_scopes:
                g.token_actor = None
            return view(*args, **kwargs)

        _describe(open_to_all, scope, optional=True)
        return access.public(open_to_all)

    return decorate


def _describe(view: Any, scope: str, *, optional: bool) -> None:
    """What the OpenAPI document says of the view."""
    needed: list[dict[str, list[str]]] = [{"token": [scope]}]
    view._spec = {
        **getattr(view, "_spec", {}),
        "auth": scheme,
        "roles": [scope],
        "security": [*needed, {}] if optional else needed,
    }


def init_app(app: Flask) -> None:
    """Find out who a program speaks for, before strangers are turned away: a token that does not hold is 401."""

    @app.before_request
    def identify() -> None:
        if not access.is_api() or "Authorization" not in request.headers:
            return
        kind, _, text = request.headers["Authorization"].partition(" ")
        now = clock.now()
        day = today(now)
        rows = accounts.by_token(tokens.hashed(text.strip()), now, day) if kind.lower() == "bearer" else []
        if not rows:
            sentence = N_(
                "This token does not hold: it is unknown, has ended, or was revoked. Make a new one."
            )
            raise NotSignedIn([Reason("token_invalid", None, sentence)])
        if rows[0].last_used_on != day:
            _note_use(rows[0].token_id, day)
        g.token_actor = tokens.narrowed(accounts.actor_of(rows), rows[0].scopes)
        g.person_language = rows[0].language


def _note_use(token_id: int, day: date) -> None:
    try:
        with deed():
            tokens.note_use(token_id, day)
    except NotKnownYet:
        # The day of last use is a courtesy; a database that only reads must not keep readers out.
        log.warning("the use of token %s was not noted", token_id)
