"""The shapes in which programs add, change, read whole and retire an instrument, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from instruments.catalog.columns import Column
from instruments.catalog.instrument_form import FIELDS
from instruments.catalog.schemas import AMode, AStatus
from instruments.web.shapes import ADate, AnId, Asked

AnAudience = Literal["lab", "institution", "partners", "companies"]
# What is not written as one text.
LISTED = ("techniques", "measured_quantities")
NOT_TEXTS = {"mode", "status", "audience", "capacity", "specifications", *LISTED}


class SpecificationIn(Asked):
    """One figure, like Resolution, 0.8, nm."""

    name: str
    value: str
    unit: str = ""


class SpecificationOut(BaseModel):
    """One figure."""

    name: str
    value: str
    unit: str


class _ListedIn(Asked):
    """What is no text."""

    status: AStatus = "in_service"
    audience: AnAudience = Field("partners", description="Who may book it.")
    modes: list[AMode] = Field(default_factory=list)
    capacity: int = 1
    techniques: list[str] = Field(default_factory=list)
    measured_quantities: list[str] = Field(default_factory=list)
    specifications: list[SpecificationIn] = Field(default_factory=list)


class _ListedOut(BaseModel):
    """What is no text."""

    id: int
    lab_id: int
    status: AStatus
    audience: AnAudience
    modes: list[AMode]
    capacity: int
    techniques: list[str]
    measured_quantities: list[str]
    specifications: list[SpecificationOut]
    version: int


def _written(column: Column) -> tuple[Any, Any]:
    """The other fields: dates and texts, called and meant as the columns of the template."""
    if column.kind == "date":
        return ADate | None, Field(None, description=column.en)
    return str, Field("", description=column.en)


def _shown(column: Column) -> tuple[Any, Any]:
    return (date | None if column.kind == "date" else str), Field(description=column.en)


_WRITTEN = [column for column in FIELDS if column.key not in NOT_TEXTS]
InstrumentIn: Any = create_model(
    "InstrumentIn",
    __base__=_ListedIn,
    __module__=__name__,
    __doc__="An instrument, with the fields of the template; a new one has at least one name.",
    **{column.key: _written(column) for column in _WRITTEN},
)
InstrumentRecordOut: Any = create_model(
    "InstrumentRecordOut",
    __base__=_ListedOut,
    __module__=__name__,
    __doc__="All that is kept of an instrument, called as in the template; what the national form asks, too.",
    **{column.key: _shown(column) for column in _WRITTEN},
)


class InstrumentChangeIn(InstrumentIn):
    """What changes of an instrument; what is left out stays. lab_id: another lab of the same institution."""

    lab_id: AnId | None = None


class RetireIn(Asked):
    """Its last day in service; one to come is noted, and until then it is booked as before."""

    retired_on: ADate
    note: Annotated[str, Field(max_length=300)] = ""
