"""What the doors of people for programs share: the blueprint, and a body read by the rules that read a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiflask import APIBlueprint
from pydantic import BaseModel

from instruments.errors import Reason
from instruments.people import signing
from instruments.people.forms import Form
from instruments.web import clock
from instruments.web.incoming import Incoming, fitting

api = APIBlueprint("people_api", __name__, url_prefix="/api/v1", tag="Labs, people and roles")


def today() -> Any:
    """The date on which roles and memberships begin and end now."""
    return signing.today(clock.now())


def filled(wanted: Incoming[Any], present: Mapping[str, Any] | None = None) -> tuple[Form, list[Reason]]:
    """The body as a form, whose rules then find what stands against it; and what could not be read of it.

    present: what holds where the body says nothing.
    """
    body, unread = fitting(wanted)
    return Form({name: _typed(value) for name, value in ({**(present or {}), **_said(body)}).items()}), unread


def _said(body: BaseModel) -> dict[str, Any]:
    return body.model_dump(exclude_unset=True)


def _typed(value: Any) -> str:
    """A value as one would type it; a box that is not ticked is empty."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else str(value)
