"""The shapes of the reservations of somebody who leaves, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from instruments.reservations.schemas import APerson, AState
from instruments.web.shapes import AnId, Asked


class HandOverIn(Asked):
    """Who gets the reservation, by number or mail address, and for which of their groups."""

    user: APerson = Field()
    group_id: AnId | None = Field(
        None,
        description="The group that is served; left out, the same, or their only group. Who works in several says which.",
    )


class ComingOut(BaseModel):
    """A reservation that somebody will still use; its version is what a change must name in If-Match."""

    id: int
    instrument_id: int
    start: datetime
    end: datetime
    state: AState
    user_id: int
    version: int


class ComingListOut(BaseModel):
    """The coming reservations of somebody, nearest first, at most 200."""

    items: list[ComingOut]
