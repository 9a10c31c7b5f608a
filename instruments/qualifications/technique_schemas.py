"""The shapes of techniques on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from instruments.qualifications.techniques import LONGEST_NAME, MOST_INSTRUMENTS
from instruments.web.shapes import AnId, Asked

AName = Annotated[str, Field(max_length=LONGEST_NAME)]


class TechniqueIn(Asked):
    """A named group of instruments for which people are qualified together; one of the names may be empty."""

    name_en: AName = ""
    name_zh: AName = ""
    instruments: Annotated[list[AnId], Field(max_length=MOST_INSTRUMENTS)] = Field(
        default_factory=list, description="All of them, by number: at least one of this lab or institution."
    )


class TechniqueOut(BaseModel):
    """A technique; its version is what a change must name in If-Match."""

    id: int
    name_en: str
    name_zh: str
    instruments: list[int]
    people: int = Field(description="How many hold a level for it.")
    version: int


class TechniquesOut(BaseModel):
    """The techniques of a lab or an institution."""

    items: list[TechniqueOut]
