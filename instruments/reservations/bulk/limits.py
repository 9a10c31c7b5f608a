"""Limits for many instruments: what setting some of them, or going by the lab again, would do to each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, select, update

from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import entry, record_many
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable, limits_set
from instruments.reservations.bulk.outcome import Outcome, Step
from instruments.reservations.bulk.selection import Chosen
from instruments.reservations.grid import Grid
from instruments.reservations.held import HELD_UNTIL, STARTS
from instruments.reservations.limits import LIMITS, BookingRules, Limit, objections
from instruments.reservations.models import Reservation, RulesRow
from instruments.reservations.stages import Set, Stage, stages

NOTHING: dict[str, Limit] = dict.fromkeys(LIMITS)
_RULES: Any = RulesRow.__table__


@dataclass(frozen=True)
class SetLimits:
    """These limits are set (name and value); what is not among them stays as it is with each instrument."""

    limits: tuple[tuple[str, Limit], ...]

    def over(self, own: Mapping[str, Limit]) -> dict[str, Limit]:
        """What an instrument sets itself after it."""
        return {**own, **dict(self.limits)}


@dataclass(frozen=True)
class LimitsAsLab:
    """What the instruments set themselves is given up; limits for certain dates stay."""

    def over(self, own: Mapping[str, Limit]) -> dict[str, Limit]:
        """What an instrument sets itself after it."""
        return dict(NOTHING)


LimitsChange = SetLimits | LimitsAsLab


def outcome(
    change: LimitsChange, things: Mapping[int, Chosen], known: Mapping[int, Bookable], now: datetime
) -> Outcome:
    """What the change does to these instruments. A constant number of statements.

    Raises Refusal for limits that suit none of them.
    """
    _refuse_limits(change)
    sets, none = limits_set(), Set()
    refused, same = {}, []
    changed: dict[int, Step] = {}
    will_be: dict[int, _Rules] = {}
    judged = _Judged()
    for number, thing in things.items():
        lab, own = sets.get(("lab", thing.lab_id), none), sets.get(("instrument", number), none)
        before, after = {**NOTHING, **own.own}, change.over({**NOTHING, **own.own})
        if before == after:
            same.append(number)
            continue
        reason, will_be[number] = judged.of(lab, Set(after, own.dated), known[number])
        if reason:
            refused[number] = reason
        else:
            changed[number] = (_told(before, after), _told(after, before))

    touched = [
        one.id for one in _coming(list(changed), now) if _breaks(one, known[one.instrument_id], will_be)
    ]
    return Outcome(changed, refused, same, touched)


def carry_out(actor: Actor, change: LimitsChange, things: Mapping[int, Chosen], now: datetime) -> None:
    """Change them all, in a few statements."""
    own = _own_rows(list(things))
    fresh, kept, entries = [], [], []
    for number, thing in things.items():
        version, before = own.get(number, (0, NOTHING))
        after = change.over(before)
        row = {"number": number, **{f"new_{name}": after[name] for name in LIMITS}}
        if version:
            kept.append(row)
        else:
            fresh.append({"lab_id": None, "instrument_id": number, "version": 1, **after})
        detail = {name: [before[name], after[name]] for name in LIMITS if before[name] != after[name]}
        entries.append(
            entry(
                now=now, actor_id=actor.person_id, deed="rules.changed", thing=("instrument", number),
                institution_id=thing.institution_id, lab_id=thing.lab_id, detail=detail,
            )
        )  # fmt: skip
    if fresh:
        db.session.execute(insert(_RULES), fresh)
    if kept:
        values = {name: bindparam(f"new_{name}") for name in LIMITS}
        changing = update(_RULES).where(_RULES.c.instrument_id == bindparam("number"))
        db.session.connection().execute(changing.values(version=_RULES.c.version + 1, **values), kept)
    record_many(entries)


def _own_rows(numbers: Sequence[int]) -> dict[int, tuple[int, dict[str, Limit]]]:
    dialect = db.engine.dialect.name
    columns = [getattr(RulesRow, name) for name in LIMITS]
    rows = db.session.execute(
        select(RulesRow.instrument_id, RulesRow.version, *columns).where(
            among(RulesRow.instrument_id, dialect)
        ),
        {"numbers": as_parameter(numbers, dialect)},
    )
    return {row[0]: (row[1], dict(zip(LIMITS, row[2:], strict=True))) for row in rows}


def _refuse_limits(change: LimitsChange) -> None:
    if isinstance(change, LimitsAsLab):
        return
    if not change.limits:
        sentence = N_("Nothing is set. Fill in at least one limit.")
        raise Refusal([Reason("nothing_set", None, sentence)])
    # What is wrong with a value alone is wrong for all; what contradicts the others' is said of each instrument.
    wrong = [
        reason
        for reason in objections({**NOTHING, **dict(change.limits)}, BookingRules())
        if reason.code in ("limit_out_of_bounds", "not_a_choice", "grid_uneven")
    ]
    if wrong:
        raise Refusal(wrong)


def _told(one: Mapping[str, Limit], other: Mapping[str, Limit]) -> str:
    """What one sets where the two differ: "grid_minutes=30 longest_minutes=" (empty: as the lab)."""
    return " ".join(
        f"{name}={'' if one[name] is None else one[name]}" for name in LIMITS if one[name] != other[name]
    )


class Coming(NamedTuple):
    """A reservation that is still to begin, in UTC seconds."""

    id: int
    instrument_id: int
    start: int
    end: int


def _coming(instrument_ids: Collection[int], now: datetime) -> Sequence[Coming]:
    """The live reservations of these instruments that are still to begin, by start. One statement."""
    if not instrument_ids:
        return []
    one, dialect = Reservation, db.engine.dialect.name
    rows = db.session.execute(
        select(one.id, one.instrument_id, STARTS, HELD_UNTIL)
        .where(among(one.instrument_id, dialect), one.live, int(now.timestamp()) < STARTS)
        .order_by(STARTS, one.id),
        {"numbers": as_parameter(instrument_ids, dialect)},
    )
    return [Coming(*row) for row in rows]


def _breaks(one: Coming, thing: Bookable, will_be: Mapping[int, _Rules]) -> bool:
    """Whether a reservation that keeps to the limits would no longer."""
    zone = thing.calendar.zone
    return not will_be[thing.id].fit(one, zone) and _fit(thing.rules_at(one.start), one, zone)


class _Rules:
    """The limits that will hold for one instrument, or for many that set the same."""

    def __init__(self, always: BookingRules, turns: tuple[Stage, ...]) -> None:
        self._always, self._turns = always, turns

    def fit(self, one: Coming, zone: Any) -> bool:
        for turn in self._turns:
            if turn.first <= one.start < turn.last:
                return _fit(turn.rules, one, zone)
        return _fit(self._always, one, zone)


def _fit(rules: BookingRules, one: Coming, zone: Any) -> bool:
    """Whether a reservation has a length and ends that may be booked."""
    grid = Grid(zone, rules.grid_minutes)
    right = rules.shortest <= one.end - one.start <= rules.longest
    return right and grid.fits(one.start) and grid.fits(one.end)


class _Judged:
    """What would hold with a set of limits, and why it cannot stand: worked out once for all that set the same."""

    def __init__(self) -> None:
        self._seen: dict[tuple[object, ...], tuple[Reason | None, _Rules]] = {}

    def of(self, lab: Set, own: Set, thing: Bookable) -> tuple[Reason | None, _Rules]:
        key = (id(lab), tuple(own.own.values()), id(own.dated) if own.dated else 0, thing.calendar.zone)
        found = self._seen.get(key)
        if found is None:
            defaults = lab.over(BookingRules(), None)
            wrong = objections(own.own, defaults)
            rules = _Rules(defaults.replaced_by(own.own), stages((lab, own), thing.calendar.zone))
            found = self._seen[key] = (wrong[0] if wrong else None, rules)
        return found
