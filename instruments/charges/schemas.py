"""The shapes of charges and disputes on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.errors import N_
from instruments.funds.schemas import ACurrency, AnAmount
from instruments.web.shapes import ADate, AMonth, AnId, Asked, Written

APercent = Annotated[
    str, Written(r"^[0-9]{1,3}(\.[0-9]{1,2})?$", N_('Write a percentage as text, such as "12.5".'), "12.5")
]
ALimit = Annotated[
    str,
    Written(r"^[0-9]{1,10}(\.[0-9]{1,2})?$", N_('Write an amount as text, such as "1200.50".'), "1000.00"),
]
AState = Literal["draft", "posted", "disputed", "reversed"]
AKind = Literal["use", "late", "no_show", "adjustment", "credit", "waiver", "write_off", "reversal"]
Words = Annotated[str, Field(max_length=2000)]


class ChargesQuery(Asked):
    """Whose: of what you used; or of one group, lab or institution as your roles allow (`side`: owed to it, or borne by it)."""

    group_id: AnId | None = None
    lab_id: AnId | None = None
    institution_id: AnId | None = None
    side: Literal["income", "costs"] = "income"
    month: AMonth | None = Field(None, description="Of the service, not of the books.")
    first: ADate | None = Field(None, alias="from", description="The first day of the service.")
    last: ADate | None = Field(None, alias="to", description="The last day of the service.")
    instrument_id: AnId | None = None
    state: Literal["draft", "disputed"] | None = None
    use_id: AnId | None = None
    reservation_id: AnId | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")


class DisputeIn(Asked):
    """What is wrong: with the whole charge, or with one line by its position."""

    reason: Words
    line: Annotated[int, Field(ge=0, le=1000)] | None = None


class DisputeAnswerIn(Asked):
    """Uphold it, or adjust it by so much less, with a reason."""

    decision: Literal["upheld", "adjusted"]
    reason: Words
    less: AnAmount | None = None


class EnterIn(Asked):
    """An amount above zero about a posted charge, in its currency, with a reason.

    `meant`: that an adjustment adds more than the charge itself is no slip; without it that is asked.
    """

    kind: Literal["adjustment", "credit", "waiver", "write_off"]
    amount: AnAmount
    reason: Annotated[str, Field(max_length=500)]
    meant: bool = False


class RefuseIn(Asked):
    """Why the second person refuses."""

    reason: Annotated[str, Field(max_length=500)]


class FundChangeIn(Asked):
    """The fund that is to bear all of it, at its own class, and why.

    By its number one that you manage, or that you or whoever used it may charge; of another of the user's institution its
    `code`, and nothing is told of it before it agrees.
    """

    fund_id: AnId | None = None
    code: Annotated[str, Field(max_length=60)] = ""
    reason: Annotated[str, Field(max_length=500)]


class FundChangeQuery(Asked):
    """Which fund: one that you manage, or that you or whoever used it may charge."""

    fund_id: AnId


class FundWouldOut(BaseModel):
    """What the charge would come to if this fund bore it; `at_once`: whether nobody else has to agree."""

    fund_id: int
    amount: str
    currency: str
    customer_class: str
    at_once: bool


class FundAnswerIn(Asked):
    """Agree for the fund, or refuse with a reason. Whoever asked takes it back by refusing."""

    decision: Literal["agreed", "refused"]
    reason: Annotated[str, Field(max_length=500)] = ""


class ChargeNamedOut(BaseModel):
    """A thing by its number and names."""

    id: int
    name_en: str
    name_zh: str


class ChargeOut(BaseModel):
    """A charge in a list. `month` is that of the books, empty until it is posted; `service_on` is the true date."""

    id: int
    kind: AKind
    state: AState
    service_on: date
    month: str | None
    amount: AnAmount
    currency: ACurrency
    lab: ChargeNamedOut
    instrument: ChargeNamedOut | None
    user: ChargeNamedOut | None
    reservation_id: int | None
    use_id: int | None
    reverses_id: int | None
    corrects_id: int | None
    about_id: int | None
    waits_for_second: bool
    reason: str
    version: int


class ChargesOut(BaseModel):
    """A page of charges, the newest service first."""

    items: list[ChargeOut]
    next: str | None


class ChargeLineOut(BaseModel):
    """A line: its reasons say, in the reader's language, where it comes from. `amount` is `quantity` × `price` × `factor` %,
    rounded once; of a run for several customers, one's part of what that comes to for the whole run, rounded down, with what is
    left over for the first."""

    position: int
    kind: str
    unit: str
    quantity: str
    price: AnAmount
    factor: str
    amount: AnAmount
    customer_class: str
    why: list[str]


class ShareOut(BaseModel):
    """What one bears. Whoever is not the creditor sees their own share alone."""

    role: Literal["payer", "programme", "later"]
    route: Literal["internal", "receivable", "prepaid", "claim"]
    fund_id: int | None
    programme_id: int | None
    payer_institution_id: int | None
    amount: AnAmount


class EntryOut(BaseModel):
    """An entry of the books, for the creditor."""

    id: int
    debit: str
    credit: str
    debit_account_id: int
    credit_account_id: int
    amount: AnAmount
    month: str


class DisputeOut(BaseModel):
    """A dispute about it. `line`, `line_kind`: which line, by its position as it was disputed, and of which kind. `due_at`: until
    when the lab answers, after that its institution. `at_most`: what can be taken off, while it is open; `less`: what was, by
    whom and who agreed where a second person had to. `result_id`: the charge that came of it; a draft itself, which stays one.
    `waiting_id`: the charge that is an answer and waits for a second person, who agrees or refuses there."""

    id: int
    line: int | None
    line_kind: str | None
    state: Literal["open", "upheld", "adjusted", "withdrawn"]
    reason: str
    raised_at: datetime
    due_at: datetime
    escalated_at: datetime | None
    at_most: AnAmount | None
    answer: str
    less: AnAmount | None
    decided_by: ChargeNamedOut | None
    decided_at: datetime | None
    agreed_by: ChargeNamedOut | None
    result_id: int | None
    waiting_id: int | None


class TakenOffOut(BaseModel):
    """What the answer to a dispute took off it, or off what it replaces, why, by whom, and who agreed where a second person had
    to. `line_kind`: off the lines of which kind; none: off the whole."""

    dispute_id: int
    charge_id: int
    amount: AnAmount
    line_kind: str | None
    reason: str
    decided_by: ChargeNamedOut
    decided_at: datetime
    agreed_by: ChargeNamedOut | None


class MissingQuery(Asked):
    """Of which lab; the oldest use first."""

    lab_id: AnId
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")


class PayerIn(Asked):
    """A fund that whoever it was for may charge, their institution, or they themselves where they belong to none."""

    kind: Literal["fund", "institution", "person"]
    id: AnId


class UsePriceIn(Asked):
    """Why it is charged by the prices that were published for its day."""

    reason: Annotated[str, Field(max_length=500)]


class MissingPieceOut(BaseModel):
    """A piece that is missing, in a sentence with its remedy."""

    code: str
    message: str


class MissingOut(BaseModel):
    """A use (for one customer of a run) that cannot be charged yet. `funds`: those that could pay; own: the reader's, which
    somebody else has to fill."""

    use_id: int
    customer: int
    instrument: ChargeNamedOut
    user: str
    start: datetime
    end: datetime
    confirmed: bool
    reservation_id: int | None
    missing: list[MissingPieceOut]
    funds: list[int]
    own: bool


class UnpaidFeeOut(BaseModel):
    """A fee that waits because nobody is named who pays; own: the reader's."""

    charge_id: int
    kind: AKind
    service_on: date
    amount: AnAmount
    currency: ACurrency
    user_id: int
    funds: list[int]
    own: bool


