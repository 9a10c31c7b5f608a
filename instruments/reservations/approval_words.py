"""The rules of approval in the reader's words: for whom, from which length, who decides, and until when."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext

from instruments.people.audience import CIRCLES, admits
from instruments.people.rights import Actor
from instruments.reservations.approval_rules import ApprovalRule
from instruments.reservations.bookable import Bookable
from instruments.web import formats


def circle_words(circle: str) -> str:
    """A circle of people, as the one that asks."""
    match circle:
        case "lab":
            return gettext("the lab itself")
        case "institution":
            return gettext("its institution")
        case "partners":
            return gettext("other universities and institutes")
        case _:
            return gettext("companies")


def rule_in_words(rule: ApprovalRule, audience: str = CIRCLES[-1]) -> str:
    """Who of an audience has to ask, for how long a time, and until when the lab answers; empty for nobody."""
    asked = [circle for circle in CIRCLES if circle in rule.circles and admits(audience, circle)]
    if not asked:
        return ""
    whom = formats.listing([circle_words(circle) for circle in asked])
    if rule.above_minutes:
        length = formats.length(timedelta(minutes=rule.above_minutes))
        who = gettext("The lab approves bookings of %(who)s longer than %(length)s", who=whom, length=length)
    else:
        who = gettext("The lab approves bookings of %(who)s", who=whom)
    return gettext("%(who)s, within %(hours)s", who=who, hours=hours_words(rule.deadline_hours))


def hours_words(hours: int) -> str:
    """A deadline: 24 h."""
    return formats.length(timedelta(hours=hours))


def why_asked(circle: str, above_minutes: int | None, *, by_rule: bool = True) -> str:
    """Why a request needed the lab: the words of the rule as it was then; without one, an operator has to assist."""
    if not by_rule:
        return gettext("Qualified with assistance only: approve it when somebody of the lab will be there")
    who = circle_words(circle)
    if above_minutes:
        length = formats.length(timedelta(minutes=above_minutes))
        return gettext("Bookings of %(who)s longer than %(length)s need approval", who=who, length=length)
    return gettext("Bookings of %(who)s need approval", who=who)


def before_the_click(thing: Bookable, actor: Actor) -> tuple[str, bool]:
    """What the form says of approval to this person, and whether they have to ask whatever the length."""
    rule = thing.approval
    if rule is None or thing.circle_of(actor) not in rule.circles:
        return "", False
    hours = hours_words(rule.deadline_hours)
    if rule.above_minutes:
        length = formats.length(timedelta(minutes=rule.above_minutes))
        words = gettext(
            "Above %(length)s the lab decides: it answers within %(hours)s, at the latest when it starts; "
            "the time is held for you.",
            length=length,
            hours=hours,
        )
        return words, False
    words = gettext(
        "The lab decides: it answers within %(hours)s, at the latest when it starts; the time is held for you.",
        hours=hours,
    )
    return words, True
