"""The shapes of requests to charge a fund on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.funds.schemas import AnAmount, NamesOut
from instruments.web.shapes import ADate, AnId, Asked

SAID = "Its code in your institution, or the mail address of whoever manages it."


class FundRequestsIn(Asked):
    """Which requests: your own, or those that wait for your answer."""

    which: Literal["mine", "to_answer"] = "mine"
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")


class AskedFundIn(Asked):
    """Which fund you ask to charge, and what for: whoever decides reads it."""

    fund: Annotated[str, Field(max_length=300, description=SAID)]
    reason: Annotated[str, Field(max_length=600)]


class GrantRequestIn(Asked):
    """The right that is given; `fund_id` where several funds are meant (`could_be`)."""

    fund_id: AnId | None = None
    limit: AnAmount | None = None
    ends_on: ADate | None = None
    meant: bool = Field(
        False, description="That a limit below what who asks has spent and holds already is meant."
    )


class DeclineRequestIn(Asked):
    """Why not: who asked reads it."""

    reason: Annotated[str, Field(max_length=600)]


class WithdrawRequestIn(Asked):
    """Nothing needs to be said."""


class RequestedFundOut(BaseModel):
    """A fund that may be meant."""

    id: int
    code: str
    name_en: str
    name_zh: str


class FundRequestOut(BaseModel):
    """A request to charge a fund. `fund`: as it was named; `fund_id`: the one whose right was given; `could_be`: of which
    you could give the right, where it waits for your answer.

    `open` says nothing of whether there is such a fund; what nobody answers is `expired` after 30 days.
    """

    id: int
    asker: NamesOut
    fund: str
    reason: str
    state: Literal["open", "granted", "declined", "withdrawn", "expired"]
    asked_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    answered_by: NamesOut | None
    message: str
    fund_id: int | None
    could_be: list[RequestedFundOut]
    version: int


class FundRequestsOut(BaseModel):
    """A page of them."""

    items: list[FundRequestOut]
    next: str | None
