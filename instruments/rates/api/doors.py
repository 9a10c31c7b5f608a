"""What the doors of prices for programs share: the blueprint, and finding what they are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apiflask import APIBlueprint
from flask import Response

from instruments.database.transactions import perform
from instruments.people.rights import Actor
from instruments.rates.models import RateVersion
from instruments.rates.owners import CardOwner, owner_of, version_at
from instruments.rates.telling import version_told
from instruments.rates.views.doors import version_seen
from instruments.web import versions
from instruments.web.answers import answer

api = APIBlueprint("rates_api", __name__, url_prefix="/api/v1", tag="Prices")
OWNERS = ("lab", "instrument", "service")
ONE = "/price-versions/<int:number>"


def owned(path: str, method: str, endpoint: str) -> Callable[[Any], Any]:
    """The same door at the address of a lab, an instrument and a service."""

    def decorate(view: Any) -> Any:
        for kind in OWNERS:
            address = f"/{kind}s/<int:{kind}_id>/{path}"
            api.route(address, methods=[method], endpoint=f"{endpoint}_of_{kind}")(view)
        return view

    return decorate


def owner_at(place: dict[str, int]) -> CardOwner:
    ((name, number),) = place.items()
    return owner_of(name.removesuffix("_id"), number)


def named_version(number: int) -> tuple[Actor, int]:
    """Who I am, and the version of the row that I name as the one that I read (the present one for "*"): 404, 428, 412."""
    row, _, actor = version_seen(number)
    return actor, versions.matched(row.version) or row.version


def done(number: int, act: Callable[[Actor, int], RateVersion]) -> Response:
    """Do something to a version as it was read, and answer what it is now."""
    actor, seen = named_version(number)
    perform(lambda: act(actor, seen).id)
    after = version_at(number)
    return answer(version_told(after), version=after.version)
