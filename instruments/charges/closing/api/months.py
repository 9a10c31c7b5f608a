"""Months for programs: how each stands, what it would come to and lacks, opened for objections, and issued by the worker."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, url_for
from flask_babel import gettext
from sqlalchemy import select

from instruments.charges.closing.api.telling import api, payer_told, text
from instruments.charges.closing.checklist import checklist
from instruments.charges.closing.idle import idle_since
from instruments.charges.closing.letterheads import payers
from instruments.charges.closing.months import before, is_over, month_on
from instruments.charges.closing.owed import heads, last_closed
from instruments.charges.closing.schemas import (
    CloseIn,
    MonthEndPageQuery,
    MonthPreviewOut,
    MonthsOut,
    MonthsQuery,
    WholeMonthOut,
)
from instruments.charges.closing.starting import open_for_objections, start, the_closing
from instruments.charges.closing.tasks import ISSUE
from instruments.charges.closing.views.doors import HOUSE, month_of, note_look, the_house
from instruments.charges.closing_models import ISSUED, ISSUING, Closing
from instruments.charges.wall import today_at
from instruments.database import db
from instruments.database.transactions import perform
from instruments.jobs.alarm import wake
from instruments.people.bearer import token_required
from instruments.people.rights import Action
from instruments.web import clock, paging, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, asks, takes, whole

ONE = f"{HOUSE}/months/<string:month>"


@api.get(f"{HOUSE}/months")
@token_required("money:read")
@asks(api, MonthsQuery)
@api.output(MonthsOut)
@api.doc(responses=[404])
def months(institution_id: int, query: MonthsQuery) -> Response:
    """The months of an institution's books, the newest first: finance and auditors."""
    the_house(institution_id)
    today = today_at(institution_id, clock.now())
    rows = db.session.scalars(select(Closing).where(Closing.institution_id == institution_id))
    known, last = {row.month: row for row in rows}, last_closed(institution_id)
    wanted = reversed(before(month_on(today), query.limit))
    items = [_told(known.get(each) or the_closing(institution_id, each), last, today) for each in wanted]
    return answer({"items": items})


@api.get(ONE)
@token_required("money:read")
@api.output(WholeMonthOut)
@api.doc(responses=[404])
def month(institution_id: int, month: str) -> Response:
    """One month with its checklist and what it comes to; its ETag is what a change must name. It also says how far issuing is."""
    actor, _ = the_house(institution_id)
    closing = the_closing(institution_id, month_of(month))
    found = _whole(closing)
    note_look(actor, ("institution", institution_id), institution_id, f"month {month}")
    return answer(found, version=found["version"])


@api.get(f"{ONE}/preview")
@token_required("money:read")
@asks(api, MonthEndPageQuery)
@api.output(MonthPreviewOut)
@api.doc(responses=[404])
def preview(institution_id: int, month: str, query: MonthEndPageQuery) -> Response:
    """The statements that would be issued, before they are; none once the month is being issued."""
    actor, _ = the_house(institution_id)
    closing = the_closing(institution_id, month_of(month))
    rows = [] if closing.state in (ISSUING, ISSUED) else heads(closing, without="disputed")
    after = paging.decode(query.cursor, (int,))
    place = after[0] if after else 0
    shown = rows[place : place + query.limit]
    items = [
        {
            "payer": payer_told((row.institution, row.research_group, row.person, row.programme), names),
            "currency": row.currency, "total": text(int(row.total), row.currency),
            "due": text(int(row.total) - int(row.internal) - int(row.prepaid), row.currency), "lines": row.lines,
        }
        for row, names in zip(shown, payers(shown), strict=True)
    ]  # fmt: skip
    following = paging.encode([place + query.limit]) if place + query.limit < len(rows) else None
    note_look(actor, ("institution", institution_id), institution_id, f"month {month}")
    over = is_over(closing.month, today_at(institution_id, clock.now()))
    return answer({"over": over, "items": items, "next": following})


@api.post(f"{ONE}/open")
@token_required("money:write")
@api.output(WholeMonthOut)
@api.doc(responses=[404, 412, 422, 428])
def open_month(institution_id: int, month: str) -> Response:
    """Let payers look and object for the days that the institution set. Needs If-Match."""
    actor, _ = the_house(institution_id, Action.MONTH_CLOSE)
    closing = the_closing(institution_id, month_of(month))
    version = versions.matched(closing.version)
    perform(partial(open_for_objections, institution_id, month, version, clock.now(), actor.person_id))
    found = _whole(the_closing(institution_id, month))
    return answer(found, version=found["version"])


@api.post(f"{ONE}/close")
@token_required("money:write")
@takes(api, CloseIn)
@api.output(WholeMonthOut, 202)
@api.doc(responses=[404, 412, 428])
def close_month(institution_id: int, month: str, wanted: Incoming[CloseIn]) -> Response:
    """Have the statements issued by the worker; Location says how far it is. Killed, it goes on where it was. Needs If-Match."""
    actor, _ = the_house(institution_id, Action.MONTH_CLOSE)
    closing = the_closing(institution_id, month_of(month))
    version = versions.matched(closing.version)
    early = whole(wanted).early
    number = perform(
        partial(start, institution_id, month, version, clock.now(), actor.person_id, early=early)
    )
    wake(ISSUE, number)
    db.session.rollback()
    found = _whole(the_closing(institution_id, month))
    told = answer(found, 202, version=found["version"])
    told.headers["Location"] = url_for(".month", institution_id=institution_id, month=month)
    return told


def _told(closing: Closing, last: str, today: date) -> dict[str, Any]:
    names = (
        "institution_id", "month", "state", "objections_until", "issued_on", "due_on", "statements_total",
        "statements_done", "version",
    )  # fmt: skip
    return {name: getattr(closing, name) for name in names} | {
        "over": is_over(closing.month, today), "closed": closing.month <= last, "idle_since": _idle(closing),
    }  # fmt: skip


def _idle(closing: Closing) -> datetime | None:
    since = idle_since(closing, clock.now())
    return since and since.astimezone(ZoneInfo(closing.institution.zone))


def _whole(closing: Closing) -> dict[str, Any]:
    today = today_at(closing.institution_id, clock.now())
    told = _told(closing, last_closed(closing.institution_id), today) | {"sums": [], "checklist": []}
    if closing.state in (ISSUING, ISSUED):
        return told
    sums: dict[str, list[int]] = {}
    for row in heads(closing, without="disputed"):
        each = sums.setdefault(row.currency, [0, 0, 0])
        each[0] += int(row.total)
        each[1] += int(row.total) - int(row.internal) - int(row.prepaid)
        each[2] += row.lines
    return told | {
        "sums": [
            {"currency": currency, "total": text(each[0], currency), "due": text(each[1], currency), "lines": each[2]}
            for currency, each in sorted(sums.items())
        ],
        "checklist": [
            {
                "code": point.code, "words": gettext(point.words), "meaning": gettext(point.meaning),
                "count": point.count,
            }
            for point in checklist(closing.institution_id, closing.month)
        ],
    }  # fmt: skip
