"""The steps of a version for programs: proposed, taken back, approved, sent back, ended, withdrawn; each needs If-Match."""

from __future__ import annotations

from typing import Any

from flask import Response
from pydantic import BaseModel

from instruments.people.bearer import token_required
from instruments.rates.api.doors import ONE, api, done
from instruments.rates.schemas import PricesDeclineIn, PricesEndIn, VersionOut
from instruments.rates.steps import LAST_DAY, REASON, STEPS, Step, Told
from instruments.web import clock
from instruments.web.incoming import Incoming, takes, whole

BODIES: dict[str, type[BaseModel]] = {REASON: PricesDeclineIn, LAST_DAY: PricesEndIn}


def _offer(step: Step) -> None:
    """The door of one step, by its name."""

    def bare(number: int) -> Response:
        return _taken(step, number, Told())

    def with_body(number: int, wanted: Incoming[Any]) -> Response:
        return _taken(step, number, Told(**whole(wanted).model_dump()))

    view: Any = with_body if step.needs else bare
    view.__name__, view.__doc__ = step.name.replace("-", "_"), f"{step.about} Needs If-Match."
    if step.needs:
        view = takes(api, BODIES[step.needs])(view)
    view = api.doc(responses=[404, 412, 422, 428])(view)
    view = api.output(VersionOut)(view)
    view = token_required("labs:write")(view)
    api.post(f"{ONE}/{step.name}")(view)


def _taken(step: Step, number: int, told: Told) -> Response:
    return done(number, lambda actor, seen: step.act(actor, number, seen, told, clock.now()))


for _step in STEPS.values():
    _offer(_step)
