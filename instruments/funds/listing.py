"""Funds as pages and programs list them: those that somebody manages, those they may charge, and what is on one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from instruments.catalog.models import InstrumentClass
from instruments.database import db
from instruments.funds.choosing import Choice
from instruments.funds.knowing import chargeable, charger, known, taken_by
from instruments.funds.ledger_models import LedgerAccount, LedgerTransfer
from instruments.funds.models import Fund, FundHold, FundPermit, FundUser
from instruments.funds.objecting import left_for
from instruments.people.models import Institution, Lab, Person, ResearchGroup
from instruments.people.rights import Actor, Role

A_PAGE = 50
OWNING = {Role.GROUP_HEAD, Role.FUND_DELEGATE}
READING = {Role.FINANCE_OFFICER, Role.AUDITOR}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which funds: words of their code or name, a kind, a state ("over" for what is overdrawn)."""

    words: str = ""
    kind: str = ""
    state: str = ""


def seen(actor: Actor) -> ColumnElement[bool]:
    """The condition that somebody may see a fund, as funds.whose says it."""
    groups = _held(actor, OWNING)
    companies, houses = _held(actor, {Role.COMPANY_MANAGER}), _held(actor, READING)
    return or_(
        Fund.group_id.in_(groups),
        Fund.owner_institution_id.in_(companies | houses),
        Fund.institution_id.in_(houses),
    )


def sees_any(actor: Actor) -> bool:
    """Whether somebody manages or reviews money at all."""
    return bool(_held(actor, OWNING | READING | {Role.COMPANY_MANAGER}))


def _held(actor: Actor, roles: Collection[Role]) -> set[int]:
    return {grant.scope_id for grant in actor.grants if grant.role in roles and grant.scope_id is not None}


def page(actor: Actor, which: Filter, number: int) -> tuple[Sequence[Row[Any]], int]:
    """One page of the funds that somebody may see, the open ones first, and how many there are in all. Two statements."""
    found = _named().where(seen(actor))
    if which.words:
        # What is typed stands for itself.
        words = which.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        found = found.where(
            or_(
                *(
                    column.ilike(f"%{words}%", escape="\\")
                    for column in (Fund.code, Fund.name_en, Fund.name_zh)
                )
            )
        )
    if which.kind:
        found = found.where(Fund.kind == which.kind)
    if which.state == "over":
        found = found.where(Fund.overdrawn.is_(True))
    elif which.state:
        found = found.where(Fund.state == which.state)
    total = db.session.scalar(select(func.count()).select_from(found.subquery())) or 0
    ordered = (
        found.order_by(Fund.state == "closed", Fund.id.desc()).limit(A_PAGE).offset((number - 1) * A_PAGE)
    )
    return db.session.execute(ordered).all(), total


def _named() -> Select[Any]:
    owner, books, group = Institution, Institution.__table__.alias("books"), ResearchGroup
    fund = Fund
    return (
        select(
            fund.id, fund.kind, fund.code, fund.name_en, fund.name_zh, fund.currency, fund.valid_from, fund.valid_to,
            fund.state, fund.blocked_why, fund.overdrawn, fund.version, fund.source, fund.budget_units,
            fund.warn_percents, fund.institution_id, fund.owner_institution_id, fund.group_id,
            owner.name_en.label("owner_en"), owner.name_zh.label("owner_zh"),
            books.c.name_en.label("books_en"), books.c.name_zh.label("books_zh"),
            group.name_en.label("group_en"), group.name_zh.label("group_zh"),
        )
        .join(owner, owner.id == fund.owner_institution_id)
        .join(books, books.c.id == fund.institution_id)
        .outerjoin(group, group.id == fund.group_id)
    )  # fmt: skip


def one(number: int) -> Row[Any]:
    """A fund with the names of what it belongs to."""
    return db.session.execute(_named().where(Fund.id == number)).one()


@dataclass(frozen=True, slots=True)
class Own:
    """A fund that somebody may charge: what is left for them (None without limit), what they have spent and hold of it."""

    choice: Choice
    taken: int
    limit: int | None


def own(actor: Actor) -> list[Own]:
    """The funds that somebody may charge."""
    funds = known(chargeable(actor))
    taken = taken_by(funds, actor.person_id) if funds else {}
    found = []
    for fund in funds.values():
        whose = charger(actor, taken[fund.id])
        left = left_for(fund, whose)
        limits = [user.limit for user in fund.users if user.person_id == actor.person_id]
        found.append(
            Own(
                Choice(fund, None if left is None else fund.money(left), ()),
                taken[fund.id],
                next(iter(limits), None),
            )
        )
    return found


def users(fund_id: int) -> Sequence[Row[Any]]:
    """Who may charge a fund: rows (id, person_id, limit_units, ends_on, name_en, name_zh, mail), everybody first."""
    user, person = FundUser, Person
    return db.session.execute(
        select(
            user.id,
            user.person_id,
            user.limit_units,
            user.ends_on,
            person.name_en,
            person.name_zh,
            person.mail,
        )
        .outerjoin(person, person.id == user.person_id)
        .where(user.fund_id == fund_id)
        .order_by(user.person_id.is_not(None), user.id)
    ).all()


