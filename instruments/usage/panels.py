"""What rooms above show on the page of a use: each hands down how it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from instruments.people.rights import Actor

Panel: TypeAlias = Callable[[Any, Actor], str]
"""Draws what it has to say of a use (a row of listing.whole) to a reader; empty for nothing."""

_panels: dict[str, Panel] = {}


def use(name: str, panel: Panel) -> None:
    """Have a room's panel shown under this name."""
    _panels[name] = panel


def panels_of(row: Any, actor: Actor) -> list[str]:
    """What there is to show, in the order of the names."""
    return [drawn for _, panel in sorted(_panels.items()) if (drawn := panel(row, actor))]
