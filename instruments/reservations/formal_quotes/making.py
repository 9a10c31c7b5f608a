"""Put a price for a time on paper: at the rates of this moment, valid for so long, holding nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.rights import Actor
from instruments.rates.kept import line_as_json, reasons_as_json
from instruments.reservations.booking import BookingRequest, asking_of, check
from instruments.reservations.formal_quotes.models import FormalQuote, FormalQuoteCounter
from instruments.reservations.judging import wish_of
from instruments.reservations.paying.payable import date_of_acceptance
from instruments.reservations.paying.quotation import Quotation, quotation
from instruments.reservations.paying.wire import names_of
from instruments.timespan import instant

VALID_FOR = timedelta(days=14)
_QUOTE: Any = FormalQuote.__table__
_COUNTER: Any = FormalQuoteCounter.__table__


def make_quote(actor: Actor, request: BookingRequest, now: datetime) -> int:
    """A formal quote for what the actor would book for themselves, inside a deed; its number. What the programmes that they
    chose would bear stands in it; nothing of it is reserved.

    The time must be one that could be booked now. Raises as a booking does, Unpriced with every missing price, and Refusal
    for who belongs to the instrument's own institution.
    """
    request = replace(request, payment=replace(request.payment, parts=(), later=True))
    thing = check(actor, actor, request, now).thing
    if actor.institution_id == thing.institution_id:
        raise _internal()
    asking, wish = asking_of(actor, actor, request), wish_of(request.start, request.end)
    found = quotation(asking, thing, wish, date_of_acceptance(thing, int(now.timestamp())))
    valid_until = min(now + VALID_FOR, request.start)
    year = now.astimezone(thing.calendar.zone).year
    terms = found.quote.terms
    values = {
        "institution_id": thing.institution_id,
        "year": year,
        "position": _next(thing.institution_id, year),
        "lab_id": thing.lab_id,
        "instrument_id": thing.id,
        "payer_institution_id": actor.institution_id,
        "payer_person_id": None if actor.institution_id is not None else actor.person_id,
        "asked_by_id": actor.person_id,
        "group_id": request.group_id,
        "starts_at": request.start,
        "ends_at": request.end,
        "purpose": request.purpose,
        "title": request.title,
        "mode": terms.mode,
        "counts": {code: str(number) for code, number in request.payment.counts.items()},
        "version_id": terms.version_id,
        "customer_class": terms.customer_class,
        "currency": found.total.currency,
        "total_units": found.total.units,
        "lines": [{"class": each.customer_class, **line_as_json(each.line)} for each in found.shared.lines],
        "why": reasons_as_json((found.customer.why,)),
        "borne": _borne(found),
        "hazardous": request.hazardous,
        "second_id": request.second_id,
        "made_at": now,
        "valid_until": instant(int(valid_until.timestamp())),
    }
    number = int(db.session.execute(insert(_QUOTE).values(values).returning(_QUOTE.c.id)).scalar_one())
    record(
        now=now, actor_id=actor.person_id, deed="formal_quote.made", thing=("formal_quote", number),
        institution_id=thing.institution_id, lab_id=thing.lab_id,
        detail={"instrument_id": thing.id, "start": wish.start, "end": wish.end, "units": found.total.units},
    )  # fmt: skip
    return number


def _borne(found: Quotation) -> list[dict[str, Any]]:
    chosen = found.subsidies.chosen if found.subsidies else ()
    return [
        {
            "programme_id": each.id, "name_en": names_of(each)[0], "name_zh": names_of(each)[1],
            "units": found.borne[each.id].units, "afterwards": each.terms.afterwards,
        }
        for each in chosen
        if each.id in found.borne
    ]  # fmt: skip


def _next(institution_id: int, year: int) -> int:
    """The next number of an institution and year; its row is locked until the deed ends."""
    upsert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    db.session.execute(
        upsert(_COUNTER).values(institution_id=institution_id, year=year, last=0).on_conflict_do_nothing()
    )
    mine = (_COUNTER.c.institution_id == institution_id) & (_COUNTER.c.year == year)
    db.session.execute(update(_COUNTER).where(mine).values(last=_COUNTER.c.last + 1))
    return int(db.session.execute(select(_COUNTER.c.last).where(mine)).scalar_one())


def _internal() -> Refusal:
    sentence = N_("Inside an institution no formal quote is needed.")
    remedy = N_("The price that is shown binds from the moment you book.")
    return Refusal([Reason("internal", None, sentence, {}, remedy)])
