"""The facts of charges: what is owed for which use, the lines that say why, who bears it, and what is missing for it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.catalog.models import Instrument
from instruments.charges.entries import ROUTES
from instruments.charges.states import BY_HAND, FEES, KINDS, STATES
from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.funds.sharing import ROLES
from instruments.people.models import Institution, Lab, Person, ResearchGroup

_LIVE_USE = text("kind = 'use' AND state <> 'reversed'")
_LIVE_NO_SHOW = text("kind = 'no_show' AND state <> 'reversed'")
_NOT_POSTED = text("posted_at IS NULL")
_IS_ABOUT = text("about_id IS NOT NULL")
_IS_OPEN = text("state IN ('disputed', 'draft')")
A_MONTH = "length(month) = 7 AND substr(month, 5, 1) = '-' AND substr(month, 6, 2) BETWEEN '01' AND '12'"


class Charge(db.Model):
    """What is owed to an institution for one use, or a fee, an adjustment, or the reversal of another charge.

    key: what it is for, in one text, so that nothing is charged twice ("use:12", "reversal:5"). customer: the place among
    the customers of a run, 0 where there is one. service_on: the true date, on the lab's wall; month: that of the books,
    empty until it is posted. corrects_id: which charge it replaces; reverses_id: which it takes back, once; about_id:
    what an adjustment, credit or waiver is about. waits_for_second: it is above the limit, and nobody else has agreed yet.
    share_rate, tax_rate: hundredths of a percent by which it was posted. use_version: of the use as it was priced.

    The migrations add what the database itself refuses: a posted charge whose lines or shares do not come to its total,
    or that is changed, deleted, or made less final; one for a customer that its use has not, or that is made another's; and
    that what waits for a second person stops waiting without one.
    """

    __tablename__ = "charge"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint(A_MONTH, name="month"),
        CheckConstraint("(month IS NULL) = (posted_at IS NULL)", name="posted_month"),
        CheckConstraint("state NOT IN ('posted', 'reversed') OR posted_at IS NOT NULL", name="posted"),
        CheckConstraint("state <> 'draft' OR posted_at IS NULL", name="draft"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal"),
        CheckConstraint("kind <> 'use' OR use_id IS NOT NULL", name="of_use"),
        CheckConstraint(f"kind NOT IN {FEES} OR reservation_id IS NOT NULL", name="of_reservation"),
        CheckConstraint(
            f"kind NOT IN {BY_HAND} OR (reason <> '' AND made_by_id IS NOT NULL)", name="by_hand"
        ),
        CheckConstraint("corrects_id IS NULL OR reason <> ''", name="correction"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> made_by_id", name="second_person"),
        CheckConstraint("NOT waits_for_second OR posted_at IS NULL", name="waits"),
        CheckConstraint("share_rate BETWEEN 0 AND 10000 AND tax_rate BETWEEN 0 AND 10000", name="rates"),
        UniqueConstraint("key", name="uq_charge_key"),
        UniqueConstraint("reverses_id", name="uq_charge_reverses_id"),
        UniqueConstraint("corrects_id", name="uq_charge_corrects_id"),
        Index(
            "uq_charge_live_use", "use_id", "customer", unique=True,
            postgresql_where=_LIVE_USE, sqlite_where=_LIVE_USE,
        ),
        Index(
            "uq_charge_live_no_show", "reservation_id", unique=True,
            postgresql_where=_LIVE_NO_SHOW, sqlite_where=_LIVE_NO_SHOW,
        ),
        Index("ix_charge_not_posted", "id", postgresql_where=_NOT_POSTED, sqlite_where=_NOT_POSTED),
        Index("ix_charge_reservation", "reservation_id"),
        # Hardly any charge is about another: with all that are not, the planner of SQLite took the index to tell nothing.
        Index("ix_charge_about", "about_id", postgresql_where=_IS_ABOUT, sqlite_where=_IS_ABOUT),
        Index("ix_charge_user", "user_id", "service_on", "id"),
        Index("ix_charge_group", "group_id", "service_on", "id"),
        Index("ix_charge_lab", "lab_id", "service_on", "id"),
        Index("ix_charge_instrument", "instrument_id", "service_on"),
        Index("ix_charge_creditor", "institution_id", "service_on", "id"),
        # All that sums of months read, so that they need not go to the charges themselves.
        Index("ix_charge_books", "institution_id", "month", "currency", "posted_at", "total_units"),
        Index("ix_charge_open", "institution_id", "state", postgresql_where=_IS_OPEN, sqlite_where=_IS_OPEN),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12))
    use_id: Mapped[int | None] = mapped_column(ForeignKey("use.id"))
    customer: Mapped[int] = mapped_column(server_default="0", default=0)
    reservation_id: Mapped[int | None] = mapped_column(ForeignKey("reservation.id"))
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instrument.id"))
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("research_group.id"))
    customer_class: Mapped[str] = mapped_column(String(30), server_default="", default="")
    version_id: Mapped[int | None] = mapped_column(ForeignKey("rate_version.id"))
    currency: Mapped[str] = mapped_column(String(3))
    total_units: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), server_default="draft", default="draft")
    service_on: Mapped[date] = mapped_column(Date)
    month: Mapped[str | None] = mapped_column(String(7))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("charge.id"))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("charge.id"))
    about_id: Mapped[int | None] = mapped_column(ForeignKey("charge.id"))
    reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    waits_for_second: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    posted_at: Mapped[datetime | None] = mapped_column(Instant)
    share_rate: Mapped[int] = mapped_column(server_default="0", default=0)
    tax_rate: Mapped[int] = mapped_column(server_default="0", default=0)
    use_version: Mapped[int | None]
    disputable_until: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    instrument: Mapped[Instrument | None] = relationship()
    lab: Mapped[Lab] = relationship()
    institution: Mapped[Institution] = relationship()
    user: Mapped[Person | None] = relationship(foreign_keys=[user_id])
    group: Mapped[ResearchGroup | None] = relationship()


# In the words of their index: put in others, or as parameters, SQLite would not know that the index serves.
IS_OPEN = Charge.state.in_((literal_column("'disputed'"), literal_column("'draft'")))


class ChargeLine(db.Model):
    """One line of a charge: so many units at a price times a factor in percent, and the reasons for it (rates/kept.py).

    The quantity is a fraction: 20 minutes are a third of an hour. customer_class: whose price it is.
    """

    __tablename__ = "charge_line"
    __table_args__ = (
        CheckConstraint("quantity_below > 0", name="quantity"),
        CheckConstraint("kind <> ''", name="kind"),
    )

    charge_id: Mapped[int] = mapped_column(
        ForeignKey("charge.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(12))
    unit: Mapped[str] = mapped_column(String(16))
    quantity_above: Mapped[int] = mapped_column(BigInteger)
    quantity_below: Mapped[int] = mapped_column(BigInteger)
    price_units: Mapped[int] = mapped_column(BigInteger)
    factor: Mapped[str] = mapped_column(String(30))
    amount_units: Mapped[int] = mapped_column(BigInteger)
    customer_class: Mapped[str] = mapped_column(String(30), server_default="", default="")
    why: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class ChargeShare(db.Model):
    """What one bears of a charge: a payer, with a fund or on account, or a programme.

    The payer is always named, as the institution or person that owes. A share of role "later" is what a programme gives
    back afterwards: it is told, and is no part of the total. payer_group_id: whose fund pays.
    """

    __tablename__ = "charge_share"
    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="role"),
        CheckConstraint(f"route IN {ROUTES}", name="route"),
        CheckConstraint("(role = 'payer') = (programme_id IS NULL)", name="programme"),
        CheckConstraint("route <> 'internal' OR fund_id IS NOT NULL", name="internal"),
        CheckConstraint("(payer_institution_id IS NULL) <> (payer_person_id IS NULL)", name="one_payer"),
        Index("ix_charge_share_fund", "fund_id"),
        Index("ix_charge_share_payer", "payer_institution_id", "charge_id"),
        Index("ix_charge_share_group", "payer_group_id", "charge_id"),
        Index("ix_charge_share_person", "payer_person_id"),
    )

    charge_id: Mapped[int] = mapped_column(
        ForeignKey("charge.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    role: Mapped[str] = mapped_column(String(10))
    route: Mapped[str] = mapped_column(String(10))
    taxed: Mapped[bool] = mapped_column(Boolean)
    fund_id: Mapped[int | None] = mapped_column(ForeignKey("fund.id"))
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"))
    payer_institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    payer_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    payer_group_id: Mapped[int | None] = mapped_column(ForeignKey("research_group.id"))
    percent: Mapped[str] = mapped_column(String(30), server_default="100", default="100")
    customer_class: Mapped[str] = mapped_column(String(30), server_default="", default="")
    amount_units: Mapped[int] = mapped_column(BigInteger)
    why: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class ChargeMissing(db.Model):
    """What a use lacks to be charged, as it was found when it was last looked at: the lab's worklist of the unpriced."""

    __tablename__ = "charge_missing"
    __table_args__ = (
        CheckConstraint("codes <> ''", name="codes"),
        Index("ix_charge_missing_lab", "lab_id", "use_id"),
    )

    use_id: Mapped[int] = mapped_column(
        ForeignKey("use.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    customer: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    codes: Mapped[str] = mapped_column(String(200))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    use_version: Mapped[int]
    looked_at: Mapped[datetime] = mapped_column(Instant)


class UsePrice(db.Model):
    """What somebody decided for a use that lacked it: by which prices it is charged. Its payers stand in `use_payer`."""

    __tablename__ = "use_price"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)

    use_id: Mapped[int] = mapped_column(
        ForeignKey("use.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    version_id: Mapped[int] = mapped_column(ForeignKey("rate_version.id"))
    reason: Mapped[str] = mapped_column(String(500))
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime] = mapped_column(Instant)


class UsePayer(db.Model):
    """Who pays so many percent of a use, where its reservation does not say or another pays afterwards."""

    __tablename__ = "use_payer"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN fund_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN payer_institution_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN payer_person_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_payer",
        ),
    )

    use_id: Mapped[int] = mapped_column(
        ForeignKey("use.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    customer: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fund_id: Mapped[int | None] = mapped_column(ForeignKey("fund.id"))
    payer_institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    payer_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    percent: Mapped[str] = mapped_column(String(30), server_default="100", default="100")
    customer_class: Mapped[str] = mapped_column(String(30), server_default="", default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime] = mapped_column(Instant)
