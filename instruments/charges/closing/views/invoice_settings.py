"""What invoices say, as pages: the institution's items and the columns of its files, and what a payer wants on its own."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.charges.closing.exporting import columns_from, layout_of, set_layout
from instruments.charges.closing.invoicing.file import COLUMNS, LAYOUTS
from instruments.charges.closing.invoicing.items import Said, items_of, labs_of, set_item
from instruments.charges.closing.invoicing.wanted import (
    HOME_COUNTRY,
    TEXTS,
    TYPES,
    Whose,
    set_wanted,
    wanted_by,
)
from instruments.charges.closing.views.doors import HOUSE, nothing_here, pages, the_house
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.funds.programme_models import ProgrammeRow
from instruments.funds.programme_setting import may_edit
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import the_actor
from instruments.web import clock, versions
from instruments.web.language import in_language
from instruments.web.reasons import by_field

ITEMS = f"{HOUSE}/invoices/items"
COLUMNS_OF = f"{HOUSE}/invoices/columns/<any(blue, red):colour>"
OWN = "/profile/invoices"
OF_PAYER = f"{HOUSE}/invoice-details"
OF_PROGRAMME = "/programmes/<int:programme_id>/invoice-details"


@pages.get(ITEMS)
def invoice_items(institution_id: int) -> ResponseReturnValue:
    """As which items services are invoiced."""
    return _items_page(institution_id)


@pages.post(ITEMS)
def set_invoice_item(institution_id: int) -> ResponseReturnValue:
    """Set the usual item, or that of a lab."""
    actor, _ = the_house(institution_id, Action.CHARGING_SET)
    typed = {name: " ".join(request.form.get(name, "")[:200].split()) for name in ("name", "code", "unit")}
    lab = request.form.get("lab_id", "").strip()
    gone = bool(lab) and not (typed["name"] or typed["code"])
    said = Said(request.form.get("lab_id", 0, type=int) if lab else None, **typed, gone=gone)
    # The form of the labs says the version of each that has an item of its own.
    version = request.form.get(f"version-{lab}", versions.typed(), type=int) if lab else versions.typed()
    try:
        perform(partial(set_item, institution_id, said, clock.now(), actor.person_id, version))
    except Refusal as refusal:
        return _items_page(institution_id, refusal)
    flash(gettext("Saved. Files made from now on say so."), "free")
    return redirect(url_for(".invoice_items", institution_id=institution_id), 303)


def _items_page(institution_id: int, refusal: Refusal | None = None) -> ResponseReturnValue:
    _, home = the_house(institution_id, Action.CHARGING_SET)
    items = items_of(institution_id)
    labs = [(row.id, in_language(row.name_en, row.name_zh)) for row in labs_of(institution_id)]
    page = render_template(
        "charges/invoice_items.html", home=home, usual=items.get(None) or {}, labs=labs,
        own_of_labs=[(name, items[number]) for number, name in labs if number in items],
        versions={number or 0: item.version for number, item in items.items()},
        typed=request.form, reasons=by_field(refusal),
    )  # fmt: skip
    return page, refusal.status if refusal else 200


@pages.get(COLUMNS_OF)
def invoice_columns(institution_id: int, colour: str) -> ResponseReturnValue:
    """The columns of the file of invoices, or of red letters."""
    return _columns_page(institution_id, colour)


@pages.post(COLUMNS_OF)
def set_invoice_columns(institution_id: int, colour: str) -> ResponseReturnValue:
    """Set them."""
    actor, _ = the_house(institution_id, Action.CHARGING_SET)
    columns = columns_from(request.form.get("columns", "")[:5000])
    act = partial(
        set_layout, institution_id, columns, versions.typed(), clock.now(), actor.person_id, LAYOUTS[colour]
    )
    try:
        perform(act)
    except Refusal as refusal:
        return _columns_page(institution_id, colour, refusal)
    flash(gettext("Saved. Files made from now on say so."), "free")
    return redirect(url_for(".invoice_columns", institution_id=institution_id, colour=colour), 303)


def _columns_page(institution_id: int, colour: str, refusal: Refusal | None = None) -> ResponseReturnValue:
    _, home = the_house(institution_id, Action.CHARGING_SET)
    row = layout_of(institution_id, LAYOUTS[colour])
    lines = "\n".join(f"{each['code']} = {each['head']}" for each in row.columns)
    page = render_template(
        "charges/invoice_columns.html", home=home, colour=colour, version=row.version,
        typed=request.form.get("columns", "") if refusal else lines,
        columns=[(code, words) for code, (words, _) in COLUMNS.items()], reasons=by_field(refusal),
    )  # fmt: skip
    return page, refusal.status if refusal else 200


@pages.get(OWN)
def own_invoices() -> ResponseReturnValue:
    """What is to stand on one's own invoices."""
    actor = the_actor()
    return _wanted_page(Whose(person_id=actor.person_id), in_language(actor.name_en, actor.name_zh))


