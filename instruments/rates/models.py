"""The facts of prices: cards and their versions, windows and prices, services, and a lab's finer classes of customers."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.types import Id, Instant, Percent
from instruments.people.models import Institution, Lab
from instruments.rates.card import BASES, INCREMENTS, UNITS
from instruments.rates.terms import CLASSES, DRAFT, MINIMUM_OF_TIME, MODES, SPLIT_BASES, STATES


class Service(db.Model):
    """What a lab offers besides its instruments, such as the preparation of samples."""

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint("name_en <> '' OR name_zh <> ''", name="named"),
        Index("ix_service_lab", "lab_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id"))
    name_en: Mapped[str] = mapped_column(String(200), server_default="", default="")
    name_zh: Mapped[str] = mapped_column(String(200), server_default="", default="")
    description_en: Mapped[str] = mapped_column(Text, server_default="", default="")
    description_zh: Mapped[str] = mapped_column(Text, server_default="", default="")
    archived: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    lab: Mapped[Lab] = relationship()


class CustomerSplit(db.Model):
    """A finer class of a lab's customers: some of the institutions that are of one class for everybody else."""

    __tablename__ = "customer_split"
    __table_args__ = (
        CheckConstraint(f"base IN {SPLIT_BASES}", name="base"),
        UniqueConstraint("id", "lab_id"),
        Index("uq_customer_split_name", "lab_id", "name_zh", "name_en", unique=True),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id"))
    base: Mapped[str] = mapped_column(String(20))
    name_en: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    lab: Mapped[Lab] = relationship()
    members: Mapped[list[CustomerSplitMember]] = relationship(
        back_populates="split", cascade="all, delete-orphan", order_by="CustomerSplitMember.institution_id"
    )

    @property
    def key(self) -> str:
        """As which class its prices are kept."""
        return f"split:{self.id}"


class CustomerSplitMember(db.Model):
    """An institution of a finer class; towards one lab it is in one at most."""

    __tablename__ = "customer_split_member"
    __table_args__ = (
        ForeignKeyConstraint(
            ["split_id", "lab_id"],
            ["customer_split.id", "customer_split.lab_id"],
            name="fk_customer_split_member_split_id_customer_split",
            ondelete="CASCADE",
        ),
        Index("ix_customer_split_member_split", "split_id"),
    )

    lab_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    split_id: Mapped[int] = mapped_column(Id)

    split: Mapped[CustomerSplit] = relationship(back_populates="members")
    institution: Mapped[Institution] = relationship()


class RateCard(db.Model):
    """The prices of one lab, instrument or service, version after version."""

    __tablename__ = "rate_card"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN lab_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN instrument_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN service_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_owner",
        ),
        UniqueConstraint("lab_id"),
        UniqueConstraint("instrument_id"),
        UniqueConstraint("service_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id"))
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instrument.id"))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))

    lab: Mapped[Lab | None] = relationship()
    instrument: Mapped[Instrument | None] = relationship()
    service: Mapped[Service | None] = relationship()


