"""The shapes of secret feed addresses on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from instruments.calendars.keys import LONGEST_NAME
from instruments.web.shapes import Asked


class FeedIn(Asked):
    """What an address is called, so that one knows it again: the program, the device."""

    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""


class FeedOut(BaseModel):
    """A secret address in force, without its secret part, which only its hash is kept of."""

    id: int
    lab_id: int | None = Field(description="Null: a person’s own reservations.")
    name: str
    person_id: int = Field(description="Whose it is: it shows what this person may see.")
    person_en: str
    person_zh: str
    created_at: datetime
    last_used_on: date | None


class FeedMadeOut(FeedOut):
    """A new address. It is told here, once: whoever has it sees what it shows."""

    address: str


class FeedsOut(BaseModel):
    """Addresses in force, newest first."""

    items: list[FeedOut]
