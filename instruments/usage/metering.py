"""Take what devices report: loggers, power meters and files of instrument logs; each report counts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Reason
from instruments.usage.allotting import NEW, Told, allot, keep_said
from instruments.usage.attributing import Piece
from instruments.usage.facts import span_objections
from instruments.usage.keeping import SPAN, USE, seconds_of
from instruments.usage.kinds import LAYERS
from instruments.usage.lookup import refuse

LONGEST_KEY = 160
# A clock of a device may run ahead a little.
AHEAD = 300


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

    The same key again changes nothing; with other content it is refused (`key_used`). Reports that overlap or adjoin are one
    run, whatever their order: it is divided among those whose time it covers. What only lies near somebody's time is flagged;
    what belongs to nobody known becomes a use that waits for a person to say who it was.
    """
    revision.lock([wanted.instrument_id])
    if known := repeated(wanted, reporter):
        return known
    told = Told(
        wanted.key, reporter.name, wanted.layer, reporter.grade, reporter.person_id, wanted.institution_id, wanted.group_id
    )  # fmt: skip
    if wanted.reservation_id is not None:
        return [keep_said(wanted.instrument_id, wanted.reservation_id, (wanted.start, wanted.end), told, now)]
    new = Piece(NEW, wanted.start, wanted.end, reporter.name, wanted.user_id)
    return allot(wanted.instrument_id, (wanted.start, wanted.end), now, new, told)


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


def keys_known(keys: Sequence[str], reporter: str) -> set[str]:
    """Those of the keys that were reported before."""
    mine = (SPAN.c.reporter == reporter) & SPAN.c.source_key.in_(keys)
    return set(db.session.scalars(select(SPAN.c.source_key).where(mine)))
