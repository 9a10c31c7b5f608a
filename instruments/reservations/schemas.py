"""The shapes of reservations on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from instruments.errors import N_

LARGEST_ID = 2**63 - 1
NOT_AN_INSTANT = N_("Write an instant with its offset, like 2026-11-25T09:00:00+08:00.")

NOT_IN_REACH = N_("Choose a date between 2000 and 2999.")


def _instant(value: Any) -> datetime:
    """An aware datetime; a naive one is refused, because nobody knows which moment it means."""
    if isinstance(value, datetime):
        moment = value
    else:
        try:
            # An unescaped + in an address arrives as a space.
            moment = datetime.fromisoformat(str(value).strip().replace(" ", "+"))
            moment.timestamp()
        except (ValueError, OverflowError) as error:
            raise PydanticCustomError("instant", NOT_AN_INSTANT) from error
    if moment.tzinfo is None:
        raise PydanticCustomError("instant", NOT_AN_INSTANT)
    if not 2000 <= moment.year < 3000:
        raise PydanticCustomError("instant", NOT_IN_REACH)
    return moment


AnInstant = Annotated[datetime, BeforeValidator(_instant, json_schema_input_type=datetime)]
AnId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
APurpose = Literal["teaching", "research", "development", "service"]


class BookingIn(BaseModel):
    """What to book. Without `for` one books for oneself; `for` is a person's number or mail address."""

    model_config = ConfigDict(populate_by_name=True)

    instrument_id: AnId
    start: AnInstant
    end: AnInstant
    purpose: str = "research"
    title: str = ""
    user: AnId | str | None = Field(None, alias="for")
    group_id: AnId | None = None
    show_name: bool = False


class ChangeIn(BaseModel):
    """What shall be different; what is left out stays. `reason` goes into the history."""

    start: AnInstant | None = None
    end: AnInstant | None = None
    purpose: str | None = None
    title: str | None = None
    show_name: bool | None = None
    reason: str = ""


class CancelIn(BaseModel):
    """Why it is cancelled."""

    reason: str = ""


class ListQuery(BaseModel):
    """Which reservations. scope: one's own, or all that one's roles show."""

    scope: Literal["mine", "all"] = "mine"
    instrument_id: AnId | None = None
    state: str | None = None
    since: AnInstant | None = Field(None, alias="from")
    until: AnInstant | None = Field(None, alias="to")
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


class CalendarQuery(BaseModel):
    """A range of at most 62 days; without it the seven days from now."""

    since: AnInstant | None = Field(None, alias="from")
    until: AnInstant | None = Field(None, alias="to")


class PersonOut(BaseModel):
    """A person by number and names."""

    id: int
    name_en: str
    name_zh: str


class ReservationOut(BaseModel):
    """A reservation. `version` is also its ETag."""

    id: int
    instrument_id: int
    start: datetime
    end: datetime
    state: Literal[
        "requested", "confirmed", "cancelled", "declined", "expired", "released", "done", "no_show"
    ]
    purpose: APurpose
    title: str
    user: PersonOut
    booker: PersonOut
    institution_id: int | None
    group_id: int | None
    show_name: bool
    reason: str
    created_at: datetime
    changed_at: datetime
    version: int


class ReservationsOut(BaseModel):
    """One page of reservations; `next` is the cursor of the following page, or null."""

    items: list[ReservationOut]
    next: str | None


class SpanOut(BaseModel):
    """A half-open span of time."""

    start: datetime
    end: datetime


class CalendarOut(BaseModel):
    """When an instrument is open, busy and free (bookable by its rules), within the range asked for."""

    instrument_id: int
    zone: str
    start: datetime
    end: datetime
    grid_minutes: int
    open: list[SpanOut]
    busy: list[SpanOut]
    free: list[SpanOut]
