"""One formal quote as a page and on paper: its lines with their reasons, and what the reader may do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database import db
from instruments.documents.printing import pdf_of
from instruments.errors import Refusal, Taken
from instruments.people.models import Person
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import actor_by_id, the_actor
from instruments.reservations.asking import has_to_ask_for
from instruments.reservations.bookable import bookable
from instruments.reservations.formal_quotes.agreements import (
    acceptance_of,
    agreement_of,
    is_company,
    may_accept_for,
)
from instruments.reservations.formal_quotes.finding import is_payers, quote_row
from instruments.reservations.formal_quotes.ordering import order_of, parties
from instruments.reservations.formal_quotes.printing import annex_paper, quote_paper
from instruments.reservations.formal_quotes.views.doors import ONE, address_of, note, pages
from instruments.reservations.formal_quotes.views.paying import payers_of_quote
from instruments.reservations.formal_quotes.words import borne_of, lines_of, price_of, shown
from instruments.reservations.paying import words
from instruments.reservations.paying.typed import ADD_ON, PROGRAMME
from instruments.reservations.scene import Wish
from instruments.reservations.views.doors import by_form_field, offers, shown_reasons
from instruments.web import clock
from instruments.web.downloads import download


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried and refused, and what was typed; which: the form that it came from."""

    refusal: Refusal
    typed: dict[str, str] = field(default_factory=dict)


@pages.get(ONE)
def quote(quote_id: int) -> ResponseReturnValue:
    """One quote."""
    actor = the_actor()
    page = quote_page(actor, quote_id)
    note(actor, quote_row(quote_id, actor))
    return page


@pages.get(f"{ONE}.pdf")
def quote_pdf(quote_id: int) -> ResponseReturnValue:
    """The quote on paper, in the reader's language or that of ?lang=."""
    actor, now = the_actor(), clock.now()
    row = quote_row(quote_id, actor)
    note(actor, row)
    paper = quote_paper(row, *parties(row), address_of(row), now)
    return _paper(pdf_of(paper), shown(row, now).number)


@pages.get(f"{ONE}/annex.pdf")
def annex_pdf(quote_id: int) -> ResponseReturnValue:
    """The annex to the order, where the quote was accepted."""
    actor, now = the_actor(), clock.now()
    row = quote_row(quote_id, actor)
    order = order_of(row)
    if order is None:
        abort(404)
    note(actor, row)
    paper = annex_paper(row, order, *parties(row), now)
    return _paper(pdf_of(paper), f"{shown(row, now).number}-annex")


def _paper(pdf: bytes, name: str) -> ResponseReturnValue:
    answer = download(pdf, "pdf", name, shown=True)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def quote_page(actor: Actor, quote_id: int, attempt: Attempt | None = None) -> str:
    """The page, with what was refused where something was."""
    now, row = clock.now(), quote_row(quote_id, actor)
    one = shown(row, now)
    answers = one.state == "offered" and is_payers(actor, row)
    scope = Scope(row.institution_id, row.lab_id)
    typed = attempt.typed if attempt else {}
    return render_template(
        "reservations/formal_quote.html",
        row=row,
        one=one,
        lines=words.shown_lines(lines_of(row)),
        own=is_payers(actor, row),
        answers=answers,
        asks=answers and _asks(row, now),
        agreement=_agreement(actor, row) if answers else None,
        price=payers_of_quote(row, typed or request.args, now) if answers else None,
        withdraws=one.state == "offered" and may(actor, Action.FORMAL_QUOTE_WITHDRAW, scope),
        order=order_of(row),
        typed=typed,
        borne=borne_of(row),
        to_pay=words.money(price_of(row).to_pay),
        by_field=by_form_field(attempt.refusal) if attempt else {},
        refused=_refused(attempt, row) if attempt else [],
        instead=_instead(attempt, row, now) if attempt else [],
    )


def _agreement(actor: Actor, row: Any) -> dict[str, Any] | None:
    """The agreement that holds, and whether the payer accepted it; None where there is none."""
    found = agreement_of(row.institution_id)
    if found is None:
        return None
    accepted = acceptance_of(found.id, row.payer_institution_id, row.payer_person_id or 0)
    return {
        "number": found.number,
        "accepted": accepted,
        "may_accept": may_accept_for(actor),
        "of_company": is_company(row.payer_institution_id),
    }


def _wish(row: Any) -> Wish:
    return Wish(int(row.starts_at.timestamp()), int(row.ends_at.timestamp()))


def _asks(row: Any, now: datetime) -> bool:
    """Whether the lab still decides about the time when the quote is accepted."""
    user = actor_by_id(row.asked_by_id, now)
    return user is not None and has_to_ask_for(bookable(row.instrument_id), user, _wish(row))


def _refused(attempt: Attempt, row: Any) -> list[dict[str, Any]]:
    """The reasons; what was quoted cannot be shortened, so only ways in are offered beside them."""
    rows = shown_reasons(attempt.refusal, _wish(row), row.zone)
    return [
        each | {"fix": each["fix"] if each["fix"] and "fields" not in each["fix"] else None} for each in rows
    ]


def _instead(attempt: Attempt, row: Any, now: datetime) -> list[Any]:
    """Other times of the same instrument, each of which would be another quote; where somebody else took this one."""
    user = actor_by_id(row.asked_by_id, now)
    if user is None or user.person_id != the_actor().person_id or not isinstance(attempt.refusal, Taken):
        return []
    address, thing = "/instruments/{}/formal-quotes", bookable(row.instrument_id)
    told = {"purpose": row.purpose, "title": row.title, "mode": row.mode, "unit": row.group_id or ""}
    told |= {f"{ADD_ON}{code}": number for code, number in row.counts.items()}
    told |= {f"{PROGRAMME}{each['programme_id']}": "1" for each in row.borne}
    told |= {"hazardous": "1"} if row.hazardous else {}
    told |= {"second_person": db.session.get_one(Person, row.second_id).mail} if row.second_id else {}
    heading, rows = offers(thing, _wish(row), user, now, attempt.refusal, address)[0]
    ask = gettext("Get a formal quote")
    return [
        (
            heading,
            [each | {"words": ask, "fields": told | each["fields"] | {"key": uuid4().hex}} for each in rows],
        )
    ]
