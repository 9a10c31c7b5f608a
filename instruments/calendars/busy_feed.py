"""The public feed of an instrument: when it is booked, closed or under maintenance, and never by whom.

Events, not VFREEBUSY: Google Calendar, Outlook and Apple's Calendar draw nothing of a VFREEBUSY they subscribe to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row, and_, func, or_, select

from instruments.availability import kinds
from instruments.availability.busy import KIND
from instruments.availability.models import BusyTime, Closure
from instruments.availability.shutting import WHOLE, closes_all
from instruments.calendars.feeds import MOST, Content, Feed, Window, host_of
from instruments.calendars.writing import Entry, Head
from instruments.catalog.models import CatalogRevision, Instrument, InstrumentState
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.held import overlapping
from instruments.reservations.models import LONGEST_SECONDS, Reservation
from instruments.timespan import crowded, instant
from instruments.web import formats
from instruments.web.language import in_language

NOT_KNOWN = timedelta(days=2 * 365)


def of_instrument(instrument_id: int, base: str, language: str, now: datetime) -> Feed:
    """The feed, in the language that is set; one statement until it is written. Raises NotFound."""
    number = select(CatalogRevision.number).where(CatalogRevision.id == 1).scalar_subquery()
    state = db.session.execute(
        select(InstrumentState.rev, number.label("number")).where(
            InstrumentState.instrument_id == instrument_id
        )
    ).first()
    if state is None:
        raise NotFound([Reason("no_instrument", None, N_("There is no such instrument."))])
    today = Window.around(now).since
    tells = ("instrument", instrument_id, state.rev, state.number, language, base, today)
    return Feed(tells, lambda: _content(instrument_id, base, now))


def _content(instrument_id: int, base: str, now: datetime) -> Content:
    thing = bookable(instrument_id)
    ahead = timedelta(days=thing.furthest_days, seconds=LONGEST_SECONDS)
    window = Window.around(now, ahead)
    names = db.session.execute(
        select(Instrument.name_en, Instrument.name_zh).where(Instrument.id == instrument_id)
    ).one()
    url = f"{base}/instruments/{instrument_id}"
    entries = [*_booked(thing, window, url), *_closed(thing, window, url), *_busy(thing, window, url)]
    entries.sort(key=lambda entry: (entry.start, entry.uid))
    head = Head(
        in_language(names.name_en, names.name_zh),
        host_of(base),
        url,
        gettext(
            "Booked, closed or under maintenance. Weekly opening hours and holidays stand on its page: %(address)s",
            address=url,
        ),
    )
    return head, entries[-MOST:]


def _booked(thing: Bookable, window: Window, url: str) -> Iterator[Entry]:
    one = Reservation
    rows = db.session.execute(
        select(one.id, one.starts_at, one.held_until, one.state, one.version, one.created_at, one.changed_at)
        .where(
            one.instrument_id == thing.id, overlapping(*window.seconds), one.starts_at < one.held_until
        )
        .order_by(one.starts_at)
    ).all()  # fmt: skip
    if thing.capacity > 1:
        yield from _full(thing, [*rows, *_places(thing, window)], url)
        return
    zone, words = thing.calendar.zone, gettext("Booked")
    for row in rows:
        yield Entry(
            f"reservation-{row.id}",
            row.version,
            row.changed_at,
            row.starts_at.astimezone(zone),
            row.held_until.astimezone(zone),
            words,
            "TENTATIVE" if row.state == "requested" else "CONFIRMED",
            url=url,
            created=row.created_at,
        )


def _full(thing: Bookable, rows: Sequence[Row[Any]], url: str) -> Iterator[Entry]:
    """The times at which no place is left: they belong to no single reservation."""
    zone, words = thing.calendar.zone, gettext("Booked")
    held = [(int(row.starts_at.timestamp()), int(row.held_until.timestamp())) for row in rows]
    for start, end in crowded(held, thing.capacity):
        within = [
            row
            for row, span in zip(rows, held, strict=True)
            if span[0] < end and start < span[1]
        ]  # fmt: skip
        yield Entry(
            f"full-{thing.id}-{start}",
            sum(row.version for row in within),
            max(row.changed_at for row in within),
            instant(start).astimezone(zone),
            instant(end).astimezone(zone),
            words,
            url=url,
        )


def _places(thing: Bookable, window: Window) -> Iterator[Row[Any]]:
    """What closes some places, in the shape of reservations and as often as it closes one."""
    one = Closure
    rows = db.session.execute(
        select(
            one.id, one.starts_at, one.ends_at.label("held_until"), one.units, one.version,
            func.coalesce(one.changed_at, one.starts_at).label("changed_at"),
        ).where(one.instrument_id == thing.id, one.units < thing.capacity, _touches(one, window))
    )  # fmt: skip
    for row in rows:
        yield from (row for _ in range(row.units))


def _closed(thing: Bookable, window: Window, url: str) -> Iterator[Entry]:
    one = Closure
    rows = db.session.execute(
        select(
            one.id,
            one.kind,
            one.detail_kind,
            one.reason,
            one.starts_at,
            one.ends_at,
            one.version,
            one.changed_at,
            one.units,
        ).where(or_(one.instrument_id == thing.id, one.lab_id == thing.lab_id), _touches(one, window))
    )
    for row in rows:
        yield closed_entry(row, thing.calendar.zone, url, capacity=thing.capacity)


def closed_entry(row: Row[Any], zone: Any, url: str, what: str = "", capacity: int = 1) -> Entry:
    """A closure; what: whose it is, where that is not plain. Written before closures noted their changes: its start.

    One that leaves places open takes no time of who subscribed.
    """
    words = kind = gettext(kinds.WORDS[row.detail_kind or row.kind])
    partly = not closes_all(row.units or WHOLE, capacity)
    if partly:
        words = gettext(
            kinds.PARTLY, kind=kind, units=formats.count(row.units), capacity=formats.count(capacity)
        )
    return Entry(
        f"closure-{row.id}",
        row.version,
        row.changed_at or row.starts_at,
        row.starts_at.astimezone(zone),
        _shown_end(row).astimezone(zone),
        gettext("%(kind)s: %(reason)s", kind=words, reason=what) if what else words,
        description=row.reason,
        category=kind,
        url=url,
        busy=not partly,
    )


def _shown_end(row: Row[Any]) -> datetime:
    """The end; one that nobody knows yet is shown as two years after the start, which stays the same from day to day."""
    if kinds.is_open(int(row.ends_at.timestamp())):
        return row.starts_at + NOT_KNOWN
    return row.ends_at  # type: ignore[no-any-return]  # a column of a Core row


def _busy(thing: Bookable, window: Window, url: str) -> Iterator[Entry]:
    one, zone, words = BusyTime, thing.calendar.zone, gettext(kinds.WORDS[KIND])
    rows = db.session.execute(
        select(one.id, one.starts_at, one.ends_at, one.noted_at).where(
            or_(one.instrument_id == thing.id, one.lab_id == thing.lab_id), _touches(one, window)
        )
    )
    for row in rows:
        yield Entry(
            f"busy-{row.id}",
            0,
            row.noted_at,
            row.starts_at.astimezone(zone),
            row.ends_at.astimezone(zone),
            words,
            url=url,
        )


def _touches(one: Any, window: Window) -> Any:
    return and_(one.ends_at > window.since, one.starts_at < window.until)
