"""What the catalogue answers to programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from instruments.web.shapes import AClass, AnId, Asked, ReasonOut

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
    has_photo: bool = Field(description="Whether there is a photo at /instruments/<id>/photo.")
    version: int


class ImportIn(Asked):
    """How a file is brought in. create_labs counts for an institution alone: a lab's file brings into that lab."""

    create_labs: bool = Field(False, description="Add the labs that the file names and that are not there.")
    week: str = Field(
        "", max_length=500, description="Opening hours for what has none, like “Mon-Fri 08:00-18:00”."
    )


class FaultyCellOut(BaseModel):
    """Why a row is refused: one reason; a row may have several."""

    row: int
    name: str
    column: str = Field(description="The key of the column; empty where it is about the whole row.")
    cell: str
    reason: ReasonOut


class NewRowOut(BaseModel):
    """An instrument that is new."""

    row: int
    name: str
    lab: str


class ChangedCellOut(BaseModel):
    """What stands in the catalogue, and what the file says."""

    column: str
    old: Any
    new: Any


class ChangedRowOut(BaseModel):
    """An instrument that is changed, from which version on."""

    row: int
    name: str
    id: int
    version: int
    cells: list[ChangedCellOut]


class ImportOut(BaseModel):
    """One file brought to the catalogue: what it would do while it is `checked`, what it did once it is `done`."""

    id: int
    institution_id: int
    lab_id: int | None = Field(
        description="The lab whose instruments alone it may bring; null: the institution."
    )
    file_name: str
    state: Literal["uploaded", "checking", "checked", "importing", "done", "failed"]
    rows_total: int
    rows_checked: int
    created_at: datetime
    finished_at: datetime | None
    failure: list[ReasonOut] = Field(
        description="Why the file as a whole was not taken; then nothing was changed."
    )
    counts: dict[str, int] = Field(
        description="How many rows are refused, new, changed and the same; empty before."
    )
    unknown_columns: list[str]
    refused: list[FaultyCellOut]
    new: list[NewRowOut]
    changed: list[ChangedRowOut]
    labs: list[str] = Field(description="The labs that are added.")
    opened: int = Field(description="How many instruments were given opening hours.")


class InstrumentsOut(BaseModel):
    """A page of instruments, by id."""

    items: list[InstrumentOut]
    next: str | None
