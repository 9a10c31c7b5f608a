"""Open a fund, change its terms, block and close it, say who may charge it and for what."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Forbidden, Reason, Refusal
from instruments.funds import listing
from instruments.funds.asking.answering import give_and_settle
from instruments.funds.giving import Allowed, Right, allow, take
from instruments.funds.models import EXTERNAL, INTERNAL, KINDS, LINE_KINDS, Fund
from instruments.funds.opening import USUAL_WARNINGS, Opened, Terms, edit_fund, open_fund, set_state
from instruments.funds.views.doors import amount_typed, of_units, pages
from instruments.funds.whose import (
    TERMS_BY_FINANCE,
    may_set_terms_of,
    require_manager,
    require_terms,
    the_fund,
)
from instruments.people.models import Institution, Lab, ResearchGroup
from instruments.people.rights import Actor, Role
from instruments.people.signing import the_actor, today
from instruments.people.views.naming import people_typed
from instruments.typed import whole
from instruments.web import clock
from instruments.web.fields import day_typed, number_typed, numbers_ticked
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import flash_or_raise, show_or_raise


@pages.route("/funds/new", methods=["GET", "POST"])
def new_fund() -> ResponseReturnValue:
    """Open a fund of the kind in the address."""
    actor = the_actor()
    kinds = kinds_for(actor)
    if not kinds:
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    kind = request.values.get("kind", "")
    kind = kind if kind in kinds else kinds[0]
    if request.method == "GET":
        typed = {"valid_from": today(clock.now()).isoformat(), "warn_percents": "80, 100", "currency": "CNY"}
        return _new_page(actor, kinds, kind, typed | {"for_all": True})
    now, reasons = clock.now(), list[Reason]()
    try:
        opened = _opened(actor, kind, reasons)
        number = perform(lambda: open_fund(actor, opened, now, reasons).id)
    except Refusal as refusal:
        show_or_raise(refusal)
        return _new_page(actor, kinds, kind, request.form, refusal), refusal.status
    flash(gettext("The fund is open."), "free")
    return redirect(url_for(".fund", number=number), 303)


def kinds_for(actor: Actor) -> list[str]:
    """The kinds of funds that somebody may open."""
    roles = {grant.role for grant in actor.grants}
    if Role.FINANCE_OFFICER in roles:
        return list(KINDS)
    return (
        ["grant", "cost_code"] if roles & {Role.GROUP_HEAD, Role.FUND_DELEGATE, Role.COMPANY_MANAGER} else []
    )


def _opened(actor: Actor, kind: str, reasons: list[Reason]) -> Opened:
    currency = request.form.get("currency", "CNY").strip().upper()[:3]
    group = db.session.get(ResearchGroup, number_typed("group_id") or 0)
    home = group.institution_id if group is not None else actor.institution_id or 0
    owner = home
    if kind in EXTERNAL:
        home = _house(actor)
        owner = number_typed("owner_institution_id") or 0
        group = None
    elif Role.FINANCE_OFFICER in {grant.role for grant in actor.grants}:
        home = owner = _house(actor)
    group_id = group.id if group is not None else None
    terms = _terms(kind, currency, reasons)
    return Opened(kind, home, owner, group_id, currency, terms, bool(request.form.get("for_all")))


def _house(actor: Actor) -> int:
    """The institution whose finance somebody is."""
    houses = [
        grant.scope_id for grant in actor.grants if grant.role is Role.FINANCE_OFFICER and grant.scope_id
    ]
    return actor.institution_id if actor.institution_id in houses else houses[0]


def _terms(kind: str, currency: str, reasons: list[Reason]) -> Terms:
    form = request.form
    first = day_typed("valid_from", reasons, needed=True)
    return Terms(
        code=form.get("code", "").strip(),
        name_en=form.get("name_en", "").strip().replace("\0", ""),
        name_zh=form.get("name_zh", "").strip().replace("\0", ""),
        valid_from=first or date(2000, 1, 1),
        valid_to=day_typed("valid_to", reasons),
        budget=amount_typed("budget", currency, reasons) if kind != "wallet" else None,
        source=form.get("source", ""),
        warn_percents=_percents(form.get("warn_percents", ""), reasons),
        overdraws=bool(form.get("overdraws")),
    )


def _percents(typed: str, reasons: list[Reason]) -> list[int]:
    for mark in ",;，；、%":
        typed = typed.replace(mark, " ")
    words = typed.split()
    percents = [percent for percent in (whole(word, 4) for word in words) if percent is not None]
    if len(percents) < len(words):
        reasons.append(Reason("percent", "warn_percents", N_("Write whole percents, such as 80, 100.")))
        return list(USUAL_WARNINGS)
    return percents


def _new_page(actor: Actor, kinds: list[str], kind: str, typed: Any, refusal: Refusal | None = None) -> str:
    return render_template(
        "funds/fund_form.html",
        fund=None,
        kinds=kinds,
        kind=kind,
        typed=typed,
        reasons=by_field(refusal),
        groups=_groups(actor, kind),
        needs_group=_needs_group(actor, kind),
        owners=_companies(actor) if kind in EXTERNAL else [],
        by_finance=kind in TERMS_BY_FINANCE,
    )


def _needs_group(actor: Actor, kind: str) -> bool:
    """Whether somebody opens such a fund only for a group, not for a whole institution."""
    if Role.FINANCE_OFFICER in {grant.role for grant in actor.grants}:
        return False
    home = actor.institution_id or 0
    return not may_set_terms_of(actor, kind, home, home, None)


def _groups(actor: Actor, kind: str) -> list[tuple[int, str]]:
    """The groups for which somebody opens a fund."""
    if kind not in INTERNAL:
        return []
    heading = {Role.GROUP_HEAD, Role.FUND_DELEGATE}
    mine = {grant.scope_id for grant in actor.grants if grant.role in heading}
    houses = {grant.scope_id for grant in actor.grants if grant.role is Role.FINANCE_OFFICER}
    group = ResearchGroup
    found = db.session.scalars(
        select(group)
        .where(group.id.in_(mine) | group.institution_id.in_(houses))
        .order_by(group.name_en, group.id)
        .limit(1000)
    )
    return [(each.id, in_language(each.name_en, each.name_zh)) for each in found]


def _companies(actor: Actor) -> list[tuple[int, str]]:
    """The institutions that can have a wallet or credit with this one."""
    place = Institution
    found = db.session.scalars(
        select(place)
        .where(place.id != _house(actor))
        .order_by(place.kind != "company", place.name_en)
        .limit(1000)
    )
    return [(each.id, in_language(each.name_en, each.name_zh)) for each in found]


@pages.route("/funds/<int:number>/edit", methods=["GET", "POST"])
def edit(number: int) -> ResponseReturnValue:
    """Change the terms of a fund."""
    actor = the_actor()
    fund = the_fund(actor, number)
    require_terms(actor, fund)
    kind, currency = fund.kind, fund.currency
    if request.method == "GET":
        return _edit_page(fund, _as_typed(fund))
    now, reasons = clock.now(), list[Reason]()
    try:
        terms = _terms(kind, currency, reasons)
        version = number_typed("version")
        perform(lambda: edit_fund(actor, number, version, terms, now, reasons).id)
    except Refusal as refusal:
        show_or_raise(refusal)
        return _edit_page(the_fund(actor, number), request.form, refusal), refusal.status
    flash(gettext("The fund is saved."), "free")
    return redirect(url_for(".fund", number=number), 303)


def _as_typed(fund: Fund) -> dict[str, Any]:
    names = ("code", "name_en", "name_zh", "source", "valid_from", "valid_to", "currency", "version")
    typed = {name: getattr(fund, name) for name in names}
    budget = fund.budget_units
    return {
        **typed,
        "budget": "" if budget is None else str(of_units(budget, fund.currency)),
        "warn_percents": ", ".join(str(each) for each in fund.warn_percents),
    }


def _edit_page(fund: Fund, typed: Any, refusal: Refusal | None = None) -> str:
    return render_template(
        "funds/fund_form.html",
        fund=fund,
        kinds=[fund.kind],
        kind=fund.kind,
        typed=typed,
        reasons=by_field(refusal),
        cuts=refusal is not None and any(reason.code == "below_taken" for reason in refusal.reasons),
        groups=[],
        owners=[],
        by_finance=fund.kind in TERMS_BY_FINANCE,
    )


@pages.post("/funds/<int:number>/state")
def change_state(number: int) -> ResponseReturnValue:
    """Block it, open it again, or close it for good."""
    actor, now = the_actor(), clock.now()
    state, why, version = (
        request.form.get("state", ""),
        request.form.get("reason", ""),
        number_typed("version"),
    )
    try:
        perform(lambda: set_state(actor, number, version, state, why, now).id)
    except Refusal as refusal:
        flash_or_raise(refusal)
    else:
        said = {
            "blocked": gettext("Blocked: it takes no new bookings. What is booked stays booked."),
            "open": gettext("Open again."),
            "closed": gettext("Closed for good. What still comes back comes back to it."),
        }
        flash(said.get(state, ""), "free")
    return redirect(url_for(".fund", number=number), 303)


@pages.route("/funds/<int:number>/rights", methods=["GET", "POST"])
def rights(number: int) -> ResponseReturnValue:
    """Give people, or everybody it belongs to, the right to charge it."""
    actor = the_actor()
    fund = the_fund(actor, number)
    require_manager(actor, fund)
    currency = fund.currency
    if request.method == "GET":
        return _rights_page(number, {"people": request.args.get("people", ""), "whom": "people"})
    now, reasons = clock.now(), list[Reason]()
    try:
        limit, until = amount_typed("limit", currency, reasons), day_typed("ends_on", reasons)
        everybody = request.form.get("whom") == "all"
        persons: list[int | None] = [None] if everybody else [person.id for person in people_typed(reasons)]
        meant = bool(request.form.get("meant"))
        given = [Right(person_id, limit, until, meant) for person_id in persons]
        perform(lambda: [row.id for row in give_and_settle(actor, number, given, now, reasons)])
    except Refusal as refusal:
        show_or_raise(refusal)
        return _rights_page(number, request.form, refusal), refusal.status
    flash(gettext("The right to charge it is given."), "free")
    return redirect(url_for(".fund", number=number), 303)


def _rights_page(number: int, typed: Any, refusal: Refusal | None = None) -> str:
    return render_template(
        "funds/rights.html",
        fund=listing.one(number),
        typed=typed,
        reasons=by_field(refusal),
        cuts=refusal is not None and any(reason.code == "limit_below_taken" for reason in refusal.reasons),
        today=today(clock.now()),
    )


@pages.post("/funds/<int:number>/rights/<int:user_id>/take")
def take_right(number: int, user_id: int) -> ResponseReturnValue:
    """Take a right back."""
    actor, now = the_actor(), clock.now()
    try:
        perform(lambda: take(actor, number, user_id, now))
    except Refusal as refusal:
        flash_or_raise(refusal)
    else:
        flash(gettext("Taken back. What is booked stays booked."), "free")
    return redirect(url_for(".fund", number=number), 303)


@pages.route("/funds/<int:number>/allowed", methods=["GET", "POST"])
def allowed(number: int) -> ResponseReturnValue:
    """Say what it may pay for."""
    actor = the_actor()
    fund = the_fund(actor, number)
    require_manager(actor, fund)
    version = fund.version
    if request.method == "GET":
        return _allowed_page(number, _allowed_typed(number), version)
    now, form = clock.now(), request.form
    wanted = Allowed(
        frozenset(numbers_ticked("lab_ids")),
        frozenset(numbers_ticked("institution_ids")),
        frozenset(form.get("class_codes", "").replace(",", " ").replace("，", " ").split()),
        frozenset(form.getlist("line_kinds")),
    )
    try:
        perform(lambda: allow(actor, number, number_typed("version"), wanted, now).id)
    except Refusal as refusal:
        show_or_raise(refusal)
        typed = {"lab_ids": form.getlist("lab_ids"), "institution_ids": form.getlist("institution_ids"),
                 "class_codes": form.get("class_codes", ""), "line_kinds": form.getlist("line_kinds")}  # fmt: skip
        return _allowed_page(number, typed, number_typed("version"), refusal), refusal.status
    flash(gettext("Saved: this is what it may pay for."), "free")
    return redirect(url_for(".fund", number=number), 303)


def _allowed_typed(number: int) -> dict[str, Any]:
    rows = listing.allowed(number)
    return {
        "lab_ids": [row.lab_id for row in rows if row.lab_id],
        "institution_ids": [row.institution_id for row in rows if row.institution_id],
        "class_codes": ", ".join(row.class_code for row in rows if row.class_code),
        "line_kinds": [row.line_kind for row in rows if row.line_kind],
    }


def _allowed_page(
    number: int, typed: dict[str, Any], version: int | None, refusal: Refusal | None = None
) -> str:
    fund = listing.one(number)
    here = Lab.institution_id == (fund.institution_id)
    labs = db.session.scalars(select(Lab).where(here).order_by(Lab.name_en).limit(400)).all()
    places = db.session.scalars(
        select(Institution)
        .where(Institution.kind.in_(("university", "institute")))
        .order_by(Institution.name_en)
        .limit(200)
    ).all()
    return render_template(
        "funds/allowed.html",
        fund=fund,
        typed=typed,
        version=version,
        labs=[(each.id, in_language(each.name_en, each.name_zh)) for each in labs],
        places=[(each.id, in_language(each.name_en, each.name_zh)) for each in places],
        lines=LINE_KINDS,
        external=fund.kind in (*EXTERNAL, "allowance"),
        reasons=by_field(refusal),
    )
