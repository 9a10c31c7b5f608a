"""The years of which institutions told everybody at any time: facts that pages and dashboards both withhold by."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Id


class ToldYear(db.Model):
    """A year [first_on, end_on) that an institution told everybody of at any time: what was seen once stays known."""

    __tablename__ = "utilization_told"
    __table_args__ = (CheckConstraint("first_on < end_on", name="span"),)

    institution_id: Mapped[int] = mapped_column(
        Id, ForeignKey("institution.id"), primary_key=True, autoincrement=False
    )
    first_on: Mapped[date] = mapped_column(Date, primary_key=True)
    end_on: Mapped[date] = mapped_column(Date)
