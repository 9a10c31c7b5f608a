"""What a change would do: which instruments it changes from what to what, which are refused, and whom it touches."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from instruments.errors import Reason

Step: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Outcome:
    """By instrument: what it has and will have (as texts that the door puts in words), or why it is refused.

    same: those that are so already; touched: the reservations, by start, that stand but could no longer be made.
    """

    changed: Mapping[int, Step]
    refused: Mapping[int, Reason]
    same: Sequence[int]
    touched: Sequence[int]

    @property
    def seen(self) -> str:
        """What a form remembers of it: another one as soon as anything in it is different."""
        told = repr((sorted(self.changed.items()), sorted(self.refused), list(self.touched)))
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    def groups(self) -> dict[Step, list[int]]:
        """The instruments that change by what they have and will have, the largest group first."""
        found: dict[Step, list[int]] = {}
        for number, step in self.changed.items():
            found.setdefault(step, []).append(number)
        return dict(sorted(found.items(), key=lambda group: -len(group[1])))
