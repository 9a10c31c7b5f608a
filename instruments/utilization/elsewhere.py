"""Which figures of a class elsewhere may be told, by who stands behind what others’ instruments do."""

from __future__ import annotations

from sqlalchemy import select

from instruments.database import db
from instruments.utilization.behind import EXTERNAL, SERVED, USED
from instruments.utilization.definitions import DEFINITIONS
from instruments.utilization.months_elsewhere import (
    Month,
    months_behind,
    months_behind_all,
    states_of_months,
)
from instruments.utilization.recounting import first_day, next_month
from instruments.utilization.sums import Selection
from instruments.utilization.told_models import ToldYear
from instruments.utilization.withholding import GROUPS, NOTHING, Known, groups_of, tells_over


def may_tell(others: Selection, months: tuple[int, int], known: Known = NOTHING) -> bool:
    """Whether anything of a class elsewhere may be told: at least five persons used it, and in each month it is
    among the classes that can be told beside each other. To whoever knows some of it by other roles only where the same
    holds for what is left without that, or nothing is. One statement, and some for each month that is not kept."""
    there = _There(others, months)
    return bool(there.months(NOTHING, USED)) and there.is_told(known, USED)


def figures_told(others: Selection, months: tuple[int, int], known: Known = NOTHING) -> set[str]:
    """Which figures of a class of which anything may be told, each by those who stand behind it: by the same rule, or nobody
    stands behind it at all, and of one month alone what is no sum of months. External service is judged without those who
    told everybody of theirs by years as well, since that can be taken off. Two statements, and some for each month that is
    not kept."""
    there = _There(others, months)
    told = {group: there.is_told(known, group) for group in GROUPS}
    if published := told_everybody(months):
        for group in (EXTERNAL, SERVED):
            told[group] = told[group] and there.is_told_without(published, known, group)
    several = months[0] != months[1]
    return {
        code
        for code in DEFINITIONS
        if tells_over(code, several=several) and all(told[group] for group in groups_of(code))
    }


def told_everybody(months: tuple[int, int]) -> frozenset[int]:
    """The institutions that ever told everybody of a year that shares any of these months. One statement."""
    first, end = first_day(months[0]), first_day(next_month(months[1]))
    asked = select(ToldYear.institution_id).where(ToldYear.first_on < end, ToldYear.end_on > first)
    return frozenset(db.session.scalars(asked.distinct()))


class _There:
    """A class elsewhere over some months, as it is told to whoever knows this or that of it."""

    def __init__(self, others: Selection, months: tuple[int, int]) -> None:
        self._others = others
        self._states = states_of_months(months)

    def is_told(self, known: Known, group: int) -> bool:
        """Whether it may be told in each of the months in which anybody of the group stands behind it."""
        return all(
            self._others.class_code in month.told
            for knows in dict.fromkeys((NOTHING, known))
            for month in self.months(knows, group)
        )

    def is_told_without(self, published: frozenset[int], known: Known, group: int) -> bool:
        """Whether the same holds without some institutions, in every month in which any of them or others are behind it."""
        for knows in dict.fromkeys((NOTHING, known)):
            left = self.months(Known(knows.institutions | published, knows.labs), group)
            is_enough = all(self._others.class_code in month.told for month in left)
            if not is_enough or len(left) < len(self.months(knows, group)):
                return False
        return True

    def months(self, known: Known, group: int) -> list[Month]:
        """The months in which anybody of a group stands behind it."""
        code, institution_id = self._others.class_code, self._others.not_institution_id
        if not code:
            # As most pages ask: nothing lies in all that could be withheld with it.
            return list(months_behind_all(institution_id, self._states, known, group).values())
        kept = months_behind(institution_id, self._states, known, group)
        return [month for month in kept.values() if any(each.startswith(code) for each in month.used)]
