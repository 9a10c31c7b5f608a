"""The shapes of the parts of what somebody used on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.web.shapes import AnId

APart = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$", examples=["0.614"])]


class UsedBarOut(BaseModel):
    """Instruments from one place in the order of their hours to another: hours of one of them, and the share of all hours up
    to the last of them; `instrument_id` where it is one alone."""

    first: int
    last: int
    instrument_id: AnId | None
    hours: str
    up_to: APart


class UsedByHoursOut(BaseModel):
    """The instruments that were used, from the one with the most hours to the one with the fewest, in at most 40 bars.

    `first_fifth`: the share of all hours of the first fifth of them; null where that is less than one.
    """

    instruments: int
    first_fifth: APart | None
    bars: list[UsedBarOut]


class UsedStepOut(BaseModel):
    """Hours that were reserved, attended or effective; `share`: of the step before, null for the first and where time beside it
    makes more; `changed`: by parts of the period to compare with."""

    measure: Literal["reserved", "attended", "effective"]
    hours: str
    share: APart | None
    changed: str | None
