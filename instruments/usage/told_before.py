"""What rooms above have to say before the hours or counts of a use are corrected: each hands down its question."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Question: TypeAlias = Callable[[int], list[str]]
"""Sentences for the reader about what a correction of this use, by its number, takes along; none for nothing."""

_questions: dict[str, Question] = {}


def use(name: str, question: Question) -> None:
    """Have a room asked under this name."""
    _questions[name] = question


def sentences(use_id: int) -> list[str]:
    """All there is to say, in the order of the names."""
    return [said for _, question in sorted(_questions.items()) for said in question(use_id)]
