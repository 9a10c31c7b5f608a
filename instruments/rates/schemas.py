"""The shapes of prices as programs send and read them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.web.shapes import ADate, AnInstant, Asked

Mode = Literal["self", "assisted", "service"]
Unit = Literal["hour", "day", "started_day", "use", "sample", "item", "operator_hour", "minimum"]
Text = Annotated[str, Field(max_length=40)]
Step = Literal[1, 5, 15, 30, 60]


class PriceIn(Asked):
    """One price. customer_class: own_lab, own_institution, partner, public, company, individual, abroad, or split:<id> for
    a finer class of the lab; unit "minimum": what the time costs at least."""

    customer_class: Text
    mode: Mode = "self"
    unit: Unit
    price: str = Field(max_length=30, description='A decimal, such as "40.00"; "0.00" is a price.')
    code: Text = ""
    name_en: str = Field("", max_length=120)
    name_zh: str = Field("", max_length=120)


class WindowIn(Asked):
    """A part of the day on the lab's wall; one that ends before it begins goes over midnight. The first that fits counts."""

    name_en: str = Field("", max_length=80)
    name_zh: str = Field("", max_length=80)
    since: Text = Field(description='"22:00"')
    until: Text = Field(description='"08:00"; "24:00" is the end of the day.')
    factor: Text = Field(description='Percent of the price: "50".')
    days: list[Literal["workday", "rest", "holiday"]] = Field([], description="None: on all days.")


class VersionIn(Asked):
    """What a version says, whole: what is left out is as the default says."""

    valid_from: ADate
    valid_to: ADate | None = Field(None, description="The first day on which it no longer holds; null: open.")
    currency: Text = "CNY"
    basis: Literal["used", "reserved", "longer"] = "used"
    increment: Step = 1
    operator_increment: Step = 1
    operator_windows: bool = False
    overrun: Text = Field("100", description="Percent of the price after the reserved end.")
    late_percent: Text | None = None
    free_hours: int = Field(0, ge=0, le=744)
    no_show_percent: Text | None = None
    note: str = Field("", max_length=500)
    windows: list[WindowIn] = []
    prices: list[PriceIn] = []


class CopyIn(Asked):
    """Begin a draft with what another version says, from a date on."""

    version_id: int
    valid_from: ADate


class PricesDeclineIn(Asked):
    """Why it is sent back."""

    reason: str = Field(max_length=500)


class PricesEndIn(Asked):
    """The last day on which the prices hold."""

    last_day: ADate


class PricesChangeIn(Asked):
    """So many percent on the prices of chosen cards; empty lists: of all. dry_run: only say what would change."""

    percent: Text
    step: Literal[1, 10, 100, 500, 1000] = Field(1, description="To how many minor units it is rounded.")
    valid_from: ADate
    cards: list[int] = []
    customer_classes: list[Text] = []
    modes: list[Mode] = []
    units: list[Unit] = []
    dry_run: bool = True


class OwnerOut(BaseModel):
    """Whose prices they are."""

    kind: Literal["lab", "instrument", "service"]
    id: int
    name_en: str
    name_zh: str


class VersionOut(BaseModel):
    """A version of a card."""

    id: int
    card_id: int
    owner: OwnerOut
    lab_id: int
    state: Literal["draft", "proposed", "published", "withdrawn"]
    proposed_by: int | None
    proposed_at: AnInstant | None
    approved_by: int | None
    approved_at: AnInstant | None
    valid_from: date
    valid_to: date | None
    currency: str
    basis: str
    increment: int
    operator_increment: int
    operator_windows: bool
    overrun: str
    late_percent: str | None
    free_hours: int
    no_show_percent: str | None
    note: str
    windows: list[WindowIn]
    prices: list[PriceIn]


class VersionsOut(BaseModel):
    """Versions, the one that begins last first."""

    items: list[VersionOut]


class PairOut(BaseModel):
    """A class and a mode without a price."""

    customer_class: str
    mode: Mode


class DatesOut(BaseModel):
    """Dates without a price, the last not included; null: without an end."""

    since: date
    until: date | None


class ExampleOut(BaseModel):
    """A typical use and what it costs each class; null: no price is set."""

    mode: Mode
    words: str
    amounts: dict[str, str | None]


class ProblemOut(BaseModel):
    """Why it could not be published as it is."""

    code: str
    field: str | None
    message: str


class LookOut(BaseModel):
    """What a version would do: holes, the version it ends, and a few uses priced for each class."""

    problems: list[ProblemOut]
    without_price: list[PairOut]
    dates_without_price: list[DatesOut]
    ends_version: int | None
    currency: str
    examples: list[ExampleOut]


class DifferenceOut(BaseModel):
    """A price that is not the same in both versions; null: none there. percent: by how much it rose."""

    customer_class: str
    mode: Mode
    unit: Unit
    code: str
    before: str | None
    after: str | None
    percent: str | None


class ComparedOut(BaseModel):
    """What two versions do not share."""

    before: int
    after: int
    currency: str
    prices: list[DifferenceOut]
    other: list[str]


class ChangedCardOut(BaseModel):
    """What a change does to one card; version_id: the draft, once it was made."""

    card_id: int
    owner: OwnerOut
    before_version_id: int
    version_id: int | None
    prices: list[DifferenceOut]


class PricesChangedOut(BaseModel):
    """What a change does to each card."""

    items: list[ChangedCardOut]


class SplitIn(Asked):
    """A finer class of a lab: some institutions of the class `base`, which stays what it was made with."""

    base: Literal["partner", "public", "company", "abroad"]
    name_en: str = Field(max_length=120)
    name_zh: str = Field(max_length=120)
    institutions: list[int] = []


class SplitOut(BaseModel):
    """A finer class; its prices are those of the class `key`."""

    id: int
    key: str
    lab_id: int
    base: str
    name_en: str
    name_zh: str
    institutions: list[int]


class SplitsOut(BaseModel):
    """The finer classes of a lab."""

    items: list[SplitOut]


class ServiceIn(Asked):
    """What a lab offers besides its instruments; archived: no longer."""

    name_en: str = Field("", max_length=200)
    name_zh: str = Field("", max_length=200)
    description_en: str = Field("", max_length=5000)
    description_zh: str = Field("", max_length=5000)
    archived: bool = False


class ServiceOut(BaseModel):
    """A service of a lab."""

    id: int
    lab_id: int
    name_en: str
    name_zh: str
    description_en: str
    description_zh: str
    archived: bool


class ServicesOut(BaseModel):
    """The services of a lab."""

    items: list[ServiceOut]


class GoneOut(BaseModel):
    """It is no longer there."""

    gone: bool
