"""What a time would cost a payer, on one instrument or on many: terms found, walls read, lines made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from instruments.people.customer import CustomerClass, Payer
from instruments.rates.finding import Offer, local_day, terms_at
from instruments.rates.pricing import Unpriced
from instruments.rates.quoting import Quote, quote
from instruments.rates.terms import SELF
from instruments.rates.walls import walls_of
from instruments.rates.windows import Wall
from instruments.timespan import Pair, Timespan


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody thinks of: how it would be used, with how many samples and items, by the codes of their prices.

    operator_minutes None: all along where the mode has an operator and the card a price for one.
    """

    payer: Payer
    mode: str = SELF
    counts: Mapping[str, Decimal] = field(default_factory=dict)
    operator_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was found for one instrument: the class with its reason, and a quote, or why there is none."""

    offer: Offer
    quote: Quote | None
    unpriced: Unpriced | None = None

    @property
    def customer(self) -> CustomerClass:
        """As which class the payer pays, and why."""
        return self.offer.customer

    def must(self) -> Quote:
        """The quote; Unpriced, with every missing piece, where there is none."""
        if self.quote is None:
            raise self.unpriced or Unpriced([])
        return self.quote


def estimate(instrument_id: int, span: Timespan, wanted: Wanted) -> Estimate:
    """What a time on an instrument would cost. KeyError where there is no such instrument."""
    return estimates({instrument_id: span}, wanted)[instrument_id]


def estimates(spans: Mapping[int, Timespan], wanted: Wanted) -> dict[int, Estimate]:
    """The same for a time on each of many instruments, in a constant number of statements.

    The version is that of the lab's date on which the time begins, as published at this moment: what is booked now is
    bound to it (`quote.terms.version_id`, `.customer_class`, `.mode`).
    """
    if not spans:
        return {}
    offers = terms_at({key: span.start for key, span in spans.items()}, wanted.payer, wanted.mode)
    first, last = min(span.start for span in spans.values()), max(span.end for span in spans.values())
    places = [offer.place for offer in offers.values()]
    zones = {place.zone for place in places}
    walls = walls_of(
        places,
        min((local_day(first, zone) for zone in zones), default=first.date()),
        max((local_day(last, zone) for zone in zones), default=last.date()),
    )
    known: dict[Any, tuple[Quote | None, Unpriced | None]] = {}
    found: dict[int, Estimate] = {}
    for instrument_id, offer in offers.items():
        span = spans[instrument_id]
        place = (offer.place.lab.institution_id, offer.place.zone)
        pair = (int(span.start.timestamp()), int(span.end.timestamp()))
        # Whole labs share a version: what begins and ends with another at the same price is counted once.
        key = (offer.version_id, offer.customer.key, place, pair)
        if key not in known or offer.terms is None:
            known[key] = _quoted(offer, pair, walls[place], wanted)
        found[instrument_id] = Estimate(offer, *known[key])
    return found


def _quoted(offer: Offer, pair: Pair, wall: Wall, wanted: Wanted) -> tuple[Quote | None, Unpriced | None]:
    try:
        return quote(offer.must(), pair, wall, wanted.counts, wanted.operator_minutes), None
    except Unpriced as missing:
        return None, missing
