"""Doors for programs: read the seasons of an institution, name them and move their dates."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from instruments.availability.institution.api.telling import api, editor
from instruments.availability.institution.schemas import SeasonIn, SeasonOut, SeasonsOut
from instruments.availability.season_models import Season
from instruments.availability.season_setting import (
    SeasonWish,
    add_season,
    change_season,
    remove_season,
    season_in,
    seasons_of,
)
from instruments.availability.views.holidays import the_institution
from instruments.database.transactions import perform
from instruments.errors import N_, Reason
from instruments.people.bearer import token_required
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, fitting, takes

SEASONS = "/institutions/<int:institution_id>/seasons"


@api.get(SEASONS)
@token_required("catalog:read")
@api.output(SeasonsOut)
@api.doc(responses=[404])
def seasons(institution_id: int) -> Response:
    """The seasons of an institution, by name."""
    the_institution(institution_id)
    return answer({"items": [_season(row) for row in seasons_of(institution_id)]})


@api.post(SEASONS)
@token_required("labs:write")
@takes(api, SeasonIn)
@api.output(SeasonOut, 201)
@api.doc(responses=[404])
def name_season(institution_id: int, wanted: Incoming[SeasonIn]) -> Response:
    """Name a season."""
    actor, now = editor(the_institution(institution_id)), clock.now()
    wish, unread = _wish(wanted)

    def act() -> Made:
        institution = the_institution(institution_id)
        row = add_season(institution, wish, actor_id=actor.person_id, now=now, more=unread)
        place = {"institution_id": institution_id, "season_id": row.id}
        return Made(_season(row), row.version, url_for("institution_api.season", **place))

    return made_once(actor.person_id, now, act)


@api.get(f"{SEASONS}/<int:season_id>")
@token_required("catalog:read")
@api.output(SeasonOut)
@api.doc(responses=[404])
def season(institution_id: int, season_id: int) -> Response:
    """One season; its ETag is what a change must name."""
    row = season_in(institution_id, season_id)
    return answer(_season(row), version=row.version)


@api.put(f"{SEASONS}/<int:season_id>")
@token_required("labs:write")
@takes(api, SeasonIn)
@api.output(SeasonOut)
@api.doc(responses=[404, 412, 428])
def replace_season(institution_id: int, season_id: int, wanted: Incoming[SeasonIn]) -> Response:
    """Rename a season or move its dates; what refers to it moves along, what is over stays. Needs If-Match."""
    actor, now = editor(the_institution(institution_id)), clock.now()
    present = season_in(institution_id, season_id).version
    version, (wish, unread) = versions.matched(present), _wish(wanted)
    perform(
        lambda: change_season(
            season_in(institution_id, season_id), wish,
            version=present if version is None else version, actor_id=actor.person_id, now=now, more=unread,
        )
    )  # fmt: skip
    row = season_in(institution_id, season_id)
    return answer(_season(row), version=row.version)


@api.delete(f"{SEASONS}/<int:season_id>")
@token_required("labs:write")
@api.output({}, 204)
@api.doc(responses=[404, 412, 422, 428])
def forget_season(institution_id: int, season_id: int) -> Response:
    """Forget a season that nothing refers to. Needs If-Match."""
    actor, now = editor(the_institution(institution_id)), clock.now()
    present = season_in(institution_id, season_id).version
    version = versions.matched(present)
    perform(
        lambda: remove_season(
            season_in(institution_id, season_id),
            version=present if version is None else version, actor_id=actor.person_id, now=now,
        )
    )  # fmt: skip
    return Response(status=204)


def _wish(wanted: Incoming[SeasonIn]) -> tuple[SeasonWish, list[Reason]]:
    """The season as far as it can be read, and what could not."""
    body, unread = fitting(wanted, kind="other", spans=[], name_en="–", name_zh="–")
    spans = [(span.first, span.last) for span in body.spans]
    if any(last < first for first, last in spans):
        unread.append(Reason("span_order", "spans", N_("The last day lies before the first.")))
    return SeasonWish(body.kind, body.name_en.strip(), body.name_zh.strip(), spans), unread


def _season(row: Season) -> dict[str, Any]:
    spans = [{"first": span.first_day, "last": span.last_day} for span in row.spans]
    told = {name: getattr(row, name) for name in SeasonOut.model_fields if name != "spans"}
    return told | {"spans": spans}
