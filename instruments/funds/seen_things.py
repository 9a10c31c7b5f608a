"""Whether a reader may see the page of what an amount is for: rooms above answer for the things that are theirs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeAlias

from instruments.people.rights import Actor

Answer: TypeAlias = Callable[[Actor, Collection[int]], set[int]]
"""Which of these, by number, somebody may see, in a constant number of statements."""

_answers: dict[str, Answer] = {}


def use(kind: str, answer: Answer) -> None:
    """Have a room asked about the things of this kind."""
    _answers[kind] = answer


def hidden(actor: Actor, *lists: Iterable[Any]) -> set[tuple[str, int]]:
    """Those of the things of these rows (thing_kind, thing_id) that the reader may not see."""
    named = {(row.thing_kind, row.thing_id) for rows in lists for row in rows}
    found = set()
    for kind, answer in _answers.items():
        numbers = {number for of, number in named if of == kind}
        if numbers:
            found |= {(kind, number) for number in numbers - answer(actor, numbers)}
    return found
