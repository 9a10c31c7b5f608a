"""The shapes of qualifications on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.web.shapes import ADate, AnId, Asked, ATime, ReasonOut

ALevel = Literal["assisted", "independent", "night"]
Mails = Annotated[list[Annotated[str, Field(max_length=254)]], Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(max_length=500)]


class ListIn(Asked):
    """Without `lab_id` one's own; with it those that the lab grants."""

    lab_id: AnId | None = None
    state: Literal["valid", "soon", "over", "revoked"] | None = None
    cursor: str | None = Field(None, description="`next` of the page before.")


class GrantIn(Asked):
    """A level for one instrument or one technique, to people by mail address; who has it has it as said here then."""

    people: Mails
    instrument_id: AnId | None = None
    technique_id: AnId | None = None
    level: ALevel
    expires_on: ADate | None = Field(None, description="The last day; null: for good.")
    remark: Annotated[str, Field(max_length=300)] = ""


class RenewIn(Asked):
    """To which day it lasts; null: for good."""

    expires_on: ADate | None = None


class RenewedIn(Asked):
    """One of those that are renewed, as it was at this version."""

    id: AnId
    version: AnId


class RenewSeveralIn(RenewIn):
    """Which last to another day: all of them, or none."""

    items: Annotated[list[RenewedIn], Field(min_length=1, max_length=200)]


class QualificationChangeIn(Asked):
    """What changes of a qualification; what is left out stays. reason: needed for a lower level or an earlier last day."""

    level: ALevel | None = None
    expires_on: ADate | None = Field(None, description="The last day; null: for good.")
    remark: Annotated[str, Field(max_length=300)] | None = None
    reason: Words = ""


class ChangeAdmissionIn(Asked):
    """What changes of a safety admission; what is left out stays. reason: needed for an earlier last day."""

    exam: Annotated[str, Field(max_length=120)] | None = None
    result: Annotated[str, Field(max_length=120)] | None = None
    valid_until: ADate | None = None
    reason: Words = ""


class RevokeIn(Asked):
    """Why it is taken back; who had it reads it."""

    reason: Words = ""


class AskIn(Asked):
    """Ask the lab of an instrument for a level on it, an institution for its safety admission, or to renew what I have."""

    instrument_id: AnId | None = None
    level: ALevel | None = None
    institution_id: AnId | None = None
    renews_id: AnId | None = Field(
        None, description="A qualification of mine that shall last longer, at its level; it alone."
    )
    words: Words = ""


class RequestsIn(Asked):
    """Without `lab_id` one's own requests; with it those that wait for the lab."""

    lab_id: AnId | None = None
    institution_id: AnId | None = None


class AnswerIn(Asked):
    """`invited` appoints the training in the words of `message`; `granted` grants as the rest says."""

    decision: Literal["invited", "granted", "declined"]
    message: Words = ""
    level: ALevel | None = Field(None, description="Left out: the level that was asked for.")
    expires_on: ADate | None = None
    exam: Annotated[str, Field(max_length=120)] = ""
    result: Annotated[str, Field(max_length=120)] = ""


class AdmissionsIn(Asked):
    """Without `institution_id` one's own; with it those that the institution grants."""

    institution_id: AnId | None = None
    cursor: str | None = Field(None, description="`next` of the page before.")


class AdmitIn(Asked):
    """The safety admission of an institution, to people by mail address."""

    institution_id: AnId
    people: Mails
    valid_until: ADate
    exam: Annotated[str, Field(max_length=120)] = ""
    result: Annotated[str, Field(max_length=120)] = ""


class RuleIn(Asked):
    """What is asked of users; the night as HH:MM on the lab's wall. in_force: an instrument's own rule holds."""

    level: Literal["", "assisted", "independent"] = ""
    night_level: Literal["", "independent", "night"] = ""
    night_from: ATime | None = None
    night_until: ATime | None = None
    days_off: bool = False
    admission: bool = False
    two_at_night: bool = False
    two_if_hazardous: bool = False
    in_force: bool = True


class QualificationRuleOut(BaseModel):
    """What is asked of users; `version` is also its ETag, 0 where nothing was ever set."""

    level: str
    night_level: str
    night_from: str | None
    night_until: str | None
    days_off: bool
    admission: bool
    two_at_night: bool
    two_if_hazardous: bool
    in_force: bool
    version: int


