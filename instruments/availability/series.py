"""Closures that repeat: all of them made at once by one rule, each then a closure like any other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from instruments.availability import closures, repeating
from instruments.availability.closures import Wanted
from instruments.availability.models import Closure
from instruments.availability.owners import Owner, lab_of
from instruments.availability.repeating import Repeat
from instruments.database import db
from instruments.errors import N_, Reason, Refusal, gathered
from instruments.timespan import Pair

SCOPES = ("this", "following", "all")


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


def days_left_out(owner: Owner, wanted: Wanted, repeat: Repeat | None) -> list[date]:
    """The dates of a rule on which nothing is closed, because the clocks skip the time."""
    first = wanted.start.date()
    shifts = [day - first for day in repeating.dates(first, repeat)] if repeat is not None else []
    return [first + shift for shift in shifts if closures.is_skipped(owner, _shifted(wanted, shift))]


def changed_together(
    closure: Closure, wanted: Wanted, scope: str, now: datetime
) -> list[tuple[Closure, Wanted]]:
    """What changes when one closure shall be as wanted, by start: it alone, or with it those of its rule that follow,
    or all that are not over, each at the same times on its own day; but for those of `left_alone`.

    Raises Refusal when the day would move, or an end is not known: the rule says on which days it is closed.
    """
    if scope not in SCOPES:
        raise Refusal([Reason("scope", "scope", N_("Choose which of them change."))])
    if scope == "this" or closure.series is None:
        return [(closure, wanted)]
    zone = ZoneInfo(lab_of(closures.owner_of(closure)).zone)
    if wanted.end is None:
        raise Refusal([Reason("repeat_open", "end", N_("What has no end cannot repeat."))])
    if wanted.start.date() != _wall(closure.starts_at, zone).date():
        sentence = N_("The day stays when several change together; only times, kind and reason change.")
        remedy = N_("Change this one alone, or remove them and close anew.")
        raise Refusal([Reason("repeat_day", "start", sentence, {}, remedy)])
    return [each for each in _meant(closure, wanted, scope, now) if not _stays(closure, *each)]


def left_alone(closure: Closure, wanted: Wanted, scope: str, now: datetime) -> list[Closure]:
    """Those of its rule that stay as they are when it changes so, by start: the clocks skip the time wanted on their day."""
    if scope == "this" or closure.series is None or wanted.end is None:
        return []
    return [each for each, anew in _meant(closure, wanted, scope, now) if _stays(closure, each, anew)]


def _stays(closure: Closure, each: Closure, anew: Wanted) -> bool:
    """Whether there is no such time on the day of another of the rule."""
    return each.id != closure.id and closures.is_skipped(closures.owner_of(each), anew)


def _meant(closure: Closure, wanted: Wanted, scope: str, now: datetime) -> list[tuple[Closure, Wanted]]:
    zone = ZoneInfo(lab_of(closures.owner_of(closure)).zone)
    first = closure.starts_at if scope == "following" else datetime.fromtimestamp(0, zone)
    one = Closure
    rows = db.session.scalars(
        select(one)
        .where(one.series == closure.series, one.starts_at >= first, one.ends_at > now)
        .order_by(one.starts_at)
    )
    return [(each, _on_its_day(each, wanted, zone)) for each in rows]


def _on_its_day(closure: Closure, wanted: Wanted, zone: ZoneInfo) -> Wanted:
    return _shifted(wanted, _wall(closure.starts_at, zone).date() - wanted.start.date())


def _shifted(wanted: Wanted, shift: timedelta) -> Wanted:
    return replace(wanted, start=wanted.start + shift, end=wanted.end and wanted.end + shift)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def following(closure: Closure, now: datetime) -> Sequence[Closure]:
    """Those of the same rule that come after a closure and are not over, by start."""
    if closure.series is None:
        return []
    later = (Closure.series == closure.series, Closure.starts_at > closure.starts_at, Closure.ends_at > now)
    return db.session.scalars(select(Closure).where(*later).order_by(Closure.starts_at)).all()


def _occurrences(
    owner: Owner, wanted: Wanted, repeat: Repeat | None, now: datetime
) -> Iterator[tuple[Wanted, Pair]]:
    reasons: list[Reason] = []
    with gathered(reasons):
        first = closures.span_of(owner, wanted, now)
    if repeat is not None:
        reasons += repeating.objections(wanted.start, wanted.end, repeat)
    if reasons:
        raise Refusal(reasons)
    yield wanted, first
    if repeat is None or wanted.end is None:
        return
    for day in repeating.dates(wanted.start.date(), repeat):
        each = _shifted(wanted, day - wanted.start.date())
        if each != wanted and not closures.is_skipped(owner, each):
            yield each, closures.span_of(owner, each, now)
