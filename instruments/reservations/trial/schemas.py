"""The shapes of a tried time on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from instruments.reservations.paying.schemas import MoneyOut
from instruments.reservations.schemas import SEEN_AS
from instruments.web.shapes import AnInstant, Asked, ReasonOut


class TrialQuery(Asked):
    """A time, and as whom it is tried."""

    start: AnInstant
    end: AnInstant
    seen_as: str = Field(alias="as", max_length=20, description=SEEN_AS)


class TrialPriceOut(BaseModel):
    """What it would cost in a way of use, without samples and items, for whoever pays as this class."""

    mode: str
    customer_class: str
    total: MoneyOut


class TrialOut(BaseModel):
    """The answer: `refused` for these reasons, `asks` (the lab decides) or `books`, with the prices that are set."""

    outcome: Literal["refused", "asks", "books"]
    reasons: list[ReasonOut]
    prices: list[TrialPriceOut]
