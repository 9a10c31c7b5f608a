"""The facts about people: institutions, labs, groups, persons, their roles and their keys."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.database import db
from instruments.database.types import Id, Instant


class Institution(db.Model):
    """A legal person that owns instruments, uses them, or both."""

    __tablename__ = "institution"
    __table_args__ = (
        CheckConstraint("kind IN ('university', 'institute', 'company', 'public')", name="kind"),
        CheckConstraint("length(country) = 2", name="country"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name_en: Mapped[str] = mapped_column(String(200))
    name_zh: Mapped[str] = mapped_column(String(200))
    ror: Mapped[str | None] = mapped_column(String(40), unique=True)
    credit_code: Mapped[str | None] = mapped_column(String(18), unique=True)
    country: Mapped[str] = mapped_column(String(2), server_default="CN", default="CN")
    zone: Mapped[str] = mapped_column(String(60), server_default="Asia/Shanghai", default="Asia/Shanghai")
    province_en: Mapped[str] = mapped_column(String(80), server_default="", default="")
    province_zh: Mapped[str] = mapped_column(String(80), server_default="", default="")
    city_en: Mapped[str] = mapped_column(String(80), server_default="", default="")
    city_zh: Mapped[str] = mapped_column(String(80), server_default="", default="")
    address: Mapped[str] = mapped_column(String(300), server_default="", default="")
    website: Mapped[str] = mapped_column(String(300), server_default="", default="")
    description_en: Mapped[str] = mapped_column(Text, server_default="", default="")
    description_zh: Mapped[str] = mapped_column(Text, server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    domains: Mapped[list[MailDomain]] = relationship(
        back_populates="institution", cascade="all, delete-orphan", order_by="MailDomain.domain"
    )


class MailDomain(db.Model):
    """A mail domain whose holders belong to the institution."""

    __tablename__ = "mail_domain"

    domain: Mapped[str] = mapped_column(String(120), primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id", ondelete="CASCADE"), index=True)

    institution: Mapped[Institution] = relationship(back_populates="domains")


class Lab(db.Model):
    """A unit of an institution that runs instruments; times on its wall are in `zone`."""

    __tablename__ = "lab"
    __table_args__ = (Index("uq_lab_name", "institution_id", "name_zh", "name_en", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    name_en: Mapped[str] = mapped_column(String(200))
    name_zh: Mapped[str] = mapped_column(String(200))
    zone: Mapped[str] = mapped_column(String(60), server_default="Asia/Shanghai", default="Asia/Shanghai")
    city_en: Mapped[str] = mapped_column(String(80), server_default="", default="")
    city_zh: Mapped[str] = mapped_column(String(80), server_default="", default="")
    address: Mapped[str] = mapped_column(String(300), server_default="", default="")
    contact_name: Mapped[str] = mapped_column(String(120), server_default="", default="")
    contact_phone: Mapped[str] = mapped_column(String(60), server_default="", default="")
    contact_mail: Mapped[str] = mapped_column(String(200), server_default="", default="")
    description_en: Mapped[str] = mapped_column(Text, server_default="", default="")
    description_zh: Mapped[str] = mapped_column(Text, server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    institution: Mapped[Institution] = relationship()


class Person(db.Model):
    """Somebody with an account. At least one of the names is given; `session_key` changes to sign out everywhere."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("kind IN ('student', 'staff', 'external')", name="kind"),
        CheckConstraint("name_en <> '' OR name_zh <> ''", name="named"),
        CheckConstraint("mail = lower(mail)", name="mail_lower"),
        Index("ix_person_institution", "institution_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    mail: Mapped[str] = mapped_column(String(200), unique=True)
    name_en: Mapped[str] = mapped_column(String(120), server_default="", default="")
    name_zh: Mapped[str] = mapped_column(String(120), server_default="", default="")
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(40), server_default="", default="")
    adviser_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    phone: Mapped[str] = mapped_column(String(60), server_default="", default="")
    orcid: Mapped[str | None] = mapped_column(String(19), unique=True)
    language: Mapped[str] = mapped_column(String(20), server_default="en", default="en")
    zone: Mapped[str] = mapped_column(String(60), server_default="Asia/Shanghai", default="Asia/Shanghai")
    shows_name: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    ends_on: Mapped[date | None] = mapped_column(Date)
    membership_confirmed_on: Mapped[date | None] = mapped_column(Date)
    mail_confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    deactivated_at: Mapped[datetime | None] = mapped_column(Instant)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    session_key: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    institution: Mapped[Institution | None] = relationship()
    adviser: Mapped[Person | None] = relationship(remote_side="Person.id")


