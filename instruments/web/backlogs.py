"""What waits to be done outside of requests, for whoever watches over an installation: rooms hand their question down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

Question: TypeAlias = Callable[[datetime], tuple[int, int]]
"""Asks at a moment how many wait, and for how many seconds the oldest has."""

_questions: dict[str, Question] = {}


def use(name: str, question: Question) -> None:
    """Have a room's backlog told under this name."""
    _questions[name] = question


def lines(now: datetime) -> list[str]:
    """A line for each backlog: "mail: 3 waiting, the oldest for 120 s"."""
    return [_line(name, *question(now)) for name, question in sorted(_questions.items())]


def _line(name: str, count: int, seconds: int) -> str:
    return f"{name}: {count} waiting" + (f", the oldest for {seconds} s" if count else "")
