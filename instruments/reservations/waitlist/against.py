"""All that stands against what somebody waits for as things are, in the words that pages and programs share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from instruments.errors import Reason
from instruments.people.rights import Actor
from instruments.people.signing import actors_by_ids
from instruments.reservations.bookable import bookables
from instruments.reservations.waitlist.candidates import Candidates
from instruments.reservations.waitlist.prospects import prospect, still_waits
from instruments.reservations.ways_in import ClassLack, WaysIn
from instruments.web.reasons import in_full


@dataclass(frozen=True)
class Against:
    """What stands against one request.

    reason: why nothing could be offered to anybody like its user, as hours and rules are; ways: the ways in to what the
    reader lacks for the instrument, class_lack for the class: nothing of these where they do not wait for themselves.
    """

    reason: Reason | None = None
    ways: Sequence[dict[str, Any]] = field(default_factory=list)
    class_lack: ClassLack | None = None

    @property
    def words(self) -> str:
        """The reason and what to do instead; empty without."""
        return in_full(self.reason) if self.reason else ""

    @property
    def keeps_out(self) -> bool:
        """Whether nothing can be offered before the reader has what they lack."""
        return bool(self.ways or (self.class_lack and self.class_lack.ways))


def against_each(rows: Sequence[Any], reader: Actor, now: datetime) -> dict[int, Against]:
    """By request, what stands against it, for one of its two people; nothing of those that do not wait, or have an offer. The
    number of statements does not grow with that of the rows."""
    due = [row for row in rows if still_waits(row, now)]
    if not due:
        return {}
    known, ways = bookables(), WaysIn(reader)
    among = Candidates(known)
    users = {reader.person_id: reader} | actors_by_ids(
        {row.user_id for row in due if row.user_id != reader.person_id}, now
    )
    own = [row for row in due if row.user_id == reader.person_id]
    of_class = [row for row in own if row.instrument_id is None]
    lacks = ways.any_of_each([(among.of(row), _moment(row, now)) for row in of_class])
    lack_of = {row.id: lack for row, lack in zip(of_class, lacks, strict=True)}
    ways_of = {
        row.id: ways.by_day(known[row.instrument_id], _moment(row, now))
        for row in own
        if row.instrument_id in known
    }
    return {
        row.id: Against(
            prospect(row, users[row.user_id], among, now) if row.user_id in users else None,
            ways_of.get(row.id, []),
            lack_of.get(row.id),
        )
        for row in due
    }


def _moment(row: Any, now: datetime) -> int:
    """What one has has to last until then."""
    return int(max(row.earliest, now).timestamp())
