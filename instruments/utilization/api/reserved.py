"""Doors for programs to the reservations behind figures that count them: of an instrument, a group, an institution's people."""

from __future__ import annotations

from fractions import Fraction
from zoneinfo import ZoneInfo

from flask import Response

from instruments.errors import N_, NotFound, Reason
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.utilization import asking
from instruments.utilization.api.telling import api, number_told
from instruments.utilization.asking import PLATFORM
from instruments.utilization.begun import begun
from instruments.utilization.places import sees_reservations, the_place
from instruments.utilization.reserved_kept import condition_of, sums_of
from instruments.utilization.reserved_rows import UNUSED, reserved_rows
from instruments.utilization.schemas import ReservedOfQuery, ReservedQuery, ReservedRowsOut
from instruments.utilization.sums import Selection
from instruments.utilization.unused_rows import unused_hours
from instruments.utilization.user_places import Whose, group_of, people_of, reservations_of
from instruments.utilization.users import User
from instruments.web import clock, paging
from instruments.web.answers import answer
from instruments.web.incoming import asks


@api.get("/utilization/reservations")
@token_required("usage:read")
@asks(api, ReservedOfQuery)
@api.output(ReservedRowsOut)
@api.doc(responses=[404])
def reservations_behind(query: ReservedOfQuery) -> Response:
    """The reservations of an institution, a lab or an instrument that a figure counts."""
    actor = the_actor()
    view = asking.read({"of": query.of, "period": query.period or ""}, clock.now().date())
    place = the_place(view, actor)
    if view.kind == PLATFORM or not sees_reservations(actor, place):
        sentence = N_("Reservations are told of an institution, a lab or an instrument, to who may see them.")
        raise NotFound([Reason("of", "of", sentence)])
    return _told(place.chosen, query)


@api.get("/groups/<int:group_id>/utilization/reservations")
@token_required("usage:read")
@asks(api, ReservedQuery)
@api.output(ReservedRowsOut)
@api.doc(responses=[404])
def reservations_behind_group(group_id: int, query: ReservedQuery) -> Response:
    """The reservations of a group that a figure counts."""
    return _of_users(group_of(group_id, the_actor()), query)


@api.get("/institutions/<int:institution_id>/used/reservations")
@token_required("usage:read")
@asks(api, ReservedQuery)
@api.output(ReservedRowsOut)
@api.doc(responses=[404])
def reservations_behind_people(institution_id: int, query: ReservedQuery) -> Response:
    """The reservations of the people of an institution or company that a figure counts."""
    return _of_users(people_of(institution_id, the_actor()), query)


def _of_users(of: Whose, query: ReservedQuery) -> Response:
    reservations_of(of, the_actor())
    return _told(of.user, query)


def _told(of: Selection | User, query: ReservedQuery) -> Response:
    now = clock.now()
    period = asking.read({"period": query.period or ""}, now.date()).period
    sums = sums_of(of, period, now, query.figure, missed=query.missed)
    after = (paging.decode(query.cursor, (int,)) or [0])[0]
    following = after + query.limit
    rows = reserved_rows(
        condition_of(of), period, now, query.figure, missed=query.missed, first=after, most=query.limit
    )
    unused = unused_hours(rows, period, now) if query.figure == UNUSED else None
    return answer(
        {
            "period": period.code, "records_begin": begun(), "figure": query.figure, "reservations": sums.count,
            "items": [
                {
                    "reservation_id": row.reservation_id, "instrument_id": row.instrument_id,
                    "start": row.start.astimezone(ZoneInfo(row.zone)), "end": row.end.astimezone(ZoneInfo(row.zone)),
                    "made": row.made.astimezone(ZoneInfo(row.zone)), "lead": number_told(Fraction(row.lead)),
                    "no_show": row.no_show,
                    "unused": None if unused is None else number_told(Fraction(unused.get(row.reservation_id, 0))),
                }
                for row in rows
            ],
            "next": paging.encode([following]) if following < sums.count else None,
        }
    )  # fmt: skip
