"""Faults of instruments: reported by anyone with an account, answered by the lab, told to those who use it next."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from instruments.availability.hours import STALE
from instruments.availability.models import FaultReport
from instruments.availability.owners import note
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, Stale
from instruments.people.models import Person

LONGEST_WORDS = 1000
LONGEST_NOTE = 300
MOST_OPEN = 20
OPEN, KNOWN, SETTLED = "open", "known", "settled"


def check_report(instrument_id: int, words: str) -> None:
    """Raises Refusal with every reason against a report in these words."""
    if reasons := list(report_objections(instrument_id, words)):
        raise Refusal(reasons)


def report_fault(
    instrument: Instrument, words: str, photo: str, *, actor_id: int, now: datetime
) -> FaultReport:
    """Tell the lab that something is wrong. photo: the name of a picture that was kept, or empty."""
    check_report(instrument.id, words)
    fault = FaultReport(
        instrument_id=instrument.id, reporter_id=actor_id, words=words.strip(), photo=photo, reported_at=now
    )
    db.session.add(fault)
    db.session.flush()
    note(instrument, "fault.reported", {"fault": fault.id}, actor_id, now)
    return fault


def answer_fault(
    fault: FaultReport, state: str, told: str, *, version: int, actor_id: int | None, now: datetime
) -> None:
    """Mark it as known, with a note that the next users read, or settle it.

    Raises Refusal with every reason, Stale when somebody answered since `version`.
    """
    present = db.session.scalar(
        select(FaultReport.version).where(FaultReport.id == fault.id).with_for_update()
    )
    if present != version:
        raise Stale([Reason("stale", None, STALE)])
    if reasons := list(_against_answer(state, told)):
        raise Refusal(reasons)
    fault.state, fault.note = state, told.strip()
    fault.answered_by_id, fault.answered_at = actor_id, now
    fault.version += 1
    db.session.flush()
    note(fault.instrument, f"fault.{state}", {"fault": fault.id, "note": fault.note}, actor_id, now)


def the_fault(fault_id: int) -> FaultReport:
    """The report with this id; raises NotFound."""
    fault = db.session.get(FaultReport, fault_id)
    if fault is None:
        raise no_fault()
    return fault


def no_fault() -> NotFound:
    """The same whether there is none or it is nobody's business."""
    return NotFound([Reason("no_fault", None, N_("There is no such report."))])


def is_shown(fault: FaultReport, person_id: int, *, answers: bool) -> bool:
    """Whether somebody sees the report: the lab, who reported it, and everybody once it is known."""
    return answers or fault.state == KNOWN or fault.reporter_id == person_id


def faults_of(instrument_id: int, limit: int = 100) -> Sequence[Row[Any]]:
    """The reports on an instrument with the names of who reported, those not settled first, newest first."""
    fault = FaultReport
    return db.session.execute(
        select(fault, Person.name_en, Person.name_zh)
        .join(Person, Person.id == fault.reporter_id)
        .where(fault.instrument_id == instrument_id)
        .order_by(fault.state == SETTLED, fault.id.desc())
        .limit(limit)
    ).all()


def told_of(instrument_id: int) -> list[str]:
    """The notes of the lab on what is known to be wrong, newest first."""
    fault = FaultReport
    known = (fault.instrument_id == instrument_id, fault.state == KNOWN)
    return list(
        db.session.scalars(select(fault.note).where(*known).order_by(fault.id.desc()).limit(MOST_OPEN))
    )


def open_on(instrument_id: int) -> int:
    """How many reports on an instrument nobody has answered."""
    return _open(instrument_id)


def open_in(lab_ids: Collection[int]) -> Sequence[Row[Any]]:
    """The instruments of these labs with reports that nobody has answered: (id, name_en, name_zh, count), newest first."""
    thing, fault = Instrument, FaultReport
    return db.session.execute(
        select(thing.id, thing.name_en, thing.name_zh, func.count().label("number"))
        .join(fault, fault.instrument_id == thing.id)
        .where(thing.lab_id.in_(lab_ids), fault.state == OPEN)
        .group_by(thing.id, thing.name_en, thing.name_zh)
        .order_by(func.max(fault.id).desc())
        .limit(MOST_OPEN)
    ).all()


def _open(instrument_id: int) -> int:
    fault = FaultReport
    mine = (fault.instrument_id == instrument_id, fault.state == OPEN)
    return db.session.scalar(select(func.count()).select_from(fault).where(*mine)) or 0


def report_objections(instrument_id: int, words: str) -> Iterator[Reason]:
    """What stands against a report in these words."""
    if not words.strip():
        yield Reason("fault_words", "words", N_("Say what is wrong."))
    if len(words.strip()) > LONGEST_WORDS:
        yield Reason("fault_words", "words", N_("At most 1,000 characters."))
    if _open(instrument_id) >= MOST_OPEN:
        sentence = N_(
            "The lab has many reports on this instrument already and has not answered them. Call it."
        )
        yield Reason("fault_many", None, sentence)


def _against_answer(state: str, told: str) -> Iterator[Reason]:
    if state not in (KNOWN, SETTLED):
        yield Reason("fault_state", "state", N_("Choose known or settled."))
    if state == KNOWN and not told.strip():
        yield Reason("fault_note", "note", N_("Write what the next users should know."))
    if len(told.strip()) > LONGEST_NOTE:
        yield Reason("fault_note", "note", N_("At most 300 characters."))
