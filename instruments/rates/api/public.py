"""The published prices of an instrument and what a time on it would cost me, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal

from flask import Response
from pydantic import BaseModel

from instruments.errors import N_, Reason, Refusal
from instruments.people.bearer import token_required
from instruments.people.customer import payer_of
from instruments.people.rights import Action, may
from instruments.people.signing import the_actor
from instruments.rates.api.doors import api, owned, owner_at
from instruments.rates.estimating import Wanted, estimate
from instruments.rates.lines import Line
from instruments.rates.listed import price_list
from instruments.rates.owners import owner_of
from instruments.rates.schemas import WindowIn
from instruments.rates.telling import amount_told, said_told
from instruments.timespan import Timespan
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import asks
from instruments.web.reasons import sentence
from instruments.web.shapes import ADate, AnInstant, Asked

LONGEST = timedelta(days=31)


class ClassOut(BaseModel):
    """As which class I pay, and why."""

    customer_class: str
    why: str


class PricedLineOut(BaseModel):
    """A line of the price list: the price of each class; null: none is set."""

    mode: Literal["self", "assisted", "service"]
    unit: str
    code: str
    name_en: str
    name_zh: str
    prices: dict[str, str | None]


class PricesOut(BaseModel):
    """What holds on the day `as_of`; without a version no price is set. changes_on: when other prices hold, or none."""

    version_id: int | None
    as_of: date
    changes_on: date | None
    valid_from: str | None
    valid_to: str | None
    currency: str | None
    basis: str | None
    increment: int | None
    overrun: str | None
    late_percent: str | None
    free_hours: int | None
    no_show_percent: str | None
    windows: list[WindowIn]
    of_the_lab: bool
    mine: ClassOut
    lines: list[PricedLineOut]


class QuoteIn(Asked):
    """A time, and how the instrument would be used."""

    start: AnInstant
    end: AnInstant
    mode: Literal["self", "assisted", "service"] = "self"


class QuoteLineOut(BaseModel):
    """A line of a quote. quantity: exact, as a fraction of the unit; factor: in percent."""

    kind: str
    unit: str
    quantity: str
    price: str
    factor: str
    amount: str
    why: list[str]


class PricesQuoteOut(BaseModel):
    """What a time costs if all of it is used. The rates bind once it is booked; until then nothing is reserved."""

    version_id: int
    mode: Literal["self", "assisted", "service"]
    mine: ClassOut
    currency: str
    total: str
    lines: list[QuoteLineOut]


class OnIn(Asked):
    """As of which day; without it: today, where the lab is."""

    on: ADate | None = None


@owned("prices", "GET", "prices")
@token_required("catalog:read")
@asks(api, OnIn)
@api.output(PricesOut)
@api.doc(responses=[404])
def prices(query: OnIn, **place: int) -> Response:
    """The published prices of a lab, an instrument (its own, else its lab's) or a service on a day; and as which class I pay.

    A finer class of the lab is told to who belongs to it, and to who runs the lab.
    """
    owner, actor = owner_at(place), the_actor()
    finer = may(actor, Action.PRICES_SEE, owner.scope)
    listed = price_list(owner, payer_of(actor), clock.now(), query.on, finer=finer)
    said = said_told(listed.said) if listed.said else {}
    told: dict[str, Any] = {
        name: said.get(name)
        for name in (
            "valid_from", "valid_to", "currency", "basis", "increment", "overrun", "late_percent", "free_hours",
            "no_show_percent",
        )
    }  # fmt: skip
    told |= {
        "version_id": listed.version.id if listed.version else None,
        "windows": said.get("windows", []),
        "of_the_lab": listed.of_the_lab,
        "as_of": listed.day,
        "changes_on": listed.changes,
        "mine": _mine(listed.own),
        "lines": [
            _line(line, found, listed.customers)
            for mode in listed.modes
            for line, found in listed.lines(mode)
        ],
    }
    return answer(told)


@api.get("/instruments/<int:instrument_id>/quote")
@token_required("catalog:read")
@asks(api, QuoteIn)
@api.output(PricesQuoteOut)
@api.doc(responses=[404, 422])
def quote(instrument_id: int, query: QuoteIn) -> Response:
    """What a time on an instrument would cost me, line by line with the reasons. It reserves nothing."""
    owner_of("instrument", instrument_id)
    if not query.start < query.end <= query.start + LONGEST:
        sentence_ = N_("Choose an end after the start, and at most 31 days later.")
        raise Refusal([Reason("end", "end", sentence_)])
    wanted = Wanted(payer_of(the_actor()), query.mode)
    found = estimate(instrument_id, Timespan(query.start, query.end), wanted)
    made = found.must()
    return answer(
        {
            "version_id": made.terms.version_id,
            "mode": made.terms.mode,
            "mine": _mine(found.customer),
            "currency": made.currency,
            "total": str(made.total.amount),
            "lines": [_quoted(line) for line in made.lines],
        }
    )


def _mine(own: Any) -> dict[str, str]:
    return {"customer_class": own.key, "why": sentence(own.why)}


def _line(line: tuple[str, str, str], found: Mapping[str, Any], customers: tuple[str, ...]) -> dict[str, Any]:
    first = next(iter(found.values()))
    return {
        "mode": line[0],
        "unit": line[1],
        "code": line[2],
        "name_en": first.name_en,
        "name_zh": first.name_zh,
        "prices": {each: amount_told(found[each].amount) if each in found else None for each in customers},
    }


def _quoted(line: Line) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "unit": line.unit,
        "quantity": str(line.quantity),
        "price": str(line.price.amount),
        "factor": f"{line.factor:f}",
        "amount": str(line.amount.amount),
        "why": [sentence(reason) for reason in line.why],
    }
