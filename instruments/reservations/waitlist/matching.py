"""Look for free time for those who wait: whom it could be offered to, in the order in which they asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Row, and_, exists, select, tuple_, type_coerce

from instruments.availability.opening import midnight
from instruments.catalog.revision import catalog_number
from instruments.database import db
from instruments.errors import Reason, Refusal
from instruments.people.rights import Actor
from instruments.people.signing import actors_by_ids
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.booking import BookingRequest, check
from instruments.reservations.busy import Busy, busy_between
from instruments.reservations.frames import Frames
from instruments.reservations.payment import Payment
from instruments.reservations.stages import FOR_EVER
from instruments.reservations.waitlist.candidates import Candidates
from instruments.reservations.waitlist.models import ANSWERED, WaitOffer, WaitRequest
from instruments.reservations.waitlist.rules import AT_ONCE, SHORTEST_LIFE, expires
from instruments.reservations.waitlist.seen import offered_back, seen
from instruments.timespan import Pair, crowded, instant

A_LOOK = 100
# How many spans are tried for one request when rules or quotas stand against the first.
MOST_TRIES = 5
Place: TypeAlias = list[int]
_REQUEST: Any = WaitRequest.__table__
_OFFER: Any = WaitOffer.__table__
_ASKED = type_coerce(_REQUEST.c.asked_at, BigInteger)


class Proposal(NamedTuple):
    """A free span that could be offered to a request; moments in UTC seconds."""

    request_id: int
    instrument_id: int
    start: int
    end: int
    expires_at: int


@dataclass(frozen=True)
class Look:
    """What came of looking for some requests: what to offer, what was seen (by request), and where to look on."""

    proposals: list[Proposal] = field(default_factory=list)
    seen: dict[int, str] = field(default_factory=dict)
    following: Place | None = None


def look(now: datetime, after: Place | None = None) -> Look:
    """Look for some of those who wait and have no offer, who asked first first.

    Only where something changed since the last look: an instrument's calendar, the catalogue, an offer that was closed,
    or the hour, for what time itself brings (booking windows, short notice). A few statements whatever the number of
    instruments, and some for each span that is free for somebody.
    """
    rows = _waiting(now, after)
    if not rows:
        return Look()
    following = [int(rows[-1].asked_at.timestamp()), rows[-1].id] if len(rows) == A_LOOK else None
    number = catalog_number()
    candidates = Candidates(bookables(number))
    marks = seen(rows, candidates, number, now)
    due = [row for row in rows if marks[row.id] != row.looked and candidates.of(row)]
    found = Look([], {row.id: marks[row.id] for row in rows if marks[row.id] != row.looked}, following)
    if due:
        _propose(due, candidates, now, found)
    return found


def _waiting(now: datetime, after: Place | None) -> Sequence[Row[Any]]:
    has_offer = exists().where(_OFFER.c.request_id == _REQUEST.c.id, _OFFER.c.state == "open")
    found = select(_REQUEST).where(_REQUEST.c.state == "waiting", _REQUEST.c.latest > now, ~has_offer)
    if after is not None:
        found = found.where(tuple_(_ASKED, _REQUEST.c.id) > tuple_(*after))
    return db.session.execute(found.order_by(_ASKED, _REQUEST.c.id).limit(A_LOOK)).all()


def _propose(due: Sequence[Row[Any]], candidates: Candidates, now: datetime, found: Look) -> None:
    actors = actors_by_ids({number for row in due for number in (row.user_id, row.asker_id)}, now)
    scene = _Scene.of(due, candidates, now)
    for row in due:
        user, asker = actors.get(row.user_id), actors.get(row.asker_id)
        if user is None or asker is None:
            continue
        proposal = _first(row, user, asker, candidates.of(row), scene)
        if proposal is not None:
            found.proposals.append(proposal)
            scene.add(row.user_id, proposal.instrument_id, (proposal.start, proposal.end))


@dataclass
class _Scene:
    """What takes the time of the instruments concerned.

    offered: the spans of open offers; offered_to: the same by person and instrument, for nobody is offered one time twice,
    however often they ask for it; kept: what is offered back to those who lost it, who come first; answered: by
    request and instrument, what was declined, left to expire, or accepted and then refused by the lab; it is not offered
    to them again.
    """

    now: datetime
    busy: Busy
    offered: dict[int, list[Pair]]
    offered_to: dict[tuple[int, int], list[Pair]]
    kept: Mapping[int, list[Pair]]
    answered: Mapping[tuple[int, int], list[Pair]]

    @classmethod
    def of(cls, due: Sequence[Row[Any]], candidates: Candidates, now: datetime) -> _Scene:
        """Read it all, in four statements."""
        things = {thing.id: thing for row in due for thing in candidates.of(row)}
        first = min(int(row.earliest.timestamp()) for row in due)
        last = max(int(row.latest.timestamp()) for row in due)
        busy = busy_between(list(things.values()), max(first, int(now.timestamp())), last)
        kept: dict[int, list[Pair]] = defaultdict(list)
        for row in offered_back(now):
            kept[row.instrument_id].append((row.start, row.end))
        scene = cls(now, busy, defaultdict(list), defaultdict(list), kept, _answered([row.id for row in due]))
        for user_id, number, start, end in _offered():
            if number in things:
                scene.add(user_id, number, (start, end))
        return scene

    def add(self, user_id: int, instrument_id: int, span: Pair) -> None:
        """Count what is offered to somebody."""
        self.offered[instrument_id].append(span)
        self.offered_to[user_id, instrument_id].append(span)

    def shut(self, row: Row[Any], thing: Bookable, later: Mapping[int, int]) -> list[Pair]:
        """Where this instrument's time is not offered to this request."""
        return [
            *self.busy.closed.get(thing.id, ()), *self.kept.get(thing.id, ()), *self.answered.get((row.id, thing.id), ()),
            *self.offered_to.get((row.user_id, thing.id), ()),
            *crowded(self.offered.get(thing.id, ()), AT_ONCE),
            (0, max(thing.serves[0], later.get(thing.id, 0))), (thing.serves[1], FOR_EVER),
        ]  # fmt: skip


