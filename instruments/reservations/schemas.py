"""The shapes of reservations on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from instruments.errors import N_, Reason
from instruments.reservations.booking import (
    LONGEST_TITLE,
    purpose_objections,
    title_objections,
)
from instruments.reservations.models import PURPOSES
from instruments.reservations.paying.schemas import PriceOut, ReservationPaymentIn
from instruments.reservations.texts import LONGEST_REASON, reason_objections
from instruments.web.shapes import (
    AnId,
    AnInstant,
    Asked,
    SpanOut,
    held_against,
    misfit,
)

NOT_A_PERSON = N_("Write a person's number or mail address.")
NOT_AN_ADDRESS = N_("Write a mail address.")
LONGEST_MAIL = 254
SECOND = "Who else will be present, by mail address, where the instrument asks for two people."


def _person(value: Any) -> int | str | None:
    """Who will use it: a number or a mail address; nothing for oneself."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63):
        return value
    if isinstance(value, str) and value.isprintable() and len(value) <= LONGEST_MAIL:
        return value.strip() or None
    raise misfit(Reason("person", None, NOT_A_PERSON))


APerson = Annotated[
    int | str | None,
    BeforeValidator(
        _person, json_schema_input_type=AnId | Annotated[str, Field(max_length=LONGEST_MAIL)] | None
    ),
]


def _second(value: Any) -> str | None:
    """The mail address of who else will be present; nothing for nobody."""
    if value is None:
        return None
    if isinstance(value, str) and value.isprintable() and len(value) <= LONGEST_MAIL:
        return value.strip() or None
    raise misfit(Reason("person", None, NOT_AN_ADDRESS))


ASecond = Annotated[
    str | None,
    BeforeValidator(_second, json_schema_input_type=Annotated[str, Field(max_length=LONGEST_MAIL)] | None),
]
APurpose = Annotated[str, held_against(purpose_objections), Field(json_schema_extra={"enum": list(PURPOSES)})]
ATitle = Annotated[str, held_against(title_objections), Field(json_schema_extra={"maxLength": LONGEST_TITLE})]
AnExplanation = Annotated[
    str, held_against(reason_objections), Field(json_schema_extra={"maxLength": LONGEST_REASON})
]
AState = Literal["requested", "confirmed", "cancelled", "declined", "expired", "released", "done", "no_show"]


class BookingIn(ReservationPaymentIn):
    """What to book. Without `for` one books for oneself; `for` is a person's number or mail address."""

    instrument_id: AnId
    start: AnInstant
    end: AnInstant
    purpose: APurpose = "research"
    title: ATitle = ""
    user: APerson = Field(None, alias="for")
    group_id: AnId | None = Field(
        None,
        description="The group that is served; left out, the user’s only group. Who works in several says for which.",
    )
    show_name: bool = Field(False, description="Whether everybody may see who uses it.")
    override_reason: AnExplanation = Field(
        "",
        description="For the lab's staff, booking for others: why limits and quotas do not count this time.",
    )
    hazardous: bool = Field(False, description="Whether the samples are hazardous.")
    second_person: ASecond = Field(None, description=SECOND)


class ChangeIn(Asked):
    """What shall be different; what is left out or null stays. `reason` goes into the history."""

    start: AnInstant | None = None
    end: AnInstant | None = None
    purpose: APurpose | None = None
    title: ATitle | None = None
    show_name: bool | None = None
    reason: AnExplanation = ""
    override_reason: AnExplanation = Field(
        "",
        description="For the lab's staff, moving for others: why limits and quotas do not count this time.",
    )
    hazardous: bool | None = None
    second_person: ASecond = Field(None, description=SECOND)


class CancelIn(Asked):
    """Why it is cancelled: a few words, which stay in the history."""

    reason: AnExplanation = ""


class ApproveIn(Asked):
    """A message to who asked, if there is something to say."""

    message: AnExplanation = ""


