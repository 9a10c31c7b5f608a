"""Close an instrument or a lab, and in the same deed do with the reservations in its way what the lab decided.

Nothing happens to anyone silently: whoever is moved, cancelled or kept is noted with the reason. A reservation that
cannot be moved or cancelled as decided stays, and is reported.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from instruments.availability import closures, series
from instruments.availability.closures import Wanted
from instruments.availability.models import Closure
from instruments.availability.owners import Owner, instruments_of
from instruments.availability.repeating import Repeat
from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Actor
from instruments.people.signing import actors_by_ids
from instruments.reservations.bookable import bookables
from instruments.reservations.counting import Holders
from instruments.reservations.models import Displacement, Reservation
from instruments.reservations.one_way import CANCEL, KEEP, MOVE, Cause, Decided, Decision, Done, Way
from instruments.reservations.outside_hours import told_by_id
from instruments.reservations.partly import closed_by, closes_as_much, met, placeless, span
from instruments.reservations.texts import reason_objections
from instruments.reservations.within_quotas import lock_all_holders
from instruments.timespan import Pair, Timespan

OTHER_HOURS = Cause(None, "hours", "The opening hours were changed / 开放时间有调整")


def require_message(decided: Decided) -> None:
    """Raises Refusal when somebody is cancelled without a word, or the words cannot be kept."""
    message = decided.message
    reasons = list(reason_objections(message))
    cancels = any(each.choice == CANCEL for each in decided.decisions.values())
    if cancels and not message:
        sentence = N_("Write a message to those whose booking you cancel.")
        reasons.append(Reason("no_message", "message", sentence))
    if reasons:
        raise Refusal(
            [Reason(each.code, "message", each.message, each.values, each.remedy) for each in reasons]
        )


def close(
    owner: Owner, wanted: Wanted, decided: Decided, actor: Actor, now: datetime, repeat: Repeat | None = None
) -> tuple[list[Closure], Done]:
    """Close the owner, once or repeatedly, then make way; inside a deed.

    Raises Refusal for what is wrong with the closure or message.
    """
    require_message(decided)
    revision.lock_all(sorted({*instruments_of(owner), *decided.targets()}))
    made = series.add_closures(owner, wanted, repeat, actor_id=actor.person_id, now=now)
    return made, _make_way(made, decided, actor, now)


def change_and_make_way(
    closure: Closure,
    wanted: Wanted,
    version: int,
    decided: Decided,
    actor: Actor,
    now: datetime,
    scope: str = "this",
) -> Done:
    """Change a closure, with others of its rule as the scope says, then make way where they did not close before;
    inside a deed.
    """
    require_message(decided)
    owner = closures.owner_of(closure)
    revision.lock_all(sorted({*instruments_of(owner), *decided.targets()}))
    together = series.changed_together(closure, wanted, scope, now)
    before = [span(each) for each, anew in together if closes_as_much(each.units, anew.units)]
    for each, anew in together:
        seen = version if each.id == closure.id else each.version
        closures.change_closure(each, anew, version=seen, actor_id=actor.person_id, now=now)
    return _make_way([each for each, _ in together], decided, actor, now, before)


def make_way(closure: Closure, decided: Decided, actor: Actor, now: datetime) -> Done:
    """Decide again on what lies within a closure that stands; inside a deed. Who was told before that theirs stays, and
    where it still lies as it did, is not told again."""
    require_message(decided)
    instruments = instruments_of(closures.owner_of(closure))
    revision.lock_all(sorted({*instruments, *decided.targets()}))
    return _make_way([closure], decided, actor, now, know=_told_before(closure))


def _told_before(closure: Closure) -> set[tuple[int, Pair]]:
    """The reservations whose users know that they lie within it and stay, and when they lay."""
    one = Displacement
    rows = db.session.execute(
        select(one.reservation_id, one.starts_at, one.ends_at).where(
            one.closure_id == closure.id, one.outcome == "kept"
        )
    )
    return {(row.reservation_id, Timespan(row.starts_at, row.ends_at).seconds) for row in rows}


def _make_way(
    closed: Sequence[Closure],
    decided: Decided,
    actor: Actor,
    now: datetime,
    before: Sequence[Pair] = (),
    know: Collection[tuple[int, Pair]] = (),
) -> Done:
    closing = closed_by(closed, before)
    rows = met(closing, now)
    users = actors_by_ids({row.user_id for row in rows}, now)
    _lock_who_moves(rows, users, decided)
    done = Done()
    told: list[Mapping[str, Any]] = []
    stay: list[Way] = []
    for row in rows:
        decision = decided.decisions.get(row.id) or Decision(KEEP, row.version)
        # With several closures in one deed: the first of those that it lies in.
        within = (
            (each, pair)
            for each, pair in zip(closed, closing.spans, strict=True)
            if row.start < pair[1] and pair[0] < row.end
        )
        closure, pair = next(within)
        cause = Cause(closure.id, closure.what, closure.reason, closure.units, pair)
        way = Way(cause, row, decision, decided.message, actor, now)
        became = way.attempt(users.get(row.user_id), done)
        if became is None:
            stay.append(way)
        else:
            told.append(became)
    # What has a place left, now that others went, is not in the way: nothing happened to it.
    without = placeless(closing, now) if stay else set()
    kept = [way for way in stay if way.row.id in without]
    told += [way.keep() for way in kept if (way.row.id, (way.row.start, way.row.end)) not in know]
    if told:
        db.session.execute(insert(Displacement), told)
    done.outcomes = _counted(told) | ({"kept": len(kept)} if kept else {})
    return done


def make_way_for_hours(reservation_ids: Sequence[int], decided: Decided, actor: Actor, now: datetime) -> Done:
    """Do what was decided with those of these reservations that lie outside the published hours; inside a deed.

    Those that are kept stay as they are, and nobody is told: nothing happened to them.
    """
    require_message(decided)
    wanted = {
        number
        for number, each in decided.decisions.items()
        if each.choice == CANCEL or (each.choice == MOVE and each.offer is not None)
    }
    rows = told_by_id([number for number in reservation_ids if number in wanted])
    revision.lock_all(sorted({row.instrument_id for row in rows} | decided.targets()))
    users = actors_by_ids({row.user_id for row in rows}, now)
    _lock_who_moves(rows, users, decided)
    done = Done()
    made = []
    for row in rows:
        if row.user_id not in users:
            continue
        way = Way(OTHER_HOURS, row, decided.decisions[row.id], decided.message, actor, now)
        told = way.attempt(users[row.user_id], done)
        if told is not None:
            made.append(told)
    if made:
        db.session.execute(insert(Displacement), made)
    done.outcomes = _counted(made)
    return done


def _lock_who_moves(rows: Sequence[Row[Any]], users: Mapping[int, Actor], decided: Decided) -> None:
    """Take the locks of all in whose quotas a move will be counted, so that two such deeds meet nobody half-way."""
    known = bookables()
    moved = {
        row.id: (users[row.user_id], known[each.offer.instrument_id])
        for row in rows
        if (each := decided.decisions.get(row.id)) is not None
        and each.offer is not None
        and each.offer.instrument_id in known
        and row.user_id in users
    }
    one = Reservation
    groups = db.session.execute(select(one.id, one.group_id).where(one.id.in_(moved))) if moved else ()
    lock_all_holders(
        (Holders(moved[number][0].person_id, group_id, moved[number][0].institution_id), moved[number][1])
        for number, group_id in groups
    )


def _counted(kept: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in kept:
        found[each["outcome"]] = found.get(each["outcome"], 0) + 1
    return found
