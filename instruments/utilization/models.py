"""The summaries of utilization: one row an instrument and month, worked out anew when what it rests on was touched."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Id

A_MONTH = "month / 100 BETWEEN 1970 AND 9999 AND month % 100 BETWEEN 1 AND 12"


class UtilizationState(db.Model):
    """One row, made when first needed: the lock of whoever keeps summaries.

    number: which state of them this is, raised whenever any is written or marked; marked: how often marks were set; begun:
    the UTC second at which anything was first reserved or used, None where nobody looked yet.
    """

    __tablename__ = "utilization_state"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    marked: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    begun: Mapped[int | None] = mapped_column(BigInteger)


class MonthNumber(db.Model):
    """Which state the summaries of a month are in, raised whenever any of it is written; no row: none was written yet."""

    __tablename__ = "utilization_number"
    __table_args__ = (CheckConstraint(A_MONTH, name="month"),)

    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)


class Measures:
    """What is summed of an instrument over some time: times in milliseconds, or numbers.

    What the columns mean stands in definitions.py and counting.py; by_sensor to by_assumed: used time by its evidence;
    external_by_sensor to external_by_assumed: of it, what was used for another legal person than the owner.
    """

    calendar: Mapped[int] = mapped_column(BigInteger)
    open: Mapped[int] = mapped_column(BigInteger)
    bookable: Mapped[int] = mapped_column(BigInteger)
    down: Mapped[int] = mapped_column(BigInteger)
    reserved: Mapped[int] = mapped_column(BigInteger)
    attended: Mapped[int] = mapped_column(BigInteger)
    effective: Mapped[int] = mapped_column(BigInteger)
    owned: Mapped[int] = mapped_column(BigInteger)
    inside: Mapped[int] = mapped_column(BigInteger)
    unused: Mapped[int] = mapped_column(BigInteger)
    clock: Mapped[int] = mapped_column(BigInteger)
    external: Mapped[int] = mapped_column(BigInteger)
    external_clock: Mapped[int] = mapped_column(BigInteger)
    lead: Mapped[int] = mapped_column(BigInteger)
    lead_known: Mapped[int]
    uses: Mapped[int]
    external_uses: Mapped[int]
    samples: Mapped[int]
    external_samples: Mapped[int]
    reservations: Mapped[int]
    no_shows: Mapped[int]
    late_cancelled: Mapped[int]
    repairs: Mapped[int]
    served: Mapped[bool] = mapped_column(Boolean)
    by_sensor: Mapped[int] = mapped_column(BigInteger)
    by_scan: Mapped[int] = mapped_column(BigInteger)
    by_file: Mapped[int] = mapped_column(BigInteger)
    by_typed: Mapped[int] = mapped_column(BigInteger)
    by_assumed: Mapped[int] = mapped_column(BigInteger)
    external_by_sensor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    external_by_scan: Mapped[int] = mapped_column(BigInteger, server_default="0")
    external_by_file: Mapped[int] = mapped_column(BigInteger, server_default="0")
    external_by_typed: Mapped[int] = mapped_column(BigInteger, server_default="0")
    external_by_assumed: Mapped[int] = mapped_column(BigInteger, server_default="0")


class MonthSummary(Measures, db.Model):
    """What figures need of one instrument in one month of its lab's wall.

    month: 202611; due_at: the UTC second from which the row is to be worked out anew: never for a month that is over,
    the next midnight for the one that runs (which is summed up to the last one), 0 once something under it was touched.
    """

    __tablename__ = "utilization_month"
    __table_args__ = (
        CheckConstraint(A_MONTH, name="month"),
        Index("ix_utilization_month_due", "month", "due_at"),
    )

    instrument_id: Mapped[int] = mapped_column(
        ForeignKey("instrument.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_at: Mapped[int] = mapped_column(BigInteger)


class YearSummary(Measures, db.Model):
    """The months of an instrument within a year added up, so that a year is read in a twelfth of the time.

    first: its first month, January, or September of an academic year; months: of how many rows it is the sum; due_at: the
    earliest of theirs. It is there only while all of those are up to date: whatever writes or marks one takes it away.
    """

    __tablename__ = "utilization_year"
    __table_args__ = (
        CheckConstraint("first / 100 BETWEEN 1970 AND 9999 AND first % 100 IN (1, 9)", name="first"),
        CheckConstraint("months BETWEEN 1 AND 12", name="months"),
        Index("ix_utilization_year_instrument", "instrument_id"),
    )

    first: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    instrument_id: Mapped[int] = mapped_column(
        ForeignKey("instrument.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    months: Mapped[int]
    due_at: Mapped[int] = mapped_column(BigInteger)


class MonthCustomer(db.Model):
    """Whom an instrument served in a month and who reserved it: an institution or company, and its group; times in milliseconds.

    0 stands for nobody known. What those of an instrument's month come to is its effective time, its used time by evidence,
    its reservations, late cancellations, and its reserved, attended and unused time; who only reserved has no uses, samples
    and effective time.
    """

    __tablename__ = "utilization_customer"
    __table_args__ = (
        Index("ix_utilization_customer", "institution_id", "month"),
        Index("ix_utilization_customer_group", "group_id", "month"),
    )

    instrument_id: Mapped[int] = mapped_column(
        ForeignKey("instrument.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    institution_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    group_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    effective: Mapped[int] = mapped_column(BigInteger)
    uses: Mapped[int]
    samples: Mapped[int]
    reservations: Mapped[int] = mapped_column(server_default="0")
    no_shows: Mapped[int] = mapped_column(server_default="0")
    lead: Mapped[int] = mapped_column(BigInteger, server_default="0")
    by_sensor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    by_scan: Mapped[int] = mapped_column(BigInteger, server_default="0")
    by_file: Mapped[int] = mapped_column(BigInteger, server_default="0")
    by_typed: Mapped[int] = mapped_column(BigInteger, server_default="0")
    by_assumed: Mapped[int] = mapped_column(BigInteger, server_default="0")
    reserved: Mapped[int] = mapped_column(BigInteger, server_default="0")
    attended: Mapped[int] = mapped_column(BigInteger, server_default="0")
    unused: Mapped[int] = mapped_column(BigInteger, server_default="0")
    late_cancelled: Mapped[int] = mapped_column(server_default="0")


class MonthPerson(db.Model):
    """Who stands behind what is counted of an instrument in a month; only ever shown as a number.

    behind: of which figures they are part (behind.py); person 0: nobody knows who.
    """

    __tablename__ = "utilization_person"

    instrument_id: Mapped[int] = mapped_column(
        ForeignKey("instrument.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    behind: Mapped[int] = mapped_column(server_default="1")


class MonthIncome(db.Model):
    """What was charged for the use of an instrument by the month of the service: posted charges, before tax, in cents.

    external: of it, what is borne by another legal person than the owner.
    """

    __tablename__ = "utilization_income"

    instrument_id: Mapped[int] = mapped_column(
        ForeignKey("instrument.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    charged: Mapped[int] = mapped_column(BigInteger)
    external: Mapped[int] = mapped_column(BigInteger)


class MonthWeek(db.Model):
    """In which hours of the week an instrument was used in a month (weekly.py); no row: in none. Apart, being large."""

    __tablename__ = "utilization_week"

    instrument_id: Mapped[int] = mapped_column(
        ForeignKey("instrument.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cells: Mapped[bytes] = mapped_column(LargeBinary)
