"""Another fund bears a charge afterwards: asked for with a reason, agreed by whoever manages that fund, then charged anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update

from instruments.charges.correcting import payers_of_charge
from instruments.charges.dispute_models import FundChange
from instruments.charges.models import ChargeLine
from instruments.charges.naming import FUND
from instruments.charges.other_funds import (
    fund_of_change,
    has_right,
    known_to_us,
    meant,
    not_movable,
    open_change,
)
from instruments.charges.repaying import charge_to, comes_to, payer_for
from instruments.charges.reversing import the_charge
from instruments.charges.settings import lock_books
from instruments.charges.sight import creditor_scope, of_payer, visible_charge
from instruments.charges.states import DRAFT, POSTED
from instruments.charges.writing import Draft
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal, gathered, together
from instruments.funds.choosing import place_of
from instruments.funds.consenting import afterwards_objections
from instruments.funds.holding import lock
from instruments.funds.knowing import charger, known, taken_by
from instruments.funds.models import Fund
from instruments.funds.objecting import Wish, no_such_fund, objections
from instruments.funds.watching import owners
from instruments.funds.whose import may_manage
from instruments.journal.record import record
from instruments.money import Money
from instruments.people.models import Person
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import actor_by_id

_CHANGE: Any = FundChange.__table__
_LINE: Any = ChargeLine.__table__
AGREED, REFUSED = "agreed", "refused"
LONGEST, LONGEST_CODE = 500, 60


def ask(
    actor: Actor,
    charge_id: int,
    fund_id: int | None,
    reason: str,
    now: datetime,
    already: Sequence[Reason] = (),
    code: str = "",
) -> tuple[int, int | None]:
    """Ask that a fund bears all of a charge, inside a deed: (number of the request, charge that stands for it now or None).

    The fund is one that the actor manages, or that they or who used it may charge, by its number or code; of another of the
    user's institution the code alone is known, and nothing is told of it, nor whether it is there.

    Whoever manages the fund has to agree; where the actor does, or where it is still a draft and the user may charge the
    fund, it is charged anew at once. Raises NotFound, Forbidden, or Refusal with every reason.
    """
    row = visible_charge(actor, charge_id)
    if not (
        of_payer(actor, row, Action.CHARGE_DISPUTE) or may(actor, Action.CHARGE_PREPARE, creditor_scope(row))
    ):
        raise Forbidden([Reason("not_yours", None, N_("Only who uses or pays, or the lab, can ask for it."))])
    lock_books([row.institution_id])
    row, said = the_charge(charge_id), " ".join(reason.split())
    reasons, blocked = [*already, *_words(said, needed=True)], list(not_movable(row))
    fund = known_to_us(actor, row, fund_id, code, now)
    blocked += _not_there(row, fund, fund_id, code, already)
    if blocked or (fund is None and not code) or (fund is None and reasons):
        raise Refusal([*reasons, *blocked])
    if fund is None:
        return _ask_by_code(actor, row, code, said, now), None
    return _ask_for(actor, row, fund, said, now, reasons)


def _ask_for(
    actor: Actor, row: Any, fund: Fund, said: str, now: datetime, reasons: list[Reason]
) -> tuple[int, int | None]:
    """Ask for a fund that the actor or the user knows; reasons: those found before."""
    at_once = may_manage(actor, fund)
    by_right = row.posted_at is None and has_right(row, fund.id, now)
    made = None
    with gathered(reasons):
        made = comes_to(row, payer_for(row, FUND, fund.id), now)
    if made is not None:
        lock(_funds_of(row, fund.id))
        against = _against(row, fund.id, made, actor, by_right, now)
        reasons += [each for each in against if each.code != "no_consent"]
    if reasons or made is None:
        raise Refusal(reasons)
    number = _asked(actor, row, {"fund_id": fund.id}, said, now)
    if not (at_once or by_right):
        _note("fund_change.asked", row, fund, said, actor.person_id, now)
        return number, None
    return number, _agree(number, row, fund, made, said, "", actor.person_id, now)


def _ask_by_code(actor: Actor, row: Any, code: str, said: str, now: datetime) -> int:
    """Ask whoever manages a fund of this code in the user's institution, if there is one; the number of the request."""
    home = None if row.user_id is None else db.session.get_one(Person, row.user_id).institution_id
    number = _asked(actor, row, {"home_id": home, "said": code}, said, now)
    funds = [fund for fund in db.session.scalars(meant(number))]
    told = {
        each for fund in funds for each in owners(fund.kind, fund.owner_institution_id, fund.group_id, now)
    }
    _note_code("fund_change.asked", row, (code, sorted(told)), said, actor.person_id, now, None)
    return number


