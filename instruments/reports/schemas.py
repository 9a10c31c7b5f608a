"""The shapes of statutory forms on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from instruments.web.shapes import AnId, Asked

AKey = Annotated[str, Field(max_length=60)]
AName = Annotated[str, Field(max_length=40)]
AValue = Annotated[str, Field(max_length=5000)]
APeriod = Annotated[
    str,
    Field(max_length=30, description="2026-Q3, 2026, the academic year 2025/26, or 2026-01-01..2027-12-31."),
]


class FormDraftIn(Asked):
    """Draft a form for a period; of what is filed on occasion the period is today."""

    form: AName
    period: APeriod = ""
    which: Literal["new", "all"] = Field(
        "new",
        description="Of the national instrument record: what is not on record yet, or all instruments; without those "
        "of other drafts either way.",
    )


class FormRowsQuery(Asked):
    """Which rows of a report."""

    sheet: AName = Field("", description="Without it the first.")
    lab: AnId | None = None
    lacking: bool = False
    column: AName = Field("", description="Those that lack something in this column.")
    code: AName = Field("", description="Those that lack something of this kind.")
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")


class FormEntryIn(Asked):
    """Enter a value by hand into rows where the facts say nothing; "" takes it away."""

    sheet: AName
    keys: Annotated[list[AKey], Field(min_length=1, max_length=1000)]
    column: AName
    value: AValue
    also: dict[AName, AValue] = Field(
        default_factory=dict,
        max_length=40,
        description="Other columns of the same rows with their values, where two have to go together.",
    )


class LetStandIn(Asked):
    """Let rows stand in spite of a rule that allows it; without a reason that is taken back."""

    sheet: AName
    keys: Annotated[list[AKey], Field(min_length=1, max_length=1000)]
    code: AName
    reason: Annotated[str, Field(max_length=500)]


class FileFormIn(Asked):
    """File a draft. leave_out: without the rows that lack something, where the form allows it; then a reason is needed."""

    reference: Annotated[str, Field(max_length=120)] = ""
    reason: Annotated[str, Field(max_length=500)] = ""
    leave_out: bool = False


class FormReceiptIn(Asked):
    """Note the number that was given for a filed report; one that was noted before stays on record."""

    reference: Annotated[str, Field(min_length=1, max_length=120)]


class FormColumnOut(BaseModel):
    """A column; personal: whose data it carries, "" where it carries none."""

    key: str
    zh: str
    en: str
    number: bool
    unit: str
    personal: str


class FormSheetOut(BaseModel):
    """A table of a form."""

    key: str
    zh: str
    en: str
    columns: list[FormColumnOut]


class FormOut(BaseModel):
    """A form in the version of its format that was added last."""

    code: str
    version: int
    since: date
    zh: str
    en: str
    rule_zh: str
    rule_en: str
    recipient_zh: str
    recipient_en: str
    period: Literal["quarter", "year", "academic", "two_years", "occasion"]
    scope: Literal["institution", "lab"]
    rows_may_wait: bool
    sheets: list[FormSheetOut]


class FormsOut(BaseModel):
    """All forms."""

    items: list[FormOut]


class FormReportOut(BaseModel):
    """A report: a draft, or filed and kept. `digest` is of its rows; `definitions` the versions of how they are worked out.

    `counted_at`: when all rows were worked out from the facts; `entered_at`: when something was entered by hand since, which
    works those rows out; `rows_changed`: of so many rows the instrument, use, charge or institution was changed since, which
    counts when it is worked out anew (both null in lists, and of what is filed).
    `part`: which one of its day, of what is filed on occasion; `fresh_only`: without what was on record when it was begun.
    `reference`: the number that was given for it, as it was noted last. What stands here is told of the whole report; rows and
    counts of them only as far as you see them.
    """

    id: int
    form: str
    format_version: int
    institution_id: int
    lab_id: int | None
    period: str
    part: int
    number: int
    fresh_only: bool
    corrects_id: int | None
    state: Literal["draft", "filed"]
    rows_total: int
    rows_lacking: int
    rows_left_out: int
    unknown: int
    old: int
    digest: str
    definitions: dict[str, int]
    counted_at: datetime | None
    entered_at: datetime | None
    rows_changed: int | None
    filed_at: datetime | None
    reference: str
    reason: str
    version: int


class FormDueOut(BaseModel):
    """Something that is to be filed; `assumed`: the rule names no day. `report_id`: its newest version."""

    form: str
    period: str
    due: date | None
    assumed: bool
    standing: Literal["overdue", "now", "soon", "free", "later", "filed"]
    report_id: int | None


class NotOnRecordOut(BaseModel):
    """An instrument that the national record asks for and that is not on it.

    `due`: the last day in time; `late_since`: the first on which it was late. `provisional`: the days off of one of the years
    that were counted are not known, so that weekends alone were taken off. `draft_id`: the draft
    that holds it. Where the day of acceptance is missing nobody can
    say (`unknown`): it is entered at `mend`.
    """

    id: int
    lab_id: int
    name_en: str
    name_zh: str
    accepted: date | None
    due: date | None
    standing: Literal["overdue", "now", "soon", "free", "later", "filed", "unknown"]
    late_since: date | None
    provisional: bool
    draft_id: int | None
    mend: str | None


class FormCalendarOut(BaseModel):
    """What is due, what is to be done first; and the instruments that are not on the national record (of an institution)."""

    due: list[FormDueOut]
    not_on_record: list[NotOnRecordOut]
    reports: list[FormReportOut]


class FormLackOut(BaseModel):
    """Something that stands in a row's way, and the page on which it is mended; null where it is entered with the report."""

    code: str
    column: str
    message: str
    may_override: bool
    mend: str | None


class FormRowOut(BaseModel):
    """A row as it leaves: its cells by column, and what it lacks."""

    key: str
    lab_id: int | None
    instrument_id: int | None
    cells: dict[str, str]
    lacks: list[FormLackOut]
    left_out: bool


class FormRowsOut(BaseModel):
    """Rows of a sheet."""

    sheet: str
    total: int
    items: list[FormRowOut]
    next: str | None


class FormDifferenceOut(BaseModel):
    """A row that is not as it was: by column, before and after."""

    what: Literal["added", "changed", "taken_out"]
    sheet: str
    key: str
    cells: dict[str, list[Any]]


class FormDifferencesOut(BaseModel):
    """What a version says otherwise than the one it corrects."""

    items: list[FormDifferenceOut]
