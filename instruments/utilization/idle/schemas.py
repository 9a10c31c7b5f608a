"""The shapes of questions about idle instruments on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from instruments.utilization.begun_shapes import RecordsBegin
from instruments.web.shapes import AnId, Asked


class IdleAskIn(Asked):
    """The period that a lab is asked about: 2026-10, 2026-Q3, 2026, 2025/26."""

    period: Annotated[str, Field(max_length=30)]


class IdleAnswerIn(Asked):
    """What the lab says of one instrument; "" takes it back."""

    instrument_id: AnId
    answer: Annotated[str, Field(max_length=500)]


class IdleAnswersIn(Asked):
    """What the lab says."""

    answers: Annotated[list[IdleAnswerIn], Field(min_length=1, max_length=500)]


class IdleInstrumentOut(BaseModel):
    """An instrument that stood idle. used_last: on its lab's wall, null: never here; may_be: what its figures give as the
    reason; answer: the lab's own."""

    instrument_id: int
    used_last: date | None
    may_be: str
    answer: str
    answered_at: datetime | None


class IdleQuestionOut(BaseModel):
    """A question to a lab about a period."""

    id: int
    lab_id: int
    period: str
    asked_at: datetime
    version: int
    items: list[IdleInstrumentOut]


class WatchedOut(BaseModel):
    """An instrument on a list: its names and its lab, its hours, when it was used last, what it cost, and why it is there.

    used_last: on its lab's wall, null: never here; lab_says: "" where it says nothing; lab_asked_at: null where nobody asked it.
    """

    instrument_id: int
    name_en: str
    name_zh: str
    lab_en: str
    lab_zh: str
    asset_number: str
    flagged_uses: int = Field(description="Of `doubtful`: uses whose flags nobody has settled; else 0.")
    long_uses: int = Field(description="Of `doubtful`: uses of 24 hours and more; else 0.")
    reason: str
    bookable: str
    effective: str
    used_last: date | None
    value: str | None
    currency: str
    lab_says: str
    lab_asked_at: datetime | None


class WatchListOut(BaseModel):
    """A list of instruments that somebody should look at."""

    of: str
    period: str
    records_begin: RecordsBegin
    name: str
    words: str
    items: list[WatchedOut]
    next: str | None


class WatchListQuery(Asked):
    """Of which place, in which period; without them the widest that you answer for, and the last month."""

    of: str = ""
    period: str = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")


class IdleQuestionsOut(BaseModel):
    """What a lab was asked, the latest first."""

    items: list[IdleQuestionOut]
