"""The kinds of closure: how each is kept, drawn and said, and the end that nobody knows yet. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.errors import N_

# Busy time of an outside calendar closes like a closure but is kept on its own, so it is none of the kinds kept here.
# How each kind is kept: (what every version of the program knows, what only the newer ones tell apart).
KEPT: Mapping[str, tuple[str, str | None]] = {
    "closed": ("closed", None),
    "maintenance": ("maintenance", None),
    "training": ("closed", "training"),
    "breakdown": ("maintenance", "breakdown"),
}
KINDS = tuple(KEPT)
DETAILS = tuple(detail for _, detail in KEPT.values() if detail)

# 1 January 2200 in UTC seconds, behind every date that a form takes.
END_NOT_KNOWN = 7_258_118_400

WORDS: Mapping[str, str] = {
    "closed": N_("Closed"),
    "maintenance": N_("Maintenance"),
    "training": N_("Training"),
    "breakdown": N_("Out of order"),
    "busy": N_("Busy in the lab’s calendar"),
}
# Of some of an instrument's places only.
PARTLY = N_("%(kind)s, %(units)s of %(capacity)s places")
SOME_CLOSED = N_("%(units)s of %(capacity)s places closed")
SOME_CLOSED_SHORT = N_("%(units)s of %(capacity)s closed")
ICONS: Mapping[str, str] = {
    "closed": "ban",
    "maintenance": "wrench",
    "training": "graduation-cap",
    "breakdown": "triangle-alert",
    "busy": "calendar-sync",
}
# What is drawn with the look of maintenance, each with its own word and icon.
UPKEEP = frozenset({"maintenance", "training", "breakdown"})

_BARE: Mapping[str, str] = {
    "closed": N_("Closed %(span)s."),
    "maintenance": N_("Maintenance %(span)s."),
    "training": N_("Training %(span)s."),
    "breakdown": N_("Out of order %(span)s."),
    "busy": N_("The lab’s own calendar is busy %(span)s."),
}
_REASONED: Mapping[str, str] = {
    "closed": N_("Closed %(span)s: %(reason)s."),
    "maintenance": N_("Maintenance %(span)s: %(reason)s."),
    "training": N_("Training %(span)s: %(reason)s."),
    "breakdown": N_("Out of order %(span)s: %(reason)s."),
}


def is_open(end: int) -> bool:
    """Whether nobody knows yet when this end will be."""
    return end >= END_NOT_KNOWN


def sentence(kind: str, end: int, reason: str) -> str:
    """The English sentence that says of a closure what it is, when (%(span)s, or %(start)s without an end), and why."""
    if is_open(end):
        if reason:
            return N_("Out of order since %(start)s, end not known: %(reason)s.")
        return N_("Out of order since %(start)s, end not known.")
    return (_REASONED if reason else _BARE)[kind]
