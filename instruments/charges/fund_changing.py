"""Another fund bears a charge afterwards: asked for with a reason, agreed by whoever manages that fund, then charged anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import aliased

from instruments.charges.by_hand import standing_about
from instruments.charges.correcting import payers_of_charge
from instruments.charges.dispute_models import FundChange
from instruments.charges.models import ChargeLine
from instruments.charges.naming import FUND
from instruments.charges.repaying import charge_to, comes_to, payer_for
from instruments.charges.reversing import the_charge
from instruments.charges.settings import lock_books
from instruments.charges.sight import creditor_scope, of_payer, visible_charge
from instruments.charges.states import DISPUTED, DRAFT, FEES, POSTED, USE
from instruments.charges.writing import Draft
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal, gathered
from instruments.funds.choosing import place_of
from instruments.funds.consenting import afterwards_objections
from instruments.funds.holding import lock
from instruments.funds.knowing import chargeable, charger, known, taken_by
from instruments.funds.listing import seen
from instruments.funds.models import Fund
from instruments.funds.objecting import Wish, objections
from instruments.funds.watching import owners
from instruments.funds.whose import may_manage
from instruments.journal.record import record
from instruments.money import Money
from instruments.people.models import Person
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import actor_by_id

_CHANGE: Any = FundChange.__table__
_LINE: Any = ChargeLine.__table__
ASKED, AGREED, REFUSED = "asked", "agreed", "refused"
LONGEST = 500
NO_FUND = N_("There is no such fund.")


def may_ask(actor: Actor, row: Any) -> bool:
    """Whether somebody may ask that another fund bears a charge: who uses or pays, and the lab; of what can be moved."""
    if next(_not_movable(row), None) is not None:
        return False
    return of_payer(actor, row, Action.CHARGE_DISPUTE) or may(
        actor, Action.CHARGE_PREPARE, creditor_scope(row)
    )


def funds_to_ask(actor: Actor, row: Any, now: datetime) -> list[int]:
    """The funds that the user may charge, and those that the actor manages or may charge; those that pay now left out."""
    user = actor_by_id(row.user_id, now) if row.user_id is not None else None
    mine = set(chargeable(actor)) | (set(chargeable(user)) if user is not None else set())
    managed = db.session.scalars(
        select(Fund.id).where(seen(actor), Fund.state == "open", Fund.currency == row.currency).limit(200)
    )
    paying = {payer.fund_id for payer, _ in payers_of_charge(row.id)}
    return sorted((mine | set(managed)) - paying)


def ask(
    actor: Actor,
    charge_id: int,
    fund_id: int | None,
    reason: str,
    now: datetime,
    already: Sequence[Reason] = (),
) -> tuple[int, int | None]:
    """Ask that a fund bears all of a charge, inside a deed: (number of the request, charge that stands for it now or None).

    fund_id: None where it could not be read, as `already` says.

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
    reasons, blocked = [*already, *_words(said, needed=True)], list(_not_movable(row))
    fund = None if fund_id is None else db.session.get(Fund, fund_id)
    known_to_us = fund is not None and fund.id in funds_to_ask(actor, row, now)
    blocked += [] if fund_id is None else _not_there(row, fund, known_to_us)
    if blocked or fund is None:
        raise Refusal([*reasons, *blocked])
    consents = may_manage(actor, fund)
    by_right = row.posted_at is None and _has_right(row, fund.id, now)
    made = None
    with gathered(reasons):
        made = comes_to(row, payer_for(row, FUND, fund.id), now) if known_to_us else None
    if made is not None:
        lock(_funds_of(row, fund.id))
        against = _against(row, fund.id, made, actor, by_right, now)
        reasons += [each for each in against if each.code != "no_consent"]
    if reasons:
        raise Refusal(reasons)
    values = {
        "charge_id": charge_id, "fund_id": fund.id, "reason": said, "asked_by_id": actor.person_id, "asked_at": now,
    }  # fmt: skip
    number = int(db.session.execute(insert(_CHANGE).values(values).returning(_CHANGE.c.id)).scalar_one())
    if made is None or not (consents or by_right):
        _note("fund_change.asked", row, fund, said, actor.person_id, now)
        return number, None
    return number, _agree(number, row, fund, made, said, "", actor.person_id, now)


