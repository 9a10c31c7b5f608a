"""What a month came to by lab, and its journal as a file for the finance system, with the columns that it reads."""

from __future__ import annotations

from functools import partial

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.charges.closing.exporting import COLUMNS, columns_from, journal_of, layout_of, set_layout
from instruments.charges.closing.income import PARTS, Earned, Proof, Split, earned, proofs
from instruments.charges.closing.views.doors import HOUSE, month_of, note_look, of_units, pages, the_house
from instruments.database.transactions import perform
from instruments.documents.sheets import Cell, Sheet, as_csv, as_xlsx
from instruments.errors import N_, Refusal
from instruments.people.rights import Action
from instruments.web import clock, versions
from instruments.web.downloads import download
from instruments.web.language import in_language
from instruments.web.reasons import by_field

LAYOUT = f"{HOUSE}/journal-layout"
HEADS = {
    "total": N_("Total"), "within": N_("Within the institution"), "outside": N_("From outside"),
    "programmes": N_("By programmes"), "tax": N_("Tax included"), "shared": N_("Share of the institution"),
    "kept": N_("The lab keeps"), "waived": N_("Waived"), "written_off": N_("Written off"),
}  # fmt: skip


@pages.get(f"{HOUSE}/months/<month>/income")
def income(institution_id: int, month: str) -> ResponseReturnValue:
    """What each lab earned in a month, and how it splits."""
    actor, home = the_house(institution_id)
    rows = earned(institution_id, month_of(month))
    page = render_template(
        "charges/income.html",
        home=home,
        month=month,
        rows=rows,
        proofs=proofs(institution_id, month, rows),
        parts=PARTS,
        heads=HEADS,
    )
    note_look(actor, ("institution", institution_id), institution_id, f"income {month}")
    return page


@pages.get(f"{HOUSE}/months/<month>/income.<any(csv, xlsx):kind>")
def income_file(institution_id: int, month: str, kind: str) -> Response:
    """The same as a table, with what the ledger says below it; the look is noted."""
    actor, _ = the_house(institution_id)
    earnings = earned(institution_id, month_of(month))
    rows = _table(earnings, proofs(institution_id, month, earnings))
    body = as_csv(rows) if kind == "csv" else as_xlsx(Sheet(month, rows))
    note_look(actor, ("institution", institution_id), institution_id, f"income {month}")
    return download(body, kind, f"income-{institution_id}-{month}")


def _table(earnings: list[Earned], found: list[Proof]) -> list[list[Cell]]:
    """A row for each lab and currency, then of each currency the total, what the ledger says, and the difference."""
    rows: list[list[Cell]] = [
        [gettext("Lab"), gettext("Number"), gettext("Currency"), *(gettext(HEADS[name]) for name in PARTS)]
    ]
    rows += [
        [in_language(row.name_en, row.name_zh), row.lab_id, row.currency, *_amounts(row.split, row.currency)]
        for row in earnings
    ]
    for each in found:
        sides = ((gettext("Total"), each.table), (gettext("In the ledger"), each.ledger))
        rows += [[words, "", each.currency, *_amounts(split, each.currency)] for words, split in sides]
        apart = [of_units(units, each.currency) for units in each.difference]
        rows.append([gettext("Difference"), "", each.currency, *apart])
    return rows


def _amounts(split: Split, currency: str) -> list[Cell]:
    return [of_units(getattr(split, name), currency) for name in PARTS]


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
