"""A price in the reader's words: its lines with their reasons, the class of its payer, and what cancelling costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from flask_babel import gettext

from instruments.errors import Reason
from instruments.money import Money
from instruments.rates.card import LONGER, RESERVED, Rate
from instruments.rates.fees import SECOND_THOUGHTS, FeeRules
from instruments.rates.lines import Line
from instruments.rates.words import CLASS_WORDS, MODE_WORDS
from instruments.timespan import instant
from instruments.web import formats, wording
from instruments.web.language import is_chinese
from instruments.web.reasons import sentence


class ShownLine(NamedTuple):
    """A line as it is read: what it is, why it is so, and what it comes to without its currency."""

    title: str
    detail: str
    amount: str


def money(value: Money) -> str:
    """An amount with its currency."""
    return formats.money(value.amount, value.currency)


def class_words(key: str) -> str:
    """A class of customers; a lab's finer one by what it is."""
    return gettext(CLASS_WORDS[key]) if key in CLASS_WORDS else gettext("A class of the lab’s own")


def mode_words(mode: str) -> str:
    """How an instrument is used."""
    return gettext(MODE_WORDS[mode])


def add_on_price(rate: Rate) -> str:
    """What one more of it costs."""
    price = money(rate.price)
    if rate.unit == "sample":
        return gettext("%(price)s a sample", price=price)
    return gettext("%(price)s each", price=price)


def shown_lines(lines: Iterable[tuple[str, Line]]) -> list[ShownLine]:
    """Each line of (class, line), in its order; the class is named where there is more than one."""
    listed = list(lines)
    several = len({customer_class for customer_class, _ in listed}) > 1
    return [_shown(customer_class if several else "", line) for customer_class, line in listed]


def _shown(customer_class: str, line: Line) -> ShownLine:
    sentences = [sentence(reason) for reason in line.why]
    title = sentences[0].rstrip(".。") if sentences else ""
    details = ([class_words(customer_class)] if customer_class else []) + sentences[1:]
    amount = wording.amount(line.amount.amount, line.amount.currency)
    return ShownLine(title, joined(details), amount)


def joined(sentences: Sequence[str]) -> str:
    """Sentences in a row."""
    return ("" if is_chinese() else " ").join(sentences)


def cancelling(fees: FeeRules, start: int, now: int, zone: str, cutoff: int = 0) -> str:
    """Until when it is free to cancel what begins at `start`, and what it costs afterwards; cutoff: the last so many
    seconds before, in which only the lab can."""
    said = []
    last, free_until = start - cutoff, start - fees.free_hours * 3600
    if cutoff and now > last:
        said.append(gettext("So shortly before it starts only the lab can cancel it."))
    elif fees.late_percent and cutoff and free_until >= last:
        moment = formats.moment(instant(last), zone)
        said.append(gettext("Free to cancel until %(moment)s, then only the lab can.", moment=moment))
    elif fees.late_percent:
        percent = _percent(fees.late_percent)
        if now > free_until:
            minutes = formats.length(timedelta(seconds=SECOND_THOUGHTS))
            sentence_ = gettext(
                "Free to cancel for %(length)s after booking, then %(percent)s of what the time costs.",
                length=minutes,
                percent=percent,
            )
        else:
            sentence_ = gettext(
                "Free to cancel until %(moment)s, then %(percent)s of what the time costs.",
                moment=formats.moment(instant(free_until), zone),
                percent=percent,
            )
        said.append(sentence_)
    else:
        said.append(gettext("Cancelling is free."))
    if fees.no_show_percent:
        words = gettext(
            "Not turning up: %(percent)s of what the time costs.", percent=_percent(fees.no_show_percent)
        )
        said.append(words)
    return joined(said)


def binding(basis: str) -> str:
    """What is fixed when it is booked, by what counts."""
    if basis == RESERVED:
        return gettext("The price is fixed when you book.")
    if basis == LONGER:
        return gettext("The prices are fixed when you book; longer use counts as well.")
    return gettext("The prices are fixed when you book; the time that is used counts.")


def _percent(value: Decimal) -> str:
    number = formats.count(value)
    return f"{number}%"


def sentences_of(reasons: Iterable[Reason]) -> list[str]:
    """Each once, in the reader's language."""
    return list(dict.fromkeys(sentence(reason) for reason in reasons))


def named(fund: Any) -> str:
    """A fund's name in the reader's language."""
    return formats.own_words(fund.name)
