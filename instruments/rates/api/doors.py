"""What the doors of prices for programs share: the blueprint, and finding what they are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apiflask import APIBlueprint
from flask import Response

from instruments.database.transactions import perform
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import the_actor
from instruments.rates.models import RateVersion
from instruments.rates.owners import (
    CardOwner,
    nothing_here,
    owner_of,
    owner_of_card,
    version_at,
)
from instruments.rates.telling import version_told
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


def seen_version(number: int) -> tuple[RateVersion, CardOwner]:
    """A version that I may see; else as if there were none."""
    row = version_at(number)
    owner, actor = owner_of_card(row.card), the_actor()
    if not may(actor, Action.PRICES_SEE, owner.scope):
        raise nothing_here()
    return row, owner


def done(number: int, act: Callable[[Actor, int], RateVersion]) -> Response:
    """Do something to a version as it was read, and answer what it is now."""
    row, _ = seen_version(number)
    seen, actor, present = versions.matched(row.version), the_actor(), row.version
    perform(lambda: act(actor, present if seen is None else seen).id)
    after = version_at(number)
    return answer(version_told(after), version=after.version)
