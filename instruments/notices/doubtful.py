"""Letters in doubt: handed over to the mail server, which did not answer. A person says what becomes of them, once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, tuple_, type_coerce, update
from sqlalchemy.types import BigInteger

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import entry, record_many
from instruments.notices.models import Notice, NoticeDelivery
from instruments.people.models import Person

# What a person can say of one, and the deed that the journal notes.
DECISIONS = {"send_again": "letter.sent_again", "arrived": "letter.arrived"}
MOST_NAMED = 200
_DELIVERY: Any = NoticeDelivery.__table__
_SINCE = type_coerce(_DELIVERY.c.done_at, BigInteger)


def page(after: Sequence[int] | None, limit: int) -> Sequence[Row[Any]]:
    """Those in doubt, the oldest first; one more than `limit` if there are. after: (since, id) of the row before.

    Told are the person, the kind and the letter's number: nothing of what the letter says.
    """
    one, about = _DELIVERY.c, Notice
    found = (
        select(
            one.id, one.notice_id, one.handed_at, one.failure, one.done_at, _SINCE.label("since"), about.kind,
            about.at, about.person_id, Person.name_en, Person.name_zh, Person.mail,
        )
        .select_from(_DELIVERY)
        .join(about, about.id == one.notice_id)
        .join(Person, Person.id == about.person_id)
        .where(one.state == "doubtful")
        .order_by(_SINCE, one.id)
        .limit(limit + 1)
    )  # fmt: skip
    if after is not None:
        found = found.where(tuple_(_SINCE, one.id) > tuple_(*after))
    return db.session.execute(found).all()


def how_many() -> tuple[int, datetime | None, datetime | None]:
    """How many are in doubt, and since when the oldest and the newest are."""
    one = _DELIVERY.c
    row = db.session.execute(
        select(func.count(), func.min(one.done_at), func.max(one.done_at)).where(one.state == "doubtful")
    ).one()
    return row[0], row[1], row[2]


def backlog(now: datetime) -> tuple[int, int]:
    """How many wait for a person's word, and for how many seconds the oldest has."""
    count, oldest, _ = how_many()
    return count, int((now - oldest).total_seconds()) if oldest else 0


def decide(ids: Collection[int], decision: str, actor_id: int | None, now: datetime) -> None:
    """Say of each of these what becomes of it, inside a deed. Raises Refusal where one is not in doubt; then of none."""
    decided = _decide(_DELIVERY.c.id.in_(ids), decision, actor_id, now)
    if missing := sorted(set(ids) - decided):
        sentence = N_("Letter %(number)s is not in doubt, or not any more. Nothing was done.")
        raise Refusal([Reason("not_in_doubt", "ids", sentence, {"number": missing[0]})])


def decide_all(up_to: int, decision: str, actor_id: int | None, now: datetime) -> int:
    """Say it of all that were in doubt at a moment (UTC seconds), inside a deed; of how many."""
    return len(_decide(_DELIVERY.c.done_at <= datetime.fromtimestamp(up_to, UTC), decision, actor_id, now))


def _decide(which: ColumnElement[bool], decision: str, actor_id: int | None, now: datetime) -> set[int]:
    one, about = _DELIVERY.c, Notice
    mine = (one.state == "doubtful", which)
    rows = db.session.execute(
        select(one.id, about.id.label("notice_id"), about.person_id, Person.institution_id)
        .select_from(_DELIVERY)
        .join(about, about.id == one.notice_id)
        .join(Person, Person.id == about.person_id)
        .where(*mine)
        .with_for_update(of=_DELIVERY)
    ).all()
    values: dict[str, Any] = {"state": "sent", "done_at": now}
    if decision == "send_again":
        # Its number stays, so that a reader's program folds it where it did arrive.
        values = {"state": "due", "next_at": now, "done_at": None}
    db.session.execute(update(_DELIVERY).where(*mine).values(**values, failure=""))
    record_many(
        entry(
            now=now,
            actor_id=actor_id,
            deed=DECISIONS[decision],
            thing=("notice", row.notice_id),
            institution_id=row.institution_id,
            detail={"user_id": row.person_id},
        )
        for row in rows
    )
    return {row.id for row in rows}
