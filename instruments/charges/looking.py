"""Note that somebody looked at money that is not their own."""

from __future__ import annotations

from datetime import datetime

from instruments.journal.record import record
from instruments.people.rights import Actor


def note_look(
    actor: Actor,
    thing: tuple[str, int],
    now: datetime,
    institution_id: int | None,
    lab_id: int | None = None,
    what: str = "",
) -> None:
    """Write it into the journal, inside a deed: who, when, at what; what: of a place, which list."""
    record(
        now=now, actor_id=actor.person_id, deed="money.looked_at", thing=thing, institution_id=institution_id,
        lab_id=lab_id, detail={"what": what} if what else {},
    )  # fmt: skip
