"""The shapes of purchase reviews on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.funds.schemas import AnAmount
from instruments.utilization.begun_shapes import RecordsBegin
from instruments.web.shapes import AClass, Asked

AnHourCount = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["812.5"])]


class PurchaseReviewIn(Asked):
    """What is to be bought. period: twelve whole months that are over; without it the last academic year."""

    name: Annotated[str, Field(max_length=200)]
    class_code: AClass | None = Field(None, alias="class")
    amount: AnAmount | None = Field(None, description="In yuan.")
    need: Annotated[str, Field(max_length=5000)] = ""
    period: Annotated[str, Field(max_length=30)] = ""


class PurchaseReviewChange(Asked):
    """What is to be said otherwise of a draft; what is left out stays."""

    name: Annotated[str, Field(max_length=200)] | None = None
    class_code: AClass | None = Field(None, alias="class")
    amount: AnAmount | None = None
    need: Annotated[str, Field(max_length=5000)] | None = None
    period: Annotated[str, Field(max_length=30)] | None = None


class PurchaseAlternativeIn(Asked):
    """Whether an instrument could serve instead, and why or why not."""

    substitutable: bool
    reason: Annotated[str, Field(max_length=500)]


class PurchaseOpinionIn(Asked):
    """What somebody concludes, and why."""

    conclusion: Literal["", "buy", "conditions", "share"]
    opinion: Annotated[str, Field(max_length=5000)]


class PurchaseSignatureIn(Asked):
    """digest: that of the review as it was read, so that nobody signs other figures than they saw."""

    digest: Annotated[str, Field(max_length=64)]


class PurchaseAlternativeOut(BaseModel):
    """An instrument beside the purchase; hours in the twelve months.

    Figures of use are null where `withheld`: `withheld_why` is `persons` where fewer than five stand behind them, `period` where
    an instrument elsewhere is asked for by another period than an academic year, `early` where nothing is kept of the period,
    `counting` while others are counted. `free` alone is null where fewer than five
    stand behind the hours outside bookable time, or those within; `external` of every instrument elsewhere. full: the hours a
    year that count as full, by the days in service; free: bookable hours that nobody used; evidence: the parts of the
    used hours by what bears witness of them, of one's own instruments; evidence_most: what does of more than half of them, of
    others' where five persons stand behind its hours, and null where none does or it is not told.
    """

    id: int
    name_en: str
    name_zh: str
    institution_id: int
    institution_en: str
    institution_zh: str
    lab_en: str
    lab_zh: str
    asset_number: str
    city_en: str
    city_zh: str
    maker: str
    model: str
    class_code: str | None
    audience: str
    status: str
    value: str | None
    currency: str
    effective: AnHourCount | None
    external: AnHourCount | None
    free: AnHourCount | None
    evidence: dict[str, float] | None
    evidence_most: str | None
    open: AnHourCount
    bookable: AnHourCount
    down: AnHourCount
    full: AnHourCount
    withheld: bool
    withheld_why: Literal["persons", "period", "early", "counting"] | None
    fresh: bool
    substitutable: bool
    reason: str


class PurchaseWithheldOut(BaseModel):
    """How many instruments are not counted, by `withheld_why`."""

    persons: int
    period: int
    early: int
    counting: int


class PurchaseWholeOut(BaseModel):
    """What those that could serve instead come to: so many `instruments`; `effective` hours each and what is `full`, averages
    over `n` of them; `free` the sum over `free_n`, fewer where it is withheld by itself. Null over none."""

    instruments: int
    n: int
    free_n: int
    effective: AnHourCount | None
    full: AnHourCount | None
    share: float | None
    free: AnHourCount | None
    withheld: PurchaseWithheldOut


class PurchaseReviewOut(BaseModel):
    """A review; `alternatives`, and the `whole` of those that could serve instead, stand in one that was asked for by itself.
    digest: of all that is signed. Of the days of `period` before `records_begin` no use is known, so that hours are of less than
    a year, and what is free is counted with these days as if nobody had used them."""

    id: int
    institution_id: int
    name: str
    class_code: str | None
    amount: str | None
    currency: str
    need: str
    period: str
    state: Literal["draft", "signed"]
    conclusion: Literal["", "buy", "conditions", "share"]
    opinion: str
    made_at: datetime
    signed_at: datetime | None
    signer_en: str
    signer_zh: str
    digest: str
    version: int
    records_begin: RecordsBegin
    alternatives: list[PurchaseAlternativeOut] | None
    whole: PurchaseWholeOut | None


class PurchaseReviewsOut(BaseModel):
    """Reviews of an institution, the newest first."""

    items: list[PurchaseReviewOut]
    next: str | None


class PurchaseReviewsQuery(Asked):
    """Which page of the reviews."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")
