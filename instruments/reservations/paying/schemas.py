"""The shapes of prices on the wire: how a booking is to be paid, what it was quoted, what a time would cost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from instruments.errors import N_, Reason
from instruments.reservations.payment import MOST_COUNTED, MOST_FUNDS, Part, Payment
from instruments.web.shapes import AnId, AnInstant, Asked, ReasonOut, misfit

NOT_A_NUMBER = N_('Write a number as text or as a whole number, like "33.34" or 2.')
AMode = Literal["self", "assisted", "service"]


def _decimal(value: Any) -> Decimal:
    """An exact number with at most two decimals; a float is none, since nobody knows which number it means."""
    if isinstance(value, bool) or not isinstance(value, int | str) or len(str(value)) > 20:
        raise misfit(Reason("number", None, NOT_A_NUMBER))
    try:
        number = Decimal(str(value))
        is_exact = number.is_finite() and number == round(number, 2)
    except ArithmeticError as error:
        raise misfit(Reason("number", None, NOT_A_NUMBER)) from error
    if not is_exact:
        raise misfit(Reason("number", None, NOT_A_NUMBER))
    return number


ANumber = Annotated[Decimal, BeforeValidator(_decimal, json_schema_input_type=int | str)]


class PartIn(Asked):
    """A fund that pays so many percent."""

    fund_id: AnId
    percent: ANumber


class PayersIn(Asked):
    """Who pays: one fund, or several with their percentages; nothing: named later."""

    fund_id: AnId | None = Field(None, description="The fund that pays all of it. Several: see `funds`.")
    funds: list[PartIn] = Field(
        default_factory=list, max_length=MOST_FUNDS, description="Instead of `fund_id`."
    )
    programmes: list[AnId] = Field(
        default_factory=list,
        max_length=5,
        description="Programmes that bear a part, such as a voucher, in their order.",
    )


class ReservationPaymentIn(PayersIn):
    """Who pays, as above, and for what: `add_ons` says how many of each, by code."""

    mode: AMode | None = Field(
        None, description="How it is used; left out: as the qualification of its user says."
    )
    add_ons: dict[Annotated[str, Field(max_length=40)], ANumber] = Field(
        default_factory=dict,
        description=f"Samples and items by the codes of the price list, each at most {MOST_COUNTED}.",
    )


def payers_of(body: PayersIn) -> Payment:
    """Who pays; one fund and several are both kept, so that the rule says what is wrong with it."""
    alone = (Part(body.fund_id),) if body.fund_id is not None else ()
    several = tuple(Part(part.fund_id, part.percent) for part in body.funds)
    return Payment((*alone, *several), tuple(body.programmes))


def payment_of(body: ReservationPaymentIn) -> Payment:
    """How it is to be paid."""
    return replace(payers_of(body), mode=body.mode, counts=dict(body.add_ons))


class MoneyOut(BaseModel):
    """An amount as a decimal string, with its currency."""

    amount: str
    currency: str


class QuotedLineOut(BaseModel):
    """One line: quantity × price × factor percent, rounded once. `why` says where it comes from."""

    kind: Literal["time", "minimum", "add_on", "operator", "fee"]
    unit: str
    customer_class: str
    price: MoneyOut
    factor: str
    amount: MoneyOut
    why: list[str]


class PaidFromOut(BaseModel):
    """A fund that is to pay a share."""

    fund_id: int
    name_en: str
    name_zh: str
    percent: str
    amount: MoneyOut


class BorneOut(BaseModel):
    """A programme that bears a part."""

    programme_id: int
    name_en: str
    name_zh: str
    amount: MoneyOut
    afterwards: bool = Field(description="Whether the payer pays it first and claims it back.")


class PriceOut(BaseModel):
    """What a reservation was quoted: the rates bind, the quantity follows what counts. `at_most`: the most that it costs."""

    total: MoneyOut
    at_most: MoneyOut | None
    customer_class: str
    why: list[str] = Field(description="Why it is this class of customers.")
    mode: AMode
    version_id: int = Field(description="The version of the price list that binds it.")
    lines: list[QuotedLineOut]
    borne: list[BorneOut] = Field(description="What programmes bear of the total.")
    to_pay: MoneyOut = Field(description="What is left for those who pay.")
    paid_from: list[PaidFromOut] = Field(description="Empty where nobody is named yet.")


class QuotesIn(ReservationPaymentIn):
    """One time on up to 20 instruments, and how it would be paid."""

    instrument_ids: Annotated[list[AnId], Field(min_length=1, max_length=20)]
    start: AnInstant
    end: AnInstant


class QuoteOut(BaseModel):
    """What the time would cost on one instrument. `price` is null where no price is set: then `reasons` say what is missing.

    With a price, `reasons` are what stands against the fund. What stands against the time itself, by the hours, the rules and
    what is held, is among them either way.
    """

    instrument_id: int
    price: PriceOut | None
    reasons: list[ReasonOut]


class QuotesOut(BaseModel):
    """A quote for each instrument, in the order asked. A quote that is shown reserves nothing; a booking does."""

    items: list[QuoteOut]
