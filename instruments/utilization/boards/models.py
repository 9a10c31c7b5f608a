"""The facts beside dashboards: views saved under a name, and targets of figures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Id, Instant


class SavedView(db.Model):
    """A view of utilization under a name: of one person, or of an institution. query: what its address says."""

    __tablename__ = "utilization_view"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (institution_id IS NULL)", name="whose"),
        CheckConstraint("name <> ''", name="name"),
        Index(
            "uq_utilization_view_person", "person_id", "name", unique=True,
            sqlite_where=text("person_id IS NOT NULL"), postgresql_where=text("person_id IS NOT NULL"),
        ),
        Index(
            "uq_utilization_view_institution", "institution_id", "name", unique=True,
            sqlite_where=text("institution_id IS NOT NULL"), postgresql_where=text("institution_id IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(String(300))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)


class UtilizationTarget(db.Model):
    """What a figure is to reach. kind, number: the place, 0 for the platform; or whose use, a group or the people of an
    institution or company.

    thousandths: of a share, or of hours a year.
    """

    __tablename__ = "utilization_target"
    __table_args__ = (
        UniqueConstraint("kind", "number", "figure", name="uq_utilization_target_place"),
        CheckConstraint(
            "kind IN ('platform', 'institution', 'lab', 'instrument', 'group', 'people')", name="kind"
        ),
        CheckConstraint("(kind = 'platform') = (number = 0)", name="number"),
        CheckConstraint("thousandths > 0", name="thousandths"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    number: Mapped[int] = mapped_column(BigInteger)
    figure: Mapped[str] = mapped_column(String(40))
    thousandths: Mapped[int] = mapped_column(BigInteger)
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime] = mapped_column(Instant)
