"""The shapes of institutions, labs and groups on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.web.shapes import AnId, Asked

AKind = Literal["university", "institute", "company", "public"]


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


class InstitutionIn(Asked):
    """What is said of an institution; of one that is there, what is left out stays. kind, country and domains are for the
    platform to set."""

    kind: AKind = "university"
    name_en: str = ""
    name_zh: str = ""
    ror: str = ""
    credit_code: str = ""
    country: Annotated[str, Field(min_length=2)] = "CN"
    zone: Annotated[str, Field(min_length=1)] = "Asia/Shanghai"
    province_en: str = ""
    province_zh: str = ""
    city_en: str = ""
    city_zh: str = ""
    address: str = ""
    website: str = ""
    description_en: str = ""
    description_zh: str = ""
    domains: list[str] = Field(default_factory=list, description="Mail domains whose holders belong there.")


class InstitutionOut(BaseModel):
    """An institution; credit code and domains only for whoever edits it."""

    id: int
    kind: AKind
    name_en: str
    name_zh: str
    ror: str | None
    credit_code: str | None = None
    country: str
    zone: str
    province_en: str
    province_zh: str
    city_en: str
    city_zh: str
    address: str
    website: str
    description_en: str
    description_zh: str
    domains: list[str] | None = None
    version: int


class InstitutionsOut(BaseModel):
    """A page of institutions, in the order in which they were added."""

    items: list[InstitutionOut]
    next: str | None


class GroupIn(Asked):
    """What is said of a group; of one that is there, what is left out stays."""

    name_en: str = ""
    name_zh: str = ""
    lab_id: AnId | None = Field(None, description="The lab of its institution to which it belongs, if one.")
    head: str = Field("", description="The principal investigator’s mail address; empty: nobody yet.")


class GroupOut(BaseModel):
    """A group; its members are among its roles. Its version is what a change must name in If-Match."""

    id: int
    institution_id: int
    lab_id: int | None
    name_en: str
    name_zh: str
    head_id: int | None
    version: int


class GroupsIn(PlacePageIn):
    """Which groups, and where the page begins."""

    institution_id: AnId | None = None


class GroupListedOut(BaseModel):
    """A group in the list."""

    id: int
    name_en: str
    name_zh: str
    institution_en: str
    institution_zh: str
    head_en: str | None
    head_zh: str | None
    members: int


class GroupsOut(BaseModel):
    """A page of the groups that one may see."""

    items: list[GroupListedOut]
    next: str | None
