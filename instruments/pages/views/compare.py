"""Instruments side by side, at an address that can be sent to somebody else, who sees their own prices."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask.typing import ResponseReturnValue

from instruments.errors import Refusal
from instruments.pages.comparing import (
    Asker,
    address_of,
    class_name,
    compared,
    figure_names,
    funds_to_choose,
)
from instruments.pages.searching_for import Search, searched
from instruments.pages.views.doors import pages
from instruments.pages.views.front import lengths
from instruments.people.signing import PLATFORM_ZONE, current_actor
from instruments.search.question import MOST_COMPARED, numbers, read
from instruments.web import clock, formats
from instruments.web.access import public
from instruments.web.reasons import by_field


@pages.get("/compare")
@public
def compare() -> ResponseReturnValue:
    """Up to four instruments (?instrument=, several times) for a length in a time, paid from a fund."""
    now, actor = clock.now(), current_actor()
    zone = ZoneInfo(actor.zone) if actor else PLATFORM_ZONE
    question, reasons = read(request.args.to_dict(flat=False), now, zone)
    question = replace(
        question, words="", chosen={}, open_to_me=False, sort="earliest", at_most=None, fund=None, page=1
    )
    search = searched(question, actor, now)
    question, user = search.question, search.user
    reasons += search.reasons
    named = numbers(request.args.getlist("instrument"))
    funds = funds_to_choose(user) if user is not None else []
    asked_fund = request.args.get("fund_id")
    if asked_fund and asked_fund not in {str(number) for number, _ in funds}:
        asked_fund = None
    fund_id = asked_fund if asked_fund is not None else _usual(search)
    asker = Asker(actor, user) if actor and user else None
    columns = compared(named[:MOST_COMPARED], question, asker, fund_id, now)
    shown = [column.id for column in columns]
    for column in columns:
        column.without = address_of([each for each in shown if each != column.id], question, asked_fund)
    page = render_template(
        "pages/compare.html",
        columns=columns,
        question=question,
        figures=figure_names(columns),
        class_name=class_name,
        funds=funds,
        fund_id=fund_id,
        lengths=lengths(question.length),
        whom=search.name,
        own_address=address_of(shown, question, None),
        search=replace(question, ticked=tuple(shown), fund=asked_fund).address(),
        dropped=len(named) > MOST_COMPARED,
        gone=len(columns) < len(named[:MOST_COMPARED]),
        most=MOST_COMPARED,
        reasons=by_field(Refusal(reasons)),
        length=formats.length(question.length),
    )
    return page, 422 if reasons else 200


def _usual(search: Search) -> str:
    """The fund that is usually paid from, as the forms that book choose it; empty for none."""
    found = search.paid.fund_id if search.paid is not None else None
    return "" if found is None else str(found)
