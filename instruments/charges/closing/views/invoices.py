"""Invoices as pages for finance: what is ready and what it lacks, asking, the file, the numbers read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.catalog.views.uploads import chosen_file, to_read
from instruments.charges.closing.exporting import layout_of
from instruments.charges.closing.invoicing import numbers
from instruments.charges.closing.invoicing.asking import PAYER_SAYS, ask, ask_payers, withdraw
from instruments.charges.closing.invoicing.file import LAYOUTS, file_of, serial_of
from instruments.charges.closing.invoicing.listed import of_institution, statement_number
from instruments.charges.closing.invoicing.number_reading import read_rows
from instruments.charges.closing.invoicing.planning import Lack, plans
from instruments.charges.closing.papers import payer_lines
from instruments.charges.closing.starting import today_at
from instruments.charges.closing.views.doors import HOUSE, note_look, pages, the_house, version_typed
from instruments.charges.invoice_models import ASKED, ISSUED
from instruments.database.transactions import perform
from instruments.documents.sheets import Sheet, as_csv, as_xlsx
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Action, Scope, may
from instruments.web import clock, paging
from instruments.web.downloads import download
from instruments.web.limits import limiter
from instruments.web.reasons import by_field, in_full, sentence

ALL = f"{HOUSE}/invoices"
FILES = f"{ALL}/number-files"
A_PAGE, MOST_SHOWN, FIRST_FEW = 50, 200, 20


@pages.get(ALL)
def invoices(institution_id: int) -> ResponseReturnValue:
    """What is to be invoiced, what waits for its number, what has one."""
    return _page(institution_id)


def _page(institution_id: int, refusal: Refusal | None = None) -> ResponseReturnValue:
    actor, home = the_house(institution_id)
    found = paging.decode(request.args.get("before"), (int,)) if request.method == "GET" else None
    waiting = of_institution(institution_id, ASKED, None, A_PAGE)
    issued = of_institution(institution_id, ISSUED, found[0] if found else None, A_PAGE + 1)
    open_ = list(plans(institution_id))
    ready, lacking = [each for each in open_ if each.is_ready], [each for each in open_ if _lacks(each)]
    older = issued[A_PAGE - 1].id if len(issued) > A_PAGE else None
    page = render_template(
        "charges/invoices.html",
        home=home,
        ready=ready,
        count=sum(len(each.parted.red) + bool(each.parted.blue and not each.lacks) for each in ready),
        lacking=[(each, _said(each)) for each in lacking[:FIRST_FEW]],
        more=max(0, len(lacking) - FIRST_FEW),
        missing=_missing(lacking),
        waiting=waiting,
        counts=numbers.waiting(institution_id),
        issued=issued[:A_PAGE],
        older=url_for(".invoices", institution_id=institution_id, before=paging.encode([older])) if older else None,
        first=url_for(".invoices", institution_id=institution_id) if found else None,
        files=numbers.lately(institution_id),
        acts=may(actor, Action.LEDGER_POST, Scope(institution_id)),
        sets=may(actor, Action.CHARGING_SET, Scope(institution_id)),
        payer_lines=payer_lines, serial_of=serial_of, statement_number=statement_number,
        reasons=by_field(refusal),
    )  # fmt: skip
    note_look(actor, ("institution", institution_id), institution_id, "invoices")
    return page, refusal.status if refusal else 200


def _lacks(plan: Any) -> bool:
    return bool(plan.lacks or plan.parted.waiting)


WAITS = Reason(
    "waits", None, N_("What it takes back waits until the earlier invoice has its number."), {},
    N_("Bring back the numbers of what is asked for."),
)  # fmt: skip


def _said(plan: Any) -> list[str]:
    """What is missing for one statement, in short."""
    said = [sentence(lack.reason) for lack in plan.lacks]
    return [*said, sentence(WAITS)] if plan.parted.waiting else said


def _missing(lacking: Sequence[Any]) -> list[dict[str, Any]]:
    """Everything that is missing, once each: for how many statements, where it is mended, and whether the payer is to say it."""
    found: dict[str, dict[str, Any]] = {}
    for plan in lacking:
        lacks = [*plan.lacks, *([Lack(WAITS)] if plan.parted.waiting else [])]
        for lack in lacks:
            code = lack.reason.code
            known = found.setdefault(
                code,
                {
                    "words": in_full(lack.reason), "address": lack.address, "count": 0,
                    "of_payer": code in PAYER_SAYS,
                },
            )  # fmt: skip
            known["count"] += 1
    return list(found.values())


@pages.post(ALL)
def ask_for_invoices(institution_id: int) -> ResponseReturnValue:
    """Ask for all that is ready."""
    actor, _ = the_house(institution_id, Action.LEDGER_POST)
    try:
        made = perform(partial(ask, institution_id, clock.now(), actor.person_id))
    except Refusal as refusal:
        return _page(institution_id, refusal)
    words = ngettext(
        "%(num)s invoice is asked for. Take the file to the tax system.",
        "%(num)s invoices are asked for. Take the file to the tax system.",
        len(made),
    )
    flash(words, "free")
    return redirect(url_for(".invoices", institution_id=institution_id), 303)


@pages.post(f"{ALL}/ask-payers")
def ask_payers_for_details(institution_id: int) -> ResponseReturnValue:
    """Ask payers to say what is to stand on their invoices."""
    actor, _ = the_house(institution_id, Action.LEDGER_POST)
    count = perform(partial(ask_payers, institution_id, clock.now(), actor.person_id))
    words = ngettext("%(num)s payer is asked.", "%(num)s payers are asked.", count)
    flash(words if count else gettext("All of them were asked within a week."), "free" if count else "")
    return redirect(url_for(".invoices", institution_id=institution_id), 303)


@pages.post(f"{ALL}/<int:invoice_id>/withdraw")
def withdraw_invoice(institution_id: int, invoice_id: int) -> ResponseReturnValue:
    """Take a request back that has no number yet."""
    actor, _ = the_house(institution_id, Action.LEDGER_POST)
    act = partial(withdraw, institution_id, invoice_id, version_typed(), clock.now(), actor.person_id)
    try:
        perform(act)
    except Refusal as refusal:
        return _page(institution_id, refusal)
    flash(gettext("Taken back. It can be asked for again."), "free")
    return redirect(url_for(".invoices", institution_id=institution_id), 303)


@pages.get(f"{ALL}/<any(blue, red):colour>.<any(csv, xlsx):kind>")
def invoice_file(institution_id: int, colour: str, kind: str) -> Response:
    """All requests of a colour that have no number yet; the same bytes whenever it is asked for."""
    actor, _ = the_house(institution_id)
    columns = layout_of(institution_id, LAYOUTS[colour]).columns
    rows = file_of(institution_id, colour, columns)
    body = as_csv(rows) if kind == "csv" else as_xlsx(Sheet("发票" if colour == "blue" else "红字", rows))
    note_look(actor, ("institution", institution_id), institution_id, f"{colour} invoices")
    return download(body, kind, f"invoices-{institution_id}-{colour}")


@pages.post(FILES)
@limiter.limit("60 per hour")
def bring_numbers(institution_id: int) -> ResponseReturnValue:
    """Read a file of numbers, and keep what it says until it is taken over."""
    actor, _ = the_house(institution_id, Action.LEDGER_POST)
    try:
        name, rows = _sent()
        act = partial(numbers.keep_file, institution_id, name, rows, clock.now(), actor.person_id)
        number = perform(act)
    except Refusal as refusal:
        return _page(institution_id, refusal)
    return redirect(url_for(".number_file", institution_id=institution_id, number=number), 303)


def _sent() -> tuple[str, list[dict[str, str]]]:
    file = chosen_file()
    with to_read(file) as path:
        return file.filename or "", read_rows(path)


@pages.get(f"{FILES}/<int:number>")
def number_file(institution_id: int, number: int) -> ResponseReturnValue:
    """What the file would do, row by row, or that it was taken over."""
    actor, home = the_house(institution_id)
    kept = numbers.the_file(institution_id, number)
    rows = numbers.checked(institution_id, kept.rows, today_at(institution_id, clock.now()))
    counts = Counter(row.outcome for row in rows)
    order = {outcome: place for place, outcome in enumerate((numbers.REFUSED, numbers.NEW, numbers.SAME))}
    shown = sorted(rows, key=lambda row: (order[row.outcome], int(row.row)))[:MOST_SHOWN]
    return render_template(
        "charges/invoice_numbers.html",
        home=home, kept=kept, counts={outcome: counts.get(outcome, 0) for outcome in numbers.OUTCOMES},
        rows=[(row, [sentence(reason) for reason in row.reasons]) for row in shown],
        more=max(0, len(rows) - MOST_SHOWN),
        acts=may(actor, Action.LEDGER_POST, Scope(institution_id)),
    )  # fmt: skip


@pages.post(f"{FILES}/<int:number>/take")
def take_numbers(institution_id: int, number: int) -> ResponseReturnValue:
    """Take over every number that is new."""
    actor, _ = the_house(institution_id, Action.LEDGER_POST)
    now = clock.now()
    act = partial(numbers.take, institution_id, number, today_at(institution_id, now), now, actor.person_id)
    taken = perform(act)
    flash(ngettext("%(num)s number taken over.", "%(num)s numbers taken over.", taken), "free")
    return redirect(url_for(".number_file", institution_id=institution_id, number=number), 303)
