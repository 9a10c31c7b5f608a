"""Look at an instrument, or at all of a lab or an institution, as a researcher of another circle; nothing can be booked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from instruments.availability.faults import told_of
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.pages import seen_as
from instruments.pages.closed_days import breakdown_now, coming_closures
from instruments.pages.published_prices import published_prices
from instruments.pages.results import Act, place_of, result_rows
from instruments.pages.rule_words import is_out_of_service, rules_in_words
from instruments.pages.views.doors import pages
from instruments.pages.views.front import lengths
from instruments.pages.views.instrument import instrument_row, modes_of
from instruments.pages.week import asked_for, week_of
from instruments.people.models import Institution, Lab
from instruments.people.rights import Action, Actor, Scope
from instruments.people.signing import require
from instruments.people.standing_in import stand_in
from instruments.rates.owners import CardOwner
from instruments.reservations.bookable import bookable
from instruments.reservations.quota_lines import quota_lines
from instruments.search.find import PAGE, find
from instruments.search.index import CatalogIndex, Members
from instruments.search.question import Question, read
from instruments.web import clock
from instruments.web.language import in_language
from instruments.web.reasons import by_field

WHO = "partners"


@pages.get("/instruments/<int:instrument_id>/as")
def instrument_as(instrument_id: int) -> ResponseReturnValue:
    """One instrument as somebody of ?who= sees it: hours, free times, rules, prices, and what they are told."""
    row = instrument_row(instrument_id)
    require(Action.RULES_EDIT, Scope(institution_id=row.institution_id, lab_id=row.lab_id))
    now, who = clock.now(), request.args.get("who", WHO)
    somebody, reasons = _somebody(who, row.institution, [row.lab_id])
    thing = bookable(instrument_id)
    shown = asked_for(thing, request.args, now, f"/instruments/{instrument_id}/as")
    published, today = thing.calendar.published(), now.astimezone(thing.calendar.zone).date()
    return render_template(
        "pages/seen_as_instrument.html",
        thing=row,
        name=in_language(row.name_en, row.name_zh),
        shown=shown,
        week=week_of(thing, shown, place_of(row, row.lab, row.institution), somebody, now)
        if published
        else None,
        today=today,
        admitted=thing.admits(somebody),
        rules=rules_in_words(thing, now, somebody),
        quotas=quota_lines(thing, somebody, now),
        modes=modes_of(row),
        closures=coming_closures(thing, now),
        broken=breakdown_now(thing, now),
        faults=told_of(thing.id),
        out=is_out_of_service(thing, today),
        tried=seen_as.tried(thing, somebody, request.args, now),
        priced=published_prices(CardOwner("instrument", row, row.lab), somebody, now),
        grid_minutes=thing.rules_at(int(now.timestamp())).grid_minutes,
        **_banner(who, reasons),
    ), 422 if reasons else 200


@pages.get("/labs/<int:lab_id>/as")
def lab_as(lab_id: int) -> ResponseReturnValue:
    """The search over the instruments of a lab, as somebody of ?who= would find them."""
    lab = db.session.get(Lab, lab_id)
    if lab is None:
        raise NotFound([Reason("no_lab", None, N_("There is no such lab."))])
    require(Action.RULES_EDIT, Scope(institution_id=lab.institution_id, lab_id=lab.id))
    return _search(lab, lab.institution, [lab.id], lambda index: index.by_lab.get(lab.id, 0))


@pages.get("/institutions/<int:institution_id>/as")
def institution_as(institution_id: int) -> ResponseReturnValue:
    """The same over the instruments of an institution."""
    home = db.session.get(Institution, institution_id)
    if home is None:
        raise NotFound([Reason("no_institution", None, N_("There is no such institution."))])
    require(Action.RULES_EDIT, Scope(institution_id=home.id))
    labs = db.session.scalars(select(Lab.id).where(Lab.institution_id == home.id)).all()

    def own(index: CatalogIndex) -> Members:
        return index.any_of("institution", [str(home.id)])

    return _search(home, home, labs, own)


def _search(
    owner: Any, institution: Institution, lab_ids: Any, own: Callable[[CatalogIndex], Members]
) -> ResponseReturnValue:
    now, who = clock.now(), request.args.get("who", WHO)
    somebody, reasons = _somebody(who, institution, lab_ids)
    zone = ZoneInfo(owner.zone) if isinstance(owner, Lab) else ZoneInfo(somebody.zone)
    given = {name: values for name, values in request.args.to_dict(flat=False).items() if name in _ASKED}
    question, mistyped = read(given, now, zone)
    found = find(question, somebody, now, own)
    rows = result_rows(found.hits, question, somebody, now, number=found.index.number)
    for row in rows:
        row.act = (
            Act(gettext("See its calendar"), _within(row.act.address, who), "plain") if row.act else None
        )
        row.address = _within(row.address, who)
    typed = by_field(Refusal(mistyped)) if mistyped else {}
    return render_template(
        "pages/seen_as_search.html",
        owner=owner,
        name=in_language(owner.name_en, owner.name_zh),
        address=request.path,
        total=found.total,
        results=rows,
        asked=_asked(question),
        lengths=lengths(question.length),
        mistyped=typed,
        first=(question.page - 1) * PAGE + 1,
        previous=_page(question.page - 1, who) if question.page > 1 else None,
        next=_page(question.page + 1, who) if question.page < found.pages else None,
        **_banner(who, reasons),
    ), 422 if reasons or mistyped else 200


_ASKED = ("q", "from", "until", "hours", "page")


def _asked(question: Question) -> dict[str, Any]:
    """The fields as they are filled in, defaults included."""
    return {
        "q": question.words,
        "from": question.first_day.isoformat(),
        "until": question.last_day.isoformat(),
        "hours": f"{question.length / timedelta(hours=1):g}",
    }


def _page(number: int, who: str) -> str:
    pairs = {name: request.args[name] for name in _ASKED if request.args.get(name)}
    return f"{request.path}?{urlencode(pairs | {'who': who, 'page': number})}"


def _within(address: str, who: str) -> str:
    """An instrument's address, staying in the preview."""
    path, _, query = address.partition("#")[0].partition("?")
    return f"{path}/as?{urlencode({'who': who})}{'&' + query if query else ''}"


def _somebody(who: str, institution: Institution, lab_ids: Any) -> tuple[Actor, dict[str, list[str]]]:
    """Who is stood in for; where there is no such circle the usual one, with the reason."""
    try:
        return stand_in(who, institution, lab_ids), {}
    except Refusal as refusal:
        return stand_in(WHO, institution, lab_ids), by_field(refusal)


def _banner(who: str, reasons: dict[str, list[str]]) -> dict[str, Any]:
    offered = seen_as.choices()
    who = WHO if reasons else who
    kept = {name: value for name, value in request.args.items() if name not in ("who", "page")}
    return {
        "who": who,
        "whom": seen_as.name_of(who, offered),
        "offered": offered,
        "kept": kept,
        "reasons": reasons,
    }