@pages.post(OWN)
def set_own_invoices() -> ResponseReturnValue:
    """Set it."""
    actor = the_actor()
    name = in_language(actor.name_en, actor.name_zh)
    return _set(actor, Whose(person_id=actor.person_id), name, url_for(".own_invoices"))


@pages.get(OF_PAYER)
def invoice_details(institution_id: int) -> ResponseReturnValue:
    """What is to stand on the invoices of a company, or of an institution that pays others."""
    _, whose, name = the_payer(institution_id)
    return _wanted_page(whose, name)


@pages.post(OF_PAYER)
def set_invoice_details(institution_id: int) -> ResponseReturnValue:
    """Set it."""
    actor, whose, name = the_payer(institution_id)
    return _set(actor, whose, name, url_for(".invoice_details", institution_id=institution_id))


@pages.get(OF_PROGRAMME)
def programme_invoices(programme_id: int) -> ResponseReturnValue:
    """What is to stand on the invoices of a programme, for who runs it."""
    _, whose, name = the_programme(programme_id)
    return _wanted_page(whose, name)


@pages.post(OF_PROGRAMME)
def set_programme_invoices(programme_id: int) -> ResponseReturnValue:
    """Set it."""
    actor, whose, name = the_programme(programme_id)
    return _set(actor, whose, name, url_for(".programme_invoices", programme_id=programme_id))


def the_programme(programme_id: int) -> tuple[Actor, Whose, str]:
    """Who asks, the programme as a payer, and its name, for who runs it; as if it were not there for others."""
    actor, row = the_actor(), db.session.get(ProgrammeRow, programme_id)
    if row is None or not may_edit(actor, row.institution_id):
        raise nothing_here()
    return actor, Whose(programme_id=row.id), in_language(row.name_en, row.name_zh)


def the_payer(institution_id: int) -> tuple[Actor, Whose, str]:
    """Who asks, the institution as a payer, and its name, for who says that; as if it were not there for others."""
    actor, home = the_actor(), db.session.get(Institution, institution_id)
    if home is None or not may(actor, Action.INVOICE_DETAILS_SET, Scope(institution_id)):
        raise nothing_here()
    whose = Whose(institution_id=home.id, is_taxpayer=home.country == HOME_COUNTRY)
    return actor, whose, in_language(home.name_en, home.name_zh)


def _set(actor: Actor, whose: Whose, name: str, address: str) -> ResponseReturnValue:
    given = {each: request.form.get(each, "")[:1000] for each in (*TEXTS, "type")}
    try:
        perform(partial(set_wanted, whose, given, versions.typed(), clock.now(), actor.person_id))
    except Refusal as refusal:
        return _wanted_page(whose, name, refusal)
    flash(gettext("Saved. Invoices asked for from now on say so."), "free")
    return redirect(address, 303)


def _wanted_page(whose: Whose, name: str, refusal: Refusal | None = None) -> ResponseReturnValue:
    row = wanted_by(whose)
    known = {each: getattr(row, each, "") or "" for each in (*TEXTS, "type")}
    typed = {each: request.form.get(each, "") for each in known} if refusal else known
    page = render_template(
        "charges/invoice_details.html", name=name, whose=whose, typed=typed, version=row.version if row else 0,
        types=[(code, words) for code, words in TYPES.items()], reasons=by_field(refusal),
    )  # fmt: skip
    return page, refusal.status if refusal else 200
