"""Closures that repeat: all of them made at once by one rule, each then a closure like any other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from instruments.availability import closures, repeating
from instruments.availability.closures import Wanted
from instruments.availability.models import Closure
from instruments.availability.owners import Owner
from instruments.availability.repeating import Repeat
from instruments.database import db
from instruments.errors import Refusal
from instruments.timespan import Pair


def spans_of(owner: Owner, wanted: Wanted, repeat: Repeat | None, now: datetime) -> list[Pair]:
    """What would be closed, in UTC seconds, by start. Raises Refusal with every reason."""
    return [span for _, span in _occurrences(owner, wanted, repeat, now)]


def add_closures(
    owner: Owner, wanted: Wanted, repeat: Repeat | None, *, actor_id: int | None, now: datetime
) -> list[Closure]:
    """Close the owner once, or each time that the rule says, at the same times on the wall whatever the clocks do.

    A time that the clocks skip is left out. Raises Refusal with every reason.
    """
    made = [
        closures.add_closure(owner, each, actor_id=actor_id, now=now)
        for each, _ in list(_occurrences(owner, wanted, repeat, now))
    ]
    if repeat is not None:
        rule = repeating.as_rule(wanted.start.date(), repeat)
        for closure in made:
            closure.series, closure.rule = made[0].id, rule
        db.session.flush()
    return made


def following(closure: Closure, now: datetime) -> Sequence[Closure]:
    """Those of the same rule that come after a closure and are not over, by start."""
    if closure.series is None:
        return []
    later = (Closure.series == closure.series, Closure.starts_at > closure.starts_at, Closure.ends_at > now)
    return db.session.scalars(select(Closure).where(*later).order_by(Closure.starts_at)).all()


def _occurrences(
    owner: Owner, wanted: Wanted, repeat: Repeat | None, now: datetime
) -> Iterator[tuple[Wanted, Pair]]:
    first = closures.span_of(owner, wanted, now)
    yield wanted, first
    if repeat is None:
        return
    reasons = list(repeating.objections(wanted.start, wanted.end, repeat))
    if reasons or wanted.end is None:
        raise Refusal(reasons)
    for day in repeating.dates(wanted.start.date(), repeat):
        shift = day - wanted.start.date()
        each = replace(wanted, start=wanted.start + shift, end=wanted.end + shift)
        if shift:
            try:
                yield each, closures.span_of(owner, each, now)
            except Refusal as refusal:
                if any(reason.code != "closure_skipped" for reason in refusal.reasons):
                    raise
