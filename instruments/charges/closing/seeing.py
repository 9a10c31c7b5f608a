"""Who sees which statements, and statements with what is open on them, read for pages and programs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, cast, false, func, or_, select, true, tuple_

from instruments.charges.closing_models import Statement, StatementLine
from instruments.charges.models import Charge, ChargeLine
from instruments.charges.payment_models import PaymentMatch
from instruments.charges.sight import FINANCE, OF_GROUP, OF_PAYER, scopes
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.funds.programme_models import ProgrammeRow
from instruments.people.models import Institution
from instruments.people.rights import Actor, Role
from instruments.typed import whole

_STATEMENT: Any = Statement.__table__
_LINE: Any = StatementLine.__table__
_CHARGE: Any = Charge.__table__
_CHARGE_LINE: Any = ChargeLine.__table__
_MATCH: Any = PaymentMatch.__table__
# Who sees what a programme of their institution bears.
OF_PROGRAMME = (Role.FINANCE_OFFICER, Role.AUDITOR)
A_PAGE = 50
DIGITS = 9


def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition that a statement may be seen: as its payer, as who runs the programme that bears it, or as the finance of
    the institution it is from."""
    one = _STATEMENT.c
    seen = or_(
        one.payer_person_id == actor.person_id,
        one.payer_group_id.in_(scopes(actor, *OF_GROUP)),
        one.payer_institution_id.in_(scopes(actor, *OF_PAYER)),
        one.creditor_id.in_(scopes(actor, *FINANCE)),
        one.programme_id.in_(select(ProgrammeRow.id).where(_run_by(actor))),
    )
    return one.issued.is_(True) & seen


def _run_by(actor: Actor) -> ColumnElement[bool]:
    """The condition that somebody sees what a programme bears: administrators the platform's own, finance its institution's."""
    found = ProgrammeRow.institution_id.in_(scopes(actor, *OF_PROGRAMME))
    return found | ProgrammeRow.institution_id.is_(None) if actor.has(Role.PLATFORM_ADMINISTRATOR) else found


def mine(actor: Actor) -> ColumnElement[bool]:
    """The condition that somebody pays a statement: themselves, their group, their company or institution, or a programme that
    they run; what moves within an institution is not paid to it."""
    one = _STATEMENT.c
    payer = or_(
        one.payer_person_id == actor.person_id,
        one.payer_group_id.in_(scopes(actor, *OF_GROUP)),
        one.payer_institution_id.in_(scopes(actor, *OF_PAYER))
        & (one.payer_institution_id != one.creditor_id),
        one.programme_id.in_(
            select(ProgrammeRow.id).where(
                _run_by(actor), ProgrammeRow.institution_id.is_distinct_from(one.creditor_id)
            )
        ),
    )
    return one.issued.is_(True) & payer


def run_by(actor: Actor) -> Any:
    """The numbers of the programmes whose part somebody sees."""
    return select(ProgrammeRow.id).where(_run_by(actor))


def runs(actor: Actor, programme_id: int) -> bool:
    """Whether somebody sees what a programme bears, as who runs it."""
    asked = select(ProgrammeRow.id).where(ProgrammeRow.id == programme_id, _run_by(actor))
    return db.session.execute(asked).first() is not None


def is_own(actor: Actor, row: Any) -> bool:
    """Whether it is the actor's own money: such a look is not noted."""
    return (
        row.payer_person_id == actor.person_id
        or row.payer_group_id in scopes(actor, *OF_GROUP)
        or row.payer_institution_id in scopes(actor, Role.COMPANY_MANAGER)
    )


def the_statement(actor: Actor, statement_id: int) -> Statement:
    """A statement that the actor may see; NotFound as for none where they may not."""
    asked = select(Statement).where(_STATEMENT.c.id == statement_id, visible(actor))
    found = db.session.execute(asked).scalar()
    if found is None:
        raise NotFound([Reason("no_statement", None, N_("There is no such statement."))])
    return found


def listed(where: ColumnElement[bool], before: tuple[str, int] | None, limit: int) -> Sequence[Row[Any]]:
    """Statements, newest month first, with the names of who writes them; before: (month, id) of the last one seen."""
    one = _STATEMENT.c
    asked = (
        select(_STATEMENT, Institution.name_en.label("creditor_en"), Institution.name_zh.label("creditor_zh"))
        .join(Institution, Institution.id == one.creditor_id)
        .where(where)
        .order_by(one.month.desc(), one.id.desc())
        .limit(limit)
    )
    if before is not None:
        asked = asked.where(tuple_(one.month, one.id) < before)
    return db.session.execute(asked).all()


def fitting(words: str, with_left: bool) -> ColumnElement[bool]:
    """The condition that a statement fits what is looked for: its number, or its payer's name; with something left to pay."""
    one, match = _STATEMENT.c, _MATCH.c
    found: ColumnElement[bool] = true()
    if words:
        parts = words.partition("-")
        year, number, alone = (whole(part, DIGITS) for part in (parts[0], parts[2], words))
        named = cast(one.payer, Text).icontains(words, autoescape=True)
        found = named | (
            (one.year == year) & (one.number == number)
            if year is not None and number is not None
            else one.number == alone
            if alone is not None
            else false()
        )
    if with_left:
        paid = select(func.coalesce(func.sum(match.amount_units), 0)).where(
            match.statement_id == one.id, match.undone_at.is_(None)
        )
        found &= one.due_units > paid.scalar_subquery()
    return found


def lines_of(statement_id: int, after: int = 0, limit: int | None = None) -> Sequence[Row[Any]]:
    """The lines of a statement in their order, with the state of each charge as it now is."""
    asked = (
        select(_LINE, _CHARGE.c.state, _CHARGE.c.month.label("posted_in"))
        .join(_CHARGE, _CHARGE.c.id == _LINE.c.charge_id)
        .where(_LINE.c.statement_id == statement_id, _LINE.c.position > after)
        .order_by(_LINE.c.position)
        .limit(limit)
    )
    return db.session.execute(asked).all()


def chains(charge_ids: Collection[int]) -> dict[int, list[Row[Any]]]:
    """By charge, the lines that say why it costs that. One statement."""
    line = _CHARGE_LINE.c
    asked = select(_CHARGE_LINE).where(line.charge_id.in_(charge_ids)).order_by(line.charge_id, line.position)
    found: dict[int, list[Row[Any]]] = {}
    for row in db.session.execute(asked):
        found.setdefault(row.charge_id, []).append(row)
    return found
