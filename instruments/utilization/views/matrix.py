"""Who used whose instruments, as a table of owners and customers: the largest on the dashboard, all of them on a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from instruments.people.signing import the_actor
from instruments.utilization.asking import PLATFORM
from instruments.utilization.dashboard import Dashboard
from instruments.utilization.kept_dashboards import kept_dashboard
from instruments.utilization.naming import names_of
from instruments.utilization.places import Place, known_besides
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.views.doors import counted, name_of, pages, the_view
from instruments.utilization.views.words import words
from instruments.web import clock

MATRIX_ROWS, MATRIX_COLUMNS = 12, 9


@pages.get("/utilization/matrix")
def matrix() -> ResponseReturnValue:
    """Who used whose, with all owners and all customers."""
    view, place = the_view()
    now = clock.now()
    bring_up_to_date(view, place, now)
    known = known_besides(the_actor(), place)
    found = kept_dashboard(place.chosen, place.institution_id, view.period, view.other, now, known)
    return render_template(
        "utilization/matrix.html",
        view=view, place=place, place_name=name_of(place), grid=matrix_of(place, found, whole=True),
        counted=counted(place.chosen, view.period), **words(),
    )  # fmt: skip


def matrix_of(place: Place, found: Dashboard, *, whole: bool = False) -> dict[str, Any]:
    """Rows: owners with the most hours; columns: the customers with the most, companies together last; whole: all of them."""
    hours: Counter[tuple[int, int]] = Counter()
    by_owner: Counter[int] = Counter()
    by_customer: Counter[int] = Counter()
    for cell in found.cells:
        hours[cell.owner, cell.customer] += cell.effective
        by_owner[cell.owner] += cell.effective
        by_customer[cell.customer] += cell.effective
    owners, customers = _largest(by_owner), [number for number in _largest(by_customer) if number]
    rows = owners if whole else owners[:MATRIX_ROWS]
    some = customers if whole else customers[:MATRIX_COLUMNS]
    columns = [*some, *([0] if 0 in by_customer else [])]
    kind = "institution" if place.kind == PLATFORM else "lab"
    return {
        "rows": rows, "columns": columns, "hours": hours, "kind": kind, "most": max(hours.values(), default=0),
        "more": len(owners) - len(rows), "more_columns": len(customers) - len(some),
        "owner_names": names_of(kind, rows), "names": names_of("institution", columns), "sums": by_owner,
    }  # fmt: skip


def _largest(sums: Mapping[int, int]) -> list[int]:
    return sorted(sums, key=lambda number: (-sums[number], number))
