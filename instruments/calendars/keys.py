"""The secret addresses of feeds: made for a person, shown once, kept as a hash, revoked."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select, update

from instruments.calendars.models import CalendarFeed
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.journal.record import record
from instruments.people.models import Lab, Person
from instruments.people.tokens import hashed

LONGEST_NAME = 80
MOST = 20
SHORTEST, LONGEST_TOKEN = 40, 60


def make(person_id: int, lab: Lab | None, name: str, now: datetime) -> str:
    """Make an address for oneself; its secret part, which is known only now. Refuses with all reasons."""
    reasons = []
    name = " ".join(name.split())
    if not name:
        sentence = N_("Give it a name, so that you know it again: the program, the device.")
        reasons.append(Reason("name", "name", sentence))
    if len(name) > LONGEST_NAME:
        values = {"most": LONGEST_NAME}
        reasons.append(Reason("too_long", "name", N_("At most %(most)s characters."), values))
    if _in_force(person_id, lab) >= MOST:
        sentence = N_("You have %(most)s addresses in force here. Revoke one first.")
        reasons.append(Reason("too_many_feeds", None, sentence, {"most": MOST}))
    if reasons:
        raise Refusal(reasons)
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed(
        person_id=person_id,
        lab_id=lab.id if lab else None,
        name=name,
        token_hash=hashed(token),
        created_at=now,
    )
    db.session.add(feed)
    db.session.flush()
    _note("calendar.feed_made", feed, lab, person_id, now)
    return token


def revoke(feed: CalendarFeed, actor_id: int, now: datetime) -> None:
    """End an address now; one that has ended stays so."""
    if feed.revoked_at is None:
        feed.revoked_at = now
        db.session.flush()
        _note("calendar.feed_revoked", feed, feed.lab, actor_id, now)


def the_feed(feed_id: int) -> CalendarFeed:
    """The row with this id; raises NotFound."""
    feed = db.session.get(CalendarFeed, feed_id)
    if feed is None:
        raise NotFound([Reason("no_feed", None, N_("There is no such address."))])
    return feed


def feed_of(token: str) -> CalendarFeed:
    """The row of an address that was just made."""
    return db.session.scalars(select(CalendarFeed).where(CalendarFeed.token_hash == hashed(token))).one()


def of_person(person_id: int) -> list[CalendarFeed]:
    """The person's own addresses in force, newest first."""
    return _listed(CalendarFeed.person_id == person_id, CalendarFeed.lab_id.is_(None))


def of_lab(lab_id: int, person_id: int | None = None) -> list[CalendarFeed]:
    """The addresses of a lab in force, newest first: everybody's, or one person's."""
    whose = () if person_id is None else (CalendarFeed.person_id == person_id,)
    return _listed(CalendarFeed.lab_id == lab_id, *whose)


def find(token: str) -> Row[Any] | None:
    """The row (id, person_id, lab_id, last_used_on) of an address in force."""
    if not SHORTEST <= len(token) <= LONGEST_TOKEN:
        return None
    feed = CalendarFeed
    return db.session.execute(
        select(feed.id, feed.person_id, feed.lab_id, feed.last_used_on).where(
            feed.token_hash == hashed(token), feed.revoked_at.is_(None)
        )
    ).first()


def note_use(feed_id: int, day: date) -> None:
    """Remember the day on which an address was last asked."""
    db.session.execute(update(CalendarFeed).where(CalendarFeed.id == feed_id).values(last_used_on=day))


def _listed(*which: Any) -> list[CalendarFeed]:
    statement = (
        select(CalendarFeed)
        .join(Person, Person.id == CalendarFeed.person_id)
        .where(CalendarFeed.revoked_at.is_(None), *which)
        .order_by(CalendarFeed.id.desc())
        .limit(MOST * 10)
    )
    return list(db.session.scalars(statement))


def _in_force(person_id: int, lab: Lab | None) -> int:
    feed = CalendarFeed
    where = feed.lab_id.is_(None) if lab is None else feed.lab_id == lab.id
    counting = select(func.count()).where(feed.person_id == person_id, feed.revoked_at.is_(None), where)
    return db.session.scalar(counting) or 0


def _note(deed: str, feed: CalendarFeed, lab: Lab | None, actor_id: int, now: datetime) -> None:
    record(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("lab", lab.id) if lab else ("person", feed.person_id),
        institution_id=lab.institution_id if lab else None,
        lab_id=lab.id if lab else None,
        detail={"name": feed.name, "feed": feed.id, "person": feed.person_id},
    )
