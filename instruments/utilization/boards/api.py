"""Doors for programs: views saved under a name, targets, and what figures are held against."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial

from apiflask import APIBlueprint
from flask import Response

from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.rights import Actor
from instruments.people.signing import require, the_actor
from instruments.rounding import half_up
from instruments.utilization import asking
from instruments.utilization.adding import totals_in
from instruments.utilization.asking import PAGES, PLATFORM, View
from instruments.utilization.boards import saving, targets
from instruments.utilization.boards.lines import Line, lines_of, lines_of_use
from instruments.utilization.boards.models import SavedView
from instruments.utilization.boards.schemas import (
    SavedViewIn,
    SavedViewOut,
    SavedViewsOut,
    TargetIn,
    TargetsOut,
    TargetsQuery,
)
from instruments.utilization.boards.subjects import of_place, of_use, subject_of
from instruments.utilization.boards.words import line_words, references
from instruments.utilization.places import first_place, the_place
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.user_board import user_board
from instruments.utilization.user_places import check_seen, whose_of
from instruments.web import clock
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, takes, whole

api = APIBlueprint("boards_api", __name__, url_prefix="/api/v1", tag="Saved views and targets")


@api.get("/utilization/views")
@token_required("usage:read")
@api.output(SavedViewsOut)
def saved_views() -> Response:
    """Your saved views and those of your institution."""
    return answer({"items": [_told(each) for each in saving.views_of(the_actor())]})


@api.post("/utilization/views")
@token_required("usage:write")
@takes(api, SavedViewIn)
@api.output(SavedViewOut, 201)
@api.doc(responses=[403, 404])
def save_view(wanted: Incoming[SavedViewIn]) -> Response:
    """Save a view of a place that you may see under a name, for you or for your institution."""
    actor, now, body = the_actor(), clock.now(), whole(wanted)
    fields = {name: getattr(body, name) for name in ("of", "period", "per", "against", "open", "by")}
    usual = (PLATFORM, 0) if body.of else first_place(actor)
    view = asking.read(fields | {"class": body.class_code}, now.date(), usual)
    check_seen(view, actor)
    act = partial(saving.save, actor, body.name.strip(), view, now, shared=body.for_ == "institution")

    def made() -> Made:
        row = db.session.get_one(SavedView, act())
        return Made(_told(row), 1, f"/api/v1/utilization/views/{row.id}")

    return made_once(actor.person_id, now, made)


@api.delete("/utilization/views/<int:view_id>")
@token_required("usage:write")
@api.output({}, 204)
@api.doc(responses=[404])
def give_view_up(view_id: int) -> tuple[str, int]:
    """Take a saved view away."""
    perform(partial(saving.give_up, the_actor(), view_id, clock.now()))
    return "", 204


@api.get("/utilization/targets")
@token_required("usage:read")
@asks(api, TargetsQuery)
@api.output(TargetsOut)
@api.doc(responses=[404])
def targets_of_place(query: TargetsQuery) -> Response:
    """What the figures of a place, a group or the people of an institution or company are held against: targets, and, of
    places, reference lines of the field, with the gap."""
    return _lines(query.of, query.period)


def _lines(of: str, period: str) -> Response:
    actor, now = the_actor(), clock.now()
    usual = (PLATFORM, 0) if of else first_place(actor)
    view = asking.read({"of": of, "period": period}, now.date(), usual)
    found = _of_use(view, actor, now) if view.kind in PAGES else _of_place(view, actor, now)
    lines = {code: [_line(each) for each in some] for code, some in found.items()}
    return answer({"of": view.of, "period": view.period.code, "lines": lines})


def _of_place(view: View, actor: Actor, now: datetime) -> dict[str, list[Line]]:
    place = the_place(view, actor)
    bring_up_to_date(view, place, now)
    totals, subject = totals_in(place.chosen, view.period, now), of_place(place)
    set_ = targets.targets_of(subject)
    return {
        code: lines_of(totals.figure(code), view.period, set_.get(code))
        for code in subject.figures
        if code in set_ or references(code)
    }


def _of_use(view: View, actor: Actor, now: datetime) -> dict[str, list[Line]]:
    whose = whose_of(view, actor)
    set_, totals = targets.targets_of(of_use(whose)), user_board(whose, view, now).now
    return lines_of_use((totals.figure(code) for code in set_), view.period, set_)


def _line(line: Line) -> dict[str, object]:
    return {
        "words": line_words(line), "is_target": line.is_target, "a_year": _number(line.a_year),
        "value": _number(line.value), "gap": None if line.gap is None else _number(line.gap),
    }  # fmt: skip


@api.put("/utilization/targets")
@token_required("usage:write")
@takes(api, TargetIn)
@api.output(TargetsOut)
@api.doc(responses=[403, 404])
def set_target(wanted: Incoming[TargetIn]) -> Response:
    """Set what a figure is to reach, or take it back with null."""
    body = whole(wanted)
    subject = subject_of(asking.read({"of": body.of}, clock.now().date()), the_actor())
    actor = require(subject.action, subject.scope)
    value = None if body.value is None else Decimal(body.value)
    perform(partial(targets.set_target, actor, subject, body.figure, value, clock.now()))
    return _lines(body.of, "")


def _told(row: SavedView) -> dict[str, object]:
    return {
        "id": row.id, "name": row.name, "path": asking.address_of(row.query), "shared": row.institution_id is not None,
    }  # fmt: skip


def _number(value: Fraction) -> str:
    return f"{half_up(value, 4).normalize():f}"
