"""The shapes of notices on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

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
