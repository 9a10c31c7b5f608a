"""Shapes that requests and answers of programs share: row numbers, instants with an offset, the problem of RFC 9457."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_before_validator_function

from instruments.errors import N_, Reason
from instruments.web.numbers import LARGEST_ID

NOT_AN_INSTANT = N_("Write an instant with its offset, like 2026-11-25T09:00:00+08:00.")
NOT_IN_REACH = N_("Choose a date between 2000 and 2999.")
NOT_A_DATE = N_("Write a date, like 2027-03-01.")
NOT_A_MONTH = N_("Write a month, like 2026-11.")
NOT_A_TIME = N_("Write a time of day, like 22:00.")
NOT_A_CLASS = N_("Write the two, four or six digits of a national class.")
REASONS = "reasons"


class Asked(BaseModel):
    """What a program sends. A name that is not known is refused: a slip of the pen must not change what is done."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)


def misfit(*reasons: Reason) -> PydanticCustomError:
    """The error by which a validator says why a value does not fit, with codes and sentences of our own."""
    return PydanticCustomError(REASONS, "does not fit", {REASONS: reasons})


def held_against(objections: Callable[[str], Iterable[Reason]]) -> AfterValidator:
    """Refuse a text with the reasons that a rule of a room finds against it."""

    def check(text: str) -> str:
        if found := list(objections(text)):
            raise misfit(*found)
        return text

    return AfterValidator(check)


@dataclass(frozen=True)
class Written:
    """A text of this pattern; for any other the sentence says what is expected. Beside `str` in an annotation."""

    pattern: str
    expected: str
    example: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_before_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "pattern": self.pattern, "examples": [self.example]}

    def _checked(self, value: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value, re.ASCII):
            raise misfit(Reason("invalid", None, self.expected))
        return value


def _instant(value: Any) -> datetime:
    """An aware datetime; a naive one is refused, because nobody knows which moment it means."""
    if not isinstance(value, str):
        raise misfit(Reason("instant", None, NOT_AN_INSTANT))
    try:
        # An unescaped + in an address arrives as a space.
        moment = datetime.fromisoformat(value.strip().replace(" ", "+")).replace(microsecond=0)
        moment.timestamp()
    except (ValueError, OverflowError) as error:
        raise misfit(Reason("instant", None, NOT_AN_INSTANT)) from error
    if moment.tzinfo is None:
        raise misfit(Reason("instant", None, NOT_AN_INSTANT))
    if not 2000 <= moment.year < 3000:
        raise misfit(Reason("instant", None, NOT_IN_REACH))
    return moment


def _class_code(value: Any) -> str:
    """The code of a class as the national list writes it: six digits, filled up with zeros."""
    digits = isinstance(value, str) and value.isascii() and value.isdecimal()
    if not digits or len(value) not in (2, 4, 6):
        raise misfit(Reason("class", None, NOT_A_CLASS))
    return str(value).ljust(6, "0")


AnInstant = Annotated[datetime, BeforeValidator(_instant, json_schema_input_type=datetime)]


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise misfit(Reason("date", None, NOT_A_DATE)) from error


def _in_reach(day: date) -> date:
    if not 2000 <= day.year < 3000:
        raise misfit(Reason("date", None, NOT_IN_REACH))
    return day


ADate = Annotated[date, BeforeValidator(_date, json_schema_input_type=date)]
ADateInReach = Annotated[ADate, AfterValidator(_in_reach)]
AMonth = Annotated[str, Written(r"^2[0-9]{3}-(0[1-9]|1[0-2])$", NOT_A_MONTH, "2026-11")]
ATime = Annotated[str, Written(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", NOT_A_TIME, "22:00")]
AnId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
AClass = Annotated[
    str,
    BeforeValidator(
        _class_code,
        json_schema_input_type=Annotated[str, Field(pattern=r"^[0-9]{2}([0-9]{2}){0,2}$")],
    ),
]


class SpanOut(BaseModel):
    """A half-open span of time."""

    start: datetime
    end: datetime


class ReasonOut(BaseModel):
    """One reason against a request. `code` is stable, `message` is for people, in the reader's language."""

    code: str
    field: str | None = Field(description="The field, query parameter or header it is about; null for none.")
    message: str
    fix: dict[str, Any] | None = Field(
        None,
        description="Fields with values that this reason would not stand against, instants with their offset; "
        "left out where there is nothing to propose.",
        examples=[{"start": "2026-11-25T09:00:00+08:00"}],
    )


class AlternativeOut(BaseModel):
    """What is free instead. Names stand with other instruments only; the same instrument comes first."""

    instrument_id: int
    start: datetime
    end: datetime
    name_en: str | None = None
    name_zh: str | None = None
    institution_en: str | None = None
    institution_zh: str | None = None


class StuckOut(BaseModel):
    """One date of a series that cannot be changed with the others, and the nearest free span that it could have."""

    reservation_id: int
    start: datetime
    end: datetime
    proposal: SpanOut | None
    shorter_minutes: int | None = Field(
        description="By how much the proposal is shorter than the time wanted: 0 unless none is as long."
    )


class Problem(BaseModel):
    """Why a request was refused: every reason at once (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="The messages of all reasons, one after another, each once.")
    reasons: list[ReasonOut]
    conflicts: list[SpanOut] | None = Field(
        None, description="Where a time was refused: the parts of it that others hold. Never who."
    )
    alternatives: list[AlternativeOut] | None = Field(
        None, description="Where a time was refused: what is free instead."
    )
    dates: list[StuckOut] | None = Field(
        None, description="Where a change of a series was refused: the dates that stand in its way."
    )
