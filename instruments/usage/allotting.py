"""Let each report belong to whose it was, as all that was reported around it shows: uses begin, take over and end by that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, insert, select, update

from instruments.database import db
from instruments.people.customer import Payer, payer_of
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id
from instruments.reservations import ending
from instruments.reservations.bookable import bookable
from instruments.reservations.lookup import reservation_row
from instruments.timespan import Pair, instant
from instruments.usage.attributing import Holder, Part, Piece, allotted, named_key
from instruments.usage.countable import booked, keep_counts
from instruments.usage.customers import bound_at
from instruments.usage.keeping import SPAN, add_span, change_use, make_use, note_use, seconds_of, settled
from instruments.usage.kinds import (
    AFTER_CORRECTION,
    AS_SAID,
    ASSUMED,
    ATTENDED,
    BY_REPORT,
    CONFIRMED,
    NOBODY,
    RESERVATION,
    RUNNING,
    VOID,
    WAITING,
    WALK_UP,
)
from instruments.usage.lookup import use_again, use_of
from instruments.usage.models import UseCorrection
from instruments.usage.noting import note_begun, note_changed
from instruments.usage.reported import Standing, holders, reservation_key, standing
from instruments.usage.setting import rules_of
from instruments.usage.settling import Settled
from instruments.usage.settling_uses import flag_crowded, settle_use

# The number of a piece that is not kept yet.
NEW = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A report that is not kept yet, beside its time. institution_id and group_id: of the user whom it names."""

    key: str
    reporter: str
    layer: str
    grade: str
    recorded_by_id: int
    institution_id: int | None = None
    group_id: int | None = None


@dataclass(slots=True)
class _Work:
    """What is being allotted anew on an instrument, and which uses it touched. made: those that it began; before: the hours of
    the others, as they were known till now."""

    instrument_id: int
    now: datetime
    told: Told | None
    kept: Mapping[int, Standing]
    known: Mapping[str, Holder]
    places: dict[str, int] = field(default_factory=dict)
    runs: dict[tuple[int | None, tuple[str, int]], int] = field(default_factory=dict)
    touched: dict[int, tuple[str, ...]] = field(default_factory=dict)
    lay: list[Pair] = field(default_factory=list)
    fresh: list[int] = field(default_factory=list)
    made: set[int] = field(default_factory=set)
    before: dict[int, Settled] = field(default_factory=dict)


def allot(
    instrument_id: int, around: Pair, now: datetime, new: Piece | None = None, told: Told | None = None
) -> list[int]:
    """Give every report around some time to whose it was, inside a deed that holds the instrument's lock.

    new, told: a report that is not kept yet; the numbers of the uses it belongs to, in order of time.
    """
    kept = {each.piece.number: each for each in standing(instrument_id, around)}
    pieces = [*(each.piece for each in kept.values()), *([new] if new else [])]
    if not pieces:
        return []
    span = min(piece.start for piece in pieces), max(piece.end for piece in pieces)
    known = holders(instrument_id, span, now)
    work = _Work(instrument_id, now, told, kept, {each.key: each for each in known})
    parts = sorted(
        allotted(pieces, known, bookable(instrument_id).capacity), key=lambda part: (part.span, part.piece)
    )
    _name_runs(work, parts)
    by_piece: dict[Piece, list[Part]] = {}
    for part in parts:
        by_piece.setdefault(part.piece, []).append(part)
    for piece, those in by_piece.items():
        _place(work, piece, those)
    _end_empty(work)
    _settle(work)
    return list(dict.fromkeys(work.fresh))


def keep_said(instrument_id: int, reservation_id: int, span: Pair, told: Told, now: datetime) -> int:
    """Keep a report that names its reservation, inside a deed that holds the lock; what others saw of that time follows."""
    work = _Work(instrument_id, now, told, {}, {})
    found = use_of(reservation_id)
    number = found.id if found is not None else begin(work, reservation_id, span)
    part = Part(Piece(NEW, *span), span, reservation_key(reservation_id), AS_SAID, ("", span[0]))
    _keep_new(work, told, number, part, 0)
    _settle(work)
    allot_again(instrument_id, [span], now)
    return number


def _name_runs(work: _Work, parts: Sequence[Part]) -> None:
    """Let what belongs to no reservation stay in the use in which most of it lies, or the oldest: one for each run."""
    taken: set[int] = set()
    for part in parts:
        run = (part.piece.user_id, part.run)
        if part.holder is not None or run in work.runs:
            continue
        lying = sorted(
            {
                work.kept[each.piece.number].use_id
                for each in parts
                if each.holder is None and (each.piece.user_id, each.run) == run and each.piece.number in work.kept
            }
        )  # fmt: skip
        free = [number for number in lying if number not in taken and _is_alone(number, part.piece.user_id)]
        work.runs[run] = free[0] if free else _make(work, part)
        taken.add(work.runs[run])
        if part.piece.user_id is not None:
            work.places[named_key(part.piece.user_id, part.run)] = work.runs[run]


