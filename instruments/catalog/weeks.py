"""What an import needs of the floor above to open what it brings: how to read a weekly pattern, and how to give it.

Opening hours belong to availability, which stands on the catalogue; so the catalogue says here what it needs,
and app.py, which knows every room, hands it in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class Give(Protocol):
    """Publish a week for those of the instruments that have no hours; returns how many it opened."""

    def __call__(
        self, instrument_ids: Collection[int], week: Any, *, actor_id: int | None, now: datetime
    ) -> int: ...


@dataclass
class Weeks:
    """The two deeds of availability that an import uses. `read(text, field)` raises Refusal."""

    read: Callable[[str, str], Any]
    give: Give


_handed_in: list[Weeks] = []


def use(read: Callable[[str, str], Any], give: Give) -> None:
    """Hand in the deeds; called once by the application."""
    _handed_in[:] = [Weeks(read, give)]


def weeks() -> Weeks:
    """The deeds that were handed in."""
    return _handed_in[0]
