"""Find reservations: one by its number, and who may see or change it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Row, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason
from instruments.people.companies import companies_among, tells_company
from instruments.people.rights import Action, Actor, Scope, may
from instruments.reservations.held import HELD_UNTIL, STARTS, overlapping
from instruments.reservations.models import Reservation

_COLUMNS = (
    Reservation.id, Reservation.instrument_id, Reservation.user_id, Reservation.booker_id,
    Reservation.institution_id, Reservation.group_id, Reservation.starts_at, Reservation.ends_at,
    Reservation.held_until, Reservation.state, Reservation.purpose, Reservation.title, Reservation.shows_name,
    Reservation.reason, Reservation.created_at, Reservation.changed_at, Reservation.version,
    Reservation.hazardous, Reservation.second_id,
    Instrument.lab_id, Instrument.institution_id.label("owner_id"),
)  # fmt: skip


def reservation_row(reservation_id: int, actor: Actor | None) -> Row[Any]:
    """One reservation with its instrument's `lab_id` and institution (`owner_id`); without an actor for a rule that acts.

    Raises NotFound when there is none, or none that the actor may know of: as the second person, or by right.
    """
    row = db.session.execute(
        select(*_COLUMNS)
        .join(Instrument, Instrument.id == Reservation.instrument_id)
        .where(Reservation.id == reservation_id)
    ).first()
    if row is None or not (actor is None or _may_see(actor, row)):
        raise NotFound(
            [Reason("no_reservation", None, N_("There is no such reservation, or it is not yours to see."))]
        )
    return row


def seen_of(actor: Actor, numbers: Collection[int]) -> set[int]:
    """Which of these reservations the actor may know of. One statement."""
    rows = db.session.execute(
        select(*_COLUMNS)
        .join(Instrument, Instrument.id == Reservation.instrument_id)
        .where(Reservation.id.in_(numbers))
    )
    return {row.id for row in rows if _may_see(actor, row)}


def _may_see(actor: Actor, row: Any) -> bool:
    return row.second_id == actor.person_id or allowed(actor, Action.RESERVATION_SEE, row)


def merged_companies(actor: Actor, rows: Iterable[Any]) -> set[int]:
    """Of which of these reservations the actor is not told for which company they are. One statement, mostly none."""
    asked = {
        row.id: row.institution_id
        for row in rows
        if not tells_company(actor, row, (row.user_id, row.booker_id, row.second_id))
    }
    companies = companies_among(asked.values())
    return {number for number, institution_id in asked.items() if institution_id in companies}


def own_over(actor: Actor, instrument_id: int, first: int, last: int) -> int | None:
    """The reservation by which the actor uses an instrument over all of [first, last); None where there is none."""
    return db.session.scalar(
        select(Reservation.id)
        .where(
            Reservation.instrument_id == instrument_id, Reservation.user_id == actor.person_id,
            overlapping(first, last), first >= STARTS, last <= HELD_UNTIL,
        )
        .limit(1)
    )  # fmt: skip


def own_within(user: Actor, instrument_id: int, first: int, last: int) -> bool:
    """Whether this person has the instrument at any moment of [first, last)."""
    own = select(Reservation.id).where(
        Reservation.instrument_id == instrument_id,
        Reservation.user_id == user.person_id,
        overlapping(first, last),
    )
    return db.session.scalar(own.limit(1)) is not None


def allowed(actor: Actor, action: Action, row: Any) -> bool:
    """Whether the actor may do this to a reservation: as its own, from the instrument's side or the user's."""
    people = frozenset({row.user_id, row.booker_id})
    groups = frozenset() if row.group_id is None else frozenset({row.group_id})
    return may(actor, action, Scope(row.owner_id, row.lab_id, groups, people)) or may(
        actor, action, Scope(row.institution_id, None, groups, people)
    )


def require_change(actor: Actor, row: Any) -> None:
    """Raises Forbidden unless the actor may change this reservation."""
    if not allowed(actor, Action.RESERVATION_CHANGE, row):
        sentence = N_("You may look at this reservation, but not change it.")
        raise Forbidden([Reason("forbidden", None, sentence, {}, N_("Ask who booked it, or the lab."))])


def require_price(actor: Actor, row: Any) -> None:
    """Raises Forbidden unless the actor may know what this reservation costs and who pays for it."""
    if not allowed(actor, Action.RESERVATION_PRICE, row):
        sentence = N_("You may look at this reservation, but not at what it costs.")
        raise Forbidden([Reason("forbidden", None, sentence, {}, N_("Ask who booked it, or the lab."))])


def looks_at_others(actor: Actor, rows: Iterable[Any]) -> list[tuple[tuple[str, int], int]]:
    """Those of these reservations that are others', as a look at their money is noted: (thing, institution)."""
    return [
        (("reservation", row.id), row.owner_id)
        for row in rows
        if actor.person_id not in (row.user_id, row.booker_id)
    ]


def noted_span(row: Any) -> dict[str, int]:
    """Which time of which instrument, as the journal notes it: for rows with instrument_id, starts_at and ends_at."""
    return {
        "instrument_id": row.instrument_id,
        "start": int(row.starts_at.timestamp()),
        "end": int(row.ends_at.timestamp()),
    }
