"""The editor of a draft: dates, what counts, windows, and a grid of lines by classes; saved whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.customer import CLASSES
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.rates import drafting
from instruments.rates.card import BASES, COUNTED_UNITS, DAY_TYPES, INCREMENTS, UNITS
from instruments.rates.described import Described, lines_of
from instruments.rates.drafting import described
from instruments.rates.looking import customers_of, modes_of
from instruments.rates.models import RateVersion
from instruments.rates.owners import CardOwner, splits_of
from instruments.rates.telling import window_told
from instruments.rates.terms import DRAFT, MINIMUM_OF_TIME, MODES
from instruments.rates.typed import NO_PRICE, Reading, plain, read_version
from instruments.rates.views.doors import class_names, name_of, pages, sent_version, trail_of, version_seen
from instruments.web import clock
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

ADDRESS = "/price-versions/<int:number>/edit"
SPARE_LINES, SPARE_WINDOWS, MORE, MOST_LINES = 3, 1, 5, 120
A_DAY = timedelta(days=1)
SIMPLE = ("currency", "basis", "increment", "operator_increment", "overrun", "free_hours", "note", "late_percent",
          "no_show_percent")  # fmt: skip


@pages.get(ADDRESS)
def edit(number: int) -> ResponseReturnValue:
    """What a draft says, to be changed."""
    row, owner, _ = version_seen(number)
    require(Action.PRICES_EDIT, owner.scope)
    if row.state != DRAFT:
        return redirect(f"/price-versions/{number}", 303)
    said = described(row)
    typed = _typed(said)
    if not said.prices:
        typed["lines"] = _first_lines(owner)
    return _form(row, owner, typed)


@pages.post(ADDRESS)
def save(number: int) -> ResponseReturnValue:
    """Save it; or, with more lines wanted, show it again as it was typed."""
    row, owner, _ = version_seen(number)
    actor, now = require(Action.PRICES_EDIT, owner.scope), clock.now()
    typed, seen = _sent(), sent_version()
    if request.form.get("do") == "more":
        return _form(row, owner, typed, spare=MORE)
    reading = Reading()
    said = read_version(_values(typed, reading), reading)
    try:
        perform(lambda: drafting.save(actor, number, seen, said, now, reading.reasons))
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        row, owner, _ = version_seen(number)
        return _form(row, owner, typed, refusal), refusal.status
    flash(gettext("The draft is saved. Look at it, then propose it."), "free")
    return redirect(f"/price-versions/{number}", 303)


def _form(
    row: RateVersion,
    owner: CardOwner,
    typed: dict[str, Any],
    refusal: Refusal | None = None,
    spare: int = SPARE_LINES,
) -> str:
    own = [split.key for split in splits_of(owner.lab.id)]
    customers = [each for each in (*CLASSES, *own) if each in _columns(owner, typed)]
    empty_lines = [_line() for _ in range(spare)] if len(typed["lines"]) < MOST_LINES else []
    return render_template(
        "rates/edit.html",
        row=row,
        owner=owner,
        name=name_of(owner),
        trail=trail_of(owner),
        typed=typed,
        lines=[*typed["lines"], *empty_lines],
        windows=[*typed["windows"], *({"days": []} for _ in range(SPARE_WINDOWS))],
        customers=customers,
        classes=class_names(owner.lab.id),
        bases=BASES,
        increments=INCREMENTS,
        modes=MODES,
        units=(*UNITS, MINIMUM_OF_TIME),
        day_types=DAY_TYPES,
        counted=COUNTED_UNITS,
        version=row.version if refusal is None or refusal.status == 412 else sent_version(),
        reasons=by_field(refusal),
    )


def _columns(owner: CardOwner, typed: Mapping[str, Any]) -> set[str]:
    """Who may use it, all finer classes of the lab, and whoever has a price already."""
    priced = {customer for line in typed["lines"] for customer, price in line["prices"].items() if price}
    return {*customers_of(owner), *(split.key for split in splits_of(owner.lab.id)), *priced}


# --- As it is typed


def _typed(said: Described) -> dict[str, Any]:
    fees = said.fees
    return {
        "since": said.valid_from,
        "until": said.valid_to and said.valid_to - A_DAY,
        "currency": said.currency,
        "basis": said.basis,
        "increment": said.increment,
        "operator_increment": said.operator_increment,
        "operator_windows": said.operator_windows,
        "overrun": plain(said.overrun),
        "late_percent": "" if fees.late_percent is None else plain(fees.late_percent),
        "free_hours": fees.free_hours,
        "no_show_percent": "" if fees.no_show_percent is None else plain(fees.no_show_percent),
        "note": said.note,
        "windows": [window_told(window) for window in said.windows],
        "lines": [
            {
                "mode": mode,
                "unit": unit,
                "code": code,
                "name_en": next(iter(prices.values())).name_en,
                "name_zh": next(iter(prices.values())).name_zh,
                "prices": {customer: str(price.amount.amount) for customer, price in prices.items()},
            }
            for (mode, unit, code), prices in lines_of(said).items()
        ],
    }


def _first_lines(owner: CardOwner) -> list[dict[str, Any]]:
    """What an empty list begins with: an hour in each mode, an operator where there is one."""
    found = []
    for mode in modes_of(owner) or MODES[:1]:
        found.append(_line(mode, "sample" if owner.kind == "service" else "hour"))
        if mode == "assisted":
            found.append(_line(mode, "operator_hour"))
    return found


def _line(mode: str = "self", unit: str = "hour") -> dict[str, Any]:
    return {"mode": mode, "unit": unit, "code": "", "name_en": "", "name_zh": "", "prices": {}}


def _sent() -> dict[str, Any]:
    """The form as it was typed."""
    form = request.form
    typed: dict[str, Any] = {name: form.get(name, "") for name in ("since", "until", *SIMPLE)}
    typed["operator_windows"] = "operator_windows" in form
    typed["windows"] = [
        {
            name: form.get(f"w{place}-{name}", "")
            for name in ("name_en", "name_zh", "since", "until", "factor")
        }
        | {"days": form.getlist(f"w{place}-days")}
        for place in _places("w")
    ]
    typed["windows"] = [each for each in typed["windows"] if any(each.values())]
    typed["lines"] = [
        {name: form.get(f"p{place}-{name}", "") for name in ("mode", "unit", "code", "name_en", "name_zh")}
        | {"prices": _cells(place)}
        for place in _places("p")
    ]
    typed["lines"] = [each for each in typed["lines"] if any(each["prices"].values()) or each["code"]]
    return typed


def _places(letter: str) -> list[int]:
    """The numbers of the rows that were sent."""
    found = {
        int(match[1])
        for name in request.form
        if (match := re.fullmatch(rf"{letter}(\d{{1,3}})-.*", name)) is not None
    }
    return sorted(found)[:MOST_LINES]


def _cells(place: int) -> dict[str, str]:
    begin = f"p{place}-c-"
    return {
        name.removeprefix(begin): text.strip()
        for name, text in request.form.items()
        if name.startswith(begin)
    }


def _values(typed: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """What was typed by the names that programs use; each price knows its cell."""
    last = reading.day(typed["until"], "until") if typed["until"].strip() else None
    return {
        **{name: typed[name] for name in SIMPLE},
        "operator_windows": typed["operator_windows"],
        "valid_from": reading.day(typed["since"], "since"),
        "valid_to": last and last + A_DAY,
        "windows": typed["windows"],
        "prices": [
            {
                "customer_class": customer,
                "mode": line["mode"],
                "unit": line["unit"],
                "code": line["code"] if line["unit"] in COUNTED_UNITS else "",
                "name_en": line["name_en"],
                "name_zh": line["name_zh"],
                "price": text,
                "where": f"p{place}-c-{customer}",
            }
            for place, line in enumerate(typed["lines"])
            for customer, text in line["prices"].items()
            if text.strip().lower() not in NO_PRICE
        ],
    }
