"""Prices as a spreadsheet: take the lists of a lab home, bring them back, see what the file would do, and take it over."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext, ngettext
from werkzeug.datastructures import FileStorage

from instruments.catalog.views.uploads import to_read
from instruments.database.transactions import perform
from instruments.documents.sheets import as_csv
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Action, Actor
from instruments.people.signing import require
from instruments.rates.models import PriceSheet
from instruments.rates.owners import CardOwner, card_of, owner_of
from instruments.rates.sheets import exporting
from instruments.rates.sheets.bringing import checked, keep_sheet, mark_of, read_sheet, take_over, the_sheet
from instruments.rates.sheets.checking import LEFT_OUT, OUTCOMES, REFUSED
from instruments.rates.sheets.notes import notes
from instruments.rates.typed import Reading
from instruments.rates.views.changes_shown import column_name, shown
from instruments.rates.views.doors import (
    ADDRESS,
    card_address,
    class_names,
    lab_at,
    list_name,
    name_of,
    owner_at,
    pages,
    trail_of,
    version_seen,
)
from instruments.web import clock
from instruments.web.downloads import download
from instruments.web.language import is_chinese
from instruments.web.limits import limiter
from instruments.web.reasons import by_field, in_full
from instruments.web.refusals import flash_or_raise, show_or_raise

IMPORT = "/labs/<int:lab_id>/prices/import"
MOST_SHOWN = 300
KIND = "<any(csv, xlsx):kind>"


@pages.get(f"/labs/<int:lab_id>/prices/export.{KIND}")
def export_lab(lab_id: int, kind: str) -> ResponseReturnValue:
    """Every price list of a lab, as it holds today."""
    owner, _ = lab_at(lab_id, Action.PRICES_SEE)
    return sheet_answer(owner, exporting.exported(owner.lab, owner.today(clock.now())), kind)


@pages.get(f"{ADDRESS}/export.{KIND}")
def export_card(kinds: str, owner_id: int, kind: str) -> ResponseReturnValue:
    """One price list, as it holds today."""
    owner = owner_at(kinds, owner_id)
    require(Action.PRICES_SEE, owner.scope)
    card = card_of(owner)
    found = exporting.exported(owner.lab, owner.today(clock.now()), card.id) if card else []
    return sheet_answer(owner, found, kind)


@pages.get(f"/price-versions/<int:number>/export.{KIND}")
def export_version(number: int, kind: str) -> ResponseReturnValue:
    """One version; a draft that is brought back is changed itself."""
    row, owner, _ = version_seen(number)
    return sheet_answer(owner, [(owner, row)], kind)


@pages.get(f"/labs/<int:lab_id>/prices/template.{KIND}")
def template(lab_id: int, kind: str) -> ResponseReturnValue:
    """A sheet to fill in."""
    owner, _ = lab_at(lab_id, Action.PRICES_SEE)
    return _file(
        exporting.template(owner.lab, clock.now(), chinese=is_chinese()), kind, f"price-template-{lab_id}"
    )


def sheet_answer(owner: CardOwner, versions: Any, kind: str) -> Response:
    """These versions as a file."""
    rows = exporting.table(owner.lab, versions, chinese=is_chinese())
    return _file(rows, kind, f"prices-{owner.kind}-{owner.id}")


def _file(rows: Any, kind: str, name: str) -> Response:
    body = as_csv(rows) if kind == "csv" else exporting.workbook(rows, explained())
    return download(body, kind, name)


def explained() -> Any:
    """The notes of the workbook, in both languages."""
    return notes(_english, _chinese)


def _english(text: str, **values: object) -> str:
    with force_locale("en"):
        return gettext(text, **values)


def _chinese(text: str, **values: object) -> str:
    with force_locale("zh_Hans_CN"):
        return gettext(text, **values)


# --- Bring it back


@pages.get(IMPORT)
def import_form(lab_id: int) -> str:
    """Choose a file."""
    owner, _ = lab_at(lab_id, Action.PRICES_EDIT)
    return _form(owner, {"since": date(owner.today(clock.now()).year + 1, 1, 1)})


@pages.post(IMPORT)
@limiter.limit("30 per hour")
def bring(lab_id: int) -> ResponseReturnValue:
    """Read the file, and keep what it says until it is taken over; no price changes by it."""
    _, actor = lab_at(lab_id, Action.PRICES_EDIT)
    now, form, reading = clock.now(), request.form, Reading()
    file, day = request.files.get("file"), form.get("since", "").strip()
    since, read = reading.day(day, "since") if day else None, None
    name = (file.filename or "") if file else ""
    try:
        if file is None or not name:
            reading.reasons.append(Reason("no_file", "file", N_("Choose a file.")))
        else:
            read = rows_of(file)
        if reading.reasons or read is None:
            raise Refusal(reading.reasons)
        said = read
        number = perform(lambda: keep_sheet(actor, owner_of("lab", lab_id).lab, name, said, since, now).id)
    except Refusal as refusal:
        show_or_raise(refusal, 422)
        return _form(lab_at(lab_id, Action.PRICES_EDIT)[0], form, refusal), refusal.status
    return redirect(url_for(".sheet", number=number), 303)


def rows_of(file: FileStorage) -> Any:
    """The header and the rows of a file that was sent, read in a process of its own. Raises Refusal."""
    with to_read(file) as path:
        return read_sheet(path)


@pages.get("/price-sheets/<int:number>")
def sheet(number: int) -> str:
    """What the file would do, list by list and row by row; or that it was taken over."""
    kept, owner, _ = sheet_seen(number)
    return _report(kept, owner)


@pages.post("/price-sheets/<int:number>/take")
def take(number: int) -> ResponseReturnValue:
    """Make the drafts, and with `do=propose` ask the institution at once."""
    kept, _, actor = sheet_seen(number)
    lab_id, now, seen = kept.lab_id, clock.now(), request.form.get("seen", "")
    propose = request.form.get("do") == "propose"
    try:
        made = perform(lambda: len(take_over(actor, number, seen, now, propose=propose)))
    except Refusal as refusal:
        flash_or_raise(refusal, 412, 422)
        return redirect(url_for(".sheet", number=number), 303)
    words = (
        ngettext("%(num)s price list proposed. The managers of the institution are told.",
                 "%(num)s price lists proposed. The managers of the institution are told.", made)
        if propose
        else ngettext("%(num)s draft made. Propose it when it is right.",
                      "%(num)s drafts made. Propose each when it is right.", made)
    )  # fmt: skip
    flash(words, "free")
    left_out = checked(the_sheet(number), now).left_out
    return redirect(url_for(".sheet", number=number) if left_out else f"/labs/{lab_id}/prices", 303)


def sheet_seen(number: int) -> tuple[PriceSheet, CardOwner, Actor]:
    """A sheet that I may take over."""
    kept = the_sheet(number)
    owner = owner_of("lab", kept.lab_id)
    return kept, owner, require(Action.PRICES_EDIT, owner.scope)


def _form(owner: CardOwner, typed: Any, refusal: Refusal | None = None) -> str:
    return render_template(
        "rates/bring.html", lab=owner.lab, name=name_of(owner), trail=trail_of(owner)[:2], typed=typed,
        reasons=by_field(refusal),
    )  # fmt: skip


def _report(kept: PriceSheet, owner: CardOwner) -> str:
    found, classes = checked(kept, clock.now()), class_names(owner.lab.id)
    counts = Counter(each.outcome for each in found.lists)
    lists: list[dict[str, Any]] = []
    left = MOST_SHOWN
    for each in found.lists:
        rows = [
            line for change in each.changes for line in shown(change, each.one, each.said.currency, classes)
        ]
        against = [in_full(reason) for reason in each.against]
        lists.append({"one": each, "name": list_name(each.owner), "address": card_address(each.owner), "against": against,
                      "rows": rows[: max(left, 0)], "count": len(rows),
                      "more": max(len(rows) - max(left, 0), 0)})  # fmt: skip
        left -= len(rows)
    return render_template(
        "rates/sheet.html",
        kept=kept,
        name=name_of(owner),
        trail=trail_of(owner)[:2],
        lab=owner.lab,
        found=found,
        lists=lists,
        counts={
            outcome: counts.get(outcome, 0) for outcome in OUTCOMES if outcome not in (LEFT_OUT, REFUSED)
        },
        faults=[
            (each, column_name(each.column, classes), in_full(each.reason))
            for each in found.faults[:MOST_SHOWN]
        ],
        more_faults=max(len(found.faults) - MOST_SHOWN, 0),
        seen=mark_of(kept, found),
    )
