"""The shapes of unmet demand on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from pydantic import BaseModel, Field

from instruments.web.shapes import AMonth, Asked


class DemandQuery(Asked):
    """Months, both included; without them the last twelve."""

    first: AMonth | None = Field(None, alias="from")
    last: AMonth | None = Field(None, alias="to")


class DemandLineOut(BaseModel):
    """A month and a class (null where none could be told): how often it was asked for in vain, by whom, for how long."""

    month: str
    class_code: str | None
    class_en: str | None
    class_zh: str | None
    searches: int
    waits: int
    own: int
    universities: int
    companies: int
    hours: float


class DemandOut(BaseModel):
    """What an institution's own people asked for anywhere, and anybody of its instruments, and nobody could have."""

    items: list[DemandLineOut]
