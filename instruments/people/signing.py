"""Who is signed in: the session of a browser, or the personal token of a program."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask, g, request, session
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user
from sqlalchemy import Row, and_, bindparam, or_, select

from instruments.database import db
from instruments.errors import N_, Forbidden, NotSignedIn, Reason
from instruments.people.models import Institution, Person, ResearchGroup, RoleGrant
from instruments.people.rights import Action, Actor, Grant, Role, Scope, may
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
    row = _account(int(number), today(now)) if number.isdigit() else None
    if row is None or not secrets.compare_digest(row.session_key, key):
        return None
    g.person_language, g.person_zone = row.language, row.zone
    return SignedIn(actor_of(row, now), row.session_key)


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
    row = _account(person_id, today(now))
    return None if row is None else actor_of(row, now)


def today(now: datetime) -> date:
    """The date on the platform's wall: roles and memberships end with a day there."""
    return now.astimezone(PLATFORM_ZONE).date()


def actor_of(row: Row, now: datetime) -> Actor:
    """The actor of an account row (see `_account`), with the roles held and deputised at this moment."""
    grants = _grants(row.id, today(now))
    lab_roles = {grant.lab_id for grant in grants if grant.lab_id is not None}
    return Actor(
        person_id=row.id,
        institution_id=row.institution_id,
        institution_kind=row.institution_kind,
        lab_ids=frozenset(
            lab_roles | {grant.group_lab_id for grant in grants if grant.group_lab_id is not None}
        ),
        group_ids=frozenset(grant.group_id for grant in grants if grant.group_id is not None),
        grants=tuple(
            Grant(Role(grant.role), grant.institution_id or grant.lab_id or grant.group_id)
            for grant in grants
        ),
        name_en=row.name_en,
        name_zh=row.name_zh,
        mail=row.mail,
        language=row.language,
        zone=row.zone,
    )


def _account(person_id: int, day: date) -> Row | None:
    row = db.session.execute(_ACCOUNT, {"person": person_id}).first()
    if row is None or (row.ends_on is not None and row.ends_on < day):
        return None
    return row


def _grants(person_id: int, day: date) -> Sequence[Row]:
    return db.session.execute(_GRANTS, {"person": person_id, "day": day}).all()


# Asked with every request of somebody who is signed in, so made once.
_ACCOUNT = (
    select(
        Person.id,
        Person.institution_id,
        Institution.kind.label("institution_kind"),
        Person.name_en,
        Person.name_zh,
        Person.mail,
        Person.language,
        Person.zone,
        Person.session_key,
        Person.ends_on,
    )
    .outerjoin(Institution, Institution.id == Person.institution_id)
    .where(
        Person.id == bindparam("person"),
        Person.deactivated_at.is_(None),
        Person.mail_confirmed_at.is_not(None),
    )
)
_GRANTS = (
    select(
        RoleGrant.role,
        RoleGrant.institution_id,
        RoleGrant.lab_id,
        RoleGrant.group_id,
        ResearchGroup.lab_id.label("group_lab_id"),
    )
    .outerjoin(ResearchGroup, ResearchGroup.id == RoleGrant.group_id)
    .where(
        or_(
            RoleGrant.person_id == bindparam("person"),
            and_(RoleGrant.deputy_id == bindparam("person"), RoleGrant.deputy_until >= bindparam("day")),
        ),
        or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= bindparam("day")),
    )
    .order_by(RoleGrant.id)
)


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
