"""The shapes of labs on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from instruments.web.shapes import Asked


class LabIn(Asked):
    """What is said of a lab. A new one has at least one name; of one that is there, what is left out stays."""

    name_en: str = ""
    name_zh: str = ""
    zone: Annotated[str, Field(min_length=1)] = Field(
        "Asia/Shanghai", description="The zone of the lab’s wall, like Asia/Shanghai."
    )
    city_en: str = ""
    city_zh: str = ""
    address: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_mail: str = ""
    description_en: str = ""
    description_zh: str = ""


class LabOut(BaseModel):
    """A lab; contact phone and mail only for those who are signed in. Its version is what a change names in If-Match."""

    id: int
    institution_id: int
    name_en: str
    name_zh: str
    zone: str
    city_en: str
    city_zh: str
    address: str
    contact_name: str
    contact_phone: str | None = None
    contact_mail: str | None = None
    description_en: str
    description_zh: str
    version: int


class LabsOut(BaseModel):
    """A page of the labs of an institution, in the order in which they were added."""

    items: list[LabOut]
    next: str | None


class PlacePageIn(Asked):
    """Where the page begins, and how much stands on it."""

    cursor: str | None = Field(None, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)
