"""Find requests to charge a fund: one's own, those that wait for one's answer, and of which funds that answer could be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.funds.asking.models import FundRequest
from instruments.funds.models import EXTERNAL, Fund
from instruments.people.models import Institution, Person, RoleGrant
from instruments.people.rights import Actor, Role
from instruments.people.signing import today

A_PAGE = 50
_GROUP_ROLES = (Role.GROUP_HEAD, Role.FUND_DELEGATE)


def the_request(actor: Actor, number: int, now: datetime) -> FundRequest:
    """A request, for who asked and who can answer it; NotFound for everybody else."""
    row = db.session.get(FundRequest, number)
    if row is None or not (row.asker_id == actor.person_id or may_answer(actor, row, now)):
        raise NotFound([Reason("no_request", None, N_("There is no such request."))])
    return row


def may_answer(actor: Actor, row: FundRequest, now: datetime) -> bool:
    """Whether somebody could give the right that is asked for; nobody answers themselves."""
    return row.asker_id != actor.person_id and bool(funds_for(actor, row, now))


def funds_for(actor: Actor, row: Any, now: datetime) -> Sequence[Fund]:
    """The funds of which the actor could give the right that is asked for, by code."""
    if row.by_mail and row.holder_id != actor.person_id:
        return []
    meant = [managed_by(actor, today(now)), Fund.state != "closed"]
    if not row.by_mail:
        meant.append(_of_code(row.home_id, row.said))
    return db.session.scalars(select(Fund).where(*meant).order_by(Fund.code, Fund.id)).all()


def meant_by(home_id: int | None, code: str) -> Sequence[Fund]:
    """The funds that a code means to somebody of an institution, whoever manages them."""
    return db.session.scalars(
        select(Fund).where(_of_code(home_id, code), Fund.state != "closed").order_by(Fund.id)
    ).all()


def _of_code(home_id: Any, code: Any) -> ColumnElement[bool]:
    return and_(Fund.owner_institution_id == home_id, func.lower(Fund.code) == func.lower(code))


def managed_by(actor: Actor, day: date) -> ColumnElement[bool]:
    """The condition that somebody is whom requests for a fund are brought to: the head and delegates of its group; where it
    has none, or they have left, the managers of its company or its finance."""
    groups, companies = _held(actor, _GROUP_ROLES), _held(actor, (Role.COMPANY_MANAGER,))
    houses = _held(actor, (Role.FINANCE_OFFICER,))
    grant = RoleGrant
    headed = exists().where(
        grant.group_id == Fund.group_id,
        grant.role.in_([role.value for role in _GROUP_ROLES]),
        or_(grant.ends_on.is_(None), grant.ends_on >= day),
    )
    own = or_(
        Fund.owner_institution_id.in_(companies),
        and_(Fund.owner_institution_id.in_(houses), Fund.kind.not_in(EXTERNAL)),
    )
    return or_(Fund.group_id.in_(groups), and_(own, ~headed))


def _held(actor: Actor, roles: Collection[Role]) -> set[int]:
    return {grant.scope_id for grant in actor.grants if grant.role in roles and grant.scope_id is not None}


def manages_any(actor: Actor) -> bool:
    """Whether requests could be brought to somebody at all. No statement."""
    return bool(_held(actor, (*_GROUP_ROLES, Role.COMPANY_MANAGER, Role.FINANCE_OFFICER)))


def to_answer(
    actor: Actor, now: datetime, after: int | None = None, most: int = A_PAGE
) -> Sequence[Row[Any]]:
    """The requests that wait for somebody's answer, the oldest first, with who asks. At most one statement."""
    if not manages_any(actor):
        return []
    later = [FundRequest.id > after] if after is not None else []
    one, mine = FundRequest, and_(managed_by(actor, today(now)), Fund.state != "closed")
    by_code = exists().where(mine, _of_code(one.home_id, one.said))
    theirs = or_(
        and_(one.by_mail.is_(True), one.holder_id == actor.person_id, exists().where(mine)),
        and_(one.by_mail.is_(False), by_code),
    )
    return db.session.execute(
        _named()
        .where(one.state == "open", one.asker_id != actor.person_id, theirs, *later)
        .order_by(one.id)
        .limit(most)
    ).all()


def asked_by(actor: Actor, before: int | None = None, most: int = A_PAGE) -> Sequence[Row[Any]]:
    """What somebody asked for, the newest first. One statement."""
    one = FundRequest
    earlier = [one.id < before] if before is not None else []
    return db.session.execute(
        _named().where(one.asker_id == actor.person_id, *earlier).order_by(one.id.desc()).limit(most)
    ).all()


def one_named(number: int) -> Row[Any]:
    """One request with its names."""
    return db.session.execute(_named().where(FundRequest.id == number)).one()


def _named() -> Any:
    one, asker, decider, home, granted = (
        FundRequest,
        aliased(Person),
        aliased(Person),
        Institution,
        aliased(Fund),
    )
    return (
        select(
            one.id, one.asker_id, one.home_id, one.said, one.by_mail, one.holder_id, one.words, one.state, one.asked_at,
            one.expires_at, one.ended_at, one.ended_by_id, one.fund_id, one.message, one.version,
            asker.name_en.label("asker_en"), asker.name_zh.label("asker_zh"), asker.mail.label("asker_mail"),
            home.name_en.label("home_en"), home.name_zh.label("home_zh"),
            decider.name_en.label("decider_en"), decider.name_zh.label("decider_zh"),
            granted.name_en.label("fund_en"), granted.name_zh.label("fund_zh"),
        )
        .join(asker, asker.id == one.asker_id)
        .outerjoin(home, home.id == asker.institution_id)
        .outerjoin(decider, decider.id == one.ended_by_id)
        .outerjoin(granted, granted.id == one.fund_id)
    )  # fmt: skip
