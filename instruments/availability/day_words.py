"""The names of what days are, of where that is known from, and of what make-up workdays take."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.availability.days import ANNOUNCED, HAND, HOLIDAY, ITSELF, MAKE_UP, REPLACED, REST, WORKDAY
from instruments.availability.seasons import EXAMS, OTHER, TERM, VACATION
from instruments.errors import N_

KINDS: Mapping[str, str] = {
    HOLIDAY: N_("Statutory holiday"),
    MAKE_UP: N_("Make-up workday"),
    REST: N_("Rest day"),
    WORKDAY: N_("Workday"),
}
# What a day does to the hours, for whoever sets it.
MEANINGS: Mapping[str, str] = {
    HOLIDAY: N_("closed from midnight to midnight"),
    MAKE_UP: N_("a Saturday or Sunday that opens with the hours of a weekday, as each lab chose"),
    REST: N_("a weekday that opens with the hours of Sunday"),
    WORKDAY: N_("a weekday that opens as usual, whatever was announced"),
}
SEASONS: Mapping[str, str] = {
    TERM: N_("Term"),
    EXAMS: N_("Exam weeks"),
    VACATION: N_("Vacation"),
    OTHER: N_("Other dates"),
}
SOURCES: Mapping[str, str] = {ANNOUNCED: N_("announced"), HAND: N_("by hand")}
TAKES: Mapping[str, str] = {
    REPLACED: N_("Of the day that is made up for"),
    "0": N_("Of Monday"),
    "1": N_("Of Tuesday"),
    "2": N_("Of Wednesday"),
    "3": N_("Of Thursday"),
    "4": N_("Of Friday"),
    "5": N_("Of Saturday"),
    "6": N_("Of Sunday"),
    ITSELF: N_("Its own, of the Saturday or Sunday that it is"),
}
