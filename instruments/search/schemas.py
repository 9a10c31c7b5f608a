"""The shapes of a search on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.reservations.schemas import APerson
from instruments.search.find import MOST_PRICED
from instruments.web.shapes import AClass, AnId, AnInstant, Asked

AnAmountSought = Annotated[Decimal, Field(ge=0, max_digits=11, decimal_places=2)]
SEEN_AS = (
    "As somebody else finds them: lab, institution, partners, companies, or the number of an institution; for whoever "
    "sets the rules of the `lab`, or of the `institution`, that is named."
)

FOR = (
    "Somebody else, by number or mail address, for whom the token's person may book whichever instrument: what they may book, "
    "at the prices of whoever pays for them."
)


class FreeQuery(Asked):
    """What is wanted when, and for how long; without a range the seven days from now."""

    since: AnInstant | None = Field(None, alias="from")
    until: AnInstant | None = Field(None, alias="to", description="At most a year after `from`.")
    hours: Annotated[float, Field(ge=1 / 12, le=744)] = 1
    q: Annotated[
        str, Field(max_length=200, description="Words that all have to be found, in either language.")
    ] = ""
    class_code: AClass | None = Field(
        None, alias="class", description="A national class; whatever lies below it counts."
    )
    institution: AnId | None = None
    lab: AnId | None = None
    seen_as: Annotated[str | None, Field(alias="as", max_length=20, description=SEEN_AS)] = None
    user: APerson = Field(None, alias="for", description=FOR)
    prices: bool = Field(
        False, description="Whether to tell what each costs the token's person, or whom it is `for`."
    )
    fund_id: AnId | None = Field(
        None,
        description="With `prices`: what each costs whoever pays from this fund, which that person may charge; left out, "
        "from the fund that they usually pay from.",
    )
    no_fund: bool = Field(False, description="With `prices`: at the price of the person's own class instead.")
    sort: Literal["earliest", "price"] = Field(
        "earliest",
        description=f"By price, with `prices`: of all that are free; of the {MOST_PRICED} that are free first where more are.",
    )
    at_most: AnAmountSought | None = Field(
        None, description="With `prices`: only what costs no more, among as many."
    )
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class FreePriceOut(BaseModel):
    """What a free span would cost, as a decimal string; `POST /quotes` tells its lines and reasons."""

    amount: str
    currency: str
    customer_class: str


class FreePayerOut(BaseModel):
    """The fund of whose payer the prices are."""

    fund_id: int
    code: str
    name_en: str
    name_zh: str


class FreeOut(BaseModel):
    """An instrument and its first free span of that length (or of the shortest that it takes)."""

    instrument_id: int
    name_en: str
    name_zh: str
    class_code: str | None
    lab_id: int
    lab_en: str
    lab_zh: str
    institution_id: int
    institution_en: str
    institution_zh: str
    zone: str
    start: datetime
    end: datetime
    price: FreePriceOut | None = Field(description="Null where it was not asked for, or no price is set.")


class FreeListOut(BaseModel):
    """The instruments that are free first; `looked_until` is the end of what was searched for it. `paid_from`: whose prices
    are told; null where nobody is named: then they are those of the person's own class.
    """

    items: list[FreeOut]
    paid_from: FreePayerOut | None
    looked_until: datetime
