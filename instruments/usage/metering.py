"""Take what devices report: loggers, power meters and files of instrument logs; each report counts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Reason
from instruments.people.customer import Payer, payer_of
from instruments.people.signing import actor_by_id
from instruments.reservations import ending
from instruments.reservations.bookable import bookable
from instruments.reservations.lookup import reservation_row
from instruments.reservations.models import LONGEST_SECONDS, Reservation
from instruments.timespan import Pair, instant
from instruments.usage.countable import booked, keep_counts
from instruments.usage.customers import bound_at
from instruments.usage.facts import span_objections
from instruments.usage.finishing import is_crowded
from instruments.usage.keeping import (
    SPAN,
    USE,
    add_span,
    change_use,
    flags_with,
    make_use,
    note_use,
    outline,
    seconds_of,
    settled,
)
from instruments.usage.kinds import (
    AFTER_CORRECTION,
    BY_REPORT,
    CONFIRMED,
    LATE,
    LAYERS,
    MORE_THAN_THERE_IS,
    NOBODY,
    RESERVATION,
    RUNNING,
    VOID,
    WAITING,
    WALK_UP,
)
from instruments.usage.lookup import refuse, use_again, use_of
from instruments.usage.models import UseCorrection
from instruments.usage.setting import rules_of
from instruments.usage.settling import NEAR, Holder, attributed

LONGEST_KEY = 160
# A clock of a device may run ahead a little.
AHEAD = 300
LONGEST = 31 * 86_400
_R: Any = Reservation.__table__
_STARTS, _ENDS = (type_coerce(_R.c[name], BigInteger) for name in ("starts_at", "ends_at"))
_FIRST, _LAST = (type_coerce(USE.c[name], BigInteger) for name in ("started_at", "ended_at"))


@dataclass(frozen=True, slots=True)
class Metered:
    """One report: which layer an instrument was in, from when to when, in UTC seconds.

    key: by which the reporter repeats it; reservation_id: whose it is, where the reporter knows; user_id: who used it,
    where that is known; institution_id and group_id: the user's unit.
    """

    instrument_id: int
    start: int
    end: int
    layer: str
    key: str
    reservation_id: int | None = None
    user_id: int | None = None
    institution_id: int | None = None
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who bears witness: the name under which keys are told apart, the grade of the evidence, and whose account it is."""

    name: str
    grade: str
    person_id: int
    institution_id: int | None


def objections(wanted: Metered, now: datetime) -> list[Reason]:
    """Every reason against a report, whatever is known of the instrument's uses."""
    found = list(span_objections((wanted.start, wanted.end), int(now.timestamp()) + AHEAD))
    if wanted.layer not in LAYERS:
        found.append(Reason("layer", "layer", N_("This is none of the layers of a use.")))
    if not wanted.key or len(wanted.key) > LONGEST_KEY or not wanted.key.isprintable():
        sentence = N_("Name the report by a key of at most %(most)s readable characters.")
        found.append(Reason("key", "key", sentence, {"most": LONGEST_KEY}))
    return found


def take(wanted: Metered, reporter: Reporter, now: datetime) -> list[int]:
    """Keep a report, inside a deed; the numbers of the uses it belongs to, in order of time.

    The same key again changes nothing; with other content it is refused (`key_used`). A report that covers several
    reservations is divided among them. What belongs to nobody known becomes a use that waits for a person to say whose.
    """
    revision.lock([wanted.instrument_id])
    if known := repeated(wanted, reporter):
        return known
    parts = _parts(wanted)
    numbers = []
    for index, (holder, span) in enumerate(parts):
        key = wanted.key if index == 0 else f"{wanted.key}#{index + 1}"
        number = _use_for(holder, span, wanted, reporter, now)
        _add(number, span, key, wanted, reporter, now)
        numbers.append(number)
    return list(dict.fromkeys(numbers))


def repeated(wanted: Metered, reporter: Reporter) -> list[int]:
    """The uses of a report that was taken before; none for a new one. Raises Refusal when it said something else."""
    mine = (SPAN.c.reporter == reporter.name) & (
        (SPAN.c.source_key == wanted.key) | SPAN.c.source_key.startswith(f"{wanted.key}#", autoescape=True)
    )
    rows = db.session.execute(
        select(SPAN.c.use_id, SPAN.c.layer, SPAN.c.started_at, SPAN.c.ended_at, USE.c.instrument_id)
        .join(USE, USE.c.id == SPAN.c.use_id)
        .where(mine)
        .order_by(SPAN.c.started_at)
    ).all()
    if not rows:
        return []
    said = (rows[0].instrument_id, rows[0].layer, *seconds_of(rows[0].started_at, rows[-1].ended_at))
    if said != (wanted.instrument_id, wanted.layer, wanted.start, wanted.end):
        remedy = N_("Send other hours under another key; wrong ones are corrected by the lab.")
        raise refuse("key_used", N_("This key stands for another report."), remedy, field="key")
    return list(dict.fromkeys(row.use_id for row in rows))


def _parts(wanted: Metered) -> list[tuple[int, Pair]]:
    span = (wanted.start, wanted.end)
    if wanted.reservation_id is not None:
        return [(wanted.reservation_id, span)]
    holders = _holders(wanted)
    # Where several people use it at once, a device does not know whose time it sees.
    if bookable(wanted.instrument_id).capacity > 1 and len(holders) > 1:
        return [(0, span)]
    return attributed(span, holders)


