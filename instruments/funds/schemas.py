"""The shapes of funds, the ledger and programmes on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.errors import N_
from instruments.web.shapes import ADate, AMonth, AnId, Asked, Written

AnAmount = Annotated[
    str,
    Written(r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$", N_('Write an amount as text, such as "1200.50".'), "1200.50"),
    Field(description="A decimal number as text, in the currency beside it."),
]
ACurrency = Annotated[
    str, Written(r"^[A-Z]{3}$", N_("Write the three letters of a currency, such as CNY."), "CNY")
]
AKind = Literal["grant", "cost_code", "allowance", "wallet", "credit"]
ALine = Literal["time", "minimum", "add_on", "operator", "fee"]
AState = Literal["open", "blocked", "closed"]
Text = Annotated[str, Field(max_length=300)]
Name = Annotated[str, Field(max_length=200)]


class FundsIn(Asked):
    """The funds that your roles show you; with `mine` those that you may charge."""

    mine: bool = False
    q: str | None = Field(None, max_length=100)
    kind: AKind | None = None
    state: Literal["open", "blocked", "closed", "over"] | None = Field(
        None, description="over: what is overdrawn."
    )
    cursor: str | None = Field(None, description="`next` of the page before.")


class ChoicesIn(Asked):
    """Which of your funds can pay for an instrument on a date; `amount` is weighed, too, where it is given."""

    instrument_id: AnId
    day: ADate
    currency: ACurrency = "CNY"
    amount: AnAmount | None = None


class TermsIn(Asked):
    """The terms of a fund. A wallet has no budget; of a credit it is the limit."""

    code: Annotated[str, Field(max_length=60)] = ""
    name_en: Name = ""
    name_zh: Name = ""
    valid_from: ADate
    valid_to: ADate | None = None
    budget: AnAmount | None = None
    source: str = ""
    warn_percents: list[int] = Field([80, 100], max_length=20)
    overdraws: bool = Field(
        False, description="That it is meant where the budget is cut below what is spent and held."
    )


class FundIn(TermsIn):
    """A new fund. institution_id: in whose books; a wallet and a credit belong to another (owner_institution_id)."""

    kind: AKind
    institution_id: AnId
    owner_institution_id: AnId | None = Field(None, description="Left out: the institution of the books.")
    group_id: AnId | None = None
    currency: ACurrency = "CNY"
    for_all: bool = Field(False, description="Everybody in its group, or of its owner, may charge it.")


class StateIn(Asked):
    """Block it, open it again, or close it for good; the first and the last with a reason."""

    state: AState
    reason: Text = ""


class RightIn(Asked):
    """The right to charge a fund, for people by mail address, or (for_all) for everybody it belongs to."""

    people: list[Annotated[str, Field(max_length=254)]] = Field([], max_length=100)
    for_all: bool = False
    limit: AnAmount | None = None
    ends_on: ADate | None = None
    meant: bool = Field(
        False, description="That a limit below what somebody has spent and holds already is meant."
    )


class AllowedIn(Asked):
    """What a fund may pay for, in place of what was said before; nothing of a sort allows all of it."""

    lab_ids: list[AnId] = Field([], max_length=500)
    institution_ids: list[AnId] = Field([], max_length=500)
    class_codes: list[Annotated[str, Field(max_length=6)]] = Field([], max_length=200)
    line_kinds: list[ALine] = Field([], max_length=5)


class PaymentIn(Asked):
    """Money that came into a wallet, as the bank says it; a reference is recorded once."""

    amount: AnAmount
    bank_account: Annotated[str, Field(max_length=80)]
    reference: Annotated[str, Field(max_length=80)]
    day: ADate


class RefundIn(Asked):
    """Money that went back to the account that paid."""

    amount: AnAmount
    reference: Annotated[str, Field(max_length=80)] = ""
    day: ADate


class OpeningIn(Asked):
    """What stood on a fund before the books began here: spent, owed, or in a wallet; with where the figure comes from."""

    amount: AnAmount
    reason: Text


class PageIn(Asked):
    """A page of a list, newest first."""

    before: AnId | None = Field(
        None, description="Only what has a smaller number: `next` of the page before."
    )


class NamesOut(BaseModel):
    """Something by number and names."""

    id: int
    name_en: str
    name_zh: str


class RightOut(BaseModel):
    """Who may charge a fund; person is null for everybody it belongs to. taken: what they have spent and hold."""

    id: int
    person: NamesOut | None
    limit: str | None
    ends_on: date | None
    taken: str | None


class FundTermsOut(BaseModel):
    """What everybody who sees a fund is told of it. `version` is also its ETag."""

    id: int
    kind: AKind
    code: str
    name_en: str
    name_zh: str
    institution_id: int
    owner_institution_id: int
    group_id: int | None
    currency: str
    valid_from: date
    valid_to: date | None
    state: AState
    blocked_why: str
    overdrawn: bool
    version: int


class FundOut(FundTermsOut):
    """A fund with what became of its money; left is null where it has no budget."""

    source: str
    budget: str | None
    spent: str
    held: str
    left: str | None
    warn_percents: list[int]


class FundsOut(BaseModel):
    """One page of funds; `next` is the cursor of the following page, or null."""

    items: list[FundOut]
    next: str | None


class OwnFundOut(BaseModel):
    """A fund that you may charge: what is left for you (null: no limit), and what stands against it."""

    id: int
    kind: AKind
    name_en: str
    name_zh: str
    currency: str
    valid_from: date
    valid_to: date | None
    left: str | None
    taken: str | None
    why_not: list[str]


class OwnFundsOut(BaseModel):
    """The funds that you may charge."""

    items: list[OwnFundOut]


class AllowedOut(BaseModel):
    """What a fund may pay for; empty lists allow everything."""

    lab_ids: list[int]
    institution_ids: list[int]
    class_codes: list[str]
    line_kinds: list[str]


class WholeFundOut(FundOut):
    """A fund with who may charge it and for what."""

    rights: list[RightOut]
    allowed: AllowedOut


class OwnPartOut(BaseModel):
    """What you have of a fund: left for you (null: no limit), spent and held by you, and your limit (null: none)."""

    left: str | None
    taken: str
    limit: str | None


class FundSeenOut(FundTermsOut):
    """One fund. Who may only charge it sees their own part, `mine`: the sums of the whole, its warnings, where it comes from
    and who else may charge it are null then. `mine` is null for who may not charge it."""

    source: str | None
    budget: str | None
    spent: str | None
    held: str | None
    left: str | None
    warn_percents: list[int] | None
    rights: list[RightOut] | None
    allowed: AllowedOut
    mine: OwnPartOut | None


class HoldOut(BaseModel):
    """A sum that is held of a fund for a thing."""

    id: int
    thing_kind: str
    thing_id: int
    person: NamesOut | None
    amount: str
    made_at: datetime
    expires_at: datetime | None


class HoldsOut(BaseModel):
    """What is held of a fund now, newest first."""

    items: list[HoldOut]


class PostingOut(BaseModel):
    """A posting: above zero on the debit side (spent, owed), below on the credit side."""

    id: int
    posted_at: datetime
    month: str
    kind: str
    thing_kind: str
    thing_id: int
    person_id: int | None
    reason: str
    reverses_id: int | None
    other_account_id: int | None
    amount: str


class PostingsOut(BaseModel):
    """One page of postings, newest first; `next` goes into `before`, null on the last page."""

    currency: str
    balance: str
    items: list[PostingOut]
    next: int | None


class SpentOut(PostingOut):
    """A posting on a fund; a charge with tax is two of them, for the net and for the tax."""

    is_tax: bool


class SpendingOut(BaseModel):
    """One page of them, newest first; `next` goes into `before`, null on the last page."""

    currency: str
    balance: str
    items: list[SpentOut]
    next: int | None


class PaymentOut(BaseModel):
    """A payment into a wallet, or a refund of one (refunds_id)."""

    id: int
    amount: str
    bank_account: str
    reference: str
    day: date
    refunds_id: int | None
    refunded: str
    transfer_id: int


class PaymentsOut(BaseModel):
    """What came into a wallet and went back, newest first."""

    items: list[PaymentOut]


class LedgerIn(Asked):
    """Whose books, and which month; left out: the present one."""

    institution_id: AnId
    month: AMonth | None = None


class BalanceOut(BaseModel):
    """An account in a month: brought forward, debits, credits, and the balance; above zero on the debit side."""

    account_id: int
    kind: str
    about_en: str
    about_zh: str
    currency: str
    before: str
    debits: str
    credits: str
    balance: str


class TrialBalanceOut(BaseModel):
    """Every account on which something stands; of each currency the balances add up to zero."""

    institution_id: int
    month: str
    closed: bool
    items: list[BalanceOut]