def _is_alone(use_id: int, user_id: int | None) -> bool:
    """Whether a use is of no reservation, and of this user or of nobody."""
    row = use_again(use_id)
    return row.kind == WALK_UP and row.reservation_id is None and row.user_id == user_id


def _make(work: _Work, part: Part) -> int:
    """A use of a run that nobody reserved: of whom the report names, or of nobody until a person says who it was."""
    user_id, now = part.piece.user_id, work.now
    user = None if user_id is None else actor_by_id(user_id, now)
    told = work.told if part.piece.number == NEW else None
    units = (told.institution_id, told.group_id) if told and user_id is not None else _units(user)
    number = make_use(
        now, instrument_id=work.instrument_id, kind=WALK_UP, user_id=user_id, institution_id=units[0], group_id=units[1],
        started_at=instant(part.span[0]), ended_at=instant(part.span[1]), ended_by=BY_REPORT, state=WAITING,
        confirm_by=_deadline(work.instrument_id, part.span[1]), flags=NOBODY if user_id is None else "",
        **bound_at(work.instrument_id, instant(part.span[0]), payer_of(user) if user else Payer()),
    )  # fmt: skip
    _note_reported(work, number)
    return number


def _units(user: Actor | None) -> tuple[int | None, int | None]:
    return (None, None) if user is None else (user.institution_id, user.only_group)


def _note_reported(work: _Work, number: int) -> None:
    work.made.add(number)
    note_begun(number, work.now, *_teller(work))


def _teller(work: _Work) -> tuple[int | None, str | None]:
    """Whose account told what is not kept yet, and under which name."""
    return (work.told.recorded_by_id, work.told.reporter) if work.told else (None, None)


def _remember(work: _Work, use_id: int) -> None:
    """Keep in mind which hours a use had before any of them change."""
    if use_id not in work.made and use_id not in work.before:
        work.before[use_id] = settled(use_id, work.now)


def _deadline(instrument_id: int, ended: int) -> datetime:
    return instant(rules_of(instrument_id).confirm_by(ended))


def _use_for(work: _Work, part: Part) -> int:
    """The use to which a part belongs, begun if there is none yet."""
    if part.holder is None:
        return work.runs[part.piece.user_id, part.run]
    if part.holder not in work.places:
        kind, number = part.holder.split(":")[:2]
        if kind == "use":
            work.places[part.holder] = int(number)
        else:
            found = use_of(int(number))
            work.places[part.holder] = found.id if found is not None else begin(work, int(number), part.span)
    return work.places[part.holder]


def begin(work: _Work, reservation_id: int, span: Pair) -> int:
    """A device is the first to bear witness of a reservation's use."""
    row, now = reservation_row(reservation_id, None), work.now
    over, chosen = row.ends_at <= now or row.state != ending.CONFIRMED, booked(reservation_id)
    number = make_use(
        now, instrument_id=row.instrument_id, reservation_id=row.id, kind=RESERVATION, user_id=row.user_id,
        institution_id=row.institution_id, group_id=row.group_id, reserved_from=row.starts_at,
        reserved_until=row.ends_at, started_at=instant(span[0]), ended_at=instant(span[1]) if over else None,
        ended_by=BY_REPORT if over else None, state=WAITING if over else RUNNING,
        confirm_by=_deadline(row.instrument_id, max(span[1], int(row.ends_at.timestamp()))) if over else None,
        samples=chosen.samples,
    )  # fmt: skip
    keep_counts(number, chosen.counts)
    if over and row.state in (ending.CONFIRMED, ending.NO_SHOW):
        ending.end_as(row, ending.DONE, row.ends_at, now, None, use_id=number)
    _note_reported(work, number)
    return number


def _place(work: _Work, piece: Piece, parts: Sequence[Part]) -> None:
    """Keep a piece as its parts: the first is the piece itself, the others stand beside it under keys of their own."""
    before = work.kept.get(piece.number)
    if before is None:  # then it was told now
        for index, part in enumerate(parts):
            number = _use_for(work, part)
            _keep_new(work, work.told, number, part, index)
            work.fresh.append(number)
        return
    first, *others = parts
    number = _use_for(work, first)
    if (number, first.span, first.why) != (before.use_id, (piece.start, piece.end), before.why):
        values = {
            "use_id": number,
            "attribution": first.why,
            "started_at": instant(first.span[0]),
            "ended_at": instant(first.span[1]),
        }
        _remember(work, before.use_id)
        _remember(work, number)
        if number != before.use_id:
            values["recorded_at"] = _recorded_at(work, number, before.recorded_at)
        db.session.execute(update(SPAN).where(SPAN.c.id == piece.number).values(values))
        _touch(work, before.use_id)
        _arrived(work, number, before.layer)
    for part in others:
        _keep_beside(work, piece.number, part)


