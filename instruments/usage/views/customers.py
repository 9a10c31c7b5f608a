"""The customers of a run in words, and as they are typed into its sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import zip_longest
from typing import Any, NamedTuple

from flask import request
from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Reason, Refusal, gathered
from instruments.funds.models import Fund
from instruments.funds.naming import with_code
from instruments.people.models import Institution, Person, ResearchGroup
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id
from instruments.usage.customers import chargeable_by
from instruments.usage.customers_fitting import Fitting, fitting
from instruments.usage.facts import MOST_SAMPLES, Customer, of_customer, weights
from instruments.usage.lookup import merged_companies
from instruments.usage.running import customers_of
from instruments.usage.views.fields import decimal_of
from instruments.web import formats
from instruments.web.language import in_language

ROWS = 5
COLUMNS = ("customer", "customer_fund", "customer_samples", "customer_share", "customer_which")


class Typed(NamedTuple):
    """A row of the sheet, in the order of its columns; which: the one that was chosen of several of a name."""

    who: str = ""
    fund: str = ""
    samples: str = ""
    share: str = ""
    which: str = ""


def customer_lines(actor: Actor, row: Any, with_payer: bool) -> list[dict[str, Any]]:
    """Each customer of a use by name, samples, percent of the hours and, where the reader may know it, the fund they pay from."""
    rows = customers_of(row.id)
    merged = merged_companies(actor, [row], {row.id: rows})[row.id]
    parts = weights([Customer(samples=row.samples, share=row.share) for row in rows])
    parts = parts if any(parts) else [1] * len(parts)
    names = [gettext("Companies") if row.institution_id in merged else _name(row) for row in rows]
    numbers = [row.fund_id for row in rows] if with_payer else []
    paying = select(Fund.id, Fund.name_en, Fund.name_zh).where(Fund.id.in_(numbers))
    funds = {row.id: in_language(row.name_en, row.name_zh) for row in db.session.execute(paying)}
    return [
        {
            "name": name,
            "samples": row.samples,
            "percent": f"{100 * part / sum(parts):.1f}%",
            "fund": funds.get(row.fund_id, ""),
        }
        for row, name, part in zip(rows, names, parts, strict=True)
    ]


def _name(row: Any) -> str:
    found = []
    for table, number in (
        (Person, row.person_id),
        (ResearchGroup, row.group_id),
        (Institution, row.institution_id),
    ):
        if number is not None:
            named = db.session.execute(select(table.name_en, table.name_zh).where(table.id == number)).one()
            found.append(in_language(named.name_en, named.name_zh))
    return " · ".join(dict.fromkeys(found))


def typed_customers(home_id: int, now: datetime, reasons: list[Reason]) -> list[Customer]:
    """The customers of the sheet of an institution's lab, by the mail address of a person, or the name of a group or unit."""
    return [_customer(place, row, home_id, now, reasons) for place, row in enumerate(typed_rows())]


def typed_rows() -> list[Typed]:
    """The rows of the sheet in which something stands."""
    columns = [request.form.getlist(name) for name in COLUMNS]
    rows = [Typed(*(" ".join(cell.split()) for cell in row)) for row in zip_longest(*columns, fillvalue="")]
    return [row for row in rows if any(row[:-1])]


def choices_of(rows: Sequence[Typed], home_id: int) -> dict[int, list[tuple[str, str]]]:
    """By row, those of whom one has to be chosen, as several are called so: (what is sent, words)."""
    found = {}
    for place, row in enumerate(rows):
        if "@" not in row.who and len(named := fitting(row.who, home_id)) > 1:
            found[place] = [(each.code, _where(each)) for each in named]
    return found


def _where(each: Fitting) -> str:
    """A group with its institution; an institution by itself."""
    name, home = in_language(each.name_en, each.name_zh), in_language(each.home_en, each.home_zh)
    return f"{name} · {home}" if each.group_id else name


