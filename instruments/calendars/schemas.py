"""The shapes of outside calendars on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.calendars.subscribing import LONGEST_ADDRESS, LONGEST_NAME
from instruments.web.shapes import Asked


class SubscriptionIn(Asked):
    """The address of a calendar that the lab keeps elsewhere."""

    address: Annotated[str, Field(max_length=LONGEST_ADDRESS)]
    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""


class CalendarFileIn(Asked):
    """What a calendar that comes as a file is called; without a name as the file is."""

    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""


class UnreadOut(BaseModel):
    """An event that could not be read, by the line of the file in which it begins."""

    line: int
    why: str


class SubscriptionOut(BaseModel):
    """An outside calendar. Its address is often a secret, so that only its host is told; a file has none."""

    id: int
    lab_id: int | None
    instrument_id: int | None
    name: str
    host: str | None
    state: Literal["waiting", "read", "failing", "paused"]
    why: str = Field(description="Why it could not be read, for people; empty where it could.")
    unread: list[UnreadOut] = Field(
        description="The first 50 events that could not be read: of a file of which none could, else of the one that was "
        "read last, whose other events count."
    )
    succeeded_at: datetime | None


class SubscriptionsOut(BaseModel):
    """The outside calendars of a lab or of an instrument; an instrument's with those of its lab, which close it too."""

    items: list[SubscriptionOut]
