"""The shapes of notices on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.web.shapes import AnId, Asked


class NoticesQuery(Asked):
    """Which notices: all, or only what is unread."""

    unread: bool = False
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")


class ReadIn(Asked):
    """Up to which notice all are read: what has come since stays unread."""

    up_to: AnId


class PreferenceIn(Asked):
    """How I wish to be told of one kind; `hours` before, where the kind is a reminder."""

    kind: str
    in_app: bool
    by_mail: bool
    hours: int | None = None


class PreferencesIn(Asked):
    """What I choose anew; kinds that are not named stay as they are."""

    items: list[PreferenceIn]


class PreferenceOut(BaseModel):
    """What holds for one kind, chosen or not, with its label in the reader's language."""

    kind: str
    label: str
    in_app: bool
    by_mail: bool
    hours: int | None


class PreferencesOut(BaseModel):
    """Every kind that can tell me something."""

    items: list[PreferenceOut]


class NoticeOut(BaseModel):
    """A notice in the reader's language; `address` is the page of what it is about."""

    id: int
    kind: str
    sentence: str
    reason: str
    address: str
    at: datetime
    read_at: datetime | None


class NoticesOut(BaseModel):
    """One page of notices, the unread first; `unread` counts all that are, a hundred for more."""

    items: list[NoticeOut]
    unread: int
    next: str | None


class DoubtsQuery(Asked):
    """Which page of the letters in doubt."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")


class DecisionIn(Asked):
    """What becomes of these letters: all of them, or of none where one is not in doubt."""

    ids: Annotated[list[AnId], Field(min_length=1, max_length=200)]
    decision: Literal["send_again", "arrived"]


class DoubtOut(BaseModel):
    """A letter that the mail server got without answering; `failure` is empty where the worker ended before the answer."""

    id: int
    person_id: int
    name: str
    mail: str
    kind: str
    label: str
    message_id: str
    handed_at: datetime
    since: datetime
    failure: str


class DoubtsOut(BaseModel):
    """One page of the letters in doubt, the oldest first; `total` counts them all."""

    items: list[DoubtOut]
    total: int
    next: str | None
