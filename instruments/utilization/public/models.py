"""The facts of the public page: which figures of which year an institution tells everybody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.people.models import Institution


class PublicFigures(db.Model):
    """What an institution tells everybody: of which year, hours shared, whom it served; no row: nothing."""

    __tablename__ = "utilization_public"
    __table_args__ = (CheckConstraint("hours OR served", name="something"),)

    institution_id: Mapped[int] = mapped_column(
        Id, ForeignKey("institution.id"), primary_key=True, autoincrement=False
    )
    period: Mapped[str] = mapped_column(String(30))
    hours: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    served: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    chosen_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    chosen_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    institution: Mapped[Institution] = relationship()
