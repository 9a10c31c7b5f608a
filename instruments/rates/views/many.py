"""Change the prices of many cards by percent: choose, see every price before and after, make the drafts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal, together
from instruments.people.rights import Action
from instruments.rates import changing
from instruments.rates.card import UNITS
from instruments.rates.described import Change, differences
from instruments.rates.drafting import described
from instruments.rates.owners import CardOwner, owner_of_card
from instruments.rates.terms import MINIMUM_OF_TIME
from instruments.rates.typed import Reading
from instruments.rates.views.doors import class_names, lab_at, list_name, name_of, pages
from instruments.typed import whole, wholes
from instruments.web import clock, formats
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

ADDRESS = "/labs/<int:lab_id>/prices/change"


@pages.get(ADDRESS)
def change_form(lab_id: int) -> str:
    """Choose what is changed, by how much, from when on."""
    owner, _ = lab_at(lab_id, Action.PRICES_EDIT)
    today = owner.today(clock.now())
    typed = {"percent": "", "step": "1", "since": date(today.year + 1, 1, 1), "cards": None}
    return _form(owner, typed)


@pages.post(ADDRESS)
def change_prices(lab_id: int) -> ResponseReturnValue:
    """Show what would change; with `do=draft` make the drafts."""
    owner, actor = lab_at(lab_id, Action.PRICES_EDIT)
    form, now, reading = request.form, clock.now(), Reading()
    typed: dict[str, Any] = {name: form.get(name, "") for name in ("percent", "step", "since")}
    typed |= {name: form.getlist(name) for name in ("cards", "customers", "units")}
    percent, since = reading.percent(typed["percent"], "percent"), reading.day(typed["since"], "since")
    chosen = set(wholes(typed["cards"]))
    if not chosen:
        reading.reasons.append(Reason("cards", "cards", N_("Choose at least one.")))
    step = whole(typed["step"]) or 0
    change = Change(
        percent or Decimal(0), step, frozenset(typed["customers"]), frozenset(), frozenset(typed["units"])
    )
    try:
        if reading.reasons or since is None:
            raise Refusal(together(reading.reasons, changing.against_change(change)))
        if form.get("do") == "draft":
            made = perform(lambda: len(changing.change_many(actor, lab_id, chosen, change, since, now)))
            words = ngettext(
                "%(num)s draft made. Propose it when it is right.",
                "%(num)s drafts made. Propose each when it is right.",
                made,
            )
            flash(words, "free")
            return redirect(f"/labs/{lab_id}/prices", 303)
        found = changing.preview(lab_id, chosen, change, since)
    except Refusal as refusal:
        show_or_raise(refusal, 422)
        return _form(lab_at(lab_id, Action.PRICES_EDIT)[0], typed, refusal), refusal.status
    seen = [
        (list_name(each.owner), each.before, differences(described(each.before), each.after))
        for each in found
    ]
    return _form(owner, typed, seen=seen)


def _form(owner: CardOwner, typed: dict[str, Any], refusal: Refusal | None = None, seen: Any = None) -> str:
    said = by_field(refusal)
    if "valid_from" in said:
        said["since"] = said.pop("valid_from")
    cards = [(card.id, list_name(owner_of_card(card))) for card in changing.cards_of_lab(owner.lab.id)]
    return render_template(
        "rates/change.html",
        lab=owner.lab,
        name=name_of(owner),
        typed=typed
        | {"cards": [number for number, _ in cards] if typed["cards"] is None else typed["cards"]},
        cards=cards,
        steps=changing.STEPS,
        step_words={step: formats.money(_units(step)) for step in changing.STEPS},
        classes=class_names(owner.lab.id),
        units=(*UNITS, MINIMUM_OF_TIME),
        seen=seen,
        reasons=said,
    )


def _units(step: int) -> Any:
    return Decimal(step) / 100
