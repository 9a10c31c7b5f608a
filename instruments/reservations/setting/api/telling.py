"""What the doors of rules for programs share: the blueprint, where rules are set, and who may set them."""

from __future__ import annotations

from apiflask import APIBlueprint

from instruments.availability.owners import Owner
from instruments.availability.views.doors import scope_of
from instruments.people.rights import Action, Actor
from instruments.people.signing import require

api = APIBlueprint("setting_api", __name__, url_prefix="/api/v1", tag="Limits, quotas and approval")
LAB, INSTRUMENT, INSTITUTION = (
    "/labs/<int:lab_id>",
    "/instruments/<int:instrument_id>",
    "/institutions/<int:institution_id>",
)


def allowed(owner: Owner) -> Actor:
    """Who asks, if they set the rules of this lab or instrument; else Forbidden."""
    return require(Action.RULES_EDIT, scope_of(owner))
