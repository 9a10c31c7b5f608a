"""Why the lines of a statement cost what they do, in the reader's words: from what happened over each step to the sum."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from instruments.charges.closing.grounds import grounds
from instruments.charges.closing.seeing import chains
from instruments.money import Money
from instruments.people.customer import WHY
from instruments.rates.kept import reasons_from_json
from instruments.timespan import Timespan
from instruments.web import formats
from instruments.web.reasons import sentence


@dataclass(frozen=True, slots=True)
class Explained:
    """Of one charge: what happened, its steps (amount, sentences), and what it is based on (label, words, more words)."""

    happened: Sequence[str] = ()
    steps: Sequence[tuple[Any, Sequence[str]]] = ()
    based_on: Sequence[tuple[str, str, str]] = ()


NOTHING = Explained()


def explained(charge_ids: Collection[int]) -> dict[int, Explained]:
    """By charge, why it costs that. Two statements, however many there are."""
    lines, rests_on = chains(charge_ids), grounds(charge_ids)
    return {
        number: Explained(
            list(_happened(row)),
            [
                (
                    Money.from_units(each.amount_units, row.currency).amount,
                    [sentence(reason) for reason in reasons_from_json(each.why)],
                )
                for each in lines.get(number, ())
            ],
            list(_based_on(row)),
        )
        for number, row in rests_on.items()
    }


def _happened(row: Any) -> Iterator[str]:
    if row.reserved_from is not None:
        span = Timespan(row.reserved_from, row.reserved_until)
        yield gettext("Reserved %(span)s", span=formats.when(span, row.zone))
    if row.started_at is not None and row.ended_at is not None and row.started_at < row.ended_at:
        span = Timespan(row.started_at, row.ended_at)
        yield gettext("Used %(span)s", span=formats.when(span, row.zone))


def _based_on(row: Any) -> Iterator[tuple[str, str, str]]:
    if row.valid_from is not None:
        since = gettext("in force since %(day)s", day=formats.day(row.valid_from, weekday=False))
        yield gettext("Price"), since, ""
    if why := reasons_from_json(row.why or ()):
        yield gettext("Why this class"), " ".join(sentence(reason) for reason in why), ""
    elif row.customer_class in WHY:
        yield gettext("Why this class"), gettext(WHY[row.customer_class]), ""
    if row.quoted_units is not None:
        quoted = Money.from_units(row.quoted_units, row.currency)
        moment = formats.moment(row.priced_at, row.zone)
        yield gettext("Quote when booked"), formats.money(quoted.amount, quoted.currency), moment
    if row.posted_at is not None:
        yield gettext("Posted"), formats.moment(row.posted_at, row.zone), ""
