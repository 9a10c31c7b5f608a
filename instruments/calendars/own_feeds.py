"""The secret feeds: one's own reservations, and those of a lab with its closures."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext
from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select

from instruments.availability.models import Closure
from instruments.calendars.busy_feed import closed_entry
from instruments.calendars.feeds import MOST, Content, Feed, Window, host_of
from instruments.calendars.writing import Entry, Head
from instruments.catalog.models import CatalogRevision, Instrument, InstrumentState
from instruments.database import db
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.reservations.choices import purpose_words
from instruments.reservations.listing import GONE, whole
from instruments.reservations.models import Reservation
from instruments.web import formats
from instruments.web.language import in_language


def of_person(actor: Actor, base: str, language: str, now: datetime) -> Feed:
    """What the person uses or booked. One statement until it is written."""
    window, one = Window.around(now), Reservation
    mine = or_(one.user_id == actor.person_id, one.booker_id == actor.person_id)
    # A number alone could stay the same while one reservation goes and another comes.
    state = db.session.execute(
        select(
            func.count(), func.sum(one.version), func.sum(one.id), func.max(one.changed_at), _catalog_number()
        ).where(mine, _shown(window))
    ).one()
    tells = ("person", actor.person_id, *state, language, base, window.since)

    def content() -> Content:
        rows = _rows(mine, window, now)
        name = gettext("Bookings of %(name)s", name=in_language(actor.name_en, actor.name_zh))
        head = Head(name, host_of(base), f"{base}/reservations")
        return head, _sorted([own_entry(row, actor.person_id, base) for row in rows])

    return Feed(tells, content)


def of_lab(lab: Any, base: str, language: str, now: datetime) -> Feed:
    """What is booked at a lab, by whom, and its closures; lab: a row (id, name_en, name_zh, zone).

    The caller has asked for the right. One statement until it is written: every deed raises an instrument's revision.
    """
    window = Window.around(now)
    state = db.session.execute(
        select(
            func.count(),
            func.sum(InstrumentState.rev),
            _catalog_number(),
        )
        .select_from(InstrumentState)
        .join(Instrument, Instrument.id == InstrumentState.instrument_id)
        .where(Instrument.lab_id == lab.id)
    ).one()
    tells = ("lab", lab.id, *state, language, base, window.since)

    def content() -> Content:
        rows = _rows(Instrument.lab_id == lab.id, window, now)
        head = Head(in_language(lab.name_en, lab.name_zh), host_of(base), f"{base}/labs/{lab.id}")
        entries = [lab_entry(row, base) for row in rows]
        return head, _sorted(entries + _closures(lab, window, base))

    return Feed(tells, content)


def _catalog_number() -> Any:
    """The number of the catalogue, as a part of another statement."""
    return select(CatalogRevision.number).where(CatalogRevision.id == 1).scalar_subquery()


def own_entry(row: Row[Any], person_id: int, base: str) -> Entry:
    """A reservation for who uses it, whose time it takes, or for who only booked it."""
    instrument = in_language(row.instrument_en, row.instrument_zh)
    return _entry(row, base, instrument, busy=row.user_id == person_id, reader_id=person_id)


def lab_entry(row: Row[Any], base: str) -> Entry:
    """A reservation for the staff of its lab."""
    parts = [in_language(row.user_en, row.user_zh), in_language(row.instrument_en, row.instrument_zh)]
    return _entry(row, base, " · ".join(parts), busy=True, reader_id=0)


def _entry(row: Row[Any], base: str, summary: str, *, busy: bool, reader_id: int) -> Entry:
    zone = ZoneInfo(row.zone)
    place = (row.location, in_language(row.lab_en, row.lab_zh), in_language(row.owner_en, row.owner_zh))
    released = row.held_until == row.starts_at
    gone = row.state in GONE or released
    return Entry(
        uid=f"reservation-{row.id}",
        sequence=row.version,
        stamp=row.changed_at,
        start=row.starts_at.astimezone(zone),
        end=(row.ends_at if released else row.held_until).astimezone(zone),
        summary=summary,
        status="CANCELLED" if gone else "TENTATIVE" if row.state == "requested" else "CONFIRMED",
        busy=busy,
        category=purpose_words(row.purpose),
        description="\n".join(_told(row, reader_id, gone)),
        location=formats.listing([formats.own_words(part) for part in place if part]),
        url=f"{base}/reservations/{row.id}",
        created=row.created_at,
    )


def _told(row: Row[Any], reader_id: int, gone: bool) -> list[str]:
    user, booker = in_language(row.user_en, row.user_zh), in_language(row.booker_en, row.booker_zh)
    told = [row.title] if row.title else []
    if row.user_id != reader_id:
        told.append(gettext("Used by %(name)s", name=user))
    if row.booker_id not in (row.user_id, reader_id):
        told.append(gettext("Booked by %(name)s", name=booker))
    if gone and row.reason:
        told.append(gettext("Cancelled: %(reason)s", reason=row.reason))
    return told


def _shown(window: Window) -> ColumnElement[bool]:
    """Within the window; what was cancelled only for as long as the past is shown."""
    one = Reservation
    return and_(
        one.ends_at > window.since,
        one.starts_at < window.until,
        or_(one.live, one.changed_at >= window.since),
    )


def _rows(which: ColumnElement[bool], window: Window, now: datetime) -> list[Row[Any]]:
    nearest = (case((Reservation.ends_at > now, 0), else_=1), Reservation.starts_at, Reservation.id)
    statement = whole().where(which, _shown(window)).order_by(*nearest).limit(MOST)
    return list(db.session.execute(statement))


def _closures(lab: Any, window: Window, base: str) -> list[Entry]:
    one, thing = Closure, Instrument
    rows = db.session.execute(
        select(
            one.id, one.kind, one.detail_kind, one.reason, one.starts_at, one.ends_at, one.version, one.changed_at,
            one.instrument_id, one.units, thing.name_en, thing.name_zh, thing.capacity,
        )
        .outerjoin(thing, thing.id == one.instrument_id)
        .where(
            or_(one.lab_id == lab.id, thing.lab_id == lab.id),
            one.ends_at > window.since, one.starts_at < window.until,
        )
        .order_by(one.starts_at)
        .limit(MOST)
    )  # fmt: skip
    zone, whole_lab = ZoneInfo(lab.zone), in_language(lab.name_en, lab.name_zh)
    found = []
    for row in rows:
        own = row.instrument_id is not None
        what = in_language(row.name_en, row.name_zh) if own else whole_lab
        url = f"{base}/instruments/{row.instrument_id}" if own else f"{base}/labs/{lab.id}"
        found.append(closed_entry(row, zone, url, what, row.capacity or 1))
    return found


def _sorted(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.start, entry.uid))


def lab_row(lab_id: int) -> Row[Any] | None:
    """A lab as `of_lab` wants it, with its institution."""
    return db.session.execute(
        select(Lab.id, Lab.institution_id, Lab.name_en, Lab.name_zh, Lab.zone).where(Lab.id == lab_id)
    ).first()
