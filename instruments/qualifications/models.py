"""The facts of qualifications: techniques, what instruments ask for, who was granted what, and who asks for it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.people.models import Institution, Lab, Person

LEVEL_CODES = ("assisted", "independent", "night")
REQUEST_STATES = ("open", "invited", "granted", "declined", "withdrawn")
WAITING = ("open", "invited")
_LIVE = text("revoked_at IS NULL")
_WAITING = text("state IN ('open', 'invited')")
_FOR_INSTRUMENT = text("state IN ('open', 'invited') AND instrument_id IS NOT NULL AND renews_id IS NULL")
_RENEWAL = text("state IN ('open', 'invited') AND renews_id IS NOT NULL")


class QualifiedTechnique(db.Model):
    """A named group of instruments of a lab, or of several labs of an institution: qualified for it is qualified for each."""

    __tablename__ = "qualified_technique"
    __table_args__ = (
        CheckConstraint("(lab_id IS NULL) <> (institution_id IS NULL)", name="one_owner"),
        CheckConstraint("name_en <> '' OR name_zh <> ''", name="named"),
        Index("ix_qualified_technique_lab", "lab_id"),
        Index("ix_qualified_technique_institution", "institution_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id", ondelete="CASCADE"))
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    name_en: Mapped[str] = mapped_column(String(120), server_default="", default="")
    name_zh: Mapped[str] = mapped_column(String(120), server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class TechniqueInstrument(db.Model):
    """Which instrument belongs to which technique."""

    __tablename__ = "technique_instrument"
    __table_args__ = (Index("ix_technique_instrument_instrument", "instrument_id"),)

    technique_id: Mapped[int] = mapped_column(
        ForeignKey("qualified_technique.id", ondelete="CASCADE"), primary_key=True
    )
    instrument_id: Mapped[int] = mapped_column(
        ForeignKey("instrument.id", ondelete="CASCADE"), primary_key=True
    )


class QualificationRule(db.Model):
    """What instruments ask of their users: a lab's default, or what one instrument has instead. Empty levels: none.

    in_force: an instrument's own may be laid aside, so that its lab's holds again, without losing its version.
    night_from and night_until are minutes of the day on the lab's wall.
    """

    __tablename__ = "qualification_rule"
    __table_args__ = (
        CheckConstraint("(lab_id IS NULL) <> (instrument_id IS NULL)", name="one_owner"),
        CheckConstraint("level IN ('', 'assisted', 'independent')", name="level"),
        CheckConstraint("night_level IN ('', 'independent', 'night')", name="night_level"),
        CheckConstraint(
            "night_from BETWEEN 0 AND 1439 AND night_until BETWEEN 0 AND 1439 AND night_from <> night_until",
            name="night",
        ),
        CheckConstraint("(night_from IS NULL) = (night_until IS NULL)", name="night_whole"),
        CheckConstraint(
            "night_from IS NOT NULL OR (night_level = '' AND NOT two_at_night)", name="night_known"
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"), unique=True)
    instrument_id: Mapped[int | None] = mapped_column(
        ForeignKey("instrument.id", ondelete="CASCADE"), unique=True
    )
    in_force: Mapped[bool] = mapped_column(Boolean, server_default=text("true"), default=True)
    level: Mapped[str] = mapped_column(String(12), server_default="", default="")
    night_level: Mapped[str] = mapped_column(String(12), server_default="", default="")
    night_from: Mapped[int | None]
    night_until: Mapped[int | None]
    days_off: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    admission: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    two_at_night: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    two_if_hazardous: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class Qualification(db.Model):
    """A level granted to a person for an instrument or a technique, to the end of `expires_on` (None: for good).

    A person has at most one that is not revoked for each. Renewed and raised it is the same row; what was before
    stands in the journal. evidence: the name under which a file is kept, evidence_name: the one it came with.
    """

    __tablename__ = "qualification"
    __table_args__ = (
        CheckConstraint("(instrument_id IS NULL) <> (technique_id IS NULL)", name="one_subject"),
        CheckConstraint(f"level IN {LEVEL_CODES}", name="level"),
        CheckConstraint("granted_by_id IS NULL OR granted_by_id <> person_id", name="granted_by_another"),
        Index("ix_qualification_person", "person_id"),
        Index("ix_qualification_expires", "expires_on"),
        Index(
            "uq_qualification_instrument", "instrument_id", "person_id",
            unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE,
        ),
        Index(
            "uq_qualification_technique", "technique_id", "person_id",
            unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instrument.id"))
    technique_id: Mapped[int | None] = mapped_column(ForeignKey("qualified_technique.id"))
    level: Mapped[str] = mapped_column(String(12))
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[datetime] = mapped_column(Instant)
    expires_on: Mapped[date | None] = mapped_column(Date)
    evidence: Mapped[str] = mapped_column(String(64), server_default="", default="")
    evidence_name: Mapped[str] = mapped_column(String(120), server_default="", default="")
    remark: Mapped[str] = mapped_column(String(300), server_default="", default="")
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revoked_why: Mapped[str] = mapped_column(String(500), server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    instrument: Mapped[Instrument | None] = relationship()
    technique: Mapped[QualifiedTechnique | None] = relationship()


class SafetyAdmission(db.Model):
    """A person has passed the safety exam of an institution and may work in its labs to the end of `valid_until`.

    A person has at most one that is not revoked at each institution; renewed it is the same row.
    """

    __tablename__ = "safety_admission"
    __table_args__ = (
        CheckConstraint("granted_by_id IS NULL OR granted_by_id <> person_id", name="granted_by_another"),
        Index("ix_safety_admission_person", "person_id"),
        Index("ix_safety_admission_valid", "valid_until"),
        Index(
            "uq_safety_admission", "institution_id", "person_id",
            unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    exam: Mapped[str] = mapped_column(String(120), server_default="", default="")
    result: Mapped[str] = mapped_column(String(120), server_default="", default="")
    valid_until: Mapped[date] = mapped_column(Date)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[datetime] = mapped_column(Instant)
    evidence: Mapped[str] = mapped_column(String(64), server_default="", default="")
    evidence_name: Mapped[str] = mapped_column(String(120), server_default="", default="")
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revoked_why: Mapped[str] = mapped_column(String(500), server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    institution: Mapped[Institution] = relationship()


class QualificationRequest(db.Model):
    """A person asks a lab for a level on an instrument, or an institution for its safety admission.

    renews_id: the qualification that shall last longer; it may be for a technique, then `instrument_id` is one of its.
    lab_id: whose operators answer, empty for an admission, which those of the institution answer.
    `invited`: the training is appointed, in the words of `message`; it stays open until it is granted or declined.
    A person has at most one that waits for each.
    """

    __tablename__ = "qualification_request"
    __table_args__ = (
        CheckConstraint("(lab_id IS NULL) = (instrument_id IS NULL)", name="one_kind"),
        CheckConstraint("(level IS NULL) = (instrument_id IS NULL)", name="level_for_instrument"),
        CheckConstraint(f"level IN {LEVEL_CODES}", name="level"),
        CheckConstraint(f"state IN {REQUEST_STATES}", name="state"),
        CheckConstraint("answered_by_id IS NULL OR answered_by_id <> person_id", name="answered_by_another"),
        Index("ix_qualification_request_lab", "lab_id", "state"),
        Index("ix_qualification_request_institution", "institution_id", "state"),
        Index(
            "uq_qualification_request_instrument", "person_id", "instrument_id",
            unique=True, sqlite_where=_FOR_INSTRUMENT, postgresql_where=_FOR_INSTRUMENT,
        ),
        Index(
            "uq_qualification_request_renewal", "renews_id",
            unique=True, sqlite_where=_RENEWAL, postgresql_where=_RENEWAL,
        ),
        Index(
            "uq_qualification_request_admission", "person_id", "institution_id",
            unique=True, sqlite_where=text("state IN ('open', 'invited') AND instrument_id IS NULL"),
            postgresql_where=text("state IN ('open', 'invited') AND instrument_id IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id"))
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instrument.id"))
    renews_id: Mapped[int | None] = mapped_column(ForeignKey("qualification.id"))
    level: Mapped[str | None] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(String(500), server_default="", default="")
    asked_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10), server_default="open", default="open")
    message: Mapped[str] = mapped_column(String(500), server_default="", default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    institution: Mapped[Institution] = relationship()
    lab: Mapped[Lab | None] = relationship()
    instrument: Mapped[Instrument | None] = relationship()
    renews: Mapped[Qualification | None] = relationship()


class BroughtList:
    """A list that was brought from elsewhere: its rows as they were read, until they are taken over."""

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    brought_at: Mapped[datetime] = mapped_column(Instant)
    taken_at: Mapped[datetime | None] = mapped_column(Instant)


class QualificationList(BroughtList, db.Model):
    """Of qualifications, by a lab."""

    __tablename__ = "qualification_list"
    __table_args__ = (Index("ix_qualification_list_lab", "lab_id"),)

    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))

    lab: Mapped[Lab] = relationship()


class AdmissionList(BroughtList, db.Model):
    """Of safety admissions, by an institution."""

    __tablename__ = "admission_list"
    __table_args__ = (Index("ix_admission_list_institution", "institution_id"),)

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))

    institution: Mapped[Institution] = relationship()
