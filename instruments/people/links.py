"""Links sent by mail: good once, for one purpose, for a limited time; only their hash is kept."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import MailedLink
from instruments.people.tokens import hashed

LIFETIMES = {"confirm": timedelta(hours=24), "reset": timedelta(hours=1), "invitation": timedelta(days=14)}


def make(purpose: str, mail: str, now: datetime, **more: Any) -> str:
    """Make a link for an address and return its token; earlier ones for the same purpose and address end."""
    withdraw(purpose, mail, now, more.get("institution_id"))
    token = secrets.token_urlsafe(32)
    link = MailedLink(
        purpose=purpose,
        mail=mail,
        token_hash=hashed(token),
        created_at=now,
        expires_at=now + LIFETIMES[purpose],
        **more,
    )
    db.session.add(link)
    db.session.flush()
    return token


def withdraw(purpose: str, mail: str, now: datetime, institution_id: int | None = None) -> None:
    """End the open links of an address for a purpose (invitations: those of one institution)."""
    link = MailedLink
    ended = update(link).where(link.purpose == purpose, link.mail == mail, link.used_at.is_(None))
    if purpose == "invitation":
        ended = ended.where(link.institution_id == institution_id)
    db.session.execute(ended.values(used_at=now))


def find(purpose: str, token: str, now: datetime) -> MailedLink | None:
    """The link, if it is still good."""
    link = MailedLink
    return db.session.scalars(
        select(link).where(
            link.token_hash == hashed(token),
            link.purpose == purpose,
            link.used_at.is_(None),
            link.expires_at > now,
        )
    ).first()


def use(purpose: str, token: str, now: datetime) -> MailedLink:
    """Use the link up, within the deed it allows; NotFound if it is used, over or unknown. Two at once: one gets it."""
    link = find(purpose, token, now)
    taken = link is not None and db.session.execute(
        update(MailedLink).where(MailedLink.id == link.id, MailedLink.used_at.is_(None)).values(used_at=now)
    )
    if not link or taken.rowcount != 1:
        raise over()
    return link


def over() -> NotFound:
    """The refusal of a link that does not hold."""
    sentence = N_("This link was used already, or its time is over. Ask for a new one.")
    return NotFound([Reason("link_over", None, sentence)])
