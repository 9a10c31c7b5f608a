"""The shapes of price sheets as programs bring and read them."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel

from instruments.rates.schemas import OwnerOut, ProblemOut, VersionOut
from instruments.web.shapes import ADate, AnInstant, Asked


class SheetAsk(Asked):
    """Which lists, as they hold on which day; without them: all of the lab, today."""

    card_id: int | None = None
    day: ADate | None = None


class PriceSheetIn(Asked):
    """With the file: the first day of what changes, where the file leaves it as it was exported."""

    valid_from: ADate | None = None


class TakeSheetIn(Asked):
    """Whether the institution is asked at once."""

    propose: bool = False


class SheetCellOut(BaseModel):
    """A cell before and after; texts as a sheet has them, prices as decimals."""

    column: str
    before: str
    after: str


class SheetRowOut(BaseModel):
    """A row that changes. row: of the file; key: of a line of prices (mode, unit, code), of a window its place."""

    row: int | None
    what: str
    key: list[str]
    outcome: Literal["new", "changed", "gone", "moved"]
    cells: list[SheetCellOut]


class SheetListOut(BaseModel):
    """What becomes of a price list; left_out: what is published by now leaves no room for it, for the reasons it names.

    over_newer: others were published after the export, and what the file does not change stays as they say.
    """

    owner: OwnerOut
    outcome: Literal["new", "changed", "same", "left_out", "refused"]
    reasons: list[ProblemOut]
    over_newer: bool
    valid_from: date
    valid_to: date | None
    before_version_id: int | None
    changes_draft: bool
    rows: list[SheetRowOut]


class SheetFaultOut(BaseModel):
    """What is wrong in a cell, or in a row where the column is empty."""

    row: int
    column: str
    cell: str
    reason: ProblemOut


class PriceSheetOut(BaseModel):
    """What a sheet of prices would do, or that it was taken over; nothing is taken while there are faults."""

    id: int
    lab_id: int
    file_name: str
    valid_from: date | None
    brought_at: AnInstant
    taken_at: AnInstant | None
    seen: str
    unknown_columns: list[str]
    counts: dict[str, int]
    faults: list[SheetFaultOut]
    lists: list[SheetListOut]


class TakenPricesOut(BaseModel):
    """The versions that were made or changed, and the lists that were left out."""

    items: list[VersionOut]
    left_out: list[SheetListOut]
