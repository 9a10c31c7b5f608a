"""Whom instruments served and what they earned, as figures of a dashboard that open to their definition and their rows."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext

from instruments.errors import N_
from instruments.people.signing import the_actor
from instruments.utilization.asking import INSTRUMENT, View
from instruments.utilization.beside import Beside, earned_figures, served_figures
from instruments.utilization.dashboard import Dashboard
from instruments.utilization.definitions import EARNED
from instruments.utilization.places import Place, sees_income_rows
from instruments.utilization.views.charged import charges_of
from instruments.utilization.views.file_cells import change_cell
from instruments.utilization.views.income import BY_DAY
from instruments.utilization.views.words import of_units

ONE_SUM = N_("To the platform what was earned is told as one sum of all institutions.")


def beside_of(view: View, place: Place, found: Dashboard) -> dict[str, Any]:
    """What the pieces of the page show of them."""
    return {
        "served": served_of(found), "earnings": earned_of(found), "by_day": BY_DAY, "one_sum": ONE_SUM,
        "rows_beside": lambda code: _rows_behind(view, place, code),
        "charges": charges_of(place, view.period),
    }  # fmt: skip


def served_of(found: Dashboard) -> list[Beside]:
    """Whom they served, beside the same of the other period."""
    return served_figures(found.served, found.served_before)


def earned_of(found: Dashboard) -> list[Beside]:
    """What was charged, likewise."""
    return earned_figures(found.income, found.income_before)


def cells_of(found: Dashboard, each: Beside) -> list[Any]:
    """Value, change, n, definition and version of one, as files hold them."""
    value = of_units(each.value, each.currency) if each.currency else each.value
    change = change_cell(each.change, was_none=each.was_none)
    return [value, change, found.now.n, gettext(each.definition.words), each.definition.version]


def _rows_behind(view: View, place: Place, code: str) -> tuple[str, str] | None:
    """Where the rows behind one are, and what the link says; None where they are not told."""
    if code in EARNED:
        if not sees_income_rows(the_actor(), place):
            return None
        return url_for("utilization.income", **view.fields(open=code)), gettext("Rows of what was charged")
    fields = view.fields(open=code)
    if code == "companies":
        address = url_for("utilization.used_by_page", user="companies", **fields)
        return address, gettext("What companies used together")
    if code == "users":
        if view.kind == INSTRUMENT:
            return url_for("utilization.uses", **fields), gettext("Uses behind the figure")
        return url_for("utilization.served", rows=code, **fields), gettext("The instruments behind it")
    words = {"groups": gettext("The groups behind it"), "institutions": gettext("The institutions behind it")}
    return url_for("utilization.served", rows=code, **fields), words[code]
