"""Forget what is kept only for a while: tries to sign in, and links sent by mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete

from instruments.database import db
from instruments.people.models import MailedLink, SignInAttempt

KEPT = timedelta(days=30)


class Forgotten(NamedTuple):
    """How many rows went."""

    tries: int
    links: int


def forget_old(now: datetime) -> Forgotten:
    """Forget tries made, and links that ended, more than a month ago. The journal keeps what came of them."""
    return Forgotten(
        tries=_delete(SignInAttempt, SignInAttempt.at < now - KEPT),
        links=_delete(MailedLink, MailedLink.expires_at < now - KEPT),
    )


def _delete(table: type[SignInAttempt | MailedLink], old: ColumnElement[bool]) -> int:
    found = db.session.scalars(delete(table).where(old).returning(table.id))
    return len(found.all())
