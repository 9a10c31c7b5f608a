"""Programmes: the list, one with its terms and what is left of it, and its form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Forbidden, Reason, Refusal
from instruments.funds import subsidizing
from instruments.funds.models import LINE_KINDS
from instruments.funds.programme_admitting import (
    admissions,
    may_see_admission,
    payers_asking,
    still_to_ask,
)
from instruments.funds.programme_models import ProgrammeRow
from instruments.funds.programme_setting import (
    PAYER_KINDS,
    Described,
    close_programme,
    edit_programme,
    may_edit,
    open_programme,
    terms_of,
    the_programme,
)
from instruments.funds.programmes import Programme, Standing
from instruments.funds.seen_things import hidden
from instruments.funds.views.doors import amount_typed, of_units, pages
from instruments.funds.whose import note_look
from instruments.people.models import Institution
from instruments.people.rights import Actor, Role
from instruments.people.signing import PLATFORM_ZONE, the_actor, today
from instruments.typed import decimal
from instruments.web import clock
from instruments.web.fields import day_typed, number_typed, numbers_ticked
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import flash_or_raise, show_or_raise

PAID = tuple(line for line in LINE_KINDS if line != "fee")


@pages.get("/programmes")
def all_programmes() -> ResponseReturnValue:
    """The programmes that pay a part, those that are open first."""
    actor, day = the_actor(), today(clock.now())
    rows = db.session.scalars(
        select(ProgrammeRow)
        .order_by(ProgrammeRow.state.desc(), ProgrammeRow.valid_to.desc(), ProgrammeRow.id)
        .limit(200)
    ).all()
    return render_template(
        "funds/programmes.html",
        rows=rows,
        terms={row.id: terms_of(row) for row in rows},
        today=day,
        may_open=bool(_owners(actor)),
    )


@pages.get("/programmes/<int:number>")
def programme(number: int) -> ResponseReturnValue:
    """One programme: its terms for everybody, its burn-down and admissions for who runs it, one's own admission."""
    return programme_page(the_actor(), number)


def programme_page(
    actor: Actor, number: int, refusal: Refusal | None = None, tried: int | None = None
) -> str:
    """The page; tried: the admission whose answer was refused."""
    row = the_programme(number)
    runs = may_edit(actor, row.institution_id)
    standing = subsidizing.standings([number], None, 0, row.currency)[number]
    burned = subsidizing.burn_down(number) if runs else []
    page = render_template(
        "funds/programme.html",
        programme=row,
        terms=terms_of(row),
        runs=runs,
        standing=standing,
        admissions=admissions(number) if runs else _own_admissions(actor, number),
        burned=burned[:50],
        hidden=hidden(actor, burned[:50]),
        months=_months(burned, row.budget_units),
        own_year=_own_year(actor, row),
        payers=payer_names(),
        may_apply=_may_apply(actor, number),
        today=today(clock.now()),
        reasons=by_field(refusal),
        tried=tried,
        typed=request.form,
        me=actor.person_id,
    )
    if burned:
        note_programme_look(actor, row)
    return page


def note_programme_look(actor: Actor, row: ProgrammeRow) -> None:
    """Note that who runs a programme looked at what it paid for whom."""
    thing, now = ("programme", row.id), clock.now()
    perform(lambda: note_look(actor, thing, row.institution_id, now, "burn-down"))


def _months(burned: Sequence[Any], budget: int | None) -> list[dict[str, Any]]:
    """What was reserved and paid in each month on the platform's wall, in minor units, and what was left after it."""
    by_month: dict[date, dict[str, int]] = {}
    for row in burned:
        month = row.made_at.astimezone(PLATFORM_ZONE).date().replace(day=1)
        sums = by_month.setdefault(month, {"reserved": 0, "committed": 0})
        sums[row.state] += row.amount_units
    found, taken = [], 0
    for month, sums in sorted(by_month.items()):
        taken += sums["reserved"] + sums["committed"]
        found.append({
            "month": month, "reserved": sums["reserved"], "paid": sums["committed"],
            "left": None if budget is None else budget - taken,
            "percent": round(100 * taken / budget, 1) if budget else None,
        })  # fmt: skip
    return found


