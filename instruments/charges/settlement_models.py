"""The facts of settlement between institutions: proposals to net what two owe one another, and the statements they name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.people.models import Institution

PROPOSED, ACCEPTED_BY_ONE, ACCEPTED = "proposed", "accepted_by_one", "accepted"
DECLINED, WITHDRAWN, LAPSED = "declined", "withdrawn", "lapsed"
STATES = (PROPOSED, ACCEPTED_BY_ONE, ACCEPTED, DECLINED, WITHDRAWN, LAPSED)
OPEN = (PROPOSED, ACCEPTED_BY_ONE)
# What happened to a statement of it, so that it lapsed.
PAID, DISPUTED, REVERSED = "paid", "disputed", "reversed"
WHY_LAPSED = (PAID, DISPUTED, REVERSED)
_OPEN = text(f"state IN {OPEN}")
_LIVE = text("live")


class SettlementProposal(db.Model):
    """That so much of what two institutions owe one another, in one currency, be settled without a transfer.

    It binds nobody until the finance offices of both accept it; then it is executed in the same transaction.
    one_id: the lower number of the two. *_owes_units: what each had to pay the other when it was proposed.
    What it proposes never changes, and once it is closed nothing of it does: the migration says so.
    """

    __tablename__ = "settlement_proposal"
    __table_args__ = (
        CheckConstraint("one_id < two_id", name="two"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("proposed_for_id IN (one_id, two_id)", name="proposed_for"),
        CheckConstraint("netted_units > 0", name="netted"),
        CheckConstraint(
            "netted_units <= one_owes_units AND netted_units <= two_owes_units", name="within_both"
        ),
        CheckConstraint(
            "state <> 'accepted' OR (one_accepted_by_id IS NOT NULL AND two_accepted_by_id IS NOT NULL)",
            name="both_accept",
        ),
        CheckConstraint(
            "state <> 'proposed' OR (one_accepted_by_id IS NULL AND two_accepted_by_id IS NULL)", name="none_accepts"
        ),
        CheckConstraint(
            "state <> 'accepted_by_one' OR (one_accepted_by_id IS NULL) <> (two_accepted_by_id IS NULL)",
            name="one_accepts",
        ),
        CheckConstraint(
            "(one_accepted_by_id IS NULL) = (one_accepted_at IS NULL)"
            " AND (two_accepted_by_id IS NULL) = (two_accepted_at IS NULL)",
            name="accepted_at",
        ),
        CheckConstraint(
            "one_accepted_by_id IS NULL OR two_accepted_by_id IS NULL"
            " OR one_accepted_by_id <> two_accepted_by_id",
            name="two_persons",
        ),
        CheckConstraint(f"(state IN {OPEN}) = (closed_at IS NULL)", name="closed"),
        CheckConstraint(
            f"(state = 'lapsed') = (lapsed_because IS NOT NULL) AND (lapsed_because IS NULL OR lapsed_because IN {WHY_LAPSED})",
            name="lapsed",
        ),
        Index(
            "uq_settlement_open", "one_id", "two_id", "currency", unique=True,
            postgresql_where=_OPEN, sqlite_where=_OPEN,
        ),
        Index("ix_settlement_one", "one_id", "id"),
        Index("ix_settlement_two", "two_id", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    one_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    two_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    currency: Mapped[str] = mapped_column(String(3))
    one_owes_units: Mapped[int] = mapped_column(BigInteger)
    two_owes_units: Mapped[int] = mapped_column(BigInteger)
    netted_units: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16), server_default=PROPOSED, default=PROPOSED)
    proposed_for_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    one_accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    one_accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    two_accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    two_accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(500), server_default="", default="")
    lapsed_because: Mapped[str | None] = mapped_column(String(8))
    lapsed_over_id: Mapped[int | None] = mapped_column(ForeignKey("statement.id"))
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    one: Mapped[Institution] = relationship(foreign_keys=[one_id])
    two: Mapped[Institution] = relationship(foreign_keys=[two_id])


class SettlementStatement(db.Model):
    """A statement that a proposal nets, and how it stood when it was proposed; in one open proposal at a time.

    left_units: what was to be paid on it; netted_units of them are proposed to be settled; reversed_lines: how many of
    its charges had been corrected. live: while the proposal is open.
    """

    __tablename__ = "settlement_statement"
    __table_args__ = (
        CheckConstraint("netted_units > 0 AND netted_units <= left_units", name="netted"),
        CheckConstraint("reversed_lines >= 0", name="reversed"),
        Index(
            "uq_settlement_statement_live", "statement_id", unique=True, postgresql_where=_LIVE, sqlite_where=_LIVE
        ),
    )  # fmt: skip

    proposal_id: Mapped[int] = mapped_column(
        ForeignKey("settlement_proposal.id"), primary_key=True, autoincrement=False
    )
    statement_id: Mapped[int] = mapped_column(
        ForeignKey("statement.id"), primary_key=True, autoincrement=False
    )
    left_units: Mapped[int] = mapped_column(BigInteger)
    netted_units: Mapped[int] = mapped_column(BigInteger)
    reversed_lines: Mapped[int]
    live: Mapped[bool] = mapped_column(Boolean, server_default=text("true"), default=True)
