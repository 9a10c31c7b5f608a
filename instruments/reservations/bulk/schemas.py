"""The shapes of a change of many instruments on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.reservations.bulk.selection import MOST
from instruments.reservations.hours.schemas import WEEK, ACircle, OutsideOut
from instruments.reservations.setting.schemas import OwnLimits
from instruments.web.shapes import ADate, AnId, Asked


class ManyIn(Asked):
    """One change for many instruments: `hours` publishes a week, `limits` sets those that are not null; `lab_hours` and
    `lab_limits` let those of the lab hold."""

    instrument_ids: Annotated[list[AnId], Field(min_length=1, max_length=MOST)]
    what: Literal["hours", "lab_hours", "limits", "lab_limits"]
    week: Annotated[str, Field(max_length=1000, description=WEEK)] = ""
    valid_from: ADate | None = None
    valid_to: ADate | None = None
    circles: Annotated[list[ACircle], Field(description="For whom the week is; empty: for everybody.")] = []
    limits: OwnLimits | None = None
    dry_run: Annotated[bool, Field(description="Only say what it would do.")] = False


class ChangedOut(BaseModel):
    """Instruments that change alike. Weeks as they are written (empty: none), or `limit=value` (empty: as the lab)."""

    before: str
    after: str
    instrument_ids: list[int]


class RefusedOut(BaseModel):
    """An instrument that the change cannot be made on."""

    instrument_id: int
    code: str
    message: str


class ManyOut(BaseModel):
    """What the change does, or would do. Its ETag is what the change itself must name in If-Match."""

    done: bool
    changed: list[ChangedOut]
    refused: list[RefusedOut]
    same: list[int] = Field(description="Those that are so already.")
    touched: OutsideOut = Field(
        description="Reservations that stay valid, but could no longer be made like this."
    )
