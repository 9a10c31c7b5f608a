"""The shapes of answers to several requests, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.reservations.schemas import AnExplanation
from instruments.web.shapes import AnId, Asked, ReasonOut

MOST = 25


class RequestSeenIn(Asked):
    """A request, as it was at this version."""

    reservation_id: AnId
    version: AnId


class AnswersIn(Asked):
    """One answer to several requests of a lab. Declining needs a message: who asked reads it."""

    decision: Literal["approve", "decline"]
    requests: Annotated[list[RequestSeenIn], Field(min_length=1, max_length=MOST)]
    message: AnExplanation = ""


class NotAnsweredOut(BaseModel):
    """A request that was not answered, and every reason why."""

    reservation_id: int
    reasons: list[ReasonOut]


class AnsweredOut(BaseModel):
    """Which requests were answered, and which were not."""

    answered: list[int]
    refused: list[NotAnsweredOut]
