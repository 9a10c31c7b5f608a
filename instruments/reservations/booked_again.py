"""What the booking form says when a reservation is booked again: as it was, so far as it is still theirs who books."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from instruments.errors import NotFound
from instruments.people.rights import Action, Actor
from instruments.people.signing import actor_by_id
from instruments.reservations import choices
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.booking import may_book_for
from instruments.reservations.free import FreeSearch, find_free
from instruments.reservations.judging import wish_of
from instruments.reservations.lookup import allowed, merged_companies, reservation_row
from instruments.reservations.paying.offering import offered
from instruments.reservations.paying.recalling import payment_of
from instruments.reservations.paying.typed import as_fields
from instruments.reservations.payment import Payment
from instruments.reservations.users import has_many
from instruments.reservations.who_asks import Asking
from instruments.timespan import Timespan

# The form has fields for no more funds.
MOST_FUNDS = 2
AHEAD = timedelta(days=14)


def next_time(
    instrument_id: int, length: timedelta, since: datetime, actor: Actor, now: datetime
) -> Timespan | None:
    """The earliest time of this length that is free for somebody, within two weeks from `since`. None where none is."""
    first = int(since.timestamp())
    search = FreeSearch(int(length.total_seconds()), first, first + round(AHEAD.total_seconds()), 1, actor)
    free = find_free([instrument_id], search, now).spans
    return Timespan.from_seconds(free[0].start, free[0].end) if free else None


def fields_again(reservation_id: int, reader: Actor, now: datetime) -> dict[str, str]:
    """The fields of the booking form, apart from the time, as the reservation has them. A constant number of statements.

    Nothing that the reader may not read of it, and nothing that is no longer theirs to say: then the form is as it
    begins. Whoever is neither its user nor its booker has it filled in for the user, or not at all.
    """
    try:
        row = reservation_row(reservation_id, reader)
    except NotFound:
        return {}
    thing = bookable(row.instrument_id)
    user, own = _user(row, reader, thing, now), reader.person_id in (row.user_id, row.booker_id)
    if user is None and not own:
        return {}
    whose = user or reader
    fields = {
        "user": _named(whose, reader, thing, row),
        "unit": str(row.group_id or "") if row.group_id in reader.group_ids & whose.group_ids else "",
        "purpose": row.purpose,
        **(_in_own_words(row) if own else {}),
        **_safety(row, reader, whose, thing, now),
        **_payment(row, reader, whose, thing, now),
    }
    return {name: text for name, text in fields.items() if text}


def _user(row: Any, reader: Actor, thing: Bookable, now: datetime) -> Actor | None:
    """Who used it, if the reader may book for them now."""
    if row.user_id == reader.person_id:
        return reader
    user = actor_by_id(row.user_id, now)
    return user if user is not None and may_book_for(reader, user, thing) else None


def _named(whose: Actor, reader: Actor, thing: Bookable, row: Any) -> str:
    """As the form names them: by number in a list, by mail address where one looks for them, unless that tells a company that
    the reader is not told; oneself by nothing."""
    if whose.person_id == reader.person_id:
        return ""
    is_told = has_many(reader, thing) and not merged_companies(reader, [row])
    return whose.mail if is_told else str(whose.person_id)


def _in_own_words(row: Any) -> dict[str, str]:
    return {"title": row.title, "public_title": "1" if row.shows_name else ""}


def _safety(row: Any, reader: Actor, whose: Actor, thing: Bookable, now: datetime) -> dict[str, str]:
    """Where the instrument asks for it. The second person is named by a mail address, which only who booked has typed."""
    asked = choices.safety(thing)
    if asked is None:
        return {}
    second = None
    if row.second_id not in (None, whose.person_id) and reader.person_id == row.booker_id:
        second = actor_by_id(row.second_id, now)
    return {
        "hazardous": "1" if row.hazardous and asked["hazardous"] else "",
        "second_person": second.mail if second else "",
    }


def _payment(row: Any, reader: Actor, whose: Actor, thing: Bookable, now: datetime) -> dict[str, str]:
    """Who paid, if they could pay again: all of the funds or none, and what of the rest is still on offer."""
    if not thing.has_card or not allowed(reader, Action.RESERVATION_PRICE, row):
        return {}
    before = payment_of(row.id)
    wish = wish_of(row.starts_at, row.ends_at)
    found = offered(Asking(reader, whose, payment=before), thing, wish, now, choose=False)
    able = {choice.fund.id for choice in found.choices if not choice.why_not}
    pays = before.fund_ids <= able and len(before.parts) <= MOST_FUNDS
    open_now = {each.id for each in found.programmes if not each.why_not}
    codes = {rate.code for rate in found.terms.add_ons}
    kept: Payment = replace(
        before,
        parts=before.parts if pays else (),
        programmes=tuple(number for number in before.programmes if number in open_now),
        mode=before.mode if before.mode in found.terms.modes else None,
        counts={code: number for code, number in before.counts.items() if code in codes},
    )
    return as_fields(kept)
