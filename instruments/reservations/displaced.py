"""What a closure did to somebody's reservation, in words for whoever it concerns, and what they can do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext
from sqlalchemy import BigInteger, ColumnElement, Row, Select, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from instruments.availability.models import Closure
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.reservations.booked_again import fields_again
from instruments.reservations.form import prefilled
from instruments.reservations.models import LONGEST_SECONDS, Displacement, Reservation
from instruments.timespan import Timespan
from instruments.web import formats, wording
from instruments.web.language import in_language, is_chinese

MOST_AT_HOME = 5


@dataclass(frozen=True)
class Told:
    """A sentence or two, and where to act on it (words and address, empty without)."""

    words: str
    act: str = ""
    address: str = ""


def displaced(reservation_id: int, reader: Actor, now: datetime) -> list[Told]:
    """What closures did to this reservation, as far as it still matters. One statement; some more where its time is offered
    back, to fill in the form that books it again."""
    of_it = or_(Displacement.reservation_id == reservation_id, Displacement.replaced_by_id == reservation_id)
    rows = db.session.execute(_whole().where(of_it).order_by(Displacement.id.desc()).limit(1))
    return [told for row in rows for told in _told(row, reservation_id, now, reader)]


def displaced_of(actor: Actor, now: datetime) -> list[tuple[str, Told]]:
    """The same for a person's reservations that were still to come, with the instrument's name. One statement."""
    mine = or_(Reservation.user_id == actor.person_id, Reservation.booker_id == actor.person_id)
    rows: Sequence[Row[Any]] = db.session.execute(
        _whole()
        .where(mine, Displacement.ends_at > now)
        .order_by(Displacement.id.desc())
        .limit(MOST_AT_HOME * 4)
    ).all()
    found: dict[int, tuple[str, Told]] = {}
    for row in rows:
        told = [] if row.is_back else _told(row, row.reservation_id, now)
        if row.present_id not in found and told:
            words = ("" if is_chinese() else " ").join(each.words for each in told)
            address = f"/reservations/{row.present_id}"
            name = in_language(row.name_en, row.name_zh)
            found[row.present_id] = (name, Told(words, gettext("Look at it"), address))
    return list(found.values())[:MOST_AT_HOME]


def _whole() -> Select[Any]:
    one = Displacement
    present = func.coalesce(one.replaced_by_id, one.reservation_id)
    return (
        select(
            one.id, one.reservation_id, one.replaced_by_id, present.label("present_id"), one.outcome, one.message,
            one.instrument_id, one.starts_at, one.ends_at, one.offered_until,
            Closure.ends_at.label("closed_until"), Closure.units, Reservation.starts_at.label("begins"),
            Instrument.name_en, Instrument.name_zh, Lab.zone,
            _again(Reservation.user_id).label("is_back"), _is_taken().label("is_taken"),
        )
        .join(Reservation, Reservation.id == present)
        .join(Instrument, Instrument.id == one.instrument_id)
        .join(Lab, Lab.id == Instrument.lab_id)
        .outerjoin(Closure, Closure.id == one.closure_id)
    )  # fmt: skip


def _again(user_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the user has time within the lost span again: moved back there, or booked anew."""
    other = aliased(Reservation)
    kept = Displacement.outcome == "kept"
    return ~kept & select(other.id).where(*_holding(other), other.user_id == user_id).exists()


def _is_taken() -> ColumnElement[bool]:
    """Whether others hold as much of the lost span as the instrument has places."""
    other = aliased(Reservation)
    count = select(func.count()).where(*_holding(other)).scalar_subquery()
    return count >= Instrument.capacity


def _holding(other: Any) -> tuple[ColumnElement[bool], ...]:
    starts, held_until, since, until = (
        type_coerce(each, BigInteger)
        for each in (other.starts_at, other.held_until, Displacement.starts_at, Displacement.ends_at)
    )
    within = (starts > since - LONGEST_SECONDS, starts < until, held_until > since)
    return (other.instrument_id == Displacement.instrument_id, other.live, *within)


def _told(row: Row[Any], seen_from: int, now: datetime, reader: Actor | None = None) -> list[Told]:
    """reader: for whom it says where to act on it; nobody where only its words are needed."""
    if row.is_back and row.outcome == "moved" and row.replaced_by_id is None:
        return []
    told = _decided(row, seen_from)
    offered = row.offered_until is not None and row.offered_until > now
    return [*told, _offered(row, reader, now)] if offered and not row.is_back and not row.is_taken else told


def _decided(row: Row[Any], seen_from: int) -> list[Told]:
    values = {"why": wording.unended(formats.own_words(row.message)), "when": _when(row)}
    if row.outcome == "cancelled":
        return [
            Told(
                gettext(
                    "The lab cancelled this booking, %(when)s. Nothing is charged. The reason: %(why)s.",
                    **values,
                )
            )
        ]
    if row.outcome == "kept":
        closed = row.closed_until is not None and row.closed_until > row.begins
        if row.units is not None:
            sentence = gettext(
                "Some places of the instrument are closed over this booking, and none is left for it; it stays for now."
                " The reason: %(why)s.",
                **values,
            )
            return [Told(sentence)] if closed else []
        sentence = gettext(
            "The instrument is closed over this booking, which stays for now. The reason: %(why)s.", **values
        )
        return [Told(sentence)] if closed else []
    if row.replaced_by_id is None:
        return [Told(gettext("The lab moved this booking from %(when)s. The reason: %(why)s.", **values))]
    if seen_from == row.replaced_by_id:
        return [
            Told(
                gettext(
                    "The lab moved this booking from another instrument, %(when)s. The reason: %(why)s.",
                    **values,
                )
            )
        ]
    words = gettext(
        "The lab moved this booking of %(when)s to another instrument. The reason: %(why)s.", **values
    )
    return [Told(words, gettext("Open the new one"), f"/reservations/{row.replaced_by_id}")]


def _offered(row: Row[Any], reader: Actor | None, now: datetime) -> Told:
    until = formats.moment(row.offered_until, row.zone)
    words = gettext(
        "The former time, %(when)s, is free again and offered to you until %(until)s. Whoever takes it first has it.",
        when=_when(row), until=until,
    )  # fmt: skip
    when = prefilled(Timespan(row.starts_at, row.ends_at), row.zone)
    if row.outcome == "moved" and row.replaced_by_id is None:
        return Told(
            words, gettext("Move it back"), f"/reservations/{row.reservation_id}/move?{urlencode(when)}"
        )
    if row.replaced_by_id is not None:
        more = gettext("If you take it, cancel what you have instead.")
        words = f"{words}{'' if is_chinese() else ' '}{more}"
    again = fields_again(row.reservation_id, reader, now) if reader else {}
    address = f"/instruments/{row.instrument_id}?{urlencode(when | again)}#booking"
    return Told(words, gettext("Book it again"), address)


def _when(row: Row[Any]) -> str:
    return formats.when(Timespan(row.starts_at, row.ends_at), row.zone)
