"""The lab's worklist of what is not charged yet, as a page: every piece that is missing, with what fills it in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.charges import listing, naming
from instruments.charges.charging import charge, prepare
from instruments.charges.views.doors import A_PAGE, looked, pages
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.funds.knowing import known
from instruments.people.models import Institution, Lab
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import the_actor
from instruments.rates.kept import reasons_from_json
from instruments.timespan import Timespan
from instruments.web import clock, formats
from instruments.web.language import in_language
from instruments.web.reasons import by_field, in_full

LIST = "/labs/<int:lab_id>/charges/missing"
ONE = f"{LIST}/<int:use_id>/<int:customer>"


@pages.get(LIST)
def missing(lab_id: int) -> ResponseReturnValue:
    """What waits, and why."""
    actor, lab = _entered(lab_id)
    looked(actor, ("lab", lab_id), lab.institution_id, lab_id)
    return _page(lab_id)


@pages.post(f"{ONE}/payer")
def name_payer(lab_id: int, use_id: int, customer: int) -> ResponseReturnValue:
    """Say who pays for one."""
    kind, _, number = request.form.get("payer", "").partition(":")
    chosen = int(number) if number.isascii() and number.isdigit() and len(number) < 12 else 0
    return _done(lab_id, use_id, partial(_name, use_id, customer, kind, chosen))


@pages.post(f"{ONE}/price")
def choose_price(lab_id: int, use_id: int, customer: int) -> ResponseReturnValue:
    """Charge one by what was published for its day."""
    return _done(lab_id, use_id, partial(_price, use_id, customer, request.form.get("reason", "")))


def _name(use_id: int, customer: int, kind: str, number: int, actor: Actor, now: datetime) -> None:
    naming.name_payer(actor, use_id, customer, kind, number, now)


def _price(use_id: int, customer: int, reason: str, actor: Actor, now: datetime) -> None:
    naming.choose_price(actor, use_id, customer, reason, now)


def _done(lab_id: int, use_id: int, act: Callable[[Actor, datetime], None]) -> ResponseReturnValue:
    """Do it, and charge the use at once if nothing else is missing."""
    actor, _ = _entered(lab_id)
    now = clock.now()
    try:
        perform(lambda: act(actor, now))
    except Refusal as refusal:
        db.session.rollback()
        if refusal.status not in (412, 422):
            raise
        return _page(lab_id, use_id, refusal), refusal.status
    prepared = prepare([use_id])
    db.session.rollback()
    if perform(lambda: charge(prepared, now, actor.person_id)):
        flash(gettext("Charged."), "free")
    else:
        flash(gettext("Noted. Something else is still missing."), "warn")
    return redirect(url_for(".missing", lab_id=lab_id), 303)


def _entered(lab_id: int) -> tuple[Actor, Lab]:
    actor, lab = the_actor(), db.session.get(Lab, lab_id)
    scope = lab and Scope(institution_id=lab.institution_id, lab_id=lab.id)
    if lab is None or scope is None or not may(actor, Action.CHARGE_PREPARE, scope):
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))])
    return actor, lab


def _page(lab_id: int, use_id: int = 0, refusal: Refusal | None = None) -> str:
    lab = db.session.get(Lab, lab_id)
    assert lab is not None  # noqa: S101 - entered before
    first = request.args.get("after", 0, type=int)
    rows = listing.unpriced(lab_id, first, A_PAGE)
    shown = rows[:A_PAGE]
    payers = _payers(shown, lab)
    return render_template(
        "charges/missing.html",
        lab=lab,
        lab_name=in_language(lab.name_en, lab.name_zh),
        total=listing.how_many_unpriced(lab_id),
        lines=[_line(row, payers[row.use_id, row.customer]) for row in shown],
        following=url_for(".missing", lab_id=lab_id, after=shown[-1].use_id) if len(rows) > A_PAGE else None,
        first=url_for(".missing", lab_id=lab_id) if first else None,
        reasons=by_field(refusal),
        asked=use_id,
        typed=request.form,
    )


def _line(row: Any, payers: list[tuple[str, str]]) -> dict[str, Any]:
    span = Timespan(row.started_at, row.ended_at) if row.started_at < row.ended_at else None
    return {
        "use_id": row.use_id,
        "customer": row.customer,
        "instrument": in_language(row.instrument_en, row.instrument_zh),
        "user": in_language(row.user_en or "", row.user_zh or ""),
        "when": formats.when(span, row.zone) if span else formats.moment(row.started_at, row.zone),
        "why": [in_full(reason) for reason in reasons_from_json(row.reasons)],
        "no_payer": "no_payer" in row.codes.split() or "other_currency" in row.codes.split(),
        "no_price": "no_version" in row.codes.split(),
        "payers": payers,
    }


def _payers(rows: Sequence[Any], lab: Lab) -> dict[tuple[int, int], list[tuple[str, str]]]:
    """Who could pay for each line: the funds that whoever it was for may charge, their institution, they themselves."""
    now = clock.now()
    people = {_whose(row): row for row in rows}
    own = {key: naming.funds_of(row, now) for key, row in people.items()}
    funds = known({number for numbers in own.values() for number in numbers})
    homes = {key[0]: db.session.get(Institution, key[0]) for key in own if key[0]}
    found = {}
    for row in rows:
        options = [
            (f"fund:{number}", in_language(funds[number].name_en, funds[number].name_zh))
            for number in own[_whose(row)]
            if number in funds
        ]
        home = homes.get(row.home_id)
        if home is not None and home.id != lab.institution_id:
            name = in_language(home.name_en, home.name_zh)
            options.append((f"institution:{home.id}", gettext("Bill %(name)s", name=name)))
        if home is None and row.user_id is not None:
            options.append((f"person:{row.user_id}", gettext("Bill the person")))
        found[row.use_id, row.customer] = options
    return found


def _whose(row: Any) -> tuple[int | None, int | None, int | None]:
    return row.home_id, row.group_id, row.user_id