def _keep_new(work: _Work, told: Told, use_id: int, part: Part, index: int) -> None:
    _remember(work, use_id)
    key = told.key if index == 0 else f"{told.key}#{index + 1}"
    add_span(
        use_id, told.layer, (instant(part.span[0]), instant(part.span[1])), _recorded_at(work, use_id), grade=told.grade,
        reporter=told.reporter, source_key=key, attribution=part.why, recorded_by_id=told.recorded_by_id,
    )  # fmt: skip
    _arrived(work, use_id, told.layer)


def _keep_beside(work: _Work, span_id: int, part: Part) -> None:
    row = db.session.execute(select(SPAN).where(SPAN.c.id == span_id)).one()
    number, c = _use_for(work, part), SPAN.c
    _remember(work, number)
    more = c.source_key.startswith(f"{row.source_key}#", autoescape=True)
    keys = set(db.session.scalars(select(c.source_key).where(c.reporter == row.reporter, more)))
    place = next(each for each in range(2, len(keys) + 3) if f"{row.source_key}#{each}" not in keys)
    values = {
        name: getattr(row, name) for name in ("layer", "grade", "reporter", "recorded_by_id", "recorded_at")
    }
    values |= {
        "use_id": number, "source_key": f"{row.source_key}#{place}", "attribution": part.why,
        "started_at": instant(part.span[0]), "ended_at": instant(part.span[1]),
        "recorded_at": _recorded_at(work, number, row.recorded_at),
    }  # fmt: skip
    db.session.execute(insert(SPAN).values(values))
    _arrived(work, number, row.layer)


def _arrived(work: _Work, use_id: int, layer: str) -> None:
    """Note that a use has hours that it had not; of a layer that somebody set by hand before, that is flagged."""
    made = UseCorrection
    asked = select(made.id).where(made.use_id == use_id, made.layer == layer).limit(1)
    corrected = db.session.scalar(asked) is not None
    _touch(work, use_id, *([AFTER_CORRECTION] if corrected else []))


def _touch(work: _Work, use_id: int, *flags: str) -> None:
    if use_id not in work.touched:
        work.lay += _outline_of(use_id)
    work.touched[use_id] = (*work.touched.get(use_id, ()), *flags)


def _outline_of(use_id: int) -> list[Pair]:
    row = use_again(use_id)
    return [] if row.ended_at is None else [seconds_of(row.started_at, row.ended_at)]


def _settle(work: _Work) -> None:
    """Bring what was touched up to its spans; and say of it and of what lies beside it where there were more than places."""
    for number, flags in work.touched.items():
        settle_use(number, work.now, *flags)
        if number in work.before:
            note_changed(number, work.before[number], work.now, *_teller(work))
        work.lay += _outline_of(number)
    if work.lay:
        around = min(start for start, _ in work.lay), max(end for _, end in work.lay)
        flag_crowded(work.instrument_id, around, work.now)


def _recorded_at(work: _Work, use_id: int, otherwise: datetime | None = None) -> datetime:
    """When a report came to a use: to one that is confirmed after that, even within the same second, so that it does not count.

    otherwise: when it was recorded, of what only moves to another use.
    """
    row = use_again(use_id)
    if row.state != CONFIRMED:
        return otherwise or work.now
    return max(work.now, instant(int(row.confirmed_at.timestamp()) + 1))


def _end_empty(work: _Work) -> None:
    """What nothing is left of is no use: its reports are of others. A reservation that is over was used as reserved, then."""
    for number in list(work.touched):
        left = db.session.scalar(select(func.count()).select_from(SPAN).where(SPAN.c.use_id == number))
        row = use_again(number)
        if left or row.state not in (WAITING, RUNNING):
            continue
        if row.kind == RESERVATION and row.state == WAITING:
            span = (row.reserved_from, row.reserved_until)
            add_span(number, ATTENDED, span, work.now, grade=ASSUMED, reporter="rule")
            continue
        del work.touched[number]
        change_use(row, work.now, state=VOID)
        note_use(row, "merged", work.now, None)


def allot_again(instrument_id: int, spans: Iterable[Pair], now: datetime) -> None:
    """The same after somebody said who was there over some time: what meters saw of it follows, inside a deed."""
    those: Collection[Pair] = list(spans)
    if those:
        allot(instrument_id, (min(start for start, _ in those), max(end for _, end in those)), now)