def labels(rows: int) -> dict[str, str]:
    """What the fields of so many rows are called, by the fields that reasons name."""
    found = {}
    for place in range(rows):
        number = place + 1
        found[of_customer(place)] = gettext("Customer %(number)s", number=number)
        found[of_customer(place, "which")] = gettext("Which one is customer %(number)s", number=number)
        found[of_customer(place, "fund_id")] = gettext("Fund of %(number)s", number=number)
        found[of_customer(place, "samples")] = gettext("Samples of %(number)s", number=number)
        found[of_customer(place, "share")] = gettext("Part of %(number)s", number=number)
    return found


def _customer(place: int, typed: Typed, home_id: int, now: datetime, reasons: list[Reason]) -> Customer:
    number, part = decimal_of(typed.samples or "0"), decimal_of(typed.share) if typed.share else None
    if number is None or not 0 <= number <= MOST_SAMPLES or number != int(number):
        number, sentence = Decimal(0), N_("Write a whole number from %(least)s to %(most)s.")
        values = {"least": 0, "most": MOST_SAMPLES}
        reasons.append(Reason("not_within", of_customer(place, "samples"), sentence, values))
    if typed.share and part is None:
        # That a part was given is known.
        part = Decimal(0)
        reasons.append(Reason("share", of_customer(place, "share"), N_("Enter a number.")))
    try:
        unit = _unit(typed, home_id, now, place)
    except Refusal as refusal:
        reasons += refusal.reasons
        return Customer(samples=int(number), share=part)
    customer = Customer(**unit, samples=int(number), share=part)
    with gathered(reasons):
        field = of_customer(place, "fund_id")
        customer = replace(customer, fund_id=fund_typed(typed.fund, customer, home_id, now, field))
    return customer


def fund_typed(words: str, customer: Customer, home_id: int, now: datetime, field: str) -> int | None:
    """The fund that could pay for a customer at an institution and is called so, by its code or a name; None for no words.

    Raises Refusal that names the funds there are: whoever runs the lab may know them, as in its list of what is not
    charged yet.
    """
    words = " ".join(words.split())
    if not words:
        return None
    funds = db.session.execute(
        select(Fund.id, Fund.code, Fund.name_en, Fund.name_zh).where(
            Fund.id.in_(chargeable_by(customer, now, home_id))
        )
    ).all()
    found = [fund for fund in funds if words.lower() in {name.lower() for name in fund[1:]} - {""}]
    if len(found) == 1:
        return int(found[0].id)
    names = formats.listing([with_code(fund) for fund in funds])
    remedy = (
        N_("This customer can pay from: %(funds)s.") if funds else N_("This customer may charge no fund.")
    )
    sentence = (
        N_("Several funds of this customer are called “%(words)s”: write the whole name.")
        if found
        else N_("No fund of this customer is called “%(words)s”.")
    )
    raise Refusal([Reason("no_fund", field, sentence, {"words": words, "funds": names}, remedy)])


def _unit(typed: Typed, home_id: int, now: datetime, place: int) -> dict[str, int | None]:
    """Whom the words name, with the unit that is served. Raises Refusal for nobody, or several of whom none is chosen."""
    if "@" in typed.who:
        number = db.session.scalar(select(Person.id).where(Person.mail == typed.who.lower()))
        person = None if number is None else actor_by_id(number, now)
        if person is None:
            raise _nobody(typed.who, place)
        return {
            "person_id": person.person_id,
            "institution_id": person.institution_id,
            "group_id": person.only_group,
        }
    found = fitting(typed.who, home_id)
    if not found:
        raise _nobody(typed.who, place)
    chosen = [each for each in found if each.code == typed.which] if len(found) > 1 else found
    if not chosen:
        sentence, remedy = N_("Several customers are called “%(who)s”."), N_("Choose one of them.")
        raise Refusal([Reason("several_customers", of_customer(place), sentence, {"who": typed.who}, remedy)])
    return {"group_id": chosen[0].group_id, "institution_id": chosen[0].institution_id}


def _nobody(who: str, place: int) -> Refusal:
    remedy = N_("Write a mail address, or the whole name of a group or an institution.")
    sentence = N_("There is no customer “%(who)s”.") if who else N_("A row names no customer.")
    return Refusal([Reason("no_customer", of_customer(place), sentence, {"who": who}, remedy)])
