"""What a change would do: which instruments it changes from what to what, which are refused, what it touches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from instruments.errors import Reason


class Coming(NamedTuple):
    """A reservation that is still to begin, in UTC seconds."""

    id: int
    instrument_id: int
    start: int
    end: int
    user_id: int


Touching: TypeAlias = Callable[[Sequence[Coming]], list[Coming]]
Step: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Outcome:
    """By instrument: what it has and will have (as texts that the door puts in words), or why it is refused.

    same: those that are so already; touched: of reservations, those that fit now and would no longer.
    """

    changed: Mapping[int, Step]
    refused: Mapping[int, Reason]
    same: Sequence[int]
    touched: Touching


@dataclass(frozen=True)
class Preview:
    """An outcome with the reservations that it touches, by start: they stand, but could no longer be made."""

    outcome: Outcome
    touched: Sequence[Coming] = field(default=())

    @property
    def seen(self) -> str:
        """What a form remembers of it: another one as soon as anything in it is different."""
        changed = sorted(self.outcome.changed.items())
        told = repr((changed, sorted(self.outcome.refused), [each[:4] for each in self.touched]))
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    def groups(self) -> dict[Step, list[int]]:
        """The instruments that change by what they have and will have, the largest group first."""
        found: dict[Step, list[int]] = {}
        for number, step in self.outcome.changed.items():
            found.setdefault(step, []).append(number)
        return dict(sorted(found.items(), key=lambda group: -len(group[1])))
