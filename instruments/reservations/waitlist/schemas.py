"""The shapes of the waitlist on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.reservations.paying.schemas import ReservationPaymentIn
from instruments.reservations.schemas import APerson, APurpose, PersonOut
from instruments.web.shapes import AClass, AnId, AnInstant, Asked


class WaitIn(ReservationPaymentIn):
    """What to wait for: `instrument_id`, or any of `class`, at `institution` or anywhere. `for` as in a reservation.

    How it is to be paid is remembered, and taken when an offer is accepted.
    """

    instrument_id: AnId | None = None
    class_code: AClass | None = Field(
        None, alias="class", description="A class; those below it count as well."
    )
    institution: AnId | None = Field(None, description="Of a class only the instruments of this institution.")
    since: AnInstant = Field(alias="from", description="The earliest start.")
    until: AnInstant = Field(alias="to", description="The latest end.")
    hours: Annotated[float, Field(gt=0, le=744)] | None = Field(
        None, description="How long within that time; left out, exactly all of it."
    )
    purpose: APurpose = "research"
    user: APerson = Field(None, alias="for")
    group_id: AnId | None = Field(
        None,
        description="The group that is served; left out, the user’s only group. Who works in several says for which.",
    )


class WaitAnswerIn(Asked):
    """Nothing needs to be said."""


class WaitAcceptIn(ReservationPaymentIn):
    """How what is offered is to be paid; nothing said: as when it was asked for."""


class WaitsQuery(Asked):
    """Which of my requests."""

    state: Literal["waiting", "offered", "met", "withdrawn", "over"] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")


class OfferOut(BaseModel):
    """A free span that is offered. It holds nothing: whoever takes the time first has it."""

    id: int
    instrument_id: int
    start: datetime
    end: datetime
    offered_at: datetime
    expires_at: datetime


class WaitPayerOut(BaseModel):
    """A fund that is to pay a part of what will be offered."""

    fund_id: int
    name_en: str
    name_zh: str
    percent: str


class WaitAskOut(BaseModel):
    """What asks for what is missing: `fields` are sent to `address` with POST. asked: it is asked for, and not answered yet."""

    words: str = Field(description="What the page calls it.")
    address: str
    fields: dict[str, int | str]
    asked: bool


class WaitAgainstOut(BaseModel):
    """Why nothing could be offered as things are, even where nobody had booked: `not_open_then`, `ahead`, `out_of_order`; what
    the reader lacks for an instrument: `admission_missing`, `not_qualified` and the like, with how to ask for it; of a class
    `all_lacking`, followed by what the first of its instruments ask for, or `some_lacking`: only the others can be offered.
    """

    code: str
    message: str = Field(description="For people, in the reader’s language.")
    instrument_id: int | None = Field(description="Of what is missing: for which instrument.")
    ask: WaitAskOut | None


class WaitOut(BaseModel):
    """A request of the waitlist. state: `offered` while something is offered to it; `version` is also its ETag."""

    id: int
    instrument_id: int | None
    class_code: str | None
    institution: int | None
    start: datetime
    end: datetime
    hours: float
    purpose: Literal["teaching", "research", "development", "service"]
    user: PersonOut
    asker: PersonOut
    group_id: int | None
    paid_from: list[WaitPayerOut] = Field(description="Empty where nobody is named yet.")
    state: Literal["waiting", "offered", "met", "withdrawn", "over"]
    offer: OfferOut | None
    against: list[WaitAgainstOut] = Field(
        description="All of it; empty where something could be offered as things are."
    )
    reservation_id: int | None
    asked_at: datetime
    ended_at: datetime | None
    version: int


class WaitsOut(BaseModel):
    """One page of requests, those that were asked last first; `next` is the cursor of the following page, or null."""

    items: list[WaitOut]
    next: str | None


class LabWaitOut(BaseModel):
    """Somebody who waits for one instrument of the lab; offered_until: null while nothing is offered."""

    id: int
    instrument_id: int
    user: PersonOut
    start: datetime
    end: datetime
    hours: float
    purpose: Literal["teaching", "research", "development", "service"]
    asked_at: datetime
    offered_until: datetime | None


class ClassWaitsOut(BaseModel):
    """How many wait for any of a class that the lab has, here or elsewhere."""

    class_code: str
    name_en: str
    name_zh: str
    waiting: int


class LabWaitsOut(BaseModel):
    """Who waits at a lab, by instrument, in the order in which they asked."""

    items: list[LabWaitOut]
    classes: list[ClassWaitsOut]