class RateVersion(db.Model):
    """What a card says from a date until before another, on the lab's wall; open where `valid_to` is empty.

    The migration adds that no two published versions of a card share a date, and that nothing of a published one changes
    but its end, which can be set or brought forward. `stamp` names its content for what is kept in memory.
    """

    __tablename__ = "rate_version"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="dates"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint(f"basis IN {BASES}", name="basis"),
        CheckConstraint(f"increment IN {INCREMENTS}", name="increment"),
        CheckConstraint(f"operator_increment IN {INCREMENTS}", name="operator_increment"),
        CheckConstraint("overrun BETWEEN 0 AND 100000", name="overrun"),
        CheckConstraint("late_percent BETWEEN 0 AND 10000", name="late_percent"),
        CheckConstraint("no_show_percent BETWEEN 0 AND 10000", name="no_show_percent"),
        CheckConstraint("free_hours BETWEEN 0 AND 744", name="free_hours"),
        CheckConstraint("state = 'draft' OR proposed_at IS NOT NULL", name="proposed"),
        CheckConstraint("state <> 'published' OR approved_at IS NOT NULL", name="approved"),
        CheckConstraint("approved_by_id <> proposed_by_id", name="by_another"),
        Index("ix_rate_version_card", "card_id", "valid_from"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("rate_card.id"))
    state: Mapped[str] = mapped_column(String(10), server_default=DRAFT, default=DRAFT)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3), server_default="CNY", default="CNY")
    basis: Mapped[str] = mapped_column(String(10), server_default="used", default="used")
    increment: Mapped[int] = mapped_column(server_default="1", default=1)
    operator_increment: Mapped[int] = mapped_column(server_default="1", default=1)
    operator_windows: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    overrun: Mapped[Decimal] = mapped_column(Percent, server_default="10000", default=Decimal(100))
    late_percent: Mapped[Decimal | None] = mapped_column(Percent)
    free_hours: Mapped[int] = mapped_column(server_default="0", default=0)
    no_show_percent: Mapped[Decimal | None] = mapped_column(Percent)
    note: Mapped[str] = mapped_column(String(500), server_default="", default="")
    stamp: Mapped[str] = mapped_column(String(16), default=lambda: secrets.token_hex(8))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    card: Mapped[RateCard] = relationship()
    windows: Mapped[list[RateWindow]] = relationship(
        cascade="all, delete-orphan", order_by="RateWindow.position", passive_deletes=True
    )
    prices: Mapped[list[RatePrice]] = relationship(
        cascade="all, delete-orphan", order_by="RatePrice.position", passive_deletes=True
    )


class RateWindow(db.Model):
    """A part of the day, in minutes from midnight, in which an hour costs `factor` percent; `days`: words with spaces."""

    __tablename__ = "rate_window"
    __table_args__ = (
        CheckConstraint(
            "since BETWEEN 0 AND 1439 AND until BETWEEN 0 AND 1440 AND since <> until", name="times"
        ),
        CheckConstraint("factor BETWEEN 0 AND 100000", name="factor"),
        CheckConstraint("name_en <> '' OR name_zh <> ''", name="named"),
    )

    version_id: Mapped[int] = mapped_column(
        ForeignKey("rate_version.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name_en: Mapped[str] = mapped_column(String(80), server_default="", default="")
    name_zh: Mapped[str] = mapped_column(String(80), server_default="", default="")
    since: Mapped[int]
    until: Mapped[int]
    factor: Mapped[Decimal] = mapped_column(Percent)
    days: Mapped[str] = mapped_column(String(40), server_default="", default="")


class RatePrice(db.Model):
    """What one class of customers pays per unit in one mode; unit "minimum": what its time costs at least."""

    __tablename__ = "rate_price"
    __table_args__ = (
        CheckConstraint(
            f"customer_class IN {CLASSES} OR substr(customer_class, 1, 6) = 'split:'", name="customer_class"
        ),
        CheckConstraint(f"mode IN {MODES}", name="mode"),
        CheckConstraint(f"unit IN {(*UNITS, MINIMUM_OF_TIME)}", name="unit"),
        CheckConstraint("(unit IN ('sample', 'item')) = (code <> '')", name="code"),
        CheckConstraint("price_units >= 0", name="price"),
        UniqueConstraint("version_id", "customer_class", "mode", "unit", "code"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("rate_version.id", ondelete="CASCADE"))
    customer_class: Mapped[str] = mapped_column(String(30))
    mode: Mapped[str] = mapped_column(String(10))
    unit: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(40), server_default="", default="")
    name_en: Mapped[str] = mapped_column(String(120), server_default="", default="")
    name_zh: Mapped[str] = mapped_column(String(120), server_default="", default="")
    price_units: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(server_default="0", default=0)


class PriceSheet(db.Model):
    """A sheet of prices that a lab brought: its header and rows as they were read, until they are taken over.

    valid_from: the first day of what changes, where the file leaves it as it was.
    """

    __tablename__ = "price_sheet"
    __table_args__ = (Index("ix_price_sheet_lab", "lab_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    valid_from: Mapped[date | None] = mapped_column(Date)
    header: Mapped[list[str]] = mapped_column(JSON, default=list)
    rows: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    brought_at: Mapped[datetime] = mapped_column(Instant)
    taken_at: Mapped[datetime | None] = mapped_column(Instant)

    lab: Mapped[Lab] = relationship()
