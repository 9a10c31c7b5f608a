"""Who may see and do what with a charge: the user, the group's and the payer's people, the lab, the creditor institution."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from instruments.charges.dispute_models import FundChange
from instruments.charges.models import Charge, ChargeShare
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.funds.models import Fund
from instruments.people.rights import Action, Actor, Role, Scope, may

_CHANGE: Any = FundChange.__table__
_CHARGE: Any = Charge.__table__
_FUND: Any = Fund.__table__
_SHARE: Any = ChargeShare.__table__
# Those who see the money of an institution, as creditor and as payer.
FINANCE = (Role.FINANCE_OFFICER, Role.AUDITOR, Role.INSTITUTION_MANAGER)
OF_PAYER = (*FINANCE, Role.COMPANY_MANAGER)
OF_GROUP = (Role.GROUP_HEAD, Role.FUND_DELEGATE)


def scopes(actor: Actor, *roles: Role) -> list[int]:
    """On which scopes somebody holds one of these roles, all of one kind."""
    return sorted(
        {grant.scope_id for grant in actor.grants if grant.role in roles and grant.scope_id is not None}
    )


def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition that a charge may be seen: one's own, one's group's, one's lab's, one's institution's on either side."""
    charge, share = _CHARGE.c, _SHARE.c
    groups, homes = scopes(actor, *OF_GROUP), scopes(actor, *OF_PAYER)
    conditions = [
        charge.user_id == actor.person_id,
        charge.lab_id.in_(scopes(actor, Role.LAB_MANAGER)),
        charge.institution_id.in_(scopes(actor, *FINANCE)),
    ]
    if (consenting := _consents(actor)) is not None:
        asked = select(_CHANGE.c.charge_id).join(_FUND, meant_by_change())
        conditions.append(charge.id.in_(asked.where(_CHANGE.c.state == "asked", consenting)))
    if groups or homes:
        borne = or_(share.payer_group_id.in_(groups), share.payer_institution_id.in_(homes))
        conditions += [charge.group_id.in_(groups), charge.id.in_(select(share.charge_id).where(borne))]
    return or_(false(), *conditions)


def meant_by_change() -> ColumnElement[bool]:
    """The condition that a fund is the one that a request names: by its number, or by its code in an institution."""
    change, fund = _CHANGE.c, _FUND.c
    by_code = and_(
        change.fund_id.is_(None),
        fund.owner_institution_id == change.home_id,
        func.lower(fund.code) == func.lower(change.said),
        fund.state != "closed",
    )
    return or_(fund.id == change.fund_id, by_code)


def _consents(actor: Actor) -> Any:
    """The condition that somebody manages a fund: they see what it is asked to bear."""
    groups, homes = scopes(actor, *OF_GROUP), scopes(actor, Role.COMPANY_MANAGER, Role.FINANCE_OFFICER)
    if not groups and not homes:
        return None
    fund = _FUND.c
    return or_(fund.group_id.in_(groups), fund.owner_institution_id.in_(homes))


def creditor_scope(row: Any) -> Scope:
    """Where a charge stands on the side of those to whom it is owed; nobody decides there on their own use."""
    own = frozenset() if row.user_id is None else frozenset({row.user_id})
    return Scope(institution_id=row.institution_id, lab_id=row.lab_id, person_ids=own)


def payer_scopes(row: Any) -> Iterator[Scope]:
    """Where it stands on the side of those who pay: the user's group, and each payer with its group."""
    if row.group_id is not None:
        yield Scope(group_ids=frozenset({row.group_id}))
    share = _SHARE.c
    asked = select(share.payer_institution_id, share.payer_group_id).where(share.charge_id == row.id)
    for institution_id, group_id in db.session.execute(asked):
        yield Scope(
            institution_id=institution_id,
            group_ids=frozenset() if group_id is None else frozenset({group_id}),
        )


def of_creditor(actor: Actor, row: Any) -> bool:
    """Whether somebody sees a charge as the lab or the institution to which it is owed: whole, with every payer."""
    return may(actor, Action.INCOME_SEE, creditor_scope(row))


def sees_entry(actor: Actor, row: Any, entry: Any) -> bool:
    """Whether an entry of a charge stands in books that the reader sees: those of the creditor, or of their own institution."""
    if entry.institution_id == row.institution_id:
        return of_creditor(actor, row)
    return may(actor, Action.LEDGER_SEE, Scope(entry.institution_id))


def of_payer(actor: Actor, row: Any, action: Action = Action.COSTS_SEE) -> bool:
    """Whether somebody may do this as the user, or for the group or the institution that pays."""
    own = Scope(person_ids=frozenset() if row.user_id is None else frozenset({row.user_id}))
    return may(actor, action, own) or any(may(actor, action, scope) for scope in payer_scopes(row))


def visible_charge(actor: Actor, charge_id: int) -> Any:
    """The row of a charge that the actor may see; NotFound as for none where they may not."""
    row = db.session.execute(select(_CHARGE).where(_CHARGE.c.id == charge_id, visible(actor))).first()
    if row is None:
        raise NotFound([Reason("no_charge", None, N_("There is no such charge."))])
    return row


def sees(actor: Actor, charge_id: int) -> bool:
    """Whether somebody may see a charge at all."""
    asked = select(_CHARGE.c.id).where(_CHARGE.c.id == charge_id, visible(actor))
    return db.session.execute(asked).first() is not None


def seen_of(actor: Actor, numbers: Collection[int]) -> set[int]:
    """Which of these charges somebody may see. One statement."""
    return set(db.session.scalars(select(_CHARGE.c.id).where(_CHARGE.c.id.in_(numbers), visible(actor))))


def is_own(actor: Actor, row: Any) -> bool:
    """Whether it is about one's own use: such a look is not noted."""
    return bool(row.user_id == actor.person_id)


def sees_share(actor: Actor, row: Any, share: Any) -> bool:
    """Whether a share of a charge is the reader's own: their group's, their institution's, or what they themselves owe."""
    if share.payer_group_id in scopes(actor, *OF_GROUP) or share.payer_person_id == actor.person_id:
        return True
    if share.payer_institution_id in scopes(actor, *OF_PAYER):
        return True
    # Whoever used it knows by which funds of their institution it was booked.
    return bool(row.user_id == actor.person_id and share.payer_institution_id == actor.institution_id)
