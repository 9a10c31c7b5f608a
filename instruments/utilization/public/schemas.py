"""The shapes of what an institution tells everybody, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from instruments.web.shapes import Asked


class PublicFiguresOut(BaseModel):
    """What an institution tells everybody of a year. Null: not told; `withheld`: fewer than five persons stand behind some of
    it, and `withheld_figures` names which. `old`: some of it is being counted anew. `records_begin`: the day from which on use is
    known, where the period begins before it."""

    institution_id: int
    period: str
    first: date
    last: date
    hours_shared: str | None
    instruments_that_served: int | None
    institutions_served: int | None
    companies_served: int | None
    withheld: bool
    withheld_figures: list[str]
    old: bool
    records_begin: date | None


class PublicChoiceIn(Asked):
    """What everybody is told: of a calendar or academic year that is over; neither: nothing."""

    period: Annotated[str, Field(max_length=30)] = ""
    hours: bool
    served: bool


class PublicChoiceOut(BaseModel):
    """What is chosen."""

    institution_id: int
    period: str | None
    hours: bool
    served: bool