def _own_year(actor: Actor, row: ProgrammeRow) -> Standing | None:
    """What it has reserved and paid this year for the reader's side, where that is admitted and it is theirs to read."""
    admitted = any(
        each.state == "admitted" for each in _own_admissions(actor, row.id) if _is_mine(actor, each)
    )
    if not admitted:
        return None
    payer = subsidizing.Payer(actor.institution_id, None if actor.institution_id else actor.person_id, "")
    return subsidizing.standings([row.id], payer, today(clock.now()).year, row.currency)[row.id]


def _may_apply(actor: Actor, number: int) -> bool:
    """Whether there is a payer for whom the reader could still ask: not one that is admitted, or waits for the answer."""
    return bool(still_to_ask(actor, number, payers_asking(actor), today(clock.now())))


def _is_mine(actor: Actor, row: Any) -> bool:
    if row.payer_institution_id is not None:
        return bool(row.payer_institution_id == actor.institution_id)
    return bool(row.payer_person_id == actor.person_id)


def _own_admissions(actor: Actor, number: int) -> Any:
    return [row for row in admissions(number) if may_see_admission(actor, row)]


def payer_names() -> dict[int, tuple[str, str]]:
    """The names of institutions, for the rows of a burn-down."""
    rows = db.session.execute(select(Institution.id, Institution.name_en, Institution.name_zh))
    return {row.id: (row.name_en, row.name_zh) for row in rows}


@pages.route("/programmes/new", methods=["GET", "POST"])
def new_programme() -> ResponseReturnValue:
    """Open a programme: of the platform, or of the institution whose finance one is."""
    actor = the_actor()
    owners = _owners(actor)
    if not owners:
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    if request.method == "GET":
        first = today(clock.now())
        typed = {
            "currency": "CNY", "rate": "50", "valid_from": first, "valid_to": date(first.year, 12, 31),
            "lines": PAID, "payer_kinds": ["company"],
        }  # fmt: skip
        return _form_page(None, owners, typed)
    now, reasons = clock.now(), list[Reason]()
    try:
        described = _described(
            request.form.get("currency", "CNY").upper()[:3], reasons, number_typed("institution_id")
        )
        number = perform(lambda: open_programme(actor, described, now, reasons).id)
    except Refusal as refusal:
        show_or_raise(refusal)
        return _form_page(None, owners, _again(), refusal), refusal.status
    flash(gettext("The programme is open: payers can ask for admission."), "free")
    return redirect(url_for(".programme", number=number), 303)


@pages.route("/programmes/<int:number>/edit", methods=["GET", "POST"])
def change_programme(number: int) -> ResponseReturnValue:
    """Change the terms of a programme."""
    actor, row = the_actor(), the_programme(number)
    if not may_edit(actor, row.institution_id):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    if request.method == "GET":
        return _form_page(row, [], _as_typed(row))
    now, reasons, currency, home = clock.now(), list[Reason](), row.currency, row.institution_id
    try:
        described, version = _described(currency, reasons, home), number_typed("version")
        perform(lambda: edit_programme(actor, number, version, described, now, reasons).id)
    except Refusal as refusal:
        show_or_raise(refusal)
        return _form_page(the_programme(number), [], _again(), refusal), refusal.status
    flash(gettext("Saved: the terms hold for new orders."), "free")
    return redirect(url_for(".programme", number=number), 303)


@pages.post("/programmes/<int:number>/close")
def shut_programme(number: int) -> ResponseReturnValue:
    """Close a programme for new orders."""
    actor, now, version = the_actor(), clock.now(), number_typed("version")
    try:
        perform(lambda: close_programme(actor, number, version, now).id)
    except Refusal as refusal:
        flash_or_raise(refusal)
    else:
        flash(gettext("Closed: it pays for no new orders."), "free")
    return redirect(url_for(".programme", number=number), 303)


