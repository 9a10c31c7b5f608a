"""The shapes of conduct on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.reservations.conduct.rules import LONGEST_NAME
from instruments.reservations.texts import LONGEST_REASON, reason_objections
from instruments.web.shapes import ADate, AnId, Asked, held_against

Words = Annotated[
    str, held_against(reason_objections), Field(json_schema_extra={"maxLength": LONGEST_REASON})
]
AName = Annotated[str, Field(max_length=LONGEST_NAME)]


class ViolationsQuery(Asked):
    """Whose: mine, or with `lab_id` what that lab recorded, as my roles there allow."""

    lab_id: AnId | None = None
    view: Literal["standing", "earlier"] = "standing"
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")


class ViolationIn(Asked):
    """What to record: of whoever used `reservation_id`, or of the person with this `mail`, who has booked at the lab."""

    lab_id: AnId
    kind_id: AnId
    happened_on: ADate
    reason: Words
    reservation_id: AnId | None = None
    mail: Annotated[str, Field(max_length=254)] = ""
    another: bool = Field(
        False, description="It is another occurrence than what stands of that person, kind and day."
    )


class AppealIn(Asked):
    """What whoever decides should know."""

    words: Words


class AppealDecisionIn(Asked):
    """The answer to an appeal."""

    decision: Literal["upheld", "lifted"]
    reason: Words


class WithdrawIn(Asked):
    """Why what one recorded is taken back."""

    reason: Words


class NamedOut(BaseModel):
    """A person, lab or kind with its names in both languages."""

    id: int
    name_en: str
    name_zh: str


class ViolationOut(BaseModel):
    """A violation. It counts while `state` is standing or upheld, until `expires_at`."""

    id: int
    lab: NamedOut
    kind: NamedOut
    person: NamedOut
    reservation_id: int | None
    happened_on: date
    reason: str
    recorded_by: NamedOut
    recorded_at: datetime
    expires_at: datetime
    suspended_until: datetime | None = Field(
        description="Until when it suspends at this lab, while it counts."
    )
    state: Literal["standing", "upheld", "lifted", "withdrawn"]
    appealed_at: datetime | None
    appeal: str
    decided_at: datetime | None
    answer: str
    version: int


class ViolationsOut(BaseModel):
    """One page of violations, the newest first."""

    items: list[ViolationOut]
    next: str | None


class KindIn(Asked):
    """A kind of violation, and what it leads to: from the `after`-th that stands, suspended so many days (0: never)."""

    name_en: AName = ""
    name_zh: AName = ""
    suspended_days: int = 0
    after: int = 1
    expires_days: int = 365
    in_use: bool = True


class KindOut(BaseModel):
    """A kind of violation of a lab; its version is what a change must name in If-Match."""

    id: int
    name_en: str
    name_zh: str
    suspended_days: int
    after: int
    expires_days: int
    in_use: bool
    version: int


class KindsOut(BaseModel):
    """All kinds of a lab."""

    items: list[KindOut]
