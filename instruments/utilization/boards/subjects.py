"""Of what or whom targets are, which of their figures can have one, and who sets them: of places, and of those who use."""

from __future__ import annotations

from dataclasses import dataclass

from instruments.people.rights import Action, Actor, Scope
from instruments.utilization.asking import INSTITUTION, INSTRUMENT, PAGES, PEOPLE, View
from instruments.utilization.places import Place, the_place
from instruments.utilization.user_places import Whose, scope_of, whose_of

# Figures that can have one: shares, and hours a year of one instrument.
OF_PLACES = (
    "utilization", "utilization_open", "utilization_calendar", "open_share", "shared_by_hours", "shared_by_count",
    "no_show_rate", "downtime_share", "per_instrument", "external_per_instrument",
)  # fmt: skip
# One instrument served others or did not.
OF_INSTRUMENT = tuple(code for code in OF_PLACES if code != "shared_by_count")
# Of whose use: hours a year, wherever they were used, and shares.
OF_USE = ("effective", "external", "shared_by_hours", "no_show_rate")
# A company owns no instruments: every hour of it is one of others.
OF_COMPANY = ("effective", "no_show_rate")
# Hours a year of one instrument, and of all that somebody used.
MOST_HOURS, MOST_HOURS_USED = 8784, 9_999_999


@dataclass(frozen=True, slots=True)
class Subject:
    """Of what or whom: as targets are kept; the figures that can have one, and the most hours a year of them.

    action, scope: what it takes to set them; thing: what a journal says that they are of.
    """

    kind: str
    number: int
    figures: tuple[str, ...]
    most: int
    action: Action
    scope: Scope
    thing: tuple[str, int]

    @property
    def is_of_use(self) -> bool:
        """Whether it is somebody's use, and no place."""
        return self.kind in PAGES


def of_place(place: Place) -> Subject:
    """A place; one class of it has no target: nobody answers for a class."""
    figures = OF_INSTRUMENT if place.kind == INSTRUMENT else OF_PLACES
    return Subject(
        place.kind, place.number, () if place.chosen.class_code else figures, MOST_HOURS, Action.UTILIZATION_TARGET,
        Scope(institution_id=place.institution_id, lab_id=place.lab_id), (place.kind, place.number),
    )  # fmt: skip


def of_use(whose: Whose) -> Subject:
    """A group, or the people of an institution or company: those who answer for them set what they are to reach, not the
    platform."""
    thing = (INSTITUTION if whose.kind == PEOPLE else whose.kind, whose.number)
    return Subject(
        whose.kind, whose.number, OF_COMPANY if whose.is_company else OF_USE, MOST_HOURS_USED, Action.USE_TARGET,
        scope_of(whose), thing,
    )  # fmt: skip


def subject_of(view: View, actor: Actor) -> Subject:
    """That of a view; raises NotFound where it is not there, or not for this person to see."""
    return of_use(whose_of(view, actor)) if view.kind in PAGES else of_place(the_place(view, actor))
