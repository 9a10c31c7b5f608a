"""Dispute a charge or one of its lines, and answer: the lab upholds or adjusts; its silence goes up to the institution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select, update

from instruments.charges.alone import needs_second
from instruments.charges.closing_models import Statement, StatementLine
from instruments.charges.dispute_models import Dispute
from instruments.charges.lowering import Disputed, disputed, lower, too_much
from instruments.charges.models import Charge, ChargeLine
from instruments.charges.reversing import the_charge
from instruments.charges.settings import lock_books, settings_of
from instruments.charges.sight import creditor_scope, of_payer, visible_charge
from instruments.charges.states import DISPUTED, DRAFT, POSTED, REVERSAL, REVERSED
from instruments.charges.waiting_answers import dispute_of, forget, propose
from instruments.charges.wall import today_at
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal, together
from instruments.journal.record import record
from instruments.money import Money
from instruments.people.rights import Action, Actor, may
from instruments.web.versions import stale

_DISPUTE: Any = Dispute.__table__
_CHARGE: Any = Charge.__table__
_LINE: Any = ChargeLine.__table__
UPHELD, ADJUSTED, WITHDRAWN, OPEN = "upheld", "adjusted", "withdrawn", "open"
LONGEST = 2000


def dispute(actor: Actor, charge_id: int, reason: str, position: int | None, now: datetime) -> int:
    """Say that a charge is wrong, or one of its lines, inside a deed; the number of the dispute.

    Raises NotFound, Forbidden, or Refusal with every reason.
    """
    row = visible_charge(actor, charge_id)
    if not of_payer(actor, row, Action.CHARGE_DISPUTE):
        raise Forbidden([Reason("not_payer", None, N_("Only who uses or pays can dispute a charge."))])
    lock_books([row.institution_id])
    row, said, today = the_charge(charge_id), _said(reason), today_at(row.institution_id, now)
    if reasons := [*_words(said, N_("Say what is wrong.")), *_not_disputable(row, position, today)]:
        raise Refusal(reasons)
    days = settings_of([row.institution_id])[row.institution_id].answer_days
    values = {
        "charge_id": charge_id, "position": position, "raised_by_id": actor.person_id, "raised_at": now,
        "reason": said, "due_at": now + timedelta(days=days), "line_kind": disputed(row, position).kind,
    }  # fmt: skip
    number = int(db.session.execute(insert(_DISPUTE).values(values).returning(_DISPUTE.c.id)).scalar_one())
    _set_state(charge_id, DISPUTED)
    _note("dispute.raised", row, number, actor.person_id, now, reason=said)
    return number


def answer(
    actor: Actor,
    dispute_id: int,
    decision: str,
    reason: str,
    less: Money | None,
    version: int | None,
    now: datetime,
    already: Sequence[Reason] = (),
) -> int | None:
    """Uphold a charge, or adjust it by so much less, inside a deed; the number of the charge that then stands for less, if one
    does: a draft itself, else the entry that replaces it.

    Off one line, where one is disputed, at most what that comes to. What takes off more than one person may alone waits until
    a second agrees, and takes the place of what waited before. The lab answers; once it was silent for too long, its
    institution does. Nobody answers what they raised or used themselves. Raises NotFound, Forbidden, Stale, or Refusal with
    every reason.
    """
    row = the_dispute(actor, dispute_id)
    charge = visible_charge(actor, row.charge_id)
    if not may_answer(actor, row, charge):
        raise Forbidden(
            [Reason("not_yours", None, N_("The lab answers, and after its time its institution."))]
        )
    lock_books([charge.institution_id])
    row, charge = _again(dispute_id), the_charge(row.charge_id)
    if version is not None and row.version != version:
        raise stale()
    said = _said(reason)
    if reasons := together(already, [*_words(said, N_("Say why.")), *_not_answerable(row, decision, less)]):
        raise Refusal(reasons)
    forget(dispute_id)
    about = disputed(charge, row.position)
    if decision == ADJUSTED and less is not None and _needs_second(charge, about, less):
        propose(charge, dispute_id, less, said, actor.person_id, now)
        _seen_anew(row, charge)
        told = _told(charge, about, less)
        _note("dispute.proposed", charge, dispute_id, actor.person_id, now, reason=said, **told)
        return None
    if decision == ADJUSTED and less is not None:
        return _adjust(row, charge, about, _Answer(less, said, actor.person_id), now)
    _set_state(charge.id, POSTED if charge.posted_at is not None else DRAFT)
    _close(row, decision, said, now, actor.person_id)
    _note(
        "dispute.upheld", charge, dispute_id, actor.person_id, now, reason=said, raised_by_id=row.raised_by_id
    )  # fmt: skip
    return None


def agree(actor: Actor, waiting: Any, now: datetime) -> int:
    """Agree as the second person to an answer that waits (its row), inside a deed that holds the lock of the institution; the
    number of the charge that then stands for less. Raises Refusal where that comes to less by now."""
    row, charge = _again(dispute_of(waiting) or 0), the_charge(waiting.about_id)
    less = Money.from_units(-waiting.total_units, waiting.currency)
    forget(row.id)
    said = _Answer(less, waiting.reason, waiting.made_by_id, actor.person_id)
    return _adjust(row, charge, disputed(charge, row.position), said, now)


class _Answer(NamedTuple):
    """By how much less, why, by whom, and who agreed where a second person had to."""

    less: Money
    reason: str
    actor_id: int
    second_id: int | None = None


def _adjust(row: Any, charge: Any, about: Disputed, said: _Answer, now: datetime) -> int:
    """Take it off and close the dispute; the number of the charge that stands."""
    _set_state(charge.id, POSTED if charge.posted_at is not None else DRAFT)
    result = lower(charge, about, said.less, said.reason, now, said.actor_id, said.second_id)
    _close(
        row, ADJUSTED, said.reason, now, said.actor_id, result_id=result, less_units=said.less.units,
        line_kind=about.kind, agreed_by_id=said.second_id,
    )  # fmt: skip
    more: dict[str, Any] = {} if said.second_id is None else {"proposed_by_id": said.actor_id}
    if charge.posted_at is None:
        more["stays_draft"] = True
    _note(
        "dispute.adjusted", charge, row.id, said.second_id or said.actor_id, now, reason=said.reason,
        raised_by_id=row.raised_by_id, **_told(charge, about, said.less), **more,
    )  # fmt: skip
    return result


def _told(charge: Any, about: Disputed, less: Money) -> dict[str, Any]:
    """What is taken off, for the journal and for notices."""
    line = {} if about.position is None else {"line_kinds": [about.kind]}
    return {"units": less.units, "currency": charge.currency, **line}


def may_agree(actor: Actor, waiting: Any) -> bool:
    """Whether somebody may be the second person of an answer that waits: whoever could answer, but who did."""
    row = db.session.execute(select(_DISPUTE).where(_DISPUTE.c.id == dispute_of(waiting))).one()
    return waiting.made_by_id != actor.person_id and may_answer(actor, row, waiting)


def withdraw(actor: Actor, dispute_id: int, version: int | None, now: datetime) -> None:
    """Take back what oneself raised, inside a deed."""
    row = the_dispute(actor, dispute_id)
    if row.raised_by_id != actor.person_id:
        raise Forbidden([Reason("not_yours", None, N_("Only who raised it can withdraw it."))])
    charge = the_charge(row.charge_id)
    lock_books([charge.institution_id])
    row = _again(dispute_id)
    if version is not None and row.version != version:
        raise stale()
    if row.state != OPEN:
        raise Refusal([_decided()])
    forget(dispute_id)
    _set_state(charge.id, POSTED if charge.posted_at is not None else DRAFT)
    _close(row, WITHDRAWN, "", now, actor.person_id)
    _note("dispute.withdrawn", charge, dispute_id, actor.person_id, now)


def may_answer(actor: Actor, row: Any, charge: Any) -> bool:
    """Whether somebody may decide on a dispute as it now stands."""
    if row.raised_by_id == actor.person_id or row.state != OPEN:
        return False
    action = Action.DISPUTE_DECIDE if row.escalated_at is None else Action.DISPUTE_DECIDE_ABOVE
    return may(actor, action, creditor_scope(charge))


def the_dispute(actor: Actor, dispute_id: int) -> Any:
    """The row of a dispute on a charge that the actor may see; NotFound as for none."""
    row = db.session.execute(select(_DISPUTE).where(_DISPUTE.c.id == dispute_id)).first()
    if row is None:
        raise NotFound([Reason("no_dispute", None, N_("There is no such dispute."))])
    visible_charge(actor, row.charge_id)
    return row


def overdue(now: datetime) -> Sequence[int]:
    """Disputes whose lab was silent for too long and that nobody took up yet."""
    open_ = _DISPUTE.c
    asked = select(open_.id).where(open_.state == OPEN, open_.due_at <= now, open_.escalated_at.is_(None))
    return db.session.scalars(asked.order_by(open_.id).limit(500)).all()


def escalate(dispute_id: int, now: datetime) -> int:
    """Let the institution answer in the lab's place, inside a deed; 1 where it was not done yet."""
    row = _again(dispute_id)
    if row.state != OPEN or row.escalated_at is not None:
        return 0
    db.session.execute(
        update(_DISPUTE)
        .where(_DISPUTE.c.id == dispute_id)
        .values(escalated_at=now, version=_DISPUTE.c.version + 1)
    )
    _note(
        "dispute.escalated", the_charge(row.charge_id), dispute_id, None, now, raised_by_id=row.raised_by_id
    )
    return 1


