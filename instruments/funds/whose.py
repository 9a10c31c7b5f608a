"""Whose a fund is: who may see it, who manages it, who sets its terms; and the note of every look at others' money."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason
from instruments.funds.models import EXTERNAL, Fund
from instruments.journal.record import entry, record, record_many
from instruments.people.rights import Action, Actor, Role, Scope, may

# What finance sets: what a company owes or has paid in, and what an institution gives away.
TERMS_BY_FINANCE = (*EXTERNAL, "allowance")


def owner_scope(fund: Fund) -> Scope:
    """Where a fund belongs: its institution, and its group where it has one."""
    return scope_of(fund.owner_institution_id, fund.group_id)


def scope_of(institution_id: int, group_id: int | None) -> Scope:
    """The same for a fund that is not there yet."""
    return Scope(institution_id, group_ids=frozenset() if group_id is None else frozenset({group_id}))


def books_scope(fund: Fund) -> Scope:
    """In whose books it stands."""
    return Scope(fund.institution_id)


def may_see(actor: Actor, fund: Fund) -> bool:
    """Whether somebody may see all of a fund: its owners, and finance and auditors of the books it stands in."""
    return may(actor, Action.FUND_SEE, owner_scope(fund)) or may(actor, Action.LEDGER_SEE, books_scope(fund))


def may_manage(actor: Actor, fund: Fund) -> bool:
    """Whether somebody says who may charge it and for what, and blocks it: its owners; of an allowance finance, too."""
    return may(actor, Action.FUND_EDIT, owner_scope(fund))


def may_set_terms(actor: Actor, fund: Fund) -> bool:
    """Whether somebody sets its budget, dates and names: its owners, or the finance of the books it stands in."""
    return may_set_terms_of(actor, fund.kind, fund.institution_id, fund.owner_institution_id, fund.group_id)


def may_set_terms_of(
    actor: Actor, kind: str, institution_id: int, owner_institution_id: int, group_id: int | None
) -> bool:
    """The same for a fund that is not there yet."""
    if kind in TERMS_BY_FINANCE:
        return may(actor, Action.FUND_TERMS, Scope(institution_id))
    return may(actor, Action.FUND_EDIT, scope_of(owner_institution_id, group_id))


def the_fund(actor: Actor, number: int) -> Fund:
    """A fund that the actor may see; raises NotFound as if it were not there for anybody else."""
    fund = db.session.get(Fund, number)
    if fund is None or not may_see(actor, fund):
        raise no_fund()
    return fund


def no_fund() -> NotFound:
    """There is no such fund, for who asks."""
    return NotFound([Reason("no_fund", None, N_("There is no such fund."))])


def require_manager(actor: Actor, fund: Fund) -> None:
    """Raises Forbidden for whoever does not manage it."""
    if not may_manage(actor, fund):
        raise Forbidden([Reason("not_manager", None, N_("You do not manage this fund."))])


def require_terms(actor: Actor, fund: Fund) -> None:
    """Raises Forbidden for whoever does not set its terms."""
    if may_set_terms(actor, fund):
        return
    sentence = N_("You do not set the terms of this fund.")
    remedy = (
        N_("The finance office in whose books it stands does.") if fund.kind in TERMS_BY_FINANCE else None
    )
    raise Forbidden([Reason("not_terms", None, sentence, {}, remedy)])


def is_own(actor: Actor, fund: Any) -> bool:
    """Whether a fund, or a row of a list, is the actor’s own money: of a group they are in, or of the company they manage."""
    if fund.group_id is not None:
        return fund.group_id in actor.group_ids
    mine = {(grant.role, grant.scope_id) for grant in actor.grants}
    own = {(Role.COMPANY_MANAGER, fund.owner_institution_id)}
    if fund.kind not in EXTERNAL:
        own.add((Role.FINANCE_OFFICER, fund.owner_institution_id))
    return bool(mine & own)


def note_looks(actor: Actor, seen: Iterable[tuple[tuple[str, int], int]], now: datetime, what: str) -> None:
    """Write looks at (thing, institution) into the journal, inside a deed. One statement."""
    record_many(
        entry(
            now=now, actor_id=actor.person_id, deed="money.looked_at", thing=thing, institution_id=house,
            detail={"what": what},
        )
        for thing, house in seen
    )  # fmt: skip


def note_look(
    actor: Actor, thing: tuple[str, int], institution_id: int | None, now: datetime, what: str = ""
) -> None:
    """Write into the journal that somebody looked at money that is not their own, inside a deed."""
    record(
        now=now,
        actor_id=actor.person_id,
        deed="money.looked_at",
        thing=thing,
        institution_id=institution_id,
        detail={"what": what} if what else {},
    )
