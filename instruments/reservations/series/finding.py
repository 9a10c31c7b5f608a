"""Find series: one by its number, its reservations, and of which series a reservation is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.rights import Action, Actor
from instruments.reservations.listing import whole
from instruments.reservations.lookup import allowed
from instruments.reservations.models import OPEN_STATES, Reservation
from instruments.reservations.series_models import Series, SeriesOccurrence

_SERIES: Any = Series.__table__


def series_row(series_id: int, actor: Actor) -> Row[Any]:
    """A series with its instrument's `lab_id` and institution (`owner_id`).

    Raises NotFound when there is none, or none that the actor may know of.
    """
    row = db.session.execute(
        select(_SERIES, Instrument.lab_id, Instrument.institution_id.label("owner_id"))
        .join(Instrument, Instrument.id == _SERIES.c.instrument_id)
        .where(_SERIES.c.id == series_id)
    ).first()
    if row is None or not allowed(actor, Action.RESERVATION_SEE, row):
        raise NotFound([Reason("no_series", None, N_("There is no such series, or it is not yours to see."))])
    return row


def reservations_of(series_id: int) -> Sequence[Row[Any]]:
    """The reservations of a series as `listing.whole` reads them, with their `position`, by start."""
    one, link = Reservation, SeriesOccurrence
    return db.session.execute(
        whole()
        .add_columns(link.position)
        .join(link, link.reservation_id == one.id)
        .where(link.series_id == series_id)
        .order_by(one.starts_at, one.id)
    ).all()


def visible(rows: Sequence[Row[Any]], actor: Actor) -> list[Row[Any]]:
    """Those of a series that the actor may see: what was handed over to others is theirs alone."""
    return [row for row in rows if allowed(actor, Action.RESERVATION_SEE, row)]


def place_of(reservation_id: int) -> Row[Any] | None:
    """Of which series a reservation is, and its place there: (series_id, position); None where it is of none."""
    link = SeriesOccurrence
    return db.session.execute(
        select(link.series_id, link.position).where(link.reservation_id == reservation_id)
    ).first()


def series_of(reservation_ids: Collection[int], actor: Actor) -> dict[int, int]:
    """By reservation, of which series it is that the actor may know of; those of none are left out. One statement."""
    link = SeriesOccurrence
    if not reservation_ids:
        return {}
    rows = db.session.execute(
        select(
            link.reservation_id,
            link.series_id,
            _SERIES,
            Instrument.lab_id,
            Instrument.institution_id.label("owner_id"),
        )
        .join(_SERIES, _SERIES.c.id == link.series_id)
        .join(Instrument, Instrument.id == _SERIES.c.instrument_id)
        .where(link.reservation_id.in_(reservation_ids))
    )
    rows = [row for row in rows if allowed(actor, Action.RESERVATION_SEE, row)]
    return {row.reservation_id: row.series_id for row in rows}


def to_come(series_ids: Collection[int], now: datetime) -> dict[int, int]:
    """By series, how many of its reservations stand and are not over. One statement."""
    one, link = Reservation, SeriesOccurrence
    if not series_ids:
        return {}
    rows = db.session.execute(
        select(link.series_id, func.count().label("number"))
        .join(one, one.id == link.reservation_id)
        .where(link.series_id.in_(series_ids), one.state.in_(OPEN_STATES), one.ends_at > now)
        .group_by(link.series_id)
    )
    return {row.series_id: row.number for row in rows}


def version_of(row: Any, reservations: Sequence[Row[Any]]) -> int:
    """The version of a series: it grows with every change of it, or of any of its reservations."""
    return int(row.version) + sum(each.version for each in reservations)