class ResearchGroup(db.Model):
    """People who work, and later pay, together under a principal investigator."""

    __tablename__ = "research_group"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id"), index=True)
    name_en: Mapped[str] = mapped_column(String(200))
    name_zh: Mapped[str] = mapped_column(String(200))
    principal_investigator_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    institution: Mapped[Institution] = relationship()
    lab: Mapped[Lab | None] = relationship()
    principal_investigator: Mapped[Person | None] = relationship()


class RoleGrant(db.Model):
    """A role of a person on one scope: the platform (all ids empty), an institution, a lab or a group.

    The deputy has the same role on the same scope until the end of `deputy_until`.
    Being a member of a group is the role "member" on it.
    """

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN institution_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN lab_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN group_id IS NULL THEN 0 ELSE 1 END) <= 1",
            name="one_scope",
        ),
        CheckConstraint(
            "(role IN ('institution_manager', 'finance_officer', 'auditor', 'company_manager', 'safety_officer'))"
            " = (institution_id IS NOT NULL)",
            name="institution_role",
        ),
        CheckConstraint("(role IN ('lab_manager', 'lab_operator')) = (lab_id IS NOT NULL)", name="lab_role"),
        CheckConstraint(
            "(role IN ('group_head', 'fund_delegate', 'member')) = (group_id IS NOT NULL)", name="group_role"
        ),
        CheckConstraint(
            "role = 'platform_administrator' OR coalesce(institution_id, lab_id, group_id) IS NOT NULL",
            name="platform_role",
        ),
        CheckConstraint("(deputy_id IS NULL) = (deputy_until IS NULL)", name="deputy_ends"),
        CheckConstraint("deputy_id IS NULL OR deputy_id <> person_id", name="deputy_is_another"),
        Index(
            "uq_role_grant",
            "person_id",
            "role",
            func.coalesce(text("institution_id"), 0),
            func.coalesce(text("lab_id"), 0),
            func.coalesce(text("group_id"), 0),
            unique=True,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(30))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("research_group.id"), index=True)
    ends_on: Mapped[date | None] = mapped_column(Date)
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    deputy_until: Mapped[date | None] = mapped_column(Date)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[datetime] = mapped_column(Instant)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    deputy: Mapped[Person | None] = relationship(foreign_keys=[deputy_id])


class PersonalToken(db.Model):
    """A key for programs, shown once and kept as a hash; `scopes` are words with spaces between."""

    __tablename__ = "personal_token"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    last_used_on: Mapped[date | None] = mapped_column(Date)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class MailedLink(db.Model):
    """A link sent by mail, good once: to confirm an address, set a new password, or accept an invitation."""

    __tablename__ = "mailed_link"
    __table_args__ = (CheckConstraint("purpose IN ('confirm', 'reset', 'invitation')", name="purpose"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str | None] = mapped_column(String(20))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    mail: Mapped[str] = mapped_column(String(200), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("research_group.id"))
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class SignInAttempt(db.Model):
    """One try to sign in, kept so that guessing can be slowed."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_mail", "mail", "at"),
        Index("ix_sign_in_attempt_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    mail: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(Instant)
    succeeded: Mapped[bool] = mapped_column(Boolean)
