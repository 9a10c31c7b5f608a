"""The facts of disputes, of funds that pay afterwards, and of how an institution charges."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.charges.models import Charge
from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.people.models import Person

DISPUTE_STATES = ("open", "upheld", "adjusted", "withdrawn")
CHANGE_STATES = ("asked", "agreed", "refused")
_OPEN = text("state = 'open'")
_ASKED = text("state = 'asked'")
SECOND_ABOVE = 100_000
ANSWER_DAYS = 14


class Dispute(db.Model):
    """Somebody says that a charge, or one line of it, is wrong; the lab answers, and after `due_at` its institution.

    escalated_at: when the silence of the lab was taken up to the institution. line_kind: the kind of the disputed line, off
    which its answer takes; empty where it is off the whole charge. less_units: what was taken off, in minor units;
    agreed_by_id: the second person, where one had to agree. result_id: the charge that came of it; a draft itself, which is
    not replaced.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        CheckConstraint(f"state IN {DISPUTE_STATES}", name="state"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "state NOT IN ('upheld', 'adjusted') OR (answer <> ''"
            " AND decided_by_id IS NOT NULL AND decided_by_id <> raised_by_id)",
            name="answered",
        ),
        CheckConstraint("less_units IS NULL OR (state = 'adjusted' AND less_units > 0)", name="less"),
        CheckConstraint("agreed_by_id <> decided_by_id", name="second_person"),
        Index("uq_dispute_open", "charge_id", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_dispute_charge", "charge_id"),
        Index("ix_dispute_due", "due_at", postgresql_where=_OPEN, sqlite_where=_OPEN),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"))
    position: Mapped[int | None]
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    raised_at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime] = mapped_column(Instant)
    escalated_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10), server_default="open", default="open")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(Text, server_default="", default="")
    result_id: Mapped[int | None] = mapped_column(ForeignKey("charge.id"))
    less_units: Mapped[int | None] = mapped_column(BigInteger)
    line_kind: Mapped[str] = mapped_column(String(12), server_default="", default="")
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    charge: Mapped[Charge] = relationship(foreign_keys=[charge_id])
    raised_by: Mapped[Person] = relationship(foreign_keys=[raised_by_id])


class FundChange(db.Model):
    """Another fund is to bear a charge afterwards: its owner agrees or refuses; agreed, the charge is made anew.

    said: the code of a fund that neither who asks nor who used it may charge: which it means, if any, is looked up when it is
    read, so that one that is not there differs in nothing from one that waits. home_id: in which institution the code counts.
    """

    __tablename__ = "fund_change"
    __table_args__ = (
        CheckConstraint(f"state IN {CHANGE_STATES}", name="state"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("fund_id IS NOT NULL OR said <> ''", name="named"),
        Index("uq_fund_change_asked", "charge_id", unique=True, postgresql_where=_ASKED, sqlite_where=_ASKED),
        Index("ix_fund_change_fund", "fund_id"),
        Index("ix_fund_change_charge", "charge_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"))
    fund_id: Mapped[int | None] = mapped_column(ForeignKey("fund.id"))
    home_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    said: Mapped[str] = mapped_column(String(60), server_default="", default="")
    reason: Mapped[str] = mapped_column(String(500))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10), server_default="asked", default="asked")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(String(500), server_default="", default="")
    result_id: Mapped[int | None] = mapped_column(ForeignKey("charge.id"))
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class ChargingSettings(db.Model):
    """How an institution charges, set by its finance office; the row is also the lock under which its charges are posted.

    share_rate: its share of a lab's net income; tax_rate: what prices to others include; both in hundredths of a percent.
    second_above_units: above which amount entered by hand a second person is needed; answer_days: how long a lab has to
    answer a dispute.
    """

    __tablename__ = "charging_settings"
    __table_args__ = (
        CheckConstraint("share_rate BETWEEN 0 AND 10000", name="share_rate"),
        CheckConstraint("tax_rate BETWEEN 0 AND 10000", name="tax_rate"),
        CheckConstraint("second_above_units >= 0", name="second_above"),
        CheckConstraint("answer_days BETWEEN 1 AND 90", name="answer_days"),
    )

    institution_id: Mapped[int] = mapped_column(
        ForeignKey("institution.id"), primary_key=True, autoincrement=False
    )
    share_rate: Mapped[int] = mapped_column(server_default="0", default=0)
    tax_rate: Mapped[int] = mapped_column(server_default="0", default=0)
    second_above_units: Mapped[int] = mapped_column(
        BigInteger, server_default=str(SECOND_ABOVE), default=SECOND_ABOVE
    )
    answer_days: Mapped[int] = mapped_column(server_default=str(ANSWER_DAYS), default=ANSWER_DAYS)
    version: Mapped[int] = mapped_column(server_default="1", default=1)
