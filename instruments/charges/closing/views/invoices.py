"""Invoices as pages for finance: what is ready and what it lacks, asking, the file, the numbers read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.catalog.views.uploads import chosen_file, to_read
from instruments.charges.closing.invoicing import numbers
from instruments.charges.closing.invoicing.asking import PAYER_SAYS, ask, ask_payers
from instruments.charges.closing.invoicing.file import file_bytes, serial_of
from instruments.charges.closing.invoicing.listed import of_institution, statement_number
from instruments.charges.closing.invoicing.number_reading import read_rows
from instruments.charges.closing.invoicing.planning import Lack, plans
from instruments.charges.closing.papers import payer_lines, payer_names
from instruments.charges.closing.views.doors import HOUSE, note_look, pages, the_house
from instruments.charges.invoice_models import ASKED, ISSUED
from instruments.charges.wall import today_at
from instruments.database.transactions import perform
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
    waiting, issued = (_listed(institution_id, state) for state in (ASKED, ISSUED))
    open_ = list(plans(institution_id, summed=True))
    ready, lacking = [each for each in open_ if each.is_ready], [each for each in open_ if _lacks(each)]
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
        issued=issued,
        files=numbers.lately(institution_id),
        acts=may(actor, Action.LEDGER_POST, Scope(institution_id)),
        sets=may(actor, Action.CHARGING_SET, Scope(institution_id)),
        payer_lines=payer_lines, payer_names=payer_names, serial_of=serial_of, statement_number=statement_number,
        reasons=by_field(refusal),
    )  # fmt: skip
    note_look(actor, ("institution", institution_id), institution_id, "invoices")
    return page, refusal.status if refusal else 200


class _Listed(NamedTuple):
    """A page of requests or invoices, and the ways to the first and the next."""

    rows: Sequence[Any]
    first: str | None
    older: str | None


def _listed(institution_id: int, state: str) -> _Listed:
    """Those of a state; each list has its own place in the address."""
    name = f"{state}_before"
    found = paging.decode(request.args.get(name), (int,)) if request.method == "GET" else None
    rows = of_institution(institution_id, state, found[0] if found else None, A_PAGE + 1)
    address = partial(url_for, ".invoices", institution_id=institution_id, _anchor=f"{state}-title")
    shown, cursor = paging.page(rows, A_PAGE, lambda row: [row.id])
    return _Listed(shown, address() if found else None, cursor and address(**{name: cursor}))


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


@pages.get(f"{ALL}/<any(blue, red):colour>.<any(csv, xlsx):kind>")
def invoice_file(institution_id: int, colour: str, kind: str) -> Response:
    """All requests of a colour that have no number yet, for people and programs; the same bytes whenever it is asked for."""
    actor, _ = the_house(institution_id)
    body = file_bytes(institution_id, colour, kind)
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
