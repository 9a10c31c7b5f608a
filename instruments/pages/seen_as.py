"""What an instrument's lab sees when it looks "as a researcher of …": the choice of whom, and what they would be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext

from instruments.errors import Refusal
from instruments.people.rights import Actor
from instruments.people.standing_in import CIRCLES, institutions_to_stand_for
from instruments.rates.views.doors import class_names
from instruments.rates.words import MODE_WORDS
from instruments.reservations.bookable import Bookable
from instruments.reservations.form import typed_span
from instruments.reservations.trial.trying import Price, try_as
from instruments.timespan import Timespan
from instruments.web import formats
from instruments.web.language import chooser
from instruments.web.reasons import by_field, in_full

TIMES = ("day", "from", "until")


@dataclass(frozen=True)
class Tried:
    """A time that was tried: what was typed, in words, and the answer with its prices; reasons: why it would be refused.

    mistyped: sentences by field, where the time cannot be read.
    """

    typed: Mapping[str, str]
    when: str = ""
    answer: str = ""
    reasons: tuple[str, ...] = ()
    prices: tuple[str, ...] = ()
    mistyped: Mapping[str, list[str]] | None = None


def circle_name(circle: str) -> str:
    """Somebody of a circle, as the banner names them."""
    match circle:
        case "lab":
            return gettext("a member of the instrument’s own lab")
        case "institution":
            return gettext("a member of the instrument’s own institution")
        case "partners":
            return gettext("a researcher of another university or institute")
        case _:
            return gettext("somebody of a company")


def choices() -> list[tuple[str, Any]]:
    """Whom one can look as: the circles, then the institutions by name."""
    choose = chooser()
    named = [
        (str(number), choose(english, chinese)) for number, english, chinese in institutions_to_stand_for()
    ]
    return [
        *((circle, circle_name(circle)) for circle in CIRCLES),
        (gettext("A researcher of"), named),
    ]


def name_of(who: str, offered: list[tuple[str, Any]]) -> str:
    """Whom one looks as, in words."""
    if who in CIRCLES:
        return circle_name(who)
    return gettext("a researcher of %(institution)s", institution=dict(offered[-1][1]).get(who, who))


def tried(thing: Bookable, actor: Actor, given: Mapping[str, str], now: datetime) -> Tried:
    """What this person would be told who asks for the time in the fields. Nothing is written."""
    typed = {name: given.get(name, "").strip() for name in TIMES} | {"until_day": given.get("until_day", "")}
    if not any(typed[name] for name in TIMES):
        return Tried(typed)
    try:
        ends = typed_span(typed, thing.calendar)
    except Refusal as refusal:
        return Tried(typed, mistyped=by_field(refusal))
    when = formats.when(Timespan(*ends), thing.calendar.zone.key) if ends[0] < ends[1] else ""
    found = try_as(actor, thing, *ends, now)
    if found.reasons:
        return Tried(typed, when, "", tuple(in_full(reason) for reason in found.reasons))
    words = gettext("They would have to ask the lab.") if found.asks else gettext("They could book it.")
    return Tried(typed, when, words, prices=tuple(_in_words(found.prices, thing)))


def _in_words(prices: Iterable[Price], thing: Bookable) -> Iterator[str]:
    """Each way of use that has a price, and as which class it would cost that."""
    names = class_names(thing.lab_id)
    for mode, key, total in prices:
        yield gettext(
            "%(mode)s: %(price)s (%(who)s)",
            mode=gettext(MODE_WORDS[mode]),
            price=formats.money(total.amount, total.currency),
            who=names.get(key, key),
        )
