"""The facts of what a reservation was quoted when it was booked, and who is to pay for it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Instant, Percent
from instruments.rates.terms import MODES


class ReservationPrice(db.Model):
    """The terms that bind a reservation: a version of the prices, as which class and in which mode, and its quote.

    customer_class: of the first who pays, of the user's institution where nobody is named. counts: the add-ons that were
    chosen, by code. lines, why: as `rates.kept` writes them. ceiling_units: what it never costs more than, where a formal
    quote was accepted. priced_at: when Book was pressed; a user's move moves it, a lab's does not.
    """

    __tablename__ = "reservation_price"
    __table_args__ = (
        CheckConstraint(f"mode IN {MODES}", name="mode"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint("quoted_units >= 0", name="quoted"),
        CheckConstraint("ceiling_units >= 0", name="ceiling"),
        CheckConstraint("operator_minutes >= 0", name="operator"),
        Index("ix_reservation_price_version", "version_id"),
    )

    reservation_id: Mapped[int] = mapped_column(
        ForeignKey("reservation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    version_id: Mapped[int] = mapped_column(ForeignKey("rate_version.id"))
    customer_class: Mapped[str] = mapped_column(String(30))
    mode: Mapped[str] = mapped_column(String(10))
    currency: Mapped[str] = mapped_column(String(3))
    quoted_units: Mapped[int] = mapped_column(BigInteger)
    ceiling_units: Mapped[int | None] = mapped_column(BigInteger)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    operator_minutes: Mapped[int] = mapped_column(server_default="0", default=0)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    why: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    priced_at: Mapped[datetime] = mapped_column(Instant)


class ReservationPayer(db.Model):
    """A fund that pays so many percent of a reservation, at the price of its own class; the first takes the remainder.

    share_units: what of the quote falls to it.
    """

    __tablename__ = "reservation_payer"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 1 AND 10000", name="percent"),
        CheckConstraint("share_units >= 0", name="share"),
        UniqueConstraint("reservation_id", "fund_id"),
        Index("ix_reservation_payer_fund", "fund_id"),
    )

    reservation_id: Mapped[int] = mapped_column(
        ForeignKey("reservation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fund_id: Mapped[int] = mapped_column(ForeignKey("fund.id"))
    percent: Mapped[Decimal] = mapped_column(Percent)
    customer_class: Mapped[str] = mapped_column(String(30))
    share_units: Mapped[int] = mapped_column(BigInteger)


class ReservationProgramme(db.Model):
    """A programme that bears a part of a reservation, in its order; share_units: what of the quote, as it was reserved."""

    __tablename__ = "reservation_programme"
    __table_args__ = (
        CheckConstraint("share_units >= 0", name="share"),
        UniqueConstraint("reservation_id", "programme_id"),
        Index("ix_reservation_programme_programme", "programme_id"),
    )

    reservation_id: Mapped[int] = mapped_column(
        ForeignKey("reservation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    share_units: Mapped[int] = mapped_column(BigInteger)
