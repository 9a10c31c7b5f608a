"""Whose it was what meters saw: their reports taken together, divided among those who were there; what is guessed says so. Pure.

Reports that overlap or adjoin are one run, whatever their order and number. A run belongs to whoever reserved it or is known to
have been there, as long as it goes on; what only lies near somebody's time is theirs until a person looks; the rest is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import NamedTuple

from instruments.timespan import Pair, merge
from instruments.usage.kinds import AT_THEIR_TIME, IN_NAME, NEAR_THEIR_TIME, OF_NOBODY

# So many seconds apart from somebody's time, a run may still be theirs.
NEAR = 3600


@dataclass(frozen=True, slots=True)
class Holder:
    """Who could have caused a run: a reservation, or a use without one, from its start to its end in UTC seconds.

    user_id: whose it is, None for several (an operator's run); seen: from when to when it is known that they were there, None
    where nothing is; came: False where they are on record not to have come, so that what lies near is no sign of them.
    """

    key: str
    start: int
    end: int
    user_id: int | None = None
    seen: Pair | None = None
    came: bool = True


class Piece(NamedTuple):
    """Some time that a meter reported. source: which meter; user_id: whom its report names, None where it names nobody."""

    number: int
    start: int
    end: int
    source: str = ""
    user_id: int | None = None


class Turn(NamedTuple):
    """From when to when a run is whose, and why; holder None: nobody's, or of the user who is named, without a reservation."""

    holder: str | None
    span: Pair
    why: str


class Part(NamedTuple):
    """A part of a piece with whose it is; run: the start of the run that it is part of, which those of no holder share."""

    piece: Piece
    span: Pair
    holder: str | None
    why: str
    run: tuple[str, int]


def allotted(pieces: Collection[Piece], holders: Sequence[Holder], places: int = 1) -> list[Part]:
    """Whose each piece is, cut where it changes; the order of the pieces does not matter.

    Those that name a user are divided among that user's own reservations, and what is left is theirs without one; where that
    was, the others look, too. Of an instrument of several places, meters see different places: only what one meter reports is
    one run, and it is somebody's only where nobody else could have been there.
    """
    found: list[Part] = []
    named = sorted({piece.user_id for piece in pieces if piece.user_id is not None})
    known = list(holders)
    for user_id in named:
        theirs = [holder for holder in holders if holder.user_id == user_id]
        parts = _parts([piece for piece in pieces if piece.user_id == user_id], theirs, places, user_id)
        known = _with_named(known, parts, user_id)
        found += parts
    return found + _parts([piece for piece in pieces if piece.user_id is None], known, places, None)


def _parts(
    pieces: Collection[Piece], holders: Sequence[Holder], places: int, user_id: int | None
) -> list[Part]:
    source: Callable[[Piece], str] = (lambda piece: piece.source) if places > 1 else (lambda piece: "")
    found: list[Part] = []
    for name, group in groupby(sorted(pieces, key=lambda piece: (source(piece), piece)), source):
        those = list(group)
        for run in merge((piece.start, piece.end) for piece in those):
            divided = _named_turns(run, holders) if user_id is not None else _turns_at(run, holders, places)
            for turn in divided:
                found += _cut(those, turn, name)
    return found


def _cut(pieces: Iterable[Piece], turn: Turn, source: str) -> list[Part]:
    first, last = turn.span
    return [
        Part(piece, (max(piece.start, first), min(piece.end, last)), turn.holder, turn.why, (source, first))
        for piece in pieces
        if piece.start < last and piece.end > first
    ]


def _with_named(holders: Sequence[Holder], parts: Sequence[Part], user_id: int) -> list[Holder]:
    """The same, with where the user was by what names them: others' reports of that time are of the same run."""
    seen: dict[str, Pair] = {}
    for part in parts:
        key = part.holder or named_key(user_id, part.run)
        before = seen.get(key, part.span)
        seen[key] = (min(before[0], part.span[0]), max(before[1], part.span[1]))
    standing = {holder.key: holder for holder in holders}
    for key, (start, end) in seen.items():
        if key in standing:
            old = standing[key]
            standing[key] = replace(
                old,
                start=min(old.start, start),
                end=max(old.end, end),
                seen=_hull(old.seen, (start, end)),
                came=True,
            )
        else:
            standing[key] = Holder(key, start, end, user_id, (start, end))
    return list(standing.values())


def _hull(one: Pair | None, other: Pair) -> Pair:
    return other if one is None else (min(one[0], other[0]), max(one[1], other[1]))


def named_key(user_id: int, run: tuple[str, int]) -> str:
    """By which a use without a reservation is known before there is one."""
    return f"named:{user_id}:{run[1]}:{run[0]}"


def _named_turns(run: Pair, holders: Sequence[Holder]) -> list[Turn]:
    """Of a run whose user is known, only which reservation it goes on from is asked: what lies near is a use of its own."""
    return [turn._replace(why=IN_NAME) for turn in turns(run, holders, 0)]


def _turns_at(run: Pair, holders: Sequence[Holder], places: int) -> list[Turn]:
    near = [holder for holder in holders if holder.start - NEAR < run[1] and holder.end + NEAR > run[0]]
    if places > 1 and len(near) > 1:
        return [Turn(None, run, OF_NOBODY)]
    return turns(run, holders)


def turns(run: Pair, holders: Sequence[Holder], near: int = NEAR) -> list[Turn]:
    """Who answers for which part of a run, in order.

    Whose time it is; of several whoever is known to have been there, then the one that began last. What goes on from somebody's
    time is theirs until the next one's begins. What begins less than an hour before somebody's time and goes on into it is
    theirs; but if it begins less than `near` seconds after another's, it is only near, as is what begins so soon after
    somebody's time and reaches nobody's. The rest is nobody's.
    """
    first, last = run
    edges = {edge for holder in holders for edge in (holder.start, holder.end) if first < edge < last}
    found: list[Turn] = []
    for start, end in pairwise(sorted({first, last, *edges})):
        whose, why = _answers(run, (start, end), holders, found, near)
        if found and (found[-1].holder, found[-1].why) == (whose, why):
            start = found.pop().span[0]
        found.append(Turn(whose, (start, end), why))
    return found


def _answers(
    run: Pair, part: Pair, holders: Sequence[Holder], before: Sequence[Turn], near: int
) -> tuple[str | None, str]:
    """Who answers for a part of a run within which nobody's time begins or ends."""
    start, end = part
    there = [holder for holder in holders if holder.start <= start < holder.end]
    if there:
        return max(there, key=lambda each: (_is_seen(each, start), each.start, each.key)).key, AT_THEIR_TIME
    if before:
        return before[-1].holder, before[-1].why
    past = [
        each
        for each in holders
        if each.end <= start and (_leaves(each, start) or _is_near(each, start, near))
    ]
    last = max(past, key=lambda each: (_leaves(each, start), each.end, each.key), default=None)
    if last is not None and _leaves(last, start):
        return last.key, AT_THEIR_TIME
    coming = [each for each in holders if each.start == end < run[1] and end - start <= NEAR]
    if coming:
        following = max(coming, key=lambda each: each.key)
        return following.key, NEAR_THEIR_TIME if last is not None else AT_THEIR_TIME
    return (last.key, NEAR_THEIR_TIME) if last is not None else (None, OF_NOBODY)


def _is_seen(holder: Holder, moment: int) -> bool:
    return holder.seen is not None and holder.seen[0] <= moment < holder.seen[1]


def _leaves(holder: Holder, moment: int) -> bool:
    """Whether it is known that they were there until this moment."""
    return holder.seen is not None and holder.seen[1] == moment


def _is_near(holder: Holder, start: int, near: int) -> bool:
    return holder.came and start < holder.end + near
