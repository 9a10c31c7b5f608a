"""What came of an instrument year by year: enter it, take it back, and bring it from a file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select

from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, Stale, together
from instruments.journal.record import record
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.typed import whole
from instruments.usage.log_checking import NEW, REFUSED, SAME, instruments_by_name
from instruments.usage.output_models import OUTPUTS, InstrumentOutput
from instruments.usage.words_in_files import KIND_WORDS, kind_written, no_kind

LONGEST_TITLE, LONGEST_REFERENCE, MOST = 300, 200, 10_000
EARLIEST = 1950
WORDS = KIND_WORDS
_TABLE: Any = InstrumentOutput.__table__
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:?\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Output:
    """Something an instrument helped to bring about in a year; number: how many of it; reference: a DOI or number."""

    instrument_id: int
    year: int
    kind: str
    number: int = 1
    title: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CheckedOutput:
    """One row of a file: what would become of it, and everything against it."""

    row: int
    outcome: str
    written: Mapping[str, str]
    reasons: tuple[Reason, ...] = ()
    wanted: Output | None = None


def reference_of(words: str) -> str:
    """A reference as it is kept: a DOI, which knows no capitals, always in one way, however it was written."""
    words = " ".join(words.split())
    doi = _DOI.fullmatch(words)
    return doi.group(1).lower() if doi else words


def objections(wanted: Output, now: datetime) -> list[Reason]:
    """Every reason against it."""
    found = []
    if not EARLIEST <= wanted.year <= now.year + 1:
        sentence = N_("Write a year from %(least)s to %(most)s.")
        found.append(Reason("year", "year", sentence, {"least": str(EARLIEST), "most": str(now.year + 1)}))
    if wanted.kind not in OUTPUTS:
        found.append(Reason("kind", "kind", N_("Choose what it is.")))
    if not 1 <= wanted.number <= MOST:
        sentence = N_("Write a whole number from %(least)s to %(most)s.")
        found.append(Reason("not_within", "number", sentence, {"least": 1, "most": MOST}))
    for name, most in (("title", LONGEST_TITLE), ("reference", LONGEST_REFERENCE)):
        words = getattr(wanted, name)
        if len(words) > most:
            found.append(Reason("too_long", name, N_("At most %(most)s characters."), {"most": most}))
        elif not all(letter.isprintable() for letter in words):
            found.append(Reason("unreadable", name, N_("This holds characters that cannot be shown.")))
    return found


def enter(actor: Actor, wanted: Output, lab: Lab, now: datetime, already: Sequence[Reason] = ()) -> int:
    """Enter it, inside a deed; its number. Raises Refusal with every reason; what has the same reference stands already."""
    found, wanted = objections(wanted, now), replace(wanted, reference=reference_of(wanted.reference))
    if wanted.reference and _same_as(wanted) in _known([wanted]):
        sentence = N_("This reference is entered for the instrument already.")
        found.append(Reason("same", "reference", sentence))
    if reasons := together(already, found):
        raise Refusal(reasons)
    values = {
        name: getattr(wanted, name)
        for name in ("instrument_id", "year", "kind", "number", "title", "reference")
    }
    made = (
        insert(_TABLE).values(**values, entered_by_id=actor.person_id, entered_at=now).returning(_TABLE.c.id)
    )
    number = int(db.session.execute(made).scalar_one())
    _note("output.entered", wanted.instrument_id, lab, actor, now, {**values, "output_id": number})
    return number


def take_back(actor: Actor, number: int, version: int | None, lab: Lab, now: datetime) -> None:
    """Take an entry back, inside a deed; it stays in the journal. Raises NotFound, Stale."""
    row = the_output(number)
    if version is not None and row.version != version:
        sentence = N_("This was changed since you opened it. Look at it again, then decide.")
        raise Stale([Reason("stale", None, sentence)])
    db.session.execute(delete(_TABLE).where(_TABLE.c.id == number))
    told = {name: getattr(row, name) for name in ("year", "kind", "number", "title", "reference")}
    _note("output.taken_back", row.instrument_id, lab, actor, now, {**told, "output_id": number})


def the_output(number: int) -> Any:
    """One entry; raises NotFound."""
    row = db.session.execute(select(_TABLE).where(_TABLE.c.id == number)).first()
    if row is None:
        raise NotFound([Reason("no_output", None, N_("There is no such entry."))])
    return row


def outputs_of(instrument_id: int) -> Sequence[Any]:
    """What came of an instrument, the latest year first."""
    mine = select(_TABLE).where(_TABLE.c.instrument_id == instrument_id)
    return db.session.execute(mine.order_by(_TABLE.c.year.desc(), _TABLE.c.kind, _TABLE.c.id)).all()


def totals_of(instrument_id: int) -> dict[int, int]:
    """How many a year."""
    c = _TABLE.c
    rows = db.session.execute(
        select(c.year, func.sum(c.number)).where(c.instrument_id == instrument_id).group_by(c.year)
    )
    return {year: int(number) for year, number in rows}


def check_outputs(lab: Lab, rows: Sequence[Mapping[str, Any]], now: datetime) -> list[CheckedOutput]:
    """Every row of a file as it would be done now. A constant number of statements."""
    things = instruments_by_name(lab)
    found = [_one(row, things, now) for row in rows]
    known, checked = _known([each.wanted for each in found if each.wanted]), []
    for each in found:
        if each.wanted:
            key = _same_as(each.wanted)
            if key in known:
                each = CheckedOutput(each.row, SAME, each.written)
            known.add(key)
        checked.append(each)
    return checked


def _one(row: Mapping[str, Any], things: Mapping[str, int], now: datetime) -> CheckedOutput:
    written = {
        name: str(row[name]).strip()
        for name in ("instrument", "year", "kind", "number", "title", "reference")
    }
    reasons = []
    thing = things.get(written["instrument"].lower())
    if thing is None:
        reasons.append(Reason("instrument", None, N_("The lab has no instrument of this name or number.")))
    year, number = (_whole(written[name] or default) for name, default in (("year", ""), ("number", "1")))
    kind = kind_written(written["kind"])
    wanted = Output(
        thing or 0,
        year,
        kind or "",
        number,
        written["title"],
        reference_of(written["reference"]),
    )
    if kind is None:
        reasons.append(no_kind(written["kind"]))
    reasons += [each for each in objections(wanted, now) if each.field != "kind"]
    if reasons:
        return CheckedOutput(int(row["row"]), REFUSED, written, tuple(reasons))
    return CheckedOutput(int(row["row"]), NEW, written, (), wanted)


def _whole(text: str) -> int:
    """The whole number that a cell says, 0 where it says none; spreadsheets may write 2026.0."""
    return whole(text.removesuffix(".0"), 8) or 0


def _same_as(row: Any) -> tuple[Any, ...]:
    """What makes two entries the same: their reference, or where none is given all that is said of them."""
    own = (row.reference,) if row.reference else ("", row.year, row.number, row.title)
    return (row.instrument_id, row.kind, *own)


def _known(wanted: Sequence[Output]) -> set[tuple[Any, ...]]:
    """Which of these are entered already. One statement, none for nothing."""
    c = _TABLE.c
    things, references = ({getattr(each, name) for each in wanted} for name in ("instrument_id", "reference"))
    if not things:
        return set()
    rows = db.session.execute(
        select(c.instrument_id, c.kind, c.reference, c.year, c.number, c.title).where(
            c.instrument_id.in_(things), c.reference.in_(references)
        )
    )
    return {_same_as(row) for row in rows}


def _note(
    deed: str, instrument_id: int, lab: Lab, actor: Actor, now: datetime, detail: Mapping[str, Any]
) -> None:
    record(
        now=now, actor_id=actor.person_id, deed=deed, thing=("instrument", instrument_id),
        institution_id=lab.institution_id, lab_id=lab.id, detail=detail,
    )  # fmt: skip
