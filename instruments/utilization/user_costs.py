"""What was charged for what somebody used, to funds of a group, an institution or a company: for who may read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from instruments.charges.borne import Borne, borne
from instruments.people.rights import Action, Actor, Scope, may
from instruments.utilization.periods import Period
from instruments.utilization.user_places import Whose


def sees_costs_of(of: Whose, actor: Actor | None) -> bool:
    """Whether what they were charged is told: as on the list of their costs."""
    groups = frozenset({of.user.group_id}) if of.user.group_id else frozenset[int]()
    return may(actor, Action.COSTS_SEE, Scope(institution_id=of.institution_id, group_ids=groups))


def costs_of(of: Whose, period: Period) -> list[Borne]:
    """By month of the service and currency. One statement."""
    return borne(of.user.group_id, of.user.institution_id, period.first, period.end)


def by_currency(costs: Iterable[Borne]) -> dict[str, int]:
    """All months together."""
    found: Counter[str] = Counter()
    for each in costs:
        found[each.currency] += each.net
    return dict(sorted(found.items()))
