"""Who sees proposals to net, and one with its statements, read for pages, papers and programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

from instruments.charges.closing_models import Statement
from instruments.charges.settlement_models import OPEN, SettlementProposal, SettlementStatement
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Institution, Person
from instruments.people.rights import Action, Actor, Scope, may

_PROPOSAL: Any = SettlementProposal.__table__
_PART: Any = SettlementStatement.__table__
_STATEMENT: Any = Statement.__table__
A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Part:
    """A statement of a proposal, in minor units as it was proposed: what was left on it, and how much of it is netted."""

    statement: Any
    left: int
    netted: int

    @property
    def remains(self) -> int:
        """What stays to be paid on it."""
        return self.left - self.netted


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Whether one of the two accepted, who did and when."""

    home: Institution
    person: Person | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal with everything that is said of it. side: the institution for which it is read."""

    row: SettlementProposal
    side: Institution
    other: Institution
    parts: Sequence[Part]
    acceptances: Sequence[Acceptance]
    proposed_by: Person
    lapsed_over: Statement | None

    @property
    def is_open(self) -> bool:
        """Whether it can still be answered."""
        return self.row.state in OPEN

    @property
    def is_own(self) -> bool:
        """Whether the reader's side proposed it."""
        return self.row.proposed_for_id == self.side.id

    @property
    def has_accepted(self) -> bool:
        """Whether the reader's side accepted it."""
        return any(each.home.id == self.side.id and each.at is not None for each in self.acceptances)

    def owed_to(self, home: Institution) -> list[Part]:
        """The statements of one of the two."""
        return [part for part in self.parts if part.statement.creditor_id == home.id]

    def owes(self, home: Institution) -> int:
        """What one of the two had to pay the other when it was proposed, in minor units."""
        return self.row.one_owes_units if home.id == self.row.one_id else self.row.two_owes_units

    def pays_after(self, home: Institution) -> int:
        """What one of the two still has to pay once it is netted, in minor units."""
        return self.owes(home) - self.row.netted_units


def sides_of(actor: Actor, row: Any, action: Action = Action.LEDGER_SEE) -> list[int]:
    """For which of the two somebody may do this; their own institution first."""
    found = [each for each in (row.one_id, row.two_id) if may(actor, action, Scope(each))]
    return sorted(found, key=lambda each: each != actor.institution_id)


def the_proposal(
    actor: Actor, proposal_id: int, wanted: int | None = None, action: Action = Action.LEDGER_SEE
) -> tuple[SettlementProposal, int]:
    """A proposal and the side for which somebody may do this (the wanted one, if they may for both); NotFound as for none."""
    row = db.session.get(SettlementProposal, proposal_id)
    sides = [] if row is None else sides_of(actor, row, action)
    if row is None or not sides or (wanted is not None and wanted not in sides):
        raise NotFound([Reason("no_proposal", None, N_("There is no such proposal."))])
    return row, wanted or sides[0]


def shown(row: SettlementProposal, side_id: int) -> Shown:
    """Everything of a proposal, for one of the two. Five statements."""
    homes = {each.id: each for each in (row.one, row.two)}
    wanted = {row.proposed_by_id, row.one_accepted_by_id, row.two_accepted_by_id} - {None}
    people = {each.id: each for each in db.session.scalars(select(Person).where(Person.id.in_(wanted)))}
    over = None if row.lapsed_over_id is None else db.session.get_one(Statement, row.lapsed_over_id)
    return Shown(
        row,
        homes.pop(side_id),
        next(iter(homes.values())),
        list(_parts(row.id)),
        [
            Acceptance(row.one, people.get(row.one_accepted_by_id or 0), row.one_accepted_at),
            Acceptance(row.two, people.get(row.two_accepted_by_id or 0), row.two_accepted_at),
        ],
        people[row.proposed_by_id],
        over,
    )


def _parts(proposal_id: int) -> Iterator[Part]:
    asked = (
        select(_STATEMENT, _PART.c.left_units, _PART.c.netted_units)
        .join(_PART, _PART.c.statement_id == _STATEMENT.c.id)
        .where(_PART.c.proposal_id == proposal_id)
        .order_by(_STATEMENT.c.due_on, _STATEMENT.c.id)
    )
    for each in db.session.execute(asked):
        yield Part(each, each.left_units, each.netted_units)


def listed(
    institution_id: int, before: int | None = None, limit: int = A_PAGE, state: str | None = None
) -> Sequence[Row[Any]]:
    """Proposals of an institution, newest first, with the names of the other; before: the number of the last one seen."""
    one = _PROPOSAL.c
    other = Institution.__table__.c
    asked = (
        select(_PROPOSAL, other.id.label("other_id"), other.name_en.label("other_en"), other.name_zh.label("other_zh"))
        .join(
            Institution,
            or_(
                (one.one_id == institution_id) & (other.id == one.two_id),
                (one.two_id == institution_id) & (other.id == one.one_id),
            ),
        )
        .order_by(one.id.desc())
        .limit(limit)
    )  # fmt: skip
    if before is not None:
        asked = asked.where(one.id < before)
    if state is not None:
        asked = asked.where(one.state == state)
    return db.session.execute(asked).all()
