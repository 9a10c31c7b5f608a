"""The shapes in which usage answers on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from instruments.reservations.schemas import ClosedOut
from instruments.usage.schemas import ALayer, AState, SettingsIn
from instruments.web.shapes import SpanOut


class UseNamedOut(BaseModel):
    """A person or instrument with its names in both languages."""

    id: int
    name_en: str
    name_zh: str


class CustomerOut(BaseModel):
    """One for whom a run was made; share: their part of the hours as entered, null: by samples.

    `fund_id` and `customer_class` are null, too, for who may not know who pays.
    """

    institution_id: int | None
    group_id: int | None
    person_id: int | None
    fund_id: int | None
    customer_class: str | None
    samples: int
    share: str | None


class UseOut(BaseModel):
    """A use, with the time that counts by layer, and the seconds of it by grade of evidence.

    counts: samples and items by the code of their price; customers: of an operator's run.
    """

    id: int
    kind: Literal["reservation", "walk_up", "run"]
    state: AState
    instrument: UseNamedOut
    reservation_id: int | None
    user: UseNamedOut | None = Field(
        description="Null: only a device saw it, and nobody said yet who it was."
    )
    operator: UseNamedOut | None
    institution_id: int | None
    group_id: int | None
    customers: list[CustomerOut]
    reserved: SpanOut | None
    started_at: datetime
    ended_at: datetime | None
    ended_by: Literal["person", "rule", "report"] | None
    layers: dict[str, list[SpanOut]]
    evidence: dict[str, int]
    flags: list[str]
    confirm_by: datetime | None
    confirmed_at: datetime | None
    confirmed_by: UseNamedOut | None
    confirmed_by_rule: bool
    mode: str
    operator_minutes: int
    samples: int | None
    counts: dict[str, str]
    project: str
    funding_source: str
    subject: str
    contract: str
    trained_students: int
    trained_teachers: int
    trained_others: int
    rating: int | None
    rating_words: str
    note: str
    version: int


class ReportedOut(BaseModel):
    """A span as a witness reported it; counts: whether it still does, or a correction stands in its place."""

    layer: ALayer
    start: datetime
    end: datetime | None
    grade: str
    reporter: str
    key: str
    attribution: Literal["said", "named", "time", "near", "nobody"] | None = Field(
        description="How it was found out whose it is: by the reservation or the user that the report names, as it lies in or "
        "goes on from their time, only near it, or nobody's. Null: a person said it."
    )
    recorded_by: UseNamedOut | None
    recorded_at: datetime
    correction_id: int | None
    counts: bool


class CorrectionOut(BaseModel):
    """Somebody set the time of a layer anew, and why."""

    id: int
    layer: ALayer
    reason: str
    by: UseNamedOut
    at: datetime


class AmendmentOut(BaseModel):
    """Somebody said anew what was counted, and why; changes: [before, after] by name, counts as "count." and their code."""

    reason: str
    changes: dict[str, list[Any]]
    by: UseNamedOut
    at: datetime


class CountableOut(BaseModel):
    """Something that the prices of a use count by a code; the price only for who may see what its customer pays."""

    code: str
    unit: str
    name: str
    price: str | None
    currency: str | None


class RecordOut(BaseModel):
    """All that is on record of a use: reports, corrections and amendments with their reasons, what its prices count."""

    reports: list[ReportedOut]
    corrections: list[CorrectionOut]
    amendments: list[AmendmentOut]
    countable: list[CountableOut]


class CustomerNamesOut(BaseModel):
    """A name in both languages."""

    name_en: str
    name_zh: str


class StayOut(BaseModel):
    """A reservation or use of the day. late: checking in is asked for, and nobody came yet; gone: released, or a no-show."""

    state: Literal["asked", "booked", "late", "in_use", "done", "gone"]
    instrument: UseNamedOut
    user: UseNamedOut | None = Field(description="Null: nobody said yet who it was.")
    customers: list[CustomerNamesOut] = Field(
        description="Of an operator's run: for whom it was made; both names empty where companies stand together."
    )
    start: datetime
    end: datetime
    reservation_id: int | None
    use_id: int | None


class DayClosureOut(ClosedOut):
    """What closes an instrument, or some of its places, on a lab's day."""

    instrument: UseNamedOut | None = Field(description="Null: the whole lab is closed.")


class DayOfUsesOut(BaseModel):
    """A lab's day, in the order of time, and how many uses wait for the lab: of nobody known, flagged, and to confirm."""

    day: date
    stays: list[StayOut]
    closures: list[DayClosureOut] = Field(description="Cut to the day.")
    nobody: int
    flagged: int
    waiting: int


class UsesOut(BaseModel):
    """One page of uses, in the order of their start."""

    items: list[UseOut]
    next: str | None


class ReportOut(BaseModel):
    """The uses that a report belongs to; `repeated`: it was known already."""

    use_ids: list[int]
    repeated: bool


class UsesConfirmedOut(BaseModel):
    """Which were confirmed, and which were left because each needs a look."""

    confirmed: list[int]
    left: list[int]


class SettingsOut(BaseModel):
    """What the owner sets, and what holds where it sets nothing."""

    own: SettingsIn
    otherwise: SettingsIn
    version: int


class OutputOut(BaseModel):
    """An entry of what came of an instrument."""

    id: int
    instrument_id: int
    year: int
    kind: str
    number: int
    title: str
    reference: str
    version: int


class OutputsOut(BaseModel):
    """All of an instrument, the latest year first."""

    items: list[OutputOut]


class LotOut(BaseModel):
    """Whose a part of a report is: `why` (said, named, time, near, nobody), of a reservation, a walk-up or a run; `use_id` and
    `flags` once it is taken."""

    why: str
    kind: Literal["reservation", "walk_up", "run"]
    name_en: str
    name_zh: str
    confirmed: bool
    use_id: int | None
    flags: list[str]


class FileRowOut(BaseModel):
    """One row of a file, and what becomes of it; uses: of logs, whose it would be, or is."""

    row: int
    outcome: Literal["new", "taken", "same", "refused"]
    reasons: list[dict[str, Any]]
    uses: list[LotOut]


class FileOut(BaseModel):
    """What a file would do now; of one that was taken over, what it did."""

    id: int
    lab_id: int
    kind: str
    file_name: str
    state: str
    counts: dict[str, int]
    rows: list[FileRowOut]


class FileTakenOut(BaseModel):
    """How many rows were taken over."""

    taken: int