def answer(actor: Actor, charge_id: int, decision: str, said: str, now: datetime) -> int | None:
    """Agree or refuse for the fund, inside a deed; the number of the charge that stands, None where it is refused.

    Whoever asked may take it back by refusing. Raises NotFound, Forbidden, or Refusal with every reason.
    """
    row = visible_charge(actor, charge_id)
    lock_books([row.institution_id])
    row, change = the_charge(charge_id), open_change(charge_id)
    if change is None:
        raise NotFound([Reason("no_change", None, N_("No other fund is asked for here."))])
    fund = db.session.get_one(Fund, change.fund_id)
    own = change.asked_by_id == actor.person_id and decision == REFUSED
    if not (may_manage(actor, fund) or own):
        raise Forbidden([Reason("not_manager", None, N_("You do not manage this fund."))])
    said = " ".join(said.split())
    if reasons := [*_words(said, needed=decision == REFUSED and not own), *_not_decidable(row, decision)]:
        raise Refusal(reasons)
    if decision == REFUSED:
        _close(change.id, REFUSED, said, None, actor.person_id, now)
        _note("fund_change.refused", row, fund, said, actor.person_id, now, change.asked_by_id)
        return None
    made = comes_to(row, payer_for(row, FUND, fund.id), now)
    lock(_funds_of(row, fund.id))
    if reasons := list(_against(row, fund.id, made, actor, False, now)):
        raise Refusal(reasons)
    return _agree(change.id, row, fund, made, change.reason, said, actor.person_id, now, change.asked_by_id)


def open_change(charge_id: int) -> Any:
    """The request that waits for an answer, or None."""
    asked = select(_CHANGE).where(_CHANGE.c.charge_id == charge_id, _CHANGE.c.state == ASKED)
    return db.session.execute(asked).first()


def changes_of(charge_id: int) -> Sequence[Row[Any]]:
    """What was asked and answered for a charge, with the names of funds and people."""
    by, decider = aliased(Person), aliased(Person)
    return db.session.execute(
        select(
            _CHANGE, Fund.name_en.label("fund_en"), Fund.name_zh.label("fund_zh"), Fund.code, by.name_en.label("by_en"),
            by.name_zh.label("by_zh"), decider.name_en.label("decider_en"), decider.name_zh.label("decider_zh"),
        )
        .join(Fund, Fund.id == _CHANGE.c.fund_id)
        .join(by, by.id == _CHANGE.c.asked_by_id)
        .outerjoin(decider, decider.id == _CHANGE.c.decided_by_id)
        .where(_CHANGE.c.charge_id == charge_id)
        .order_by(_CHANGE.c.id)
    ).all()  # fmt: skip


def _not_movable(row: Any) -> Iterator[Reason]:
    if row.kind not in (USE, *FEES):
        yield Reason(
            "not_movable", None, N_("It follows the charge it is about: ask for another fund there.")
        )
    elif row.state == DISPUTED:
        yield Reason("disputed", None, N_("It is in dispute: that is answered first."))
    elif row.state not in (DRAFT, POSTED):
        yield Reason("reversed", None, N_("It was reversed: what replaced it is linked to it."))
    elif any(each.waits_for_second for each in standing_about(row.id)):
        yield Reason("waits", None, N_("A second person has to decide first on what was entered about it."))
    elif open_change(row.id) is not None:
        yield Reason("asked", None, N_("Another fund is asked for already."))


def _not_decidable(row: Any, decision: str) -> Iterator[Reason]:
    if decision not in (AGREED, REFUSED):
        yield Reason("unknown_decision", "decision", N_("Agree, or refuse with a reason."))
    if decision == AGREED and row.state not in (DRAFT, POSTED):
        yield Reason("not_standing", None, N_("The charge changed meanwhile: ask anew."))


def _not_there(row: Any, fund: Fund | None, known_to_us: bool) -> Iterator[Reason]:
    """Of funds that neither the user nor the actor knows, only those of the user's institution can be asked for."""
    home = None if row.user_id is None else db.session.get_one(Person, row.user_id).institution_id
    if fund is None or not (known_to_us or fund.owner_institution_id == home):
        yield Reason("no_fund", "fund_id", NO_FUND)
    elif [payer.fund_id for payer, _ in payers_of_charge(row.id)] == [fund.id]:
        yield Reason("same_fund", "fund_id", N_("This fund bears all of it already."))


def _has_right(row: Any, fund_id: int, now: datetime) -> bool:
    user = actor_by_id(row.user_id, now) if row.user_id is not None else None
    return user is not None and fund_id in chargeable(user)


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
