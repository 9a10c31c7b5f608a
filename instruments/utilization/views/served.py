"""Who was served, row by row: groups and institutions by what they had, instruments by how many users they had."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, NotFound, Reason
from instruments.people.signing import the_actor
from instruments.utilization.asking import View
from instruments.utilization.customers import Served, served_alone
from instruments.utilization.dashboard import NO_MONTHS
from instruments.utilization.definitions import MEASURES, SERVED
from instruments.utilization.edges import edges, whole_months
from instruments.utilization.listing import tenths
from instruments.utilization.naming import names_of, which_of
from instruments.utilization.places import Place, sees_companies
from instruments.utilization.served_rows import (
    TOGETHER,
    ServedRow,
    UsersRow,
    groups_served,
    institutions_served,
    users_by_instrument,
)
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.user_places import groups_seen
from instruments.utilization.views.doors import counted, counting_words, name_of, pages, the_view
from instruments.utilization.views.which import (
    NOTHING,
    WHICH_HEADS,
    WHICH_WIDTHS,
    named,
    which_cells,
    which_words,
)
from instruments.utilization.views.words import A_PAGE, name_in, period_words, words
from instruments.web import clock, formats
from instruments.web.downloads import download
from instruments.web.fields import page_of
from instruments.web.language import in_language

AN_HOUR = 3_600_000
MEANING = MEASURES["effective"].words
HAD = (N_("Effective hours"), N_("Uses"), N_("Samples handled"))
HEADS: Mapping[str, Sequence[str]] = {
    "groups": (N_("Group"), N_("Of"), *HAD), "institutions": (N_("Institution"), *HAD),
    "users": (N_("Instrument"), N_("Users served")),
}  # fmt: skip
FOOT: Mapping[str, str] = {
    "groups": N_("What was used by somebody of no group stands in none of these rows."),
    "institutions": N_("All rows together come to all effective hours."),
    "users": N_("Who used several instruments counts once at each, and once in the figure."),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, of which place, whom it served as numbers, and the rows."""

    view: View
    place: Place
    rows_of: str
    served: Served
    rows: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is shown: what it is called, where it leads (empty: nowhere), its cells, what stands beside the name in a file,
    and below it on the page."""

    name: str
    address: str
    cells: Sequence[Any]
    beside: Sequence[str] = ()
    below: str = ""


@pages.get("/utilization/served")
def served() -> ResponseReturnValue:
    """Who was served: groups, institutions, or instruments by their users."""
    asked = _asked()
    page = page_of(len(asked.rows), A_PAGE)
    fields = {**asked.view.fields(), "rows": asked.rows_of}
    return render_template(
        "utilization/served.html",
        view=asked.view, place=asked.place, place_name=name_of(asked.place), rows_of=asked.rows_of,
        definition=SERVED[asked.rows_of], served=asked.served, definitions=SERVED, heads=HEADS[asked.rows_of],
        rows=_lines(asked, asked.rows[(page - 1) * A_PAGE : page * A_PAGE]), total=len(asked.rows), page=page, size=A_PAGE,
        foot=FOOT[asked.rows_of], ways=HEADS, fields=fields, base=url_for(".served", **fields),
        counted=counted(asked.place.chosen, asked.view.period), **words(),
    )  # fmt: skip


@pages.get("/utilization/served.<any(xlsx, csv):kind>")
def served_file(kind: str) -> ResponseReturnValue:
    """The same as a file."""
    asked = _asked()
    heads = HEADS[asked.rows_of]
    if asked.rows_of == "users":
        heads = (heads[0], *WHICH_HEADS, *heads[1:])
    body: list[list[Any]] = [[gettext(head) for head in heads]]
    body += [[line.name, *line.beside, *line.cells] for line in _lines(asked, asked.rows)]
    name = f"served-{asked.rows_of}-{asked.view.of}-{asked.view.period.code.replace('/', '-')}"
    if kind == "csv":
        return download(as_csv(body), kind, name)
    definition = SERVED[asked.rows_of]
    about = [
        [gettext("Figures of"), name_of(asked.place)], [gettext("Period shown"), period_words(asked.view.period)],
        [gettext(definition.name), gettext(definition.words)],
        [gettext("Effective hours"), gettext(MEANING)], [gettext(FOOT[asked.rows_of])],
        *([sentence] for sentence in counting_words(asked.place.chosen, asked.view.period)),
    ]  # fmt: skip
    sheets = (
        Sheet(gettext(definition.name)[:31], body, WHICH_WIDTHS),
        Sheet(gettext("Definitions"), about, (36, 60)),
    )
    return download(as_xlsx(*sheets), kind, name)


def _asked() -> Asked:
    view, place = the_view()
    rows_of = request.args.get("rows") or "institutions"
    if rows_of not in HEADS:
        raise NotFound([Reason("rows", "rows", N_("Who was served cannot be told apart like this."))])
    now = clock.now()
    bring_up_to_date(view, place, now)
    months, parts = whole_months(view.period) or NO_MONTHS, edges(place.chosen, view.period, now)
    if rows_of == "groups":
        rows: Sequence[Any] = groups_served(
            place.chosen, months, parts, companies=sees_companies(the_actor(), place)
        )
    else:
        rows = {"institutions": institutions_served, "users": users_by_instrument}[rows_of](
            place.chosen, months, parts
        )
    return Asked(view, place, rows_of, served_alone(place.chosen, months, parts), rows)


def _lines(asked: Asked, rows: Sequence[Any]) -> list[Line]:
    return _MAKE[asked.rows_of](asked.view, rows)


def _of_groups(view: View, rows: Sequence[ServedRow]) -> list[Line]:
    names = names_of("group", [row.number for row in rows])
    homes = names_of("institution", [row.institution_id for row in rows])
    seen = groups_seen(the_actor(), {row.number: row.institution_id for row in rows if row.number})
    found = []
    for row in rows:
        address = ""
        if row.number in seen:
            address = url_for(".of_group", group_id=row.number, period=view.period.code, against=view.against)
        of = in_language(*homes.get(row.institution_id, ("", "")))
        name = in_language(*names[row.number]) if row.number in names else _together(row)
        found.append(Line(name, address, _had(row), (of,)))
    return found


def _together(row: ServedRow) -> str:
    """Groups of companies as one."""
    if row.number != TOGETHER:
        return gettext("Not known")
    groups = ngettext("%(count)s group", "%(count)s groups", row.count, count=formats.count(row.count))
    return f"{gettext('Companies')}{gettext(': ')}{groups}"


def _of_institutions(view: View, rows: Sequence[ServedRow]) -> list[Line]:
    names = names_of("institution", [row.institution_id for row in rows])
    user_code = words()["user_code"]
    return [
        Line(
            name_in(names, row.number),
            url_for(".used_by_page", user=user_code(row.number), **view.fields()), _had(row),
        )
        for row in rows
    ]  # fmt: skip


def _of_users(view: View, rows: Sequence[UsersRow]) -> list[Line]:
    found, lines = which_of([row.instrument_id for row in rows]), []
    for row in rows:
        which = found.get(row.instrument_id, NOTHING)
        fields = view.fields(kind="instrument", number=row.instrument_id, open="users")
        address = url_for(".board", **fields) + "#served"
        lines.append(
            Line(named(which), address, [row.users], which_cells(which), which_words(which, view.kind))
        )
    return lines


def _had(row: ServedRow) -> list[Any]:
    return [tenths(row.effective / AN_HOUR), row.uses, row.samples]


_MAKE: Mapping[str, Callable[[View, Any], list[Line]]] = {
    "groups": _of_groups, "institutions": _of_institutions, "users": _of_users,
}  # fmt: skip
