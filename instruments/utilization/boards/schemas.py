"""The shapes of saved views and targets on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.errors import N_, Reason
from instruments.web.shapes import Asked, held_against

_VALUE = re.compile(r"[0-9]{1,7}(\.[0-9]{1,3})?")


def _objections(text: str) -> Iterator[Reason]:
    if not _VALUE.fullmatch(text):
        yield Reason("number", None, N_("Write a number."))


AValue = Annotated[str, Field(max_length=12, examples=["0.6"]), held_against(_objections)]


class SavedViewIn(Asked):
    """A view under a name; its fields are those of the page's address, left out where they are as usual. `of` may be
    `group-1` or `people-3` as well, for what these used; `by` is for those."""

    name: Annotated[str, Field(max_length=80)]
    for_: Literal["me", "institution"] = Field("me", alias="for")
    of: Annotated[str, Field(max_length=40)] = ""
    period: Annotated[str, Field(max_length=30)] = ""
    per: Annotated[str, Field(max_length=20)] = ""
    class_code: Annotated[str, Field(max_length=6)] = Field("", alias="class")
    against: Annotated[str, Field(max_length=20)] = ""
    open: Annotated[str, Field(max_length=40)] = ""
    by: Annotated[str, Field(max_length=20)] = ""


class SavedViewOut(BaseModel):
    """A saved view. path: the page that shows it; shared: of the institution, not of one person."""

    id: int
    name: str
    path: str
    shared: bool


class SavedViewsOut(BaseModel):
    """Your saved views and those of your institution, by name."""

    items: list[SavedViewOut]


class TargetIn(Asked):
    """What a figure is to reach: a share as a part of one, or hours a year; null takes it back. `of` is a place, or
    `group-1` or `people-3` for what these use."""

    of: Annotated[str, Field(max_length=40)]
    figure: Annotated[str, Field(max_length=40)]
    value: AValue | None


class TargetsQuery(Asked):
    """Of which place, or of whose use (`group-1`, `people-3`), in which period."""

    of: str = ""
    period: str = ""


class FigureLineOut(BaseModel):
    """What a figure is held against: a target or a reference of the field; a_year: a share, or hours a year; value: the same
    for the period; gap: by how much the figure lies above it."""

    words: str
    is_target: bool
    a_year: str
    value: str
    gap: str | None


class TargetsOut(BaseModel):
    """By figure, what it is held against."""

    of: str
    period: str
    lines: dict[str, list[FigureLineOut]]
