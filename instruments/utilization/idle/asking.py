"""Ask a lab why its instruments stood idle, and answer it; inside a deed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.journal.record import record
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, Scope, may
from instruments.utilization.idle_answers import day_at
from instruments.utilization.idle_models import IdleInstrument, IdleQuestion
from instruments.utilization.periods import Period
from instruments.utilization.watching import Watched
from instruments.web.versions import stale

LONGEST = 500
_NOTHING = N_("There is no such question, or none that you may see.")


def ask(actor: Actor, lab: Lab, period: Period, idle: Sequence[Watched], now: datetime) -> int:
    """Ask a lab about its idle instruments of a period that is over; the number of the question.

    Raises Refusal where it was asked already, where nothing stood idle, or while the period runs.
    """
    db.session.execute(select(Lab.id).where(Lab.id == lab.id).with_for_update())
    if reasons := list(_objections(lab, period, idle, now)):
        raise Refusal(reasons)
    question = IdleQuestion(lab_id=lab.id, period=period.code, asked_by_id=actor.person_id, asked_at=now)
    db.session.add(question)
    db.session.flush()
    for each in idle:
        db.session.add(
            IdleInstrument(question_id=question.id, instrument_id=each.instrument_id, may_be=each.reason)
        )
    db.session.flush()
    why = list(dict.fromkeys(each.reason for each in idle))
    _note("idle.asked", question, lab, actor, now, count=len(idle), why=why)
    return question.id


def _objections(lab: Lab, period: Period, idle: Sequence[Watched], now: datetime) -> Iterator[Reason]:
    if period.end > now.date():
        yield Reason("not_over", "period", N_("This period is not over; labs are asked about one that is."))
    asked = select(IdleQuestion.asked_at).where(
        IdleQuestion.lab_id == lab.id, IdleQuestion.period == period.code
    )
    before = db.session.scalar(asked)
    if before is not None:
        sentence = N_("The lab was asked about this period on %(when)s; once is enough.")
        yield Reason("asked", "period", sentence, {"when": day_at(before, lab.zone)})
    if not idle:
        yield Reason("none_idle", None, N_("No instrument of this lab stood idle in this period."))


def the_question(actor: Actor, question_id: int, action: Action = Action.UTILIZATION_SEE) -> IdleQuestion:
    """A question, if the actor may see it, or answer it; NotFound as for none where they may not."""
    found = db.session.get(IdleQuestion, question_id)
    if found is None or not may(actor, action, Scope(found.lab.institution_id, found.lab_id)):
        raise NotFound([Reason("not_found", None, _NOTHING)])
    return found


def instruments_of(question_id: int) -> list[IdleInstrument]:
    """What a lab was asked about."""
    asked = select(IdleInstrument).where(IdleInstrument.question_id == question_id)
    return list(db.session.scalars(asked.order_by(IdleInstrument.instrument_id)))


def answer(
    actor: Actor, question_id: int, version: int | None, answers: Mapping[int, str], now: datetime
) -> int:
    """Answer for some instruments; "" takes an answer back. How many changed. Raises Refusal with every reason."""
    asked = select(IdleQuestion).where(IdleQuestion.id == question_id).with_for_update()
    question = db.session.scalars(asked.execution_options(populate_existing=True)).one()
    if version is not None and question.version != version:
        raise stale()
    rows = {row.instrument_id: row for row in instruments_of(question_id)}
    if reasons := list(_unfit(rows, answers)):
        raise Refusal(reasons)
    changed = [number for number, words in answers.items() if rows[number].answer != words]
    for number in changed:
        row, words = rows[number], answers[number]
        row.answer = words
        row.answered_by_id, row.answered_at = (actor.person_id, now) if words else (None, None)
    if changed:
        question.version += 1
        db.session.flush()
        _note("idle.answered", question, question.lab, actor, now, instruments=changed)
    return len(changed)


def _unfit(rows: Mapping[int, IdleInstrument], answers: Mapping[int, str]) -> Iterator[Reason]:
    for number, words in answers.items():
        name = f"answer-{number}"
        if number not in rows:
            yield Reason("not_asked", name, N_("The lab was not asked about this instrument."))
        elif len(words) > LONGEST:
            yield Reason("too_long", name, N_("At most %(most)s characters."), {"most": LONGEST})
        elif not all(letter.isprintable() or letter in "\n\r\t" for letter in words):
            yield Reason("unreadable", name, N_("This holds characters that cannot be shown."))


def _note(deed: str, question: IdleQuestion, lab: Lab, actor: Actor, now: datetime, **detail: object) -> None:
    record(
        now=now, actor_id=actor.person_id, deed=deed, thing=("lab", lab.id), institution_id=lab.institution_id,
        lab_id=lab.id, detail={"period": question.period, "question": question.id, **detail},
    )  # fmt: skip