def _holders(wanted: Metered) -> list[Holder]:
    """The reservations around a report that stand or stood, and those of the user where one is named."""
    mine = [] if wanted.user_id is None else [_R.c.user_id == wanted.user_id]
    rows = db.session.execute(
        select(_R.c.id, _STARTS, _ENDS)
        .where(
            _R.c.instrument_id == wanted.instrument_id,
            _R.c.state.in_((ending.CONFIRMED, *ending.ENDED)),
            wanted.start - LONGEST_SECONDS - NEAR < _STARTS, wanted.end + NEAR > _STARTS, wanted.start - NEAR < _ENDS,
            *mine,
        )
        .order_by(_STARTS)
    )  # fmt: skip
    return [Holder(*row) for row in rows]


def _use_for(holder: int, span: Pair, wanted: Metered, reporter: Reporter, now: datetime) -> int:
    """The use that a part of a report belongs to, made if there is none yet."""
    if holder:
        found = use_of(holder)
        return found.id if found is not None else _begin(holder, span, reporter, now)
    if (number := _walk_up_over(span, wanted)) is not None:
        return number
    nobody = wanted.user_id is None
    user = None if wanted.user_id is None else actor_by_id(wanted.user_id, now)
    number = make_use(
        now, instrument_id=wanted.instrument_id, kind=WALK_UP,
        user_id=reporter.person_id if wanted.user_id is None else wanted.user_id,
        institution_id=reporter.institution_id if nobody else wanted.institution_id, group_id=wanted.group_id,
        started_at=instant(span[0]), ended_at=instant(span[1]), ended_by=BY_REPORT, state=WAITING,
        confirm_by=_deadline(wanted.instrument_id, span[1]), flags=NOBODY if nobody else "",
        **bound_at(wanted.instrument_id, instant(span[0]), payer_of(user) if user else Payer()),
    )  # fmt: skip
    note_use(use_again(number), "reported", now, reporter.person_id, reporter=reporter.name)
    return number


def _walk_up_over(span: Pair, wanted: Metered) -> int | None:
    """A use without reservation that lies around the span, and whose user is the one named, if one is."""
    mine = [] if wanted.user_id is None else [USE.c.user_id == wanted.user_id]
    return db.session.scalar(
        select(USE.c.id)
        .where(
            USE.c.instrument_id == wanted.instrument_id, USE.c.state != VOID, USE.c.kind == WALK_UP,
            span[0] - LONGEST < _FIRST, span[1] > _FIRST, USE.c.ended_at.is_(None) | (span[0] < _LAST), *mine,
        )
        .order_by(USE.c.started_at)
        .limit(1)
    )  # fmt: skip


def _begin(reservation_id: int, span: Pair, reporter: Reporter, now: datetime) -> int:
    """A device is the first to bear witness of a reservation's use."""
    row = reservation_row(reservation_id, None)
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
    note_use(use_again(number), "reported", now, reporter.person_id, reporter=reporter.name)
    return number


def _deadline(instrument_id: int, ended: int) -> datetime:
    return instant(rules_of(instrument_id).confirm_by(ended))


def _add(number: int, span: Pair, key: str, wanted: Metered, reporter: Reporter, now: datetime) -> None:
    row = use_again(number)
    recorded = now
    if row.state == CONFIRMED:
        # What comes after the confirmation does not count, even if it comes in the same second.
        recorded = max(now, instant(int(row.confirmed_at.timestamp()) + 1))
    add_span(
        number, wanted.layer, (instant(span[0]), instant(span[1])), recorded, grade=reporter.grade,
        reporter=reporter.name, source_key=key, recorded_by_id=reporter.person_id,
    )  # fmt: skip
    settle_use(number, now, LATE if row.state == CONFIRMED else "", _corrected(number, wanted.layer))


def settle_use(number: int, now: datetime, *flags: str) -> None:
    """Bring a use up to what its spans say by now: from when to when it lasted, and what speaks against it."""
    row = use_again(number)
    more = [flag for flag in flags if flag]
    if row.state == CONFIRMED:
        change_use(row, now, flags=" ".join(dict.fromkeys([*row.flags.split(), *more])))
        return
    found = settled(number, now)
    span = outline(found, (int(row.started_at.timestamp()), int((row.ended_at or now).timestamp())))
    if row.state == RUNNING:
        change_use(row, now, started_at=span["started_at"], flags=flags_with(row, found, *more))
        return
    if is_crowded(row.instrument_id, seconds_of(span["started_at"], span["ended_at"]), row.id):
        more.append(MORE_THAN_THERE_IS)
    change_use(row, now, **span, flags=flags_with(row, found, *more))


def _corrected(number: int, layer: str) -> str:
    """The flag of a report of hours that somebody set by hand before."""
    made = UseCorrection
    found = db.session.scalar(select(made.id).where(made.use_id == number, made.layer == layer).limit(1))
    return AFTER_CORRECTION if found else ""


def keys_known(keys: Sequence[str], reporter: str) -> set[str]:
    """Those of the keys that were reported before."""
    mine = (SPAN.c.reporter == reporter) & SPAN.c.source_key.in_(keys)
    return set(db.session.scalars(select(SPAN.c.source_key).where(mine)))