class AllMissingOut(BaseModel):
    """A page of uses, and with the first the fees."""

    total: int
    items: list[MissingOut]
    fees: list[UnpaidFeeOut]
    next: str | None


class NamedNowOut(BaseModel):
    """Which uses were named something, what was charged of them at once, and what they still lack."""

    uses: list[int]
    charges: list[int]
    still_missing: list[MissingPieceOut]


class ChargingIn(Asked):
    """How an institution charges: its share of a lab's net income and the tax in prices to others, in percent."""

    share_percent: APercent
    tax_percent: APercent
    second_above: ALimit
    answer_days: Annotated[int, Field(ge=1, le=90)]


class ChargingOut(BaseModel):
    """How an institution charges. `second_above`: above which amount entered by hand a second person is needed."""

    institution_id: int
    share_percent: str
    tax_percent: str
    second_above: str
    answer_days: int


class FundChangeOut(BaseModel):
    """Another fund that was asked to bear it. `result_id`: the charge that stands since it agreed."""

    id: int
    fund_id: int | None = Field(description="Null where it was asked for by its code, and has not agreed.")
    code: str
    state: Literal["asked", "agreed", "refused"]
    reason: str
    asked_at: datetime
    answer: str
    decided_at: datetime | None
    result_id: int | None


class WholeChargeOut(ChargeOut):
    """A charge with its chain: the terms, the lines, who bears it, the entries, disputes, and the charges it belongs with."""

    customer_class: str
    version_id: int | None
    lacking: list[str] = Field(
        description="What a draft lacks to be posted; its amount is then what it came to before."
    )
    why_class: list[str]
    quoted: AnAmount | None
    lines: list[ChargeLineOut]
    shares: list[ShareOut]
    entries: list[EntryOut]
    disputes: list[DisputeOut]
    taken_off: list[TakenOffOut]
    fund_changes: list[FundChangeOut]
    related: list[int]


class DisputeRaisedOut(BaseModel):
    """What was raised."""

    id: int
    charge_id: int