LeftOut = Annotated[
    list[Annotated[str, Field(max_length=100)]],
    Field(
        max_length=100,
        description="The heads of columns with dates that are not known and are to be left out; without, they are refused.",
    ),
]


class ListFileIn(Asked):
    """What holds where the list itself names no instrument or technique, or no level."""

    instrument_id: AnId | None = None
    technique_id: AnId | None = None
    level: ALevel = "independent"
    leave_out: LeftOut = []


class AdmissionFileIn(Asked):
    """What holds where the list itself names no last day, or no exam."""

    valid_until: ADate | None = None
    exam: Annotated[str, Field(max_length=120)] = ""
    leave_out: LeftOut = []


class ListedRowOut(BaseModel):
    """One row of a list: what becomes of it, and everything against it."""

    row: int = Field(description="Its number in the file, the first row is 1.")
    mail: str
    outcome: Literal["new", "changed", "same", "unknown", "refused"]
    reasons: list[ReasonOut]


class ListedAdmissionOut(ListedRowOut):
    """One row of a list of safety admissions. The last day is null where none was read."""

    valid_until: date | None
    exam: str
    result: str


class ListedOut(ListedRowOut):
    """One row of a list of qualifications. The last day is null: for good, or not read."""

    instrument_id: int | None
    technique_id: int | None
    level: ALevel | None
    expires_on: date | None


class BroughtListOut(BaseModel):
    """A list that was brought: what it would do now, or that it was taken over. Its ETag stands for all of that."""

    id: int
    file_name: str
    brought_at: datetime
    taken_at: datetime | None
    unread: list[str] = Field(description="The heads of columns that say something and were not read.")
    counts: dict[str, int] = Field(description="How many rows have which outcome.")


class BroughtOut(BroughtListOut):
    """A list of qualifications that a lab brought."""

    lab_id: int
    rows: list[ListedOut]


class BroughtAdmissionsOut(BroughtListOut):
    """A list of safety admissions that an institution brought."""

    institution_id: int
    rows: list[ListedAdmissionOut]


class TakenOut(BaseModel):
    """What was granted by a list: how many qualifications are new, and how many changed."""

    added: int
    changed: int


class TakenAdmissionsOut(BaseModel):
    """What was granted by a list: how many safety admissions are new, and how many changed."""

    added: int
    changed: int


class HolderOut(BaseModel):
    """A person by number and names."""

    id: int
    name_en: str
    name_zh: str


class QualificationOut(BaseModel):
    """A qualification. `version` is also its ETag."""

    id: int
    person: HolderOut
    instrument_id: int | None
    technique_id: int | None
    level: ALevel
    expires_on: date | None
    granted_at: datetime
    has_evidence: bool
    remark: str
    revoked_at: datetime | None
    revoked_why: str
    version: int


class QualificationsOut(BaseModel):
    """One page of qualifications; `next` is the cursor of the following page, or null."""

    items: list[QualificationOut]
    next: str | None


class AdmissionOut(BaseModel):
    """A safety admission. `version` is also its ETag."""

    id: int
    person: HolderOut
    institution_id: int
    exam: str
    result: str
    valid_until: date
    granted_at: datetime
    has_evidence: bool
    revoked_at: datetime | None
    revoked_why: str
    version: int


class AdmissionsOut(BaseModel):
    """One page of safety admissions; `next` is the cursor of the following page, or null."""

    items: list[AdmissionOut]
    next: str | None


class RenewedOut(BaseModel):
    """The qualification that a request asks to renew, as it is now; one of instrument_id and technique_id is null."""

    id: int
    instrument_id: int | None
    technique_id: int | None
    level: ALevel
    expires_on: date | None
    revoked_at: datetime | None


class RequestOut(BaseModel):
    """A request. level and instrument_id are null where the safety admission of the institution is asked for.

    renews: what shall last longer, null where something new is asked for; of a technique, instrument_id is one of its.
    """

    id: int
    person: HolderOut
    institution_id: int
    lab_id: int | None
    instrument_id: int | None
    level: ALevel | None
    renews: RenewedOut | None
    words: str
    asked_at: datetime
    state: Literal["open", "invited", "granted", "declined", "withdrawn"]
    message: str
    version: int


class RequestsOut(BaseModel):
    """Requests: one's own newest first, or those that wait, oldest first."""

    items: list[RequestOut]
