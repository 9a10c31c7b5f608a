"""The shapes of faults on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.availability.faults import LONGEST_NOTE, LONGEST_WORDS
from instruments.web.shapes import Asked


class FaultIn(Asked):
    """What is wrong."""

    words: Annotated[str, Field(max_length=LONGEST_WORDS)]


class FaultAnswerIn(Asked):
    """What the lab says: known, with a note that the next users read, or settled."""

    state: Literal["known", "settled"]
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""


class FaultOut(BaseModel):
    """A report. What was reported, by whom, and whether with a photo, is null for all but the lab and who reported it."""

    id: int
    instrument_id: int
    state: Literal["open", "known", "settled"]
    note: str
    reported_at: datetime
    answered_at: datetime | None
    words: str | None
    has_photo: bool | None
    reporter_id: int | None
    version: int


class FaultsOut(BaseModel):
    """The reports on an instrument, those not settled first: for its lab all of them, else what is known and one's own."""

    items: list[FaultOut]
