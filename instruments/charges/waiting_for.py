"""What of charges waits for a person: uses of their labs that lack something, disputes, what needs a second person, nettings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from instruments.charges.dispute_models import Dispute, FundChange
from instruments.charges.models import Charge
from instruments.charges.settlement_models import OPEN, SettlementProposal
from instruments.charges.sight import meant_by_change, scopes
from instruments.charges.waiting_answers import is_answer
from instruments.charges.worklist import how_many
from instruments.database import db
from instruments.funds.models import Fund
from instruments.people.rights import Actor, Role

_CHANGE: Any = FundChange.__table__
_CHARGE: Any = Charge.__table__
_DISPUTE: Any = Dispute.__table__
MOST = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """By lab, how many uses and fees lack something; the charges whose dispute waits, those that wait for a second person,
    and those that a fund is asked to bear; the proposals to net that wait for their finance office."""

    unpriced: dict[int, int] = field(default_factory=dict)
    disputes: tuple[int, ...] = ()
    seconds: tuple[int, ...] = ()
    funds: tuple[int, ...] = ()
    nettings: tuple[int, ...] = ()


def waiting_for(actor: Actor) -> Waiting:
    """What this person is to do. Six statements; none for who decides on no money."""
    labs = scopes(actor, Role.LAB_MANAGER)
    homes = scopes(actor, Role.FINANCE_OFFICER, Role.INSTITUTION_MANAGER)
    funds = _asked_of_funds(actor)
    if not labs and not homes:
        return Waiting(funds=funds)
    charge = _CHARGE.c
    theirs = or_(charge.lab_id.in_(labs), charge.institution_id.in_(homes))
    # The lab answers first; only what it left unanswered is asked of its institution.
    mine = or_(
        charge.lab_id.in_(labs) & _DISPUTE.c.escalated_at.is_(None),
        charge.institution_id.in_(homes) & _DISPUTE.c.escalated_at.is_not(None),
    )
    disputes = db.session.scalars(
        select(charge.id)
        .join(_DISPUTE, _DISPUTE.c.charge_id == charge.id)
        .where(
            mine,
            _DISPUTE.c.state == "open",
            _DISPUTE.c.raised_by_id != actor.person_id,
            ~_is_answered(charge),
        )
        .order_by(_DISPUTE.c.due_at)
        .limit(MOST)
    )
    seconds = db.session.scalars(
        select(charge.id)
        .where(
            theirs,
            charge.waits_for_second,
            charge.made_by_id != actor.person_id,
            _is_decidable(charge, mine, actor),
        )
        .order_by(charge.id)
        .limit(MOST)
    )
    return Waiting(how_many(labs), tuple(disputes), tuple(seconds), funds, _to_net(actor))


def _is_answered(charge: Any) -> ColumnElement[bool]:
    """The condition that an answer to its dispute waits for a second person: then that one is asked."""
    waiting = aliased(Charge)
    return select(waiting.id).where(waiting.about_id == charge.id, is_answer(waiting)).exists()


def _is_decidable(charge: Any, mine: ColumnElement[bool], actor: Actor) -> ColumnElement[bool]:
    """The condition that it is no answer to a dispute, or one that they may agree to: not to what they raised themselves."""
    said = _DISPUTE.c
    theirs = select(said.id).where(
        said.charge_id == charge.about_id, said.state == "open", said.raised_by_id != actor.person_id, mine
    )
    return ~is_answer(charge) | theirs.correlate(_CHARGE).exists()


def _to_net(actor: Actor) -> tuple[int, ...]:
    """Proposals that their finance office has not answered, unless they accepted for the other. One statement at most."""
    homes = scopes(actor, Role.FINANCE_OFFICER)
    if not homes:
        return ()
    row = SettlementProposal
    sides = (
        (row.one_id, row.one_accepted_by_id, row.two_accepted_by_id),
        (row.two_id, row.two_accepted_by_id, row.one_accepted_by_id),
    )
    waits = (
        home.in_(homes) & own.is_(None) & (other.is_(None) | (other != actor.person_id))
        for home, own, other in sides
    )
    asked = select(row.id).where(row.state.in_(OPEN), or_(*waits)).order_by(row.id).limit(MOST)
    return tuple(db.session.scalars(asked))


def _asked_of_funds(actor: Actor) -> tuple[int, ...]:
    """Charges that funds of theirs are asked to bear. One statement, none for who manages no fund."""
    groups = scopes(actor, Role.GROUP_HEAD, Role.FUND_DELEGATE)
    homes = scopes(actor, Role.COMPANY_MANAGER, Role.FINANCE_OFFICER)
    if not groups and not homes:
        return ()
    fund, charge = Fund, _CHARGE.c
    # Of a group's own fund its head decides; finance does where there is no group.
    theirs = or_(fund.group_id.in_(groups), fund.group_id.is_(None) & fund.owner_institution_id.in_(homes))
    asked = (
        select(charge.id)
        .join(_CHANGE, _CHANGE.c.charge_id == charge.id)
        .join(fund, meant_by_change())
        .where(theirs, _CHANGE.c.state == "asked", charge.state.in_(("draft", "posted")))
        .distinct()
        .order_by(charge.id)
        .limit(MOST)
    )
    return tuple(db.session.scalars(asked))
