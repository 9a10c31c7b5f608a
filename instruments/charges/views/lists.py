"""Charges in lists, as pages: my costs, a group's, a lab's income, an institution's income and costs."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import ColumnElement

from instruments.catalog.models import Instrument
from instruments.charges import listing
from instruments.charges.chained import chain_words, chained
from instruments.charges.views.doors import A_PAGE, after, line, looked, pages, which
from instruments.charges.worklist import how_many
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.money import Money
from instruments.people.models import Institution, Lab, ResearchGroup
from instruments.people.rights import Action, Scope, may
from instruments.people.signing import the_actor
from instruments.web import clock, formats, paging
from instruments.web.language import in_language


@pages.get("/charges")
def mine() -> ResponseReturnValue:
    """What I used, and what it costs."""
    actor = the_actor()
    return _page(
        listing.of_person(actor.person_id), gettext("My costs"),
        gettext("What you used, whoever pays for it. Open one to see why it costs that."),
        url_for(".mine"), [(gettext("Home"), "/home"), (gettext("My costs"), None)], by_person=False,
    )  # fmt: skip


@pages.get("/groups/<int:group_id>/charges")
def of_group(group_id: int) -> ResponseReturnValue:
    """What a group costs: its people's uses, and what its funds bear."""
    actor, group = the_actor(), _the(ResearchGroup, group_id)
    scope = Scope(institution_id=group.institution_id, group_ids=frozenset({group_id}))
    if not may(actor, Action.COSTS_SEE, scope):
        raise _nothing()
    looked(actor, ("group", group_id), group.institution_id, what="group costs")
    name = in_language(group.name_en, group.name_zh)
    return _page(
        listing.of_group(group_id), gettext("Costs of the group"), name, url_for(".of_group", group_id=group_id),
        [(gettext("Groups"), "/groups"), (name, f"/groups/{group_id}"), (gettext("Costs of the group"), None)],
    )  # fmt: skip


@pages.get("/labs/<int:lab_id>/charges")
def of_lab(lab_id: int) -> ResponseReturnValue:
    """A lab's income, and what still lacks something to be charged."""
    actor, lab = the_actor(), _the(Lab, lab_id)
    if not may(actor, Action.INCOME_SEE, Scope(institution_id=lab.institution_id, lab_id=lab_id)):
        raise _nothing()
    looked(actor, ("lab", lab_id), lab.institution_id, lab_id, "lab income")
    name = in_language(lab.name_en, lab.name_zh)
    return _page(
        listing.of_lab(lab_id), gettext("Income of the lab"), name, url_for(".of_lab", lab_id=lab_id),
        [(name, f"/labs/{lab_id}"), (gettext("Income of the lab"), None)],
        unpriced=how_many([lab_id]).get(lab_id, 0), lab_id=lab_id,
    )  # fmt: skip


@pages.get("/institutions/<int:institution_id>/charges")
def of_institution(institution_id: int) -> ResponseReturnValue:
    """What is owed to an institution."""
    return _of_institution(institution_id, Action.INCOME_SEE, "of_institution")


@pages.get("/institutions/<int:institution_id>/costs")
def costs(institution_id: int) -> ResponseReturnValue:
    """What an institution bears, here and at others."""
    return _of_institution(institution_id, Action.COSTS_SEE, "costs")


def _of_institution(institution_id: int, action: Action, here: str) -> ResponseReturnValue:
    actor, home = the_actor(), _the(Institution, institution_id)
    scope = Scope(institution_id=institution_id)
    if not may(actor, action, scope):
        raise _nothing()
    income = here == "of_institution"
    looked(actor, ("institution", institution_id), institution_id, what="owed" if income else "borne")
    name = in_language(home.name_en, home.name_zh)
    title = gettext("Owed to us") if income else gettext("What we bear")
    sides = [
        (words, url_for(f".{each}", institution_id=institution_id), each == here, None)
        for words, each, right in (
            (gettext("Owed to us"), "of_institution", Action.INCOME_SEE),
            (gettext("What we bear"), "costs", Action.COSTS_SEE),
        )
        if may(actor, right, scope)
    ]
    whose = listing.owed_to(institution_id) if income else listing.owed_by(institution_id)
    return _page(
        whose, title, name, url_for(f".{here}", institution_id=institution_id),
        [(name, f"/institutions/{institution_id}"), (title, None)],
        sides=sides if len(sides) > 1 else [],
        ledger=url_for("funds.trial_balance", institution_id=institution_id)
        if may(actor, Action.LEDGER_SEE, scope)
        else None,
        settings=url_for(".settings", institution_id=institution_id)
        if may(actor, Action.CHARGING_SET, scope) else None,
    )  # fmt: skip


def _page(
    whose: ColumnElement[bool],
    title: str,
    second: str,
    own: str,
    crumbs: list[Any],
    by_person: bool = True,
    **more: Any,
) -> str:
    chosen = which()
    rows = listing.page(whose, chosen, after(), A_PAGE)
    shown, last = paging.page(rows, A_PAGE, lambda row: [row.service_on.isoformat(), row.id])
    asked = {"month": chosen.when, "state": chosen.state, "instrument": chosen.instrument_id}
    given = {name: value for name, value in asked.items() if value}
    one = db.session.get(Instrument, chosen.instrument_id) if chosen.instrument_id else None
    following = last and f"{own}?{urlencode(given | {'after': last})}"
    return render_template(
        "charges/list.html",
        title=title,
        second=second,
        own=own,
        crumbs=crumbs,
        by_person=by_person,
        lines=[line(row) for row in shown],
        chains={number: chain_words(each) for number, each in chained([row.id for row in shown]).items()},
        sums=[
            (Money.from_units(first, currency), Money.from_units(waiting, currency))
            for currency, first, waiting in listing.sums(whose, chosen)
        ],
        counts=listing.counts(whose),
        which=chosen,
        months=_months(chosen),
        instrument=one,
        all_instruments=f"{own}?{urlencode({name: value for name, value in given.items() if name != 'instrument'})}",
        following=following,
        first=f"{own}?{urlencode(given)}" if after() else None,
        **more,
    )


def _months(chosen: listing.Which) -> list[tuple[str, str]]:
    """This month and the eleven before: "2027-03" and in words; before them what is chosen, if it is another, or some days."""
    now = clock.now()
    number = now.year * 12 + now.month - 1
    days = [date(each // 12, each % 12 + 1, 1) for each in range(number, number - 12, -1)]
    found = [(f"{day:%Y-%m}", formats.month(day)) for day in days]
    if chosen.first and chosen.last:
        return [(chosen.when, formats.days(chosen.first, chosen.last)), *found]
    if chosen.month and chosen.month not in dict(found):
        return [(chosen.month, formats.month(chosen.month)), *found]
    return found


def _the(model: Any, number: int) -> Any:
    found = db.session.get(model, number)
    if found is None:
        raise _nothing()
    return found


def _nothing() -> NotFound:
    return NotFound([Reason("not_found", None, N_("There is nothing at this address."))])
