"""What somebody may do at a lab or an institution, in groups by what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from instruments.people.rights import Action, Actor, Scope, may

Offer: TypeAlias = tuple[Action, str, str, str]


class Group(NamedTuple):
    """Links about one thing, each as (words, address, icon)."""

    title: str
    links: list[tuple[str, str, str]]


def desk(actor: Actor | None, scope: Scope, *groups: tuple[str, Sequence[Offer]]) -> list[Group]:
    """The groups, with what the actor may do there; a group of which nothing is left is left out."""
    allowed = [
        Group(title, [tuple(rest) for action, *rest in offered if may(actor, action, scope)])
        for title, offered in groups
    ]
    return [group for group in allowed if group.links]
