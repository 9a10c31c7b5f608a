"""Quotas as pages: those of an institution, a lab or an instrument; add one, change it, end it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability.views.doors import season_from_form, season_options, the_owner
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.audience import CIRCLES
from instruments.people.rights import Action, Actor
from instruments.people.signing import require
from instruments.reservations.quota_models import QuotaRow
from instruments.reservations.quota_owners import (
    Owner,
    institution_of,
    kind_of,
    scope_of,
    the_institution,
    today_there,
)
from instruments.reservations.quota_setting import (
    OVER,
    QuotaWish,
    add_quota,
    change_quota,
    end_quota,
    inherited_quotas,
    quota_row,
    quotas_of,
)
from instruments.reservations.quota_words import CIRCLES as CIRCLE_WORDS
from instruments.reservations.views.doors import pages
from instruments.reservations.views.quota_choices import chosen_from, line_of
from instruments.typed import signed
from instruments.web import clock
from instruments.web.fields import day_typed
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

ADDRESS = "/<any(institutions, labs, instruments):kind>/<int:owner_id>/quotas"
FIELDS = ("amount", "measured", "per", "holder", "over", "peak", "short_notice_hours", "since", "until")


@pages.get(ADDRESS)
def quotas(kind: str, owner_id: int) -> ResponseReturnValue:
    """Which quotas hold: the owner's own, and those from above."""
    owner, _, now = _entered(kind, owner_id)
    return render_template(
        "reservations/quotas.html",
        **_place(kind, owner),
        own=[line_of(row, today_there(owner, now)) for row in quotas_of(owner, now)],
        inherited=[line_of(row, today_there(owner, now)) for row in inherited_quotas(owner, now)],
    )


@pages.get(f"{ADDRESS}/new")
def new_quota(kind: str, owner_id: int) -> ResponseReturnValue:
    """The form of a new quota."""
    owner, _, now = _entered(kind, owner_id)
    typed = {
        "amount": "", "measured": "hours", "per": "week", "holder": "person", "over": OVER[kind_of(owner)][0],
        "circles": CIRCLES, "peak": "", "short_notice_hours": "", "since": today_there(owner, now), "until": "",
        "season_id": "",
    }  # fmt: skip
    return _form(kind, owner, typed, now)


@pages.post(f"{ADDRESS}/new")
def create_quota(kind: str, owner_id: int) -> ResponseReturnValue:
    """Add it."""
    owner, actor, now = _entered(kind, owner_id)
    wanted, unread = _wanted()
    return _saved(
        kind, owner, now, None, lambda: add_quota(actor, _owner(kind, owner_id), wanted, now, unread)
    )


@pages.get(f"{ADDRESS}/<int:number>")
def quota_form(kind: str, owner_id: int, number: int) -> ResponseReturnValue:
    """The form that changes one."""
    owner, _, now = _entered(kind, owner_id)
    row = quota_row(owner, number, now)
    typed = {name: getattr(row, name) for name in FIELDS[:-2]}
    typed |= {
        "since": row.valid_from,
        "until": row.valid_to,
        "circles": row.circles.split() or CIRCLES,
        "season_id": row.season_id,
    }
    return _form(kind, owner, typed, now, row)


@pages.post(f"{ADDRESS}/<int:number>")
def save_quota(kind: str, owner_id: int, number: int) -> ResponseReturnValue:
    """Change it."""
    owner, actor, now = _entered(kind, owner_id)
    row, version = quota_row(owner, number, now), request.form.get("version", 0, type=int)
    wanted, unread = _wanted()

    def act() -> None:
        change_quota(actor, _owner(kind, owner_id), number, version, wanted, now, unread)

    return _saved(kind, owner, now, row, act)


@pages.post(f"{ADDRESS}/<int:number>/end")
def end_one(kind: str, owner_id: int, number: int) -> ResponseReturnValue:
    """Take a planned one back; one that holds ends with today."""
    _, actor, now = _entered(kind, owner_id)
    removed = perform(lambda: end_quota(actor, _owner(kind, owner_id), number, now))
    flash(gettext("Taken back.") if removed else gettext("It ends with today."), "free")
    return redirect(url_for(".quotas", kind=kind, owner_id=owner_id), 303)


def _entered(kind: str, owner_id: int) -> tuple[Owner, Actor, datetime]:
    owner = _owner(kind, owner_id)
    return owner, require(Action.RULES_EDIT, scope_of(owner)), clock.now()


def _owner(kind: str, owner_id: int) -> Owner:
    return the_institution(owner_id) if kind == "institutions" else the_owner(kind, owner_id)


def _wanted() -> tuple[QuotaWish, list[Reason]]:
    """What was typed, and a reason for each field that cannot be read."""
    form, reasons = request.form, list[Reason]()
    amount, notice = _number("amount", reasons, needed=True), _number("short_notice_hours", reasons)
    dates = [day_typed(name, reasons) for name in ("since", "until")]
    if not form.getlist("circles"):
        reasons.append(Reason("circles", "circles", N_("Choose at least one.")))
    wanted = QuotaWish(
        amount, form.get("measured", ""), form.get("per", ""), form.get("holder", ""), form.get("over", ""),
        tuple(form.getlist("circles")), form.get("peak", "")[:1000], notice, *dates, season_from_form(),
    )  # fmt: skip
    return wanted, reasons


def _number(name: str, reasons: list[Reason], *, needed: bool = False) -> int | None:
    text = request.form.get(name, "").strip()
    found = signed(text)
    if found is None and (text or needed):
        reasons.append(Reason("number", name, N_("Enter a whole number.")))
    return found


def _saved(
    kind: str, owner: Owner, now: datetime, row: QuotaRow | None, act: Callable[[], None]
) -> ResponseReturnValue:
    owner_id, number = owner.id, row.id if row else None
    try:
        perform(act)
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        owner = _owner(kind, owner_id)
        seen = quota_row(owner, number, now) if number else None
        typed = {name: request.form.get(name, "") for name in FIELDS}
        typed |= {"circles": request.form.getlist("circles"), "season_id": request.form.get("season_id", "")}
        return _form(kind, owner, typed, now, seen, refusal), refusal.status
    flash(gettext("Quota saved. Bookings that are made stay as they are."), "free")
    return redirect(url_for(".quotas", kind=kind, owner_id=owner_id), 303)


def _form(
    kind: str, owner: Owner, typed: Mapping[str, Any], now: datetime, row: QuotaRow | None = None,
    refusal: Refusal | None = None,
) -> str:  # fmt: skip
    today = today_there(owner, now)
    stale = refusal is not None and refusal.status == 412
    version = row.version if row and (refusal is None or stale) else request.form.get("version", 0)
    return render_template(
        "reservations/quota_form.html",
        **_place(kind, owner),
        typed=typed,
        row=row,
        begun=row is not None and row.valid_from <= today,
        version=version,
        today=today,
        choices=chosen_from(kind_of(owner)),
        seasons=season_options(institution_of(owner)),
        circles=[(circle, gettext(CIRCLE_WORDS[circle])) for circle in CIRCLES],
        reasons=by_field(refusal),
    )


def _place(kind: str, owner: Owner) -> dict[str, Any]:
    """Where the page stands: its owner, and the way back."""
    name = in_language(owner.name_en, owner.name_zh)
    crumbs = [(name, f"/{kind}/{owner.id}")]
    if kind == "instruments":
        lab = owner.lab  # type: ignore[union-attr]  # an instrument, by its address
        crumbs.insert(0, (in_language(lab.name_en, lab.name_zh), f"/labs/{lab.id}"))
    return {"kind": kind, "owner": owner, "name": name, "trail": crumbs}
