"""The shapes of roles and deputies on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from instruments.web.shapes import ADate, Asked

ARole = Literal[
    "platform_administrator", "institution_manager", "finance_officer", "auditor", "safety_officer", "lab_manager",
    "lab_operator", "group_head", "fund_delegate", "company_manager", "member",
]  # fmt: skip


class RoleIn(Asked):
    """A role for somebody with an account, by mail address; who has it already has it as said here then."""

    role: ARole
    mail: str
    ends_on: ADate | None = Field(None, description="The last day; null: until somebody ends it.")


class DeputyIn(Asked):
    """Who stands in for the holder, by mail address, and until the end of which day: at most a year ahead."""

    deputy: str
    deputy_until: ADate


class HeldByOut(BaseModel):
    """Who holds a role, or stands in."""

    id: int
    name_en: str
    name_zh: str
    mail: str


class RoleOut(BaseModel):
    """A role of one person on an institution, a lab or a group; on none of them: on the platform."""

    id: int
    role: ARole
    institution_id: int | None
    lab_id: int | None
    group_id: int | None
    person: HeldByOut
    ends_on: date | None = Field(description="The last day; one that is over was held until then.")
    deputy: HeldByOut | None
    deputy_until: date | None
    granted_at: datetime


class RolesOut(BaseModel):
    """A page of roles, ended ones too, in the order of the roles."""

    items: list[RoleOut]
    next: str | None


class MyRolesOut(BaseModel):
    """The roles that one holds or stands in for."""

    items: list[RoleOut]