def taken_by_each(fund_id: int) -> dict[int, int]:
    """By person, what they have spent and hold of a fund, in minor units. Three statements."""
    found: dict[int, int] = {}
    account, transfer, hold = LedgerAccount, LedgerTransfer, FundHold
    for side, sign in ((transfer.debit_id, 1), (transfer.credit_id, -1)):
        for person_id, units in db.session.execute(
            select(transfer.person_id, func.sum(transfer.amount_units))
            .join(account, account.id == side)
            .where(account.fund_id == fund_id, transfer.person_id.is_not(None))
            .group_by(transfer.person_id)
        ):
            found[person_id] = found.get(person_id, 0) + sign * int(units)
    for person_id, units in db.session.execute(
        select(hold.person_id, func.sum(hold.amount_units))
        .where(hold.fund_id == fund_id, hold.state == "pending", hold.person_id.is_not(None))
        .group_by(hold.person_id)
    ):
        found[person_id] = found.get(person_id, 0) + int(units)
    return found


def holds(fund_id: int, person_id: int | None = None, most: int = 100) -> Sequence[Row[Any]]:
    """What is held of a fund now, newest first: rows (id, thing_kind, thing_id, amount_units, made_at, expires_at, names)."""
    hold, person = FundHold, Person
    found = (
        select(
            hold.id, hold.thing_kind, hold.thing_id, hold.amount_units, hold.made_at, hold.expires_at,
            hold.person_id, person.name_en, person.name_zh,
        )
        .outerjoin(person, person.id == hold.person_id)
        .where(hold.fund_id == fund_id, hold.state == "pending")
        .order_by(hold.id.desc())
        .limit(most)
    )  # fmt: skip
    return db.session.execute(found if person_id is None else found.where(hold.person_id == person_id)).all()


def allowed(fund_id: int) -> Sequence[Row[Any]]:
    """What a fund may pay for: rows (lab_id, institution_id, class_code, line_kind, name_en, name_zh)."""
    permit, place, kind = FundPermit, Institution, InstrumentClass
    return db.session.execute(
        select(
            permit.lab_id, permit.institution_id, permit.class_code, permit.line_kind,
            func.coalesce(Lab.name_en, place.name_en, kind.name_en, "").label("name_en"),
            func.coalesce(Lab.name_zh, place.name_zh, kind.name_zh, "").label("name_zh"),
        )
        .outerjoin(Lab, Lab.id == permit.lab_id)
        .outerjoin(place, place.id == permit.institution_id)
        .outerjoin(kind, kind.code == permit.class_code)
        .where(permit.fund_id == fund_id)
        .order_by(permit.id)
    ).all()  # fmt: skip


def postings(fund_id: int, person_id: int | None, before: int | None, most: int) -> Sequence[Row[Any]]:
    """What was posted on a fund, entry by entry, newest first, of one person if given: rows (id, posted_at, month, kind, thing,
    reason, units: above zero where it was charged, is_tax, the person's names)."""
    both, person = _posted(fund_id, person_id).subquery(), Person
    found = select(both, person.name_en, person.name_zh).outerjoin(person, person.id == both.c.person_id)
    if before is not None:
        found = found.where(both.c.id < before)
    return db.session.execute(found.order_by(both.c.id.desc()).limit(most)).all()


def spending(fund_id: int, person_id: int | None, before: int | None, most: int) -> Sequence[Row[Any]]:
    """The same with what was posted at once for one thing as one line: tax_units is what of it is tax, reverses whether it was
    taken back; id is that of its last entry."""
    both, person = _posted(fund_id, person_id).subquery(), Person
    last, reverses = func.max(both.c.id), both.c.reverses_id.is_not(None)
    same = (
        both.c.posted_at, both.c.month, both.c.kind, both.c.thing_kind, both.c.thing_id, both.c.reason, reverses,
        both.c.person_id, person.name_en, person.name_zh,
    )  # fmt: skip
    found = (
        select(
            last.label("id"), both.c.posted_at, both.c.month, both.c.kind, both.c.thing_kind, both.c.thing_id,
            both.c.reason, reverses.label("reverses"), both.c.person_id, func.sum(both.c.units).label("units"),
            func.sum(case((both.c.is_tax, both.c.units), else_=0)).label("tax_units"), person.name_en, person.name_zh,
        )
        .outerjoin(person, person.id == both.c.person_id)
        .group_by(*same)
        .order_by(last.desc())
        .limit(most)
    )  # fmt: skip
    return db.session.execute(found if before is None else found.having(last < before)).all()


def _posted(fund_id: int, person_id: int | None) -> CompoundSelect[Any]:
    """The entries on both sides of a fund's account; is_tax: whether the other side is the tax that is owed."""
    account, other, transfer = LedgerAccount, aliased(LedgerAccount), LedgerTransfer
    conditions = [account.fund_id == fund_id]
    if person_id is not None:
        conditions.append(transfer.person_id == person_id)
    sides = [
        select(
            transfer.id, transfer.posted_at, transfer.month, transfer.kind, transfer.thing_kind, transfer.thing_id,
            transfer.reason, transfer.reverses_id, transfer.person_id, (sign * transfer.amount_units).label("units"),
            (other.kind == "output_tax").label("is_tax"),
        )
        .join(account, account.id == side)
        .join(other, other.id == across)
        .where(and_(*conditions))
        for side, across, sign in (
            (transfer.debit_id, transfer.credit_id, 1), (transfer.credit_id, transfer.debit_id, -1),
        )
    ]  # fmt: skip
    return sides[0].union_all(sides[1])


def account_of(fund_id: int) -> int | None:
    """The number of a fund's account, once something was posted on it."""
    return db.session.scalar(select(LedgerAccount.id).where(LedgerAccount.fund_id == fund_id))