def _asked(actor: Actor, row: Any, named: dict[str, Any], said: str, now: datetime) -> int:
    values = {"charge_id": row.id, "reason": said, "asked_by_id": actor.person_id, "asked_at": now, **named}
    return int(db.session.execute(insert(_CHANGE).values(values).returning(_CHANGE.c.id)).scalar_one())


def answer(
    actor: Actor, charge_id: int, decision: str, said: str, now: datetime, already: Sequence[Reason] = ()
) -> int | None:
    """Agree or refuse for the fund, inside a deed; the number of the charge that stands, None where it is refused.

    Whoever asked may take it back by refusing. Raises NotFound, Forbidden, or Refusal with every reason, those found before
    among them.
    """
    row = visible_charge(actor, charge_id)
    lock_books([row.institution_id])
    row, change = the_charge(charge_id), open_change(charge_id)
    if change is None:
        raise NotFound([Reason("no_change", None, N_("No other fund is asked for here."))])
    fund, own = fund_of_change(actor, change), change.asked_by_id == actor.person_id and decision == REFUSED
    if not (own or (fund is not None and may_manage(actor, fund))):
        raise Forbidden([Reason("not_manager", None, N_("You do not manage this fund."))])
    said = " ".join(said.split())
    reasons = [*_words(said, needed=decision == REFUSED and not own), *_not_decidable(row, decision)]
    made = None
    if decision == AGREED and fund is not None and row.state in (DRAFT, POSTED):
        with gathered(reasons):
            made = comes_to(row, payer_for(row, FUND, fund.id), now)
    if made is not None and fund is not None:
        lock(_funds_of(row, fund.id))
        reasons += _against(row, fund.id, made, actor, False, now)
    if reasons := together(already, reasons):
        raise Refusal(reasons)
    if made is None or fund is None:
        _refuse(row, change, fund, said, actor.person_id, now)
        return None
    db.session.execute(update(_CHANGE).where(_CHANGE.c.id == change.id).values(fund_id=fund.id))
    return _agree(change.id, row, fund, made, change.reason, said, actor.person_id, now, change.asked_by_id)


def _refuse(row: Any, change: Any, fund: Fund | None, said: str, actor_id: int, now: datetime) -> None:
    _close(change.id, REFUSED, said, None, actor_id, now)
    if change.fund_id is None or fund is None:
        # Whoever asked by a code alone is not told what it is called.
        _note_code("fund_change.refused", row, (change.said, []), said, actor_id, now, change.asked_by_id)
    else:
        _note("fund_change.refused", row, fund, said, actor_id, now, change.asked_by_id)


def _not_decidable(row: Any, decision: str) -> Iterator[Reason]:
    if decision not in (AGREED, REFUSED):
        yield Reason("unknown_decision", "decision", N_("Agree, or refuse with a reason."))
    if decision == AGREED and row.state not in (DRAFT, POSTED):
        yield Reason("not_standing", None, N_("The charge changed meanwhile: ask anew."))


