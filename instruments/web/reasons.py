"""Turn a reason into the sentence that its reader reads: in their language, on the instrument's wall."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext

from instruments.errors import Reason, Refusal
from instruments.money import Money
from instruments.timespan import Month, Timespan
from instruments.web import formats, wording
from instruments.web.language import is_chinese

DEFAULT_ZONE = "Asia/Shanghai"


def sentence(reason: Reason) -> str:
    """The reason in the reader's language. The value "zone" names the wall that its instants are read on."""
    return gettext(reason.message, **shown(reason.values))


def remedy(reason: Reason) -> str:
    """What to do instead, in the reader's language; empty where the reason itself says it."""
    return gettext(reason.remedy, **shown(reason.values)) if reason.remedy else ""


def in_full(reason: Reason) -> str:
    """The reason and what to do instead."""
    between = "" if is_chinese() else " "
    return sentence(reason) + (between + remedy(reason) if reason.remedy else "")


def shown(values: Mapping[str, object]) -> dict[str, str]:
    """Each value as text for the reader, several as a list."""
    zone = str(values.get("zone", DEFAULT_ZONE))
    found = {
        name: formats.listing([show(each, zone) for each in value])
        if isinstance(value, tuple)
        else show(value, zone)
        for name, value in values.items()
    }
    return {name: wording.unended(text) if name == "reason" else text for name, text in found.items()}


def show(value: object, zone: str = DEFAULT_ZONE) -> str:
    """One value as text: spans, instants, months, days, lengths, money and counts in the reader's forms."""
    match value:
        case Timespan():
            return formats.when(value, zone)
        case datetime():
            return formats.moment(value, zone)
        case date() | Month():
            return formats.month(value.first_day) if isinstance(value, Month) else formats.day(value)
        case time():
            return f"{value:%H:%M}"
        case timedelta():
            return formats.length(value)
        case Reason():
            return sentence(value)
        case Money() | int() | Decimal() if not isinstance(value, bool):
            return _figure(value)
        case _:
            return formats.own_words(str(value))


def _figure(value: Money | int | Decimal) -> str:
    return formats.money(value.amount, value.currency) if isinstance(value, Money) else formats.count(value)


def as_listed(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Reasons as programs read them."""
    return [
        {"code": reason.code, "field": reason.field, "message": in_full(reason), **_fix(reason)}
        for reason in reasons
    ]


@contextmanager
def sent_as(names: Mapping[str, str]) -> Iterator[None]:
    """Let what is refused be about the fields as programs send them, by the names that the acts have for these."""
    try:
        yield
    except Refusal as refusal:
        refusal.reasons = tuple(
            replace(each, field=names.get(each.field or "", each.field)) for each in refusal.reasons
        )
        raise


def as_problem(refusal: Refusal) -> dict[str, Any]:
    """The refusal as the body of an application/problem+json answer (RFC 9457)."""
    title = gettext(refusal.title)
    reasons = as_listed(refusal.reasons)
    return {
        "type": f"urn:instrument-commons:problem:{refusal.reasons[0].code if refusal.reasons else 'refused'}",
        "title": title,
        "status": refusal.status,
        "detail": " ".join(each_once(refusal.reasons)) or title,
        "reasons": reasons,
    }


def each_once(reasons: Sequence[Reason]) -> Iterator[str]:
    """Every sentence once, though two ends may be wrong for it, with each different remedy; of two remedies one of which
    contains the other the fuller."""
    said: dict[str, set[str]] = {}
    whole = {reason.remedy for reason in reasons if reason.remedy}
    for reason in reasons:
        if any(_contains(each, reason.remedy) for each in whole):
            reason = replace(reason, remedy=None)
        words, instead = sentence(reason), remedy(reason)
        if words in said and instead in said[words]:
            continue
        yield instead if words in said else in_full(reason)
        said.setdefault(words, {""}).add(instead)


def _contains(fuller: str, remedy: str | None) -> bool:
    """Whether one remedy says all that another says, and more: "Book less, or choose another time." "Choose another time."
    What names a time, or anything else of its own, is in no other."""
    said = (remedy or "").casefold().rstrip(".")
    return bool(said) and "%(" not in said and fuller != remedy and said in fuller.casefold()


def _fix(reason: Reason) -> dict[str, dict[str, object]]:
    """What would do instead, for programs: instants with the offset of the wall that the reason is read on."""
    zone = ZoneInfo(str(reason.values.get("zone", DEFAULT_ZONE)))
    values = {
        name: value.astimezone(zone).isoformat() if isinstance(value, datetime) else value
        for name, value in reason.fix.items()
    }
    return {"fix": values} if values else {}


def by_field(refusal: Refusal | None) -> dict[str, list[str]]:
    """The sentences by the field they belong to ("" for none), for a form that is shown again."""
    found: dict[str, list[str]] = {}
    for reason in refusal.reasons if refusal else ():
        found.setdefault(reason.field or "", []).append(in_full(reason))
    return found
