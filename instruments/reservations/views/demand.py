"""What was asked for and not found: the managers' view of demand that was not met, by month and class."""

from __future__ import annotations

from itertools import groupby

from flask import render_template
from flask.typing import ResponseReturnValue

from instruments.people.rights import Action, Scope
from instruments.people.signing import require, today
from instruments.reservations.demand.reading import by_month_and_class, months, planning
from instruments.reservations.views.doors import pages
from instruments.web import clock


@pages.get("/institutions/<int:institution_id>/demand")
def demand(institution_id: int) -> ResponseReturnValue:
    """The last twelve months of what the institution's people, or others on its instruments, looked for in vain."""
    institution = planning(institution_id)
    require(Action.DEMAND_SEE, Scope(institution_id))
    first, last = months(today(clock.now()))
    rows = by_month_and_class(institution_id, first, last)
    return render_template(
        "reservations/demand.html",
        institution=institution,
        months=[
            (last.replace(year=int(year), month=int(month), day=1), list(found))
            for (year, month), found in groupby(rows, key=lambda row: (row.year, row.month))
        ],
        first=first,
    )