def _not_there(
    row: Any, fund: Fund | None, fund_id: int | None, code: str, already: Sequence[Reason]
) -> Iterator[Reason]:
    """A fund that neither the user nor the actor knows is none, but by its code."""
    if fund is not None:
        if [payer.fund_id for payer, _ in payers_of_charge(row.id)] == [fund.id]:
            yield Reason("same_fund", "fund_id", N_("This fund bears all of it already."))
    elif fund_id is not None:
        yield no_such_fund()
    elif len(code) > LONGEST_CODE:
        yield Reason("too_long", "code", N_("At most %(most)s characters."), {"most": LONGEST_CODE})
    elif not code and not already:
        yield Reason("no_fund", "fund_id", N_("Choose a fund."))


def _against(
    row: Any, fund_id: int, made: Draft, actor: Actor, by_right: bool, now: datetime
) -> Iterator[Reason]:
    """Every reason why the fund cannot bear it, weighed as a new booking is."""
    amount = Money.from_units(int(made.values["total_units"]), row.currency)
    kinds = frozenset(line[1] for line in made.lines)
    wish = Wish(place_of(row.instrument_id), row.service_on, row.currency, amount, kinds)
    user = (actor_by_id(row.user_id, now) if row.user_id is not None else None) or actor
    if by_right and not may_manage(actor, db.session.get_one(Fund, fund_id)):
        taken = taken_by([fund_id], user.person_id)[fund_id]
        yield from objections(known([fund_id])[fund_id], charger(user, taken), wish)
    else:
        yield from afterwards_objections(actor, fund_id, user, wish)


def _funds_of(row: Any, fund_id: int) -> list[int]:
    paying = {payer.fund_id for payer, _ in payers_of_charge(row.id) if payer.fund_id is not None}
    return sorted(paying | {fund_id})


def _agree(
    number: int, row: Any, fund: Fund, made: Draft, reason: str, said: str, actor_id: int, now: datetime,
    asked_by_id: int | None = None,
) -> int:  # fmt: skip
    result = charge_to(row, payer_for(row, FUND, fund.id), made, reason, now, actor_id)
    _close(number, AGREED, said, result, actor_id, now)
    _note("fund_change.agreed", row, fund, reason, actor_id, now, asked_by_id)
    return result


def _close(number: int, state: str, said: str, result_id: int | None, actor_id: int, now: datetime) -> None:
    db.session.execute(
        update(_CHANGE)
        .where(_CHANGE.c.id == number)
        .values(
            state=state, answer=said, decided_by_id=actor_id, decided_at=now, result_id=result_id,
            version=_CHANGE.c.version + 1,
        )
    )  # fmt: skip


def _words(said: str, *, needed: bool) -> Iterator[Reason]:
    if needed and not said:
        yield Reason("no_reason", "reason", N_("Say why."))
    if len(said) > LONGEST:
        yield Reason("too_long", "reason", N_("At most %(most)s characters."), {"most": LONGEST})


def _note_code(
    deed: str, row: Any, about: tuple[str, list[int]], reason: str, actor_id: int, now: datetime,
    asked_by_id: int | None,
) -> None:  # fmt: skip
    """The same of what was asked by a code alone; about: the code, and who is told of it."""
    record(
        now=now, actor_id=actor_id, deed=deed, thing=("charge", row.id),
        institution_id=row.institution_id, lab_id=row.lab_id,
        detail={
            "said": about[0], "user_id": row.user_id, "reason": reason, "asked_by_id": asked_by_id, "owner_ids": about[1],
        },
    )  # fmt: skip


def _note(
    deed: str, row: Any, fund: Fund, reason: str, actor_id: int, now: datetime, asked_by_id: int | None = None
) -> None:
    record(
        now=now, actor_id=actor_id, deed=deed, thing=("charge", row.id),
        institution_id=row.institution_id, lab_id=row.lab_id,
        detail={
            "fund_id": fund.id, "user_id": row.user_id, "reason": reason, "asked_by_id": asked_by_id,
            "owner_ids": owners(fund.kind, fund.owner_institution_id, fund.group_id, now),
        },
    )  # fmt: skip
