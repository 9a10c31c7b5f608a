"""What the catalogue answers to programs."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field

from instruments.web.shapes import AClass, AnId, Asked

AMode = Literal["self_operated", "guided", "delegated", "remote"]
AStatus = Literal["in_service", "limited", "down", "retired"]


class InstrumentsQuery(Asked):
    """Which instruments, and where the page begins."""

    q: str = Field("", max_length=200, description="Words that all have to be found, in either language.")
    institution: AnId | None = None
    class_code: AClass | None = Field(
        None, alias="class", description="A national class; whatever lies below it counts."
    )
    technique: str = Field("", max_length=120)
    mode: AMode | None = None
    status: AStatus | None = None
    cursor: str | None = Field(None, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class InstrumentOut(BaseModel):
    """One instrument; contact phone and mail only for those who are signed in."""

    id: int
    name_en: str
    name_zh: str
    maker: str
    model: str
    class_code: str | None
    status: AStatus
    audience: Literal["lab", "institution", "partners", "companies"]
    modes: list[AMode]
    capacity: int
    techniques: list[str]
    measured_quantities: list[str]
    specifications: list[dict[str, Any]]
    description_en: str
    description_zh: str
    sample_requirements: str
    location: str
    city_en: str
    city_zh: str
    commissioned_on: date | None
    retired_on: date | None
    contact_name: str
    contact_phone: str | None = None
    contact_mail: str | None = None
    lab_id: int
    lab_en: str
    lab_zh: str
    institution_id: int
    institution_en: str
    institution_zh: str
    zone: str
    version: int


class InstrumentsOut(BaseModel):
    """A page of instruments, by id."""

    items: list[InstrumentOut]
    next: str | None
