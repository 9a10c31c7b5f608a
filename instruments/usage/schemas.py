"""The shapes in which usage is asked on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from instruments.errors import N_, Reason
from instruments.reservations.paying.schemas import ReservationPaymentIn
from instruments.usage.funding import FUNDING_SOURCES
from instruments.usage.kinds import CHECK_INS, EFFECTIVE, LAYERS, MODES
from instruments.usage.metering import LONGEST_KEY
from instruments.usage.output_models import OUTPUTS
from instruments.web.shapes import ADateInReach, AnId, AnInstant, Asked, misfit

NOT_A_NUMBER = N_("Write a decimal number, like 1.5.")


def _number(value: Any) -> Decimal:
    """A number to a thousandth, as text or as a number without a fraction."""
    try:
        if isinstance(value, str | int) and not isinstance(value, bool):
            number = Decimal(value)
            if number.is_finite():
                return number
    except InvalidOperation:
        pass
    raise misfit(Reason("number", None, NOT_A_NUMBER))


ANumber = Annotated[Decimal, BeforeValidator(_number, json_schema_input_type=str)]
Minutes = Annotated[int, Field(ge=0, le=44_640)]
People = Annotated[int, Field(ge=0, le=10_000)]
ALayer = Literal[LAYERS]  # type: ignore[valid-type]  # the names stand in one place
AState = Literal["running", "waiting", "confirmed", "void"]


class UsesQuery(Asked):
    """Which uses, of those that are mine or that my roles show."""

    instrument_id: AnId | None = None
    lab_id: AnId | None = None
    reservation_id: AnId | None = None
    state: AState | None = None
    since: AnInstant | None = Field(None, alias="from")
    until: AnInstant | None = Field(None, alias="to")
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")


class ReportIn(Asked):
    """What a logger or power meter saw. The same `source` and `key` again change nothing; with other content it is refused.

    Without reservation_id it is found out whose time it was; a report over several reservations is divided.
    """

    instrument_id: AnId
    key: Annotated[str, Field(max_length=LONGEST_KEY)] = Field(
        "", description="Left out: the `Idempotency-Key` of the request. One of them is needed."
    )
    start: AnInstant
    end: AnInstant
    layer: ALayer = "attended"
    source: Annotated[str, Field(max_length=60)] = Field("", description="Which device of yours reports.")
    reservation_id: AnId | None = None
    user: Annotated[str, Field(max_length=254)] = Field("", description="Who used it, by mail address.")


class UsedSpanIn(Asked):
    """A span of time."""

    start: AnInstant
    end: AnInstant


class EmptyIn(Asked):
    """Nothing needs to be said."""


class PhaseIn(Asked):
    """What is done from now on."""

    layer: Literal[EFFECTIVE]  # type: ignore[valid-type]  # the names stand in one place


class ExtendIn(Asked):
    """Until when to stay."""

    until: AnInstant


class FactsIn(Asked):
    """What is said of a use; what is left out stays. Users say project to rating_words, the lab the rest."""

    project: str | None = None
    funding_source: Literal[tuple(FUNDING_SOURCES)] | None = None  # type: ignore[valid-type]  # the names stand in one place
    subject: str | None = Field(None, description="Three digits of GB/T 13745.")
    contract: str | None = None
    rating: Annotated[int, Field(ge=1, le=5)] | None = None
    rating_words: str | None = None
    operator_minutes: Minutes | None = None
    samples: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    mode: Literal[MODES] | None = None  # type: ignore[valid-type]  # the names stand in one place
    trained_students: People | None = None
    trained_teachers: People | None = None
    trained_others: People | None = None
    note: str | None = None
    counts: dict[str, ANumber] | None = Field(
        None, description="Samples and items by the code of their price."
    )


class ConfirmUseIn(FactsIn):
    """What the lab counted; fault_minutes are its own fault, not charged, and taken from the end, with a reason."""

    fault_minutes: Minutes | None = None
    fault_reason: Annotated[str, Field(max_length=500)] | None = None


class ConfirmOneIn(ConfirmUseIn):
    """One of many, with what the lab counted of it; version: that it saw, left out: any."""

    id: AnId
    version: int | None = None


class ConfirmManyIn(Asked):
    """Which uses to confirm: `ids` as they stand, `uses` with what is said of each."""

    ids: Annotated[list[AnId], Field(max_length=500)] = Field(default_factory=list)
    uses: Annotated[list[ConfirmOneIn], Field(max_length=500)] = Field(default_factory=list)


class AmendIn(FactsIn):
    """What was counted of a confirmed use, said anew, and why."""

    reason: Annotated[str, Field(max_length=500)]


class LeaveIn(Asked):
    """Why what was reported after the confirmation does not count."""

    reason: Annotated[str, Field(max_length=500)]


class CorrectIn(Asked):
    """The time of one layer anew, and why; no spans: there was none."""

    layer: ALayer
    spans: Annotated[list[UsedSpanIn], Field(max_length=50)]
    reason: Annotated[str, Field(max_length=500)]


class UserIn(Asked):
    """Who used what only a device reported, by mail address, and the fund with which they pay."""

    user: Annotated[str, Field(max_length=254)]
    group_id: AnId | None = None
    fund_id: AnId | None = Field(None, description="Left out: who pays is named in the lab's worklist.")


class WalkUpIn(ReservationPaymentIn):
    """Which free instrument to use now, until when at the latest, and who pays."""

    instrument_id: AnId
    until: AnInstant
    group_id: AnId | None = None


class CustomerIn(Asked):
    """One for whom a run was made; share: their part of the hours, none: by samples.

    Of a person the unit is known; fund_id: with which they pay, checked as when somebody books.
    """

    institution_id: AnId | None = None
    group_id: AnId | None = None
    person_id: AnId | None = None
    fund_id: AnId | None = Field(None, description="Left out: who pays is named in the lab's worklist.")
    samples: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    share: ANumber | None = None


class RunIn(Asked):
    """What an operator ran without a reservation; confirm: at once, as its operator bears witness of it."""

    instrument_id: AnId
    spans: Annotated[list[UsedSpanIn], Field(max_length=50)]
    customers: Annotated[list[CustomerIn], Field(max_length=50)]
    facts: FactsIn = Field(default_factory=FactsIn)
    confirm: bool = True


class SettingsIn(Asked):
    """How uses are kept; null: as the lab (of an instrument), or the product, says."""

    check_in: Literal[CHECK_INS] | None = None  # type: ignore[valid-type]  # the names stand in one place
    grace_minutes: int | None = None
    end_after_minutes: int | None = None
    longest_minutes: int | None = None
    confirm_days: int | None = None
    walk_up: bool | None = None


class OutputIn(Asked):
    """Something an instrument helped to bring about in a calendar year."""

    year: int
    kind: Literal[OUTPUTS]  # type: ignore[valid-type]  # the names stand in one place
    number: int = 1
    title: str = ""
    reference: str = ""


class DayQuery(Asked):
    """Which day of a lab."""

    day: ADateInReach | None = Field(None, description="On the lab's wall; left out: today.")


class FileIn(Asked):
    """What the file holds."""

    kind: Literal["logs", "outputs"] = "logs"
