"""The shapes of programmes on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.funds.schemas import ACurrency, AnAmount, Name, Text
from instruments.web.shapes import ADate, AnId, Asked


class ProgrammeTermsIn(Asked):
    """The terms of a programme. Empty lists admit all; no cap is no limit."""

    code: Annotated[str, Field(max_length=60)] = ""
    name_en: Name = ""
    name_zh: Name = ""
    description_en: Annotated[str, Field(max_length=4000)] = ""
    description_zh: Annotated[str, Field(max_length=4000)] = ""
    rate: AnAmount
    valid_from: ADate
    valid_to: ADate
    payer_kinds: list[str] = Field([], max_length=10)
    small_firms_only: bool = False
    needs_proof: bool = False
    class_codes: list[Annotated[str, Field(max_length=6)]] = Field([], max_length=200)
    institution_ids: list[AnId] = Field([], max_length=500)
    lines: list[str] = Field(["time", "minimum", "add_on", "operator"], max_length=5)
    cap_per_order: AnAmount | None = None
    cap_per_year: AnAmount | None = None
    budget: AnAmount | None = None
    combines: bool = False
    afterwards: bool = False


class ProgrammeIn(ProgrammeTermsIn):
    """A new programme: of an institution for its own instruments, or (null) of the platform."""

    institution_id: AnId | None = None
    currency: ACurrency = "CNY"


class ProgrammeOut(BaseModel):
    """A programme. taken: what it has reserved and paid; null for who does not run it. `version` is also its ETag."""

    id: int
    institution_id: int | None
    code: str
    name_en: str
    name_zh: str
    description_en: str
    description_zh: str
    currency: str
    rate: str
    valid_from: date
    valid_to: date
    payer_kinds: list[str]
    small_firms_only: bool
    needs_proof: bool
    class_codes: list[str]
    institution_ids: list[int]
    lines: list[str]
    cap_per_order: str | None
    cap_per_year: str | None
    budget: str | None
    combines: bool
    afterwards: bool
    state: Literal["open", "closed"]
    taken: str | None
    version: int


class ProgrammesOut(BaseModel):
    """Programmes, the open ones first."""

    items: list[ProgrammeOut]


class ApplyIn(Asked):
    """Ask for admission: of an institution, or (null) of yourself where you belong to none."""

    institution_id: AnId | None = None
    small_firm: bool = False
    declaration: Annotated[str, Field(max_length=500)] = ""


class ProgrammeAdmissionOut(BaseModel):
    """A payer's admission to a programme, or the request for it. `version` is also its ETag."""

    id: int
    programme_id: int
    payer_institution_id: int | None
    payer_person_id: int | None
    small_firm: bool
    declaration: str
    has_document: bool
    expires_on: date | None
    state: Literal["asked", "admitted", "refused", "ended"]
    asked_at: datetime
    decided_at: datetime | None
    decided_why: str
    version: int


class PayerAdmissionsOut(BaseModel):
    """Admissions to a programme: all for who runs it, one's own for others; those that wait first."""

    items: list[ProgrammeAdmissionOut]


class DecideIn(Asked):
    """Admit to a day (null: as long as the programme lasts), or refuse with a reason."""

    admitted: bool
    expires_on: ADate | None = None
    reason: Text = ""


class EndIn(Asked):
    """Why the admission ends."""

    reason: Text


class BurnOut(BaseModel):
    """What a programme has reserved or paid for a thing."""

    made_at: datetime
    state: Literal["reserved", "committed"]
    amount: str
    payer_institution_id: int | None
    payer_person_id: int | None
    thing_kind: str
    thing_id: int


class BurnDownOut(BaseModel):
    """What became of a programme's budget, newest first; left is null where it has none."""

    currency: str
    budget: str | None
    taken: str
    left: str | None
    items: list[BurnOut]
