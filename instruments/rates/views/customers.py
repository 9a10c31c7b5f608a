"""The finer classes of a lab's customers: see them, add one, change one, take one away."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.customer import LabPlace, Payer, customer_class
from instruments.people.models import Institution
from instruments.people.rights import Action
from instruments.rates import splitting
from instruments.rates.models import CustomerSplit
from instruments.rates.owners import CardOwner, splits_of
from instruments.rates.terms import SPLIT_BASES
from instruments.rates.views.doors import lab_at, name_of, pages, sent_version, step
from instruments.rates.words import CLASS_WORDS
from instruments.web import clock
from instruments.web.fields import numbers_ticked
from instruments.web.language import in_language
from instruments.web.reasons import by_field

ADDRESS = "/labs/<int:lab_id>/customer-classes"


@pages.get(ADDRESS)
def customers(lab_id: int) -> str:
    """What every lab has, and what this one has divided further."""
    owner, _ = lab_at(lab_id, Action.PRICES_EDIT)
    return _page(owner, {"base": "partner", "institutions": []})


@pages.post(ADDRESS)
def add_customers(lab_id: int) -> ResponseReturnValue:
    """Divide a class."""
    _, actor = lab_at(lab_id, Action.PRICES_EDIT)
    finer, now = _finer(), clock.now()
    try:
        perform(lambda: splitting.add_split(actor, lab_at(lab_id, Action.PRICES_EDIT)[0], finer, now))
    except Refusal as refusal:
        return _again(lab_id, refusal)
    flash(gettext("Added. It has prices once a version with a column for it is published."), "free")
    return redirect(f"/labs/{lab_id}/customer-classes", 303)


@pages.get("/customer-classes/<int:number>")
def customers_of_class(number: int) -> str:
    """The form of one."""
    row, owner = _one(number)
    typed = {
        "base": row.base, "name_en": row.name_en, "name_zh": row.name_zh,
        "institutions": [member.institution_id for member in row.members],
    }  # fmt: skip
    return _page(owner, typed, row=row)


@pages.post("/customer-classes/<int:number>")
def change_customers(number: int) -> ResponseReturnValue:
    """Change its names and institutions."""
    row, owner = _one(number)
    actor, finer, now, seen = (
        lab_at(owner.lab.id, Action.PRICES_EDIT)[1],
        _finer(),
        clock.now(),
        sent_version(),
    )
    lab_id = row.lab_id
    try:
        perform(lambda: splitting.change_split(actor, number, seen, finer, now))
    except Refusal as refusal:
        return _again(lab_id, refusal, number)
    flash(gettext("Saved."), "free")
    return redirect(f"/labs/{lab_id}/customer-classes", 303)


@pages.post("/customer-classes/<int:number>/end")
def end_customers(number: int) -> ResponseReturnValue:
    """Take it away."""
    row, owner = _one(number)
    actor, now, seen = lab_at(owner.lab.id, Action.PRICES_EDIT)[1], clock.now(), sent_version()
    address = f"/labs/{row.lab_id}/customer-classes"
    return step(address, lambda: splitting.end_split(actor, number, seen, now), gettext("Taken away."))


def _one(number: int) -> tuple[CustomerSplit, CardOwner]:
    row = splitting.split_at(number)
    return row, lab_at(row.lab_id, Action.PRICES_EDIT)[0]


def _finer() -> splitting.Finer:
    form = request.form
    names = (form.get(name, "").strip() for name in ("name_en", "name_zh"))
    return splitting.Finer(form.get("base", ""), *names, tuple(numbers_ticked("institutions")))


def _again(lab_id: int, refusal: Refusal, number: int | None = None) -> ResponseReturnValue:
    db.session.rollback()
    if refusal.status not in (412, 422):
        raise refusal
    owner = lab_at(lab_id, Action.PRICES_EDIT)[0]
    row = splitting.split_at(number) if number else None
    return _page(
        owner, _finer()._asdict() | {"institutions": _finer().institution_ids}, refusal, row
    ), refusal.status


def _page(
    owner: CardOwner, typed: dict[str, Any], refusal: Refusal | None = None, row: CustomerSplit | None = None
) -> str:
    lab = LabPlace(owner.lab.id, owner.lab.institution_id, owner.lab.institution.country)
    found = db.session.scalars(select(Institution).order_by(Institution.name_en, Institution.id)).all()
    base = row.base if row else typed["base"]
    choices = [
        (each.id, in_language(each.name_en, each.name_zh))
        for each in found
        if customer_class(Payer(each.id, each.kind, each.country), lab).key
        in ((base,) if row else SPLIT_BASES)
    ]
    return render_template(
        "rates/customers.html",
        lab=owner.lab,
        name=name_of(owner),
        splits=[] if row else splits_of(owner.lab.id),
        row=row,
        bases=[(each, gettext(CLASS_WORDS[each])) for each in SPLIT_BASES],
        class_words=CLASS_WORDS,
        choices=choices,
        typed=typed,
        reasons=by_field(refusal),
    )
