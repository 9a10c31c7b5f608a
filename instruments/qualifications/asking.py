"""Ask for a qualification or the safety admission, and answer: appoint the training, grant, or decline with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, select, update

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal, Stale
from instruments.journal.record import record
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope, may
from instruments.qualifications.models import (
    LEVEL_CODES,
    WAITING,
    Qualification,
    QualificationRequest,
    QualifiedTechnique,
    TechniqueInstrument,
)
from instruments.qualifications.subjects import lock_people
from instruments.qualifications.words import why_objections

One = QualificationRequest


def ask_for_level(
    actor: Actor, instrument_id: int, level: str, words: str, now: datetime
) -> QualificationRequest:
    """Ask the lab of an instrument for a level on it, inside a deed; asked again, it is the same request.

    Raises NotFound, or Refusal.
    """
    thing = db.session.get(Instrument, instrument_id)
    if thing is None:
        raise NotFound([Reason("no_instrument", None, N_("There is no such instrument."))])
    if level not in LEVEL_CODES:
        raise Refusal([Reason("level", "level", N_("Choose one of these."))])
    mine = (One.instrument_id == thing.id) & One.renews_id.is_(None)
    values = {
        "institution_id": thing.institution_id,
        "lab_id": thing.lab_id,
        "instrument_id": thing.id,
        "level": level,
    }
    return _ask(actor, mine, values, words, now)


def ask_to_renew(actor: Actor, number: int, words: str, now: datetime) -> QualificationRequest:
    """Ask that one's own qualification lasts longer, at its level, inside a deed; asked again, it is the same request.

    Raises NotFound, or Refusal.
    """
    held = db.session.get(Qualification, number)
    if held is None or held.person_id != actor.person_id:
        raise NotFound([Reason("no_qualification", None, N_("There is no such qualification."))])
    if held.revoked_at is not None:
        remedy = N_("Ask for a new one where you book.")
        raise Refusal([Reason("revoked", "renews_id", N_("This was taken back already."), {}, remedy)])
    if held.expires_on is None:
        raise Refusal(
            [Reason("for_good", "renews_id", N_("This holds for good: there is nothing to renew."))]
        )
    thing = _answered_through(held)
    if thing is None:
        sentence = N_("No instrument belongs to this technique now, so nobody could answer.")
        raise Refusal([Reason("no_instrument", "renews_id", sentence)])
    values = {
        "institution_id": thing.institution_id,
        "lab_id": thing.lab_id,
        "instrument_id": thing.id,
        "renews_id": held.id,
        "level": held.level,
    }
    return _ask(actor, One.renews_id == held.id, values, words, now)


def _answered_through(held: Qualification) -> Instrument | None:
    """The instrument whose lab answers: its own, or one of the technique, those of the lab that has it first."""
    if held.instrument_id is not None:
        return held.instrument
    part, technique, thing = TechniqueInstrument, QualifiedTechnique, Instrument
    return db.session.scalar(
        select(thing)
        .join(part, part.instrument_id == thing.id)
        .join(technique, technique.id == part.technique_id)
        .where(technique.id == held.technique_id)
        .order_by(case((thing.lab_id == technique.lab_id, 0), else_=1), thing.status == "retired", thing.id)
        .limit(1)
    )


def ask_for_admission(actor: Actor, institution_id: int, words: str, now: datetime) -> QualificationRequest:
    """Ask an institution for its safety admission, inside a deed. Raises NotFound, or Refusal."""
    if db.session.get(Institution, institution_id) is None:
        raise NotFound([Reason("no_institution", None, N_("There is no such institution."))])
    mine = One.instrument_id.is_(None) & (One.institution_id == institution_id)
    return _ask(actor, mine, {"institution_id": institution_id}, words, now)


def _ask(
    actor: Actor, mine: ColumnElement[bool], values: dict[str, Any], words: str, now: datetime
) -> QualificationRequest:
    said = words.strip()
    if reasons := list(why_objections(said, "words")):
        raise Refusal(reasons)
    lock_people([actor.person_id])
    row = db.session.scalar(select(One).where(One.person_id == actor.person_id, One.state.in_(WAITING), mine))
    if row is None:
        row = One(person_id=actor.person_id, asked_at=now, state="open", words=said, version=1, **values)
        db.session.add(row)
    elif (row.level, said or row.words) == (values.get("level"), row.words):
        return row
    else:
        row.level, row.words, row.asked_at = values.get("level"), said or row.words, now
        row.version += 1
    db.session.flush()
    _note(row, "asked", actor.person_id, now)
    return row


def may_answer(actor: Actor, row: Any) -> bool:
    """Whether the actor answers a request: the staff of its lab, or who grants the admission; never their own."""
    action = Action.ADMISSION_GRANT if row.lab_id is None else Action.QUALIFICATION_GRANT
    return may(actor, action, Scope(row.institution_id, row.lab_id, person_ids=frozenset({row.person_id})))


def require_answerer(actor: Actor, row: Any) -> None:
    """Raises Forbidden for who asked; others who may not answer it do not see it."""
    if not may_answer(actor, row):
        raise Forbidden([Reason("own_request", None, N_("Nobody answers their own request."))])


def the_request(actor: Actor, number: int) -> QualificationRequest:
    """One request, for who asks and who answers; NotFound for everybody else."""
    row = db.session.get(One, number)
    if row is None or not (row.person_id == actor.person_id or may_answer(actor, row)):
        raise NotFound(
            [
                Reason(
                    "no_request",
                    None,
                    N_("There is no such request for a qualification, or it is not yours to see."),
                )
            ]
        )
    return row


def answer(
    actor: Actor, number: int, decision: str, message: str, version: int | None, now: datetime
) -> QualificationRequest:
    """Appoint the training (`invited`), or say that it was `granted` or `declined`, inside a deed.

    Granting itself is `granting.grant` or `admitting.admit`, in the same deed. Raises NotFound, Forbidden, Stale, or
    Refusal.
    """
    row = the_request(actor, number)
    require_answerer(actor, row)
    if (
        decision == "granted" and row.renews_id is not None
    ):  # before the request, as whoever renews it from the list
        db.session.execute(
            select(Qualification.id).where(Qualification.id == row.renews_id).with_for_update()
        )
    _require_open(row, version)
    said = message.strip()
    reasons = list(why_objections(said, "message"))
    if decision == "declined" and not said:
        remedy = N_("A few words are enough; who asked reads them.")
        reasons.append(Reason("no_reason", "message", N_("Say why you decline."), {}, remedy))
    if decision == "invited" and not said:
        remedy = N_("Who asked reads it.")
        reasons.append(Reason("no_message", "message", N_("Say when and where the training is."), {}, remedy))
    if decision not in ("invited", "granted", "declined"):
        reasons.append(Reason("decision", "decision", N_("Choose one of these.")))
    if reasons:
        raise Refusal(reasons)
    row.state, row.message = decision, said
    row.answered_by_id, row.answered_at = actor.person_id, now
    row.version += 1
    db.session.flush()
    if decision != "granted":  # that is told with the qualification
        _note(row, decision, actor.person_id, now, reason=said)
    return row


def withdraw(actor: Actor, number: int, version: int | None, now: datetime) -> QualificationRequest:
    """Take one's own request back, inside a deed. Raises NotFound, Forbidden, Stale, or Refusal."""
    row = the_request(actor, number)
    if row.person_id != actor.person_id:
        raise Forbidden([Reason("not_asker", None, N_("Only who asked withdraws it."))])
    _require_open(row, version)
    row.state = "withdrawn"
    row.version += 1
    db.session.flush()
    _note(row, "withdrawn", actor.person_id, now)
    return row


