"""The shapes of people, memberships and invitations on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.people.place_schemas import PlacePageIn
from instruments.web.shapes import ADate, AnId, Asked

APersonKind = Literal["student", "staff", "external"]


class PeopleIn(PlacePageIn):
    """Which people of an institution, and where the page begins."""

    view: Literal["all", "overdue", "leaving", "ended"] = "all"
    q: str = Field("", max_length=100, description="Words of names, mail address or number.")


class PersonListedOut(BaseModel):
    """Somebody in the list."""

    id: int
    name_en: str
    name_zh: str
    mail: str
    kind: APersonKind
    number: str
    adviser_id: int | None
    ends_on: date | None
    membership_confirmed_on: date | None


class PeopleOut(BaseModel):
    """A page of the people of an institution, by name."""

    items: list[PersonListedOut]
    next: str | None


class PersonSeenOut(PersonListedOut):
    """Somebody, and what the institution says of them; their version is what a change must name in If-Match."""

    institution_id: int | None
    is_active: bool = Field(description="Whether the account can be signed in to.")
    version: int


class MembershipIn(Asked):
    """What the institution says of a person; what is left out stays."""

    kind: APersonKind = "staff"
    number: str = ""
    adviser: str = Field("", description="Mail address of somebody of the institution; empty: nobody.")
    ends_on: ADate | None = Field(None, description="The last day; null: none is known.")


class ConfirmingIn(Asked):
    """Who is confirmed: all of them, or nobody."""

    person_ids: Annotated[list[AnId], Field(min_length=1, max_length=200)]


class ConfirmedOut(BaseModel):
    """How many were confirmed."""

    confirmed: int


class LeavingIn(Asked):
    """The last day; yesterday ends the account at once."""

    ends_on: ADate


class InvitationIn(Asked):
    """Whom to invite, and in which language the letter is."""

    mail: str
    kind: APersonKind = "staff"
    language: Literal["en", "zh_Hans_CN"] = "zh_Hans_CN"


class InvitationOut(BaseModel):
    """An invitation that was not accepted yet."""

    id: int
    mail: str
    kind: APersonKind
    group_id: int | None
    expires_at: datetime


class InvitationMadeOut(InvitationOut):
    """An invitation; where the mail server did not take the letter, invite again later."""

    is_sent: bool


class InvitationsOut(BaseModel):
    """The invitations of an institution or a group that can still be accepted, newest first."""

    items: list[InvitationOut]


class ProfileIn(Asked):
    """What you say of yourself; what is left out stays."""

    name_en: str = ""
    name_zh: str = ""
    orcid: str = ""
    phone: str = ""
    language: Literal["en", "zh_Hans_CN"] = "en"
    zone: Annotated[str, Field(min_length=1)] = "Asia/Shanghai"
    shows_name: bool = Field(False, description="Whether others see your name where rules leave it to you.")


class ProfileOut(BaseModel):
    """Your own account; its version is what a change must name in If-Match."""

    id: int
    mail: str
    name_en: str
    name_zh: str
    institution_id: int | None
    kind: APersonKind
    orcid: str | None
    phone: str
    language: str
    zone: str
    shows_name: bool
    version: int
