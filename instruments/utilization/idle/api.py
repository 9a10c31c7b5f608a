"""Doors for programs: ask a lab about its idle instruments, and answer."""

from __future__ import annotations

from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response
from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason
from instruments.people.bearer import token_required
from instruments.people.models import Lab
from instruments.people.rights import Action, Scope, may
from instruments.people.signing import require, the_actor
from instruments.utilization import asking as view_asked
from instruments.utilization import periods
from instruments.utilization.asking import PLATFORM
from instruments.utilization.begun import begun
from instruments.utilization.idle import asking
from instruments.utilization.idle.schemas import (
    IdleAnswersIn,
    IdleAskIn,
    IdleQuestionOut,
    IdleQuestionsOut,
    WatchListOut,
    WatchListQuery,
)
from instruments.utilization.idle.views.doors import idle_of
from instruments.utilization.idle_answers import Said, said_of
from instruments.utilization.idle_models import IdleQuestion
from instruments.utilization.listing import tenths
from instruments.utilization.places import first_place, the_place
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.watch_lists import LISTS
from instruments.utilization.watching import Shown, Watched, shown, watched
from instruments.web import clock, paging, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, takes, whole

api = APIBlueprint("idle_api", __name__, url_prefix="/api/v1", tag="Idle instruments")
OF = "/labs/<int:lab_id>/idle"
ONE = "/idle/<int:question_id>"
MOST = 100


@api.get("/utilization/lists/<any(idle, opening, doubtful, value):which>")
@token_required("usage:read")
@asks(api, WatchListQuery)
@api.output(WatchListOut)
@api.doc(responses=[404])
def watch_list(which: str, query: WatchListQuery) -> Response:
    """Instruments to look at: idle, fit to be opened to partners, with hours hard to believe, of little use for their value."""
    actor, now = the_actor(), clock.now()
    usual = first_place(actor) if not query.of else (PLATFORM, 0)
    view = view_asked.read({"of": query.of, "period": query.period}, now.date(), usual)
    place, named = the_place(view, actor), LISTS[which]
    bring_up_to_date(view, place, now)
    rows = watched(named, place.chosen, view.period, now)
    after = (paging.decode(query.cursor, (int,)) or [0])[0]
    some, following = rows[after : after + query.limit], after + query.limit
    numbers = [row.instrument_id for row in some]
    facts, said = shown(numbers), said_of(numbers, view.period) if which == "idle" else {}
    items = [_watched(row, facts[row.instrument_id], said.get(row.instrument_id)) for row in some]
    told = {
        "of": view.of,
        "period": view.period.code,
        "records_begin": begun(),
        "name": gettext(named.name),
        "words": gettext(named.words),
    }
    return answer(
        told | {"items": items, "next": paging.encode([following]) if following < len(rows) else None}
    )


def _watched(row: Watched, fact: Shown, said: Said | None) -> dict[str, Any]:
    """An instrument of a list, as its page and its file tell it."""
    return {
        "instrument_id": row.instrument_id, "reason": gettext(row.reason),
        **{name: getattr(fact.which, name) for name in ("name_en", "name_zh", "lab_en", "lab_zh", "asset_number")},
        "currency": fact.currency, "flagged_uses": row.doubts.flagged, "long_uses": row.doubts.whole_days,
        "bookable": str(tenths(row.totals.measure("bookable"))),
        "effective": str(tenths(row.totals.measure("effective"))),
        "used_last": fact.last_day, "value": None if fact.value is None else str(fact.value),
        "lab_says": said.answer if said else "",
        "lab_asked_at": said and said.asked_at.astimezone(ZoneInfo(fact.zone)),
    }  # fmt: skip


@api.get(OF)
@token_required("usage:read")
@api.output(IdleQuestionsOut)
@api.doc(responses=[404])
def idle_questions(lab_id: int) -> Response:
    """What a lab was asked about idle instruments, and what it said."""
    lab = _lab(lab_id)
    asked = select(IdleQuestion).where(IdleQuestion.lab_id == lab.id).order_by(IdleQuestion.id.desc())
    return answer({"items": [_told(each) for each in db.session.scalars(asked.limit(MOST))]})


@api.post(OF)
@token_required("usage:write")
@takes(api, IdleAskIn)
@api.output(IdleQuestionOut, 201)
@api.doc(responses=[403, 404])
def ask_lab(lab_id: int, wanted: Incoming[IdleAskIn]) -> Response:
    """Ask a lab why its instruments stood idle in a period that is over; once for each."""
    lab = _lab(lab_id)
    actor = require(Action.IDLE_ASK, Scope(lab.institution_id, lab.id))
    period = periods.read(whole(wanted).period)
    found = idle_of(lab, period)
    act = partial(asking.ask, actor, db.session.get_one(Lab, lab_id), period, found, clock.now())

    def made() -> Made:
        question = db.session.get_one(IdleQuestion, act())
        return Made(_told(question), question.version, f"/api/v1/idle/{question.id}")

    return made_once(actor.person_id, clock.now(), made)


@api.get(ONE)
@token_required("usage:read")
@api.output(IdleQuestionOut)
@api.doc(responses=[404])
def idle_question(question_id: int) -> Response:
    """One question with its answers; its ETag is what an answer must name."""
    question = asking.the_question(the_actor(), question_id)
    return answer(_told(question), version=question.version)


@api.post(f"{ONE}/answers")
@token_required("usage:write")
@takes(api, IdleAnswersIn)
@api.output(IdleQuestionOut)
@api.doc(responses=[403, 404, 412, 428])
def answer_question(question_id: int, wanted: Incoming[IdleAnswersIn]) -> Response:
    """Say why instruments stood idle. Needs If-Match."""
    question = asking.the_question(the_actor(), question_id)
    actor = require(Action.IDLE_ANSWER, Scope(question.lab.institution_id, question.lab_id))
    version = versions.matched(question.version)
    answers = {each.instrument_id: each.answer.strip() for each in whole(wanted).answers}
    perform(partial(asking.answer, actor, question_id, version, answers, clock.now()))
    db.session.rollback()
    fresh = db.session.get_one(IdleQuestion, question_id, populate_existing=True)
    return answer(_told(fresh), version=fresh.version)


def _lab(lab_id: int) -> Lab:
    lab = db.session.get(Lab, lab_id)
    if lab is None or not may(the_actor(), Action.UTILIZATION_SEE, Scope(lab.institution_id, lab.id)):
        raise NotFound([Reason("not_found", None, N_("There are no figures here that you may see."))])
    return lab


def _told(question: IdleQuestion) -> dict[str, Any]:
    zone = ZoneInfo(question.lab.zone)
    rows = asking.instruments_of(question.id)
    facts = shown([row.instrument_id for row in rows])
    return {
        "id": question.id, "lab_id": question.lab_id, "period": question.period,
        "asked_at": question.asked_at.astimezone(zone), "version": question.version,
        "items": [
            {
                "instrument_id": row.instrument_id, "used_last": facts[row.instrument_id].last_day,
                "may_be": gettext(row.may_be), "answer": row.answer,
                "answered_at": row.answered_at and row.answered_at.astimezone(zone),
            }
            for row in rows
        ],
    }  # fmt: skip