def settle_granted(
    actor: Actor, person_ids: Sequence[int], instrument_ids: Sequence[int], level: str, now: datetime
) -> None:
    """Close the requests that a grant has answered: of these people for these instruments, at this level or below."""
    lower = LEVEL_CODES[: LEVEL_CODES.index(level) + 1]
    which = One.instrument_id.in_(instrument_ids) & One.level.in_(lower) & One.renews_id.is_(None)
    _close(actor, person_ids, which, now)


def settle_renewed(actor: Actor, held: Sequence[Qualification], now: datetime) -> None:
    """Close the requests that these qualifications, which last longer now, be renewed."""
    which = One.renews_id.in_([each.id for each in held])
    _close(actor, [each.person_id for each in held], which, now)


def settle_admitted(actor: Actor, person_ids: Sequence[int], institution_id: int, now: datetime) -> None:
    """Close the requests that an admission has answered."""
    _close(actor, person_ids, One.instrument_id.is_(None) & (One.institution_id == institution_id), now)


def _close(actor: Actor, person_ids: Sequence[int], which: ColumnElement[bool], now: datetime) -> None:
    db.session.execute(
        update(One)
        .where(One.person_id.in_(person_ids), One.state.in_(WAITING), which)
        .values(state="granted", answered_by_id=actor.person_id, answered_at=now, version=One.version + 1)
        .execution_options(synchronize_session=False)
    )


def _require_open(row: QualificationRequest, version: int | None) -> None:
    db.session.refresh(row, with_for_update=True)
    if version is not None and row.version != version:
        sentence = N_("This was changed since you opened it. Look at it again, then decide.")
        raise Stale([Reason("stale", None, sentence)])
    if row.state not in WAITING:
        raise Refusal([Reason("not_waiting", None, N_("This request was answered already."))])


def _note(row: QualificationRequest, deed: str, actor_id: int, now: datetime, **more: Any) -> None:
    is_admission = row.instrument_id is None
    record(
        now=now,
        actor_id=actor_id,
        deed=f"{'admission' if is_admission else 'qualification'}.{deed}",
        thing=("qualification_request", row.id),
        institution_id=row.institution_id,
        lab_id=row.lab_id,
        detail={"user_id": row.person_id, **_about(row), **more},
    )


def _about(row: QualificationRequest) -> dict[str, Any]:
    """What is asked for; of a renewal what is renewed, and to which day it lasts so far."""
    if row.instrument_id is None:
        return {"institution_id": row.institution_id}
    if row.renews is None:
        return {"instrument_id": row.instrument_id, "level": row.level}
    held, until = row.renews, row.renews.expires_on
    subject = (
        {"technique_id": held.technique_id} if held.technique_id else {"instrument_id": held.instrument_id}
    )
    return {
        **subject,
        "level": row.level,
        "renews_id": held.id,
        "until": until.isoformat() if until else "",
    }