_STARTS, _ENDS = (type_coerce(_OFFER.c[name], BigInteger) for name in ("starts_at", "ends_at"))


def _offered() -> Sequence[Row[Any]]:
    return db.session.execute(
        select(_REQUEST.c.user_id, _OFFER.c.instrument_id, _STARTS, _ENDS)
        .join(_REQUEST, _REQUEST.c.id == _OFFER.c.request_id)
        .where(_OFFER.c.state == "open")
    ).all()


def _answered(request_ids: Sequence[int]) -> dict[tuple[int, int], list[Pair]]:
    found: dict[tuple[int, int], list[Pair]] = defaultdict(list)
    answered = and_(_OFFER.c.request_id.in_(request_ids), _OFFER.c.state.in_(ANSWERED))
    for request_id, number, start, end in db.session.execute(
        select(_OFFER.c.request_id, _OFFER.c.instrument_id, _STARTS, _ENDS).where(answered)
    ):
        found[request_id, number].append((start, end))
    return found


def _first(
    row: Row[Any], user: Actor, asker: Actor, things: Sequence[Bookable], scene: _Scene
) -> Proposal | None:
    """The first free span that all rules and the person's own quota let them have."""
    moment = int(scene.now.timestamp())
    open_to = [thing for thing in things if thing.admits(user)]
    # Looked at as from the moment at which the shortest offer would expire, so that there is time to take it.
    frames = Frames(
        row.length_seconds, max(int(row.earliest.timestamp()), moment), moment + SHORTEST_LIFE, user
    )
    frames.reach(int(row.latest.timestamp()))
    later: dict[int, int] = {}
    for _ in range(MOST_TRIES):
        best = _earliest(row, open_to, frames, scene, later)
        if best is None:
            return None
        start, end, thing = best
        until = expires(moment, start, thing.rules_at(start).lead, ZoneInfo(user.zone))
        again = _objection(row, user, asker, best, scene.now)
        if until is not None and again is None:
            return Proposal(row.id, thing.id, start, end, until)
        later[thing.id] = max(again or 0, start + 60)
    return None


def _earliest(
    row: Row[Any], things: Sequence[Bookable], frames: Frames, scene: _Scene, later: Mapping[int, int]
) -> tuple[int, int, Bookable] | None:
    found: list[tuple[int, int, int, Bookable]] = []
    for place, thing in enumerate(things):
        shut = scene.shut(row, thing, later)
        held, places = (found.get(thing.id, ()) for found in (scene.busy.held, scene.busy.places))
        span = frames.of(thing).first(held, shut, thing.capacity, places)
        if span is not None:
            found.append((span[0], place, span[1], thing))
    if not found:
        return None
    start, _, end, thing = min(found, key=lambda each: each[:2])
    return start, end, thing


def _objection(
    row: Row[Any], user: Actor, asker: Actor, best: tuple[int, int, Bookable], now: datetime
) -> int | None:
    """From when to look on where something stands against the span: when there is room again, else the next day."""
    start, end, thing = best
    # Who pays is said, or chosen anew, when it is accepted.
    later = Payment(later=True)
    request = BookingRequest(
        thing.id, instant(start), instant(end), row.purpose, "",
        user.only_group if row.group_id is None else row.group_id, payment=later,
    )  # fmt: skip
    try:
        check(asker, user, request, now)
    except Refusal as refusal:
        moments = [_gone_from(reason) for reason in refusal.reasons]
        zone = thing.calendar.zone
        following = midnight(instant(start).astimezone(zone).date() + timedelta(days=1), zone)
        return max([moment for moment in moments if moment > start], default=following)
    return None


def _gone_from(reason: Reason) -> int:
    """From when on a reason may be gone. A quota has room as soon as its next period begins; the fix, for people who
    come on a certain weekday, may be days later.
    """
    moment = reason.values.get("again", reason.fix.get("start"))
    return int(moment.timestamp()) if isinstance(moment, datetime) else 0
