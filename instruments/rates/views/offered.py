"""What a lab offers besides its instruments, as pages: see it, add a service, change one or offer it no longer."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.rates import serving
from instruments.rates.models import Service
from instruments.rates.owners import CardOwner, owner_of
from instruments.rates.views.doors import lab_at, name_of, pages, sent_version
from instruments.web import clock
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

ADDRESS = "/labs/<int:lab_id>/services"
FIELDS = ("name_en", "name_zh", "description_en", "description_zh")


@pages.get(ADDRESS)
def services(lab_id: int) -> str:
    """The services of a lab, and the form of another."""
    return _page(lab_at(lab_id, Action.PRICES_EDIT)[0], {})


@pages.post(ADDRESS)
def add_service(lab_id: int) -> ResponseReturnValue:
    """Offer something."""
    _, actor = lab_at(lab_id, Action.PRICES_EDIT)
    offered, now = _offered(), clock.now()
    try:
        made = perform(
            lambda: serving.add_service(actor, lab_at(lab_id, Action.PRICES_EDIT)[0], offered, now).id
        )
    except Refusal as refusal:
        show_or_raise(refusal, 422)
        return _page(lab_at(lab_id, Action.PRICES_EDIT)[0], request.form, refusal), refusal.status
    flash(gettext("Added. Now set its prices."), "free")
    return redirect(f"/services/{made}/price-list", 303)


@pages.get("/services/<int:number>/edit")
def service_form(number: int) -> str:
    """The form of one."""
    owner = _one(number)
    return _page(
        owner_of("lab", owner.lab.id),
        {name: getattr(owner.row, name) for name in FIELDS} | {"archived": owner.row.archived},
        row=owner.row,
    )


@pages.post("/services/<int:number>/edit")
def change_service(number: int) -> ResponseReturnValue:
    """Say something else of it, or offer it no longer."""
    owner = _one(number)
    lab_id, actor = owner.lab.id, require(Action.PRICES_EDIT, owner.scope)
    offered, now, seen = _offered(), clock.now(), sent_version()
    try:
        perform(lambda: serving.change_service(actor, number, seen, offered, now))
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        return _page(owner_of("lab", lab_id), request.form, refusal, _one(number).row), refusal.status
    flash(gettext("Saved."), "free")
    return redirect(f"/labs/{lab_id}/services", 303)


def _one(number: int) -> CardOwner:
    owner = owner_of("service", number)
    require(Action.PRICES_EDIT, owner.scope)
    return owner


def _offered() -> serving.Offered:
    form = request.form
    return serving.Offered(*(form.get(name, "").strip() for name in FIELDS), archived="archived" in form)


def _page(owner: CardOwner, typed: Any, refusal: Refusal | None = None, row: Service | None = None) -> str:
    return render_template(
        "rates/offered.html",
        lab=owner.lab,
        name=name_of(owner),
        services=[] if row else serving.services_of(owner.lab.id, archived=True),
        row=row,
        typed=typed,
        reasons=by_field(refusal),
    )