def _again(dispute_id: int) -> Any:
    asked = select(_DISPUTE).where(_DISPUTE.c.id == dispute_id)
    if db.engine.dialect.name == "postgresql":
        asked = asked.with_for_update()
    return db.session.execute(asked).one()


def _not_disputable(row: Any, position: int | None, today: date) -> Iterator[Reason]:
    if row.state == DISPUTED:
        yield Reason("disputed", None, N_("It is in dispute already."))
    if row.state == REVERSED or row.kind == REVERSAL:
        yield Reason("reversed", None, N_("It was reversed, so there is nothing to dispute."))
    if row.waits_for_second:
        yield Reason("waits", None, N_("It is not final: a second person has to agree first."))
    last = row.disputable_until or _due(row.id)
    if last is not None and today > last:
        sentence = N_("It could be disputed until its statement was due, on %(last)s.")
        remedy = N_("Ask the lab for a correction.")
        yield Reason("too_late", None, sentence, {"last": last}, remedy)
    if position is not None:
        yield from _no_such_line(row.id, position)


def _due(charge_id: int) -> date | None:
    """When its statement is due; the last, where several pay and each has one."""
    line = StatementLine
    asked = select(func.max(Statement.due_on)).join(line, line.statement_id == Statement.id)
    return db.session.execute(asked.where(line.charge_id == charge_id)).scalar()