def _owners(actor: Actor) -> list[tuple[str, str]]:
    """Whose programmes somebody may open: (number of the institution, empty for the platform; words)."""
    found = [("", gettext("The whole platform"))] if actor.has(Role.PLATFORM_ADMINISTRATOR) else []
    houses = [grant.scope_id for grant in actor.grants if grant.role is Role.FINANCE_OFFICER]
    rows = db.session.scalars(select(Institution).where(Institution.id.in_(houses)))
    return found + [(str(row.id), in_language(row.name_en, row.name_zh)) for row in rows]


def _described(currency: str, reasons: list[Reason], institution_id: int | None) -> Described:
    form = request.form
    first, last = day_typed("valid_from", reasons, needed=True), day_typed("valid_to", reasons, needed=True)
    limits = {
        name: amount_typed(name, currency, reasons) for name in ("cap_per_order", "cap_per_year", "budget")
    }
    terms = Programme(
        name="",
        rate=_rate(form.get("rate", ""), reasons),
        valid_from=first or date(2000, 1, 1),
        valid_to=last or date(2000, 1, 1),
        payer_kinds=frozenset(form.getlist("payer_kinds")),
        small_firms_only=bool(form.get("small_firms_only")),
        instrument_classes=frozenset(
            form.get("class_codes", "").replace(",", " ").replace("，", " ").split()
        ),
        institutions=frozenset(numbers_ticked("institution_ids")) if institution_id is None else frozenset(),
        lines=frozenset(form.getlist("lines")),
        combines=bool(form.get("combines")),
        afterwards=form.get("settled") == "afterwards",
        **limits,
    )
    text = {name: form.get(name, "").strip().replace("\0", "") for name in
            ("code", "name_en", "name_zh", "description_en", "description_zh")}  # fmt: skip
    return Described(
        currency=currency,
        terms=terms,
        institution_id=institution_id,
        needs_proof=bool(form.get("needs_proof")),
        **text,
    )


def _rate(typed: str, reasons: list[Reason]) -> Decimal:
    found = decimal(typed.strip().rstrip("%％"))
    if found is not None:
        return found
    reasons.append(Reason("rate", "rate", N_("Write a percentage, like 50 or 33.33.")))
    return Decimal(50)


def _again() -> dict[str, Any]:
    """What was typed, as the form shows it."""
    form = request.form
    many = {name: form.getlist(name) for name in ("payer_kinds", "institution_ids", "lines")}
    return {**form.to_dict(), **many, "afterwards": form.get("settled") == "afterwards"}


def _as_typed(row: ProgrammeRow) -> dict[str, Any]:
    names = (
        "code", "name_en", "name_zh", "description_en", "description_zh", "currency", "valid_from", "valid_to",
        "payer_kinds", "small_firms_only", "needs_proof", "institution_ids", "lines", "combines", "afterwards", "version",
    )  # fmt: skip
    limits = {
        name: of_units(getattr(row, f"{name}_units"), row.currency)
        for name in ("cap_per_order", "cap_per_year", "budget")
    }
    return {
        **{name: getattr(row, name) for name in names},
        **{name: "" if limit is None else limit for name, limit in limits.items()},
        "class_codes": ", ".join(row.class_codes),
        "rate": f"{Decimal(row.rate) / 100:f}",
    }


def _form_page(
    row: ProgrammeRow | None, owners: list[tuple[str, str]], typed: Any, refusal: Refusal | None = None
) -> str:
    places = db.session.scalars(
        select(Institution)
        .where(Institution.kind.in_(("university", "institute")))
        .order_by(Institution.name_en)
        .limit(200)
    ).all()
    return render_template(
        "funds/programme_form.html",
        programme=row,
        owners=owners,
        typed=typed,
        reasons=by_field(refusal),
        lines=PAID,
        payer_kinds=PAYER_KINDS,
        places=[(each.id, in_language(each.name_en, each.name_zh)) for each in places],
    )
