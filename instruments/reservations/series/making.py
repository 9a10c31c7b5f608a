"""Book a series: all that was decided, in one deed under one lock, or nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Reason, Refusal, Taken
from instruments.journal.record import record
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable, bookable, remembered
from instruments.reservations.booking import Booked, asking_of, check, enter, require_booker
from instruments.reservations.fixes import is_time
from instruments.reservations.paying.binding import lock_payers
from instruments.reservations.series.planning import (
    SeriesRequest,
    chosen_span,
    clocks_skip_it,
    dates_of,
    is_wanted,
)
from instruments.reservations.series_models import Series, SeriesOccurrence
from instruments.reservations.within_quotas import lock_holders
from instruments.timespan import Pair, Timespan

TURNED_AROUND = Reason("end_before_start", "end", N_("The end does not come after the start."))
OF_WORDS = frozenset({"reason", "message", "purpose", "title", "override", "second_person"})
_SERIES: Any = Series.__table__
_OCCURRENCE: Any = SeriesOccurrence.__table__


class Made(NamedTuple):
    """A series that was just booked: its number, and its reservations by place."""

    id: int
    booked: dict[int, Booked]

    @property
    def asks(self) -> bool:
        """Whether the lab is asked for any of it."""
        return any(each.state == "requested" for each in self.booked.values())


def book_series(actor: Actor, user: Actor, wanted: SeriesRequest, now: datetime) -> Made:
    """Book every date that is wanted, inside a deed; each is judged with those before it in the database.

    Raises as `booking.book`; where any date cannot be had, a Refusal with the reasons of all that cannot, and the
    deed is undone as a whole.
    """
    require_booker(actor, user, wanted.booking)
    thing = _lock(actor, user, wanted)
    times = _times(user, wanted, thing)
    series_id = _insert(actor, user, wanted, now)
    made: dict[int, Booked] = {}
    refused: list[tuple[Pair, Refusal]] = []
    for position, span in times:
        request = wanted.at(span)
        try:
            with db.session.begin_nested():
                judged = check(actor, user, request, now)
                made[position] = enter(actor, user, request, judged, now, series_id)
        except Refusal as refusal:
            if refusal.status not in (409, 422):
                raise
            refused.append((span, refusal))
    if refused:
        raise refusal_of(refused, thing)
    rows = [
        {"reservation_id": each.id, "series_id": series_id, "position": place} for place, each in made.items()
    ]
    db.session.execute(insert(_OCCURRENCE), rows)
    done = Made(series_id, made)
    _note(actor, user, thing, done, now)
    return done


def _lock(actor: Actor, user: Actor, wanted: SeriesRequest) -> Bookable:
    """The instrument, once its lock and those of whoever holds quotas are taken."""
    known = remembered(wanted.booking.instrument_id)
    asking = asking_of(actor, user, wanted.booking)
    revision.lock([known.id])
    lock_holders(asking, known)
    lock_payers(wanted.booking.payment)
    thing = bookable(known.id)
    if thing.quotas != known.quotas:
        lock_holders(asking, thing)
    return thing


def _times(user: Actor, wanted: SeriesRequest, thing: Bookable) -> list[tuple[int, Pair]]:
    found: list[tuple[int, Pair]] = []
    skipped: list[Reason] = []  # by the clocks, or turned around
    for each in dates_of(user, wanted, thing):
        if not is_wanted(each, wanted):
            continue
        span = chosen_span(each, wanted)
        if span is None or span[0] >= span[1]:
            skipped.append(_on(clocks_skip_it() if span is None else TURNED_AROUND, each.day, thing))
        else:
            found.append((each.position, span))
    if skipped:
        raise Refusal(skipped)
    if not found:
        sentence = N_("Every date is left out, so there is nothing to book.")
        raise Refusal([Reason("repeat_nothing", None, sentence, {}, N_("Choose at least one."))])
    return found


def refusal_of(refused: Sequence[tuple[Pair, Refusal]], thing: Bookable) -> Refusal:
    """One refusal for those of several times, each reason with its time; Taken where all of them are.

    What is wrong with the words stands against all of them and is said once.
    """
    said = {
        reason.field: reason
        for _, refusal in refused
        for reason in refusal.reasons
        if reason.field in OF_WORDS
    }
    timed = [
        _on(reason, Timespan.from_seconds(*span), thing)
        for span, refusal in refused
        for reason in refusal.reasons
        if reason.field not in OF_WORDS
    ]
    reasons = [*said.values(), *timed]
    kind = Taken if all(reason.code in ("taken", "buffer") for reason in reasons) else Refusal
    return kind(reasons)


def _on(reason: Reason, when: object, thing: Bookable) -> Reason:
    """The reason with the date that it is about."""
    values = {**reason.values, "zone": thing.calendar.zone.key, "occurrence": when, "message": reason}
    sentence = N_("%(occurrence)s: %(message)s")
    fix = {} if is_time(reason) else reason.fix
    return Reason(reason.code, "occurrences", sentence, values, reason.remedy, fix)


def _insert(actor: Actor, user: Actor, wanted: SeriesRequest, now: datetime) -> int:
    rule = wanted.rule
    weekly = "" if rule.every == "month" else " ".join(str(day) for day in sorted(rule.comes_on))
    values = {
        "instrument_id": wanted.booking.instrument_id, "user_id": user.person_id, "booker_id": actor.person_id,
        "institution_id": user.institution_id, "group_id": wanted.booking.group_id,
        "first_day": rule.first, "starts": rule.starts.isoformat(), "ends": rule.ends.isoformat(),
        "nights": rule.nights, "every": rule.every, "weekdays": weekly, "until": rule.until, "times": rule.times,
        "skips_holidays": rule.skips_holidays, "created_at": now,
    }  # fmt: skip
    return int(db.session.execute(insert(_SERIES).values(values).returning(_SERIES.c.id)).scalar_one())


def _note(actor: Actor, user: Actor, thing: Bookable, made: Made, now: datetime) -> None:
    first = min(made.booked.values(), key=lambda each: each.starts_at)
    record(
        now=now,
        actor_id=actor.person_id,
        deed="series.requested" if made.asks else "series.created",
        thing=("series", made.id),
        institution_id=thing.institution_id,
        lab_id=thing.lab_id,
        detail={
            "instrument_id": thing.id,
            "user_id": user.person_id,
            "booker_id": actor.person_id,
            "count": len(made.booked),
            "start": int(first.starts_at.timestamp()),
            "end": int(first.ends_at.timestamp()),
        },
    )
