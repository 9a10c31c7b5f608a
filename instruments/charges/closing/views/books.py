"""What a month came to by lab, and its journal as a file for the finance system, with the columns that it reads."""

from __future__ import annotations

from functools import partial

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.charges.closing.exporting import COLUMNS, columns_from, journal_of, layout_of, set_layout
from instruments.charges.closing.income import Earned, earned
from instruments.charges.closing.views.doors import HOUSE, month_of, note_look, pages, the_house
from instruments.database.transactions import perform
from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, Refusal
from instruments.people.rights import Action
from instruments.web import clock, versions
from instruments.web.downloads import download
from instruments.web.reasons import by_field

LAYOUT = f"{HOUSE}/journal-layout"
PARTS = (
    (N_("Total"), "gross"), (N_("Within the institution"), "within"), (N_("From outside"), "outside"),
    (N_("By programmes"), "programmes"), (N_("Tax included"), "tax"), (N_("Share of the institution"), "shared"),
    (N_("The lab keeps"), "kept"),
)  # fmt: skip


@pages.get(f"{HOUSE}/months/<month>/income")
def income(institution_id: int, month: str) -> ResponseReturnValue:
    """What each lab earned in a month, and how it splits."""
    actor, home = the_house(institution_id)
    rows = earned(institution_id, month_of(month))
    page = render_template("charges/income.html", home=home, month=month, rows=rows, totals=_totals(rows))
    note_look(actor, ("institution", institution_id), institution_id, f"income {month}")
    return page


def _totals(rows: list[Earned]) -> list[tuple[str, list[tuple[str, int]]]]:
    """By currency, what all labs come to together, in the order of the columns; nothing where there is one lab."""
    found = []
    for currency in sorted({row.currency for row in rows}):
        own = [row for row in rows if row.currency == currency]
        if len(own) > 1:
            found.append(
                (currency, [(label, sum(getattr(row, name) for row in own)) for label, name in PARTS])
            )
    return found


@pages.get(f"{HOUSE}/months/<month>/journal.<any(csv, xlsx):kind>")
def journal_file(institution_id: int, month: str, kind: str) -> Response:
    """Every entry of a month, in the institution's layout, for people and programs; the look is noted."""
    actor, _ = the_house(institution_id)
    rows = journal_of(institution_id, month_of(month))
    body = as_csv(rows) if kind == "csv" else as_xlsx(Sheet(month, rows))
    note_look(actor, ("institution", institution_id), institution_id, f"journal {month}")
    return download(body, kind, f"journal-{institution_id}-{month}")


@pages.get(LAYOUT)
def journal_layout(institution_id: int) -> ResponseReturnValue:
    """The columns of the journal."""
    return _page(institution_id)


@pages.post(LAYOUT)
def set_journal_layout(institution_id: int) -> ResponseReturnValue:
    """Set them."""
    actor, _ = the_house(institution_id, Action.CHARGING_SET)
    columns = columns_from(request.form.get("columns", "")[:5000])
    act = partial(set_layout, institution_id, columns, versions.typed(), clock.now(), actor.person_id)
    try:
        perform(act)
    except Refusal as refusal:
        return _page(institution_id, refusal)
    flash(gettext("Saved. Journals have these columns from now on."), "free")
    return redirect(url_for(".journal_layout", institution_id=institution_id), 303)


def _page(institution_id: int, refusal: Refusal | None = None) -> ResponseReturnValue:
    _, home = the_house(institution_id, Action.CHARGING_SET)
    row = layout_of(institution_id)
    lines = "\n".join(f"{each['code']} = {each['head']}" for each in row.columns)
    page = render_template(
        "charges/journal_layout.html",
        home=home,
        typed=request.form.get("columns", "") if refusal else lines,
        version=row.version,
        columns=[(code, words) for code, (words, _) in COLUMNS.items()],
        reasons=by_field(refusal),
    )
    return page, refusal.status if refusal else 200