def _no_such_line(charge_id: int, position: int) -> Iterator[Reason]:
    line = _LINE.c
    asked = select(line.amount_units).where(line.charge_id == charge_id, line.position == position)
    units = db.session.scalar(asked)
    if units is None:
        yield Reason("no_line", "line", N_("It has no such line."))
    elif units <= 0:
        sentence = N_("This line adds nothing to the charge: dispute the whole charge.")
        yield Reason("adds_nothing", "line", sentence)


def _not_answerable(row: Any, decision: str, less: Money | None) -> Iterator[Reason]:
    if row.state != OPEN:
        yield _decided()
    if decision not in (UPHELD, ADJUSTED):
        yield Reason("unknown_decision", "decision", N_("Uphold it, or adjust it."))
    if decision == ADJUSTED and less is None:
        yield Reason("no_amount", "less", N_("Enter by how much less it is to be."))


def _needs_second(charge: Any, about: Disputed, less: Money) -> bool:
    """Raises Refusal for what cannot be taken off at all: a second person is not asked about it."""
    if reasons := list(too_much(charge, about, less)):
        raise Refusal(reasons)
    return needs_second(charge, less.units)


def _seen_anew(row: Any, charge: Any) -> None:
    """Whoever saw dispute and charge before an answer waited has to look again."""
    db.session.execute(update(_DISPUTE).where(_DISPUTE.c.id == row.id).values(version=_DISPUTE.c.version + 1))
    _set_state(charge.id, DISPUTED)


def _decided() -> Reason:
    return Reason("decided", None, N_("This dispute is answered already."))


def _close(row: Any, state: str, said: str, now: datetime, actor_id: int, **more: Any) -> None:
    values = {"state": state, "answer": said, "decided_at": now, "decided_by_id": actor_id, **more}
    db.session.execute(
        update(_DISPUTE).where(_DISPUTE.c.id == row.id).values(**values, version=row.version + 1)
    )


def _set_state(charge_id: int, state: str) -> None:
    db.session.execute(
        update(_CHARGE).where(_CHARGE.c.id == charge_id).values(state=state, version=_CHARGE.c.version + 1)
    )


def _said(reason: str) -> str:
    return " ".join(reason.split())


def _words(said: str, sentence: str) -> Iterator[Reason]:
    if not said:
        yield Reason("no_reason", "reason", sentence)
    if len(said) > LONGEST:
        yield Reason("too_long", "reason", N_("At most %(most)s characters."), {"most": LONGEST})


def _note(
    deed: str, charge: Any, dispute_id: int, actor_id: int | None, now: datetime, **detail: Any
) -> None:
    record(
        now=now, actor_id=actor_id, deed=deed, thing=("charge", charge.id),
        institution_id=charge.institution_id, lab_id=charge.lab_id,
        detail={"dispute_id": dispute_id, "user_id": charge.user_id, **detail},
    )  # fmt: skip