class DeclineIn(Asked):
    """Why it is declined: who asked reads it."""

    reason: AnExplanation = ""


class ProposeIn(Asked):
    """Another time, which is held for who asked until they answer, and a message to them."""

    start: AnInstant
    end: AnInstant
    message: AnExplanation = ""


class AcceptIn(Asked):
    """Nothing needs to be said."""


class ListQuery(Asked):
    """Which reservations. scope: one's own, or all that one's roles show."""

    scope: Literal["mine", "all"] = "mine"
    instrument_id: AnId | None = None
    state: AState | None = None
    since: AnInstant | None = Field(None, alias="from", description="Those that end after it.")
    until: AnInstant | None = Field(None, alias="to", description="Those that start before it.")
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")


SEEN_AS = (
    "As somebody else sees it: lab, institution, partners, companies, or the number of an institution; "
    "for whoever sets the rules of the instrument."
)


class CalendarQuery(Asked):
    """A range of at most 62 days; without it the seven days from now."""

    since: AnInstant | None = Field(None, alias="from")
    until: AnInstant | None = Field(None, alias="to")
    seen_as: str | None = Field(None, alias="as", max_length=20, description=SEEN_AS)


class PersonOut(BaseModel):
    """A person by number and names."""

    id: int
    name_en: str
    name_zh: str


class ApprovalOut(BaseModel):
    """What the lab was asked. While `decision` is null it is open; `proposed`: the lab proposes the reservation's
    present span instead of the one `asked`, and it is the asker's turn, until `due`."""

    due: datetime
    asked: SpanOut
    proposed: bool
    decision: Literal["approved", "declined", "expired", "withdrawn", "not_needed"] | None
    message: str


class ReservationOut(BaseModel):
    """A reservation. `version` is also its ETag."""

    id: int
    instrument_id: int
    start: datetime
    end: datetime
    state: AState
    purpose: Literal["teaching", "research", "development", "service"]
    title: str
    user: PersonOut
    booker: PersonOut
    institution_id: int | None = Field(
        description="Whom it serves; null, with `group_id`, where companies stand together."
    )
    group_id: int | None
    show_name: bool
    hazardous: bool
    second_person: PersonOut | None = Field(description="Who else will be present, where somebody was named.")
    reason: str
    created_at: datetime
    changed_at: datetime
    version: int
    approval: ApprovalOut | None = Field(description="Null where the lab's approval was never needed.")
    price: PriceOut | None = Field(
        description="What it was quoted; null where no price is set, and to the second person."
    )


class ReservationsOut(BaseModel):
    """One page of reservations; `next` is the cursor of the following page, or null."""

    items: list[ReservationOut]
    next: str | None


class OpenToOut(SpanOut):
    """Open time and the circles of the audience it is open to."""

    circles: list[Literal["lab", "institution", "partners", "companies"]]


class ClosedOut(SpanOut):
    """What closes an instrument, or some of its places."""

    kind: Literal["closed", "maintenance", "training", "breakdown", "busy"] = Field(
        description="`busy`: the lab’s own calendar is."
    )
    reason: str
    places: int | None = Field(description="How many of its places it closes; null for all.")


class CalendarOut(BaseModel):
    """When an instrument is open, busy and free (bookable by its rules), within the range asked for.

    Where not everybody has the same hours, `open` and `free` are those of the token's person (without a token, of anybody),
    and `open_to` tells all of the open hours apart by whom they are open to; else it is empty. Nothing is `free` to a person
    to whom the instrument is not open.
    """

    instrument_id: int
    zone: str
    start: datetime
    end: datetime
    grid_minutes: int
    open: list[SpanOut]
    busy: list[SpanOut]
    free: list[SpanOut]
    open_to: list[OpenToOut]
    closures: list[ClosedOut] = Field(
        description="Cut to the range. What closes some places leaves the instrument open, and busy where no place is left."
    )
