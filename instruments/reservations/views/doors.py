"""What the doors of reservations share: the blueprint, and refusals as pages show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint
from flask_babel import gettext
from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import Reason, Refusal
from instruments.people.models import Institution, Lab
from instruments.people.rights import Actor
from instruments.reservations.alternatives import Moving, alternatives
from instruments.reservations.asking import has_to_ask_for
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.form import can_say, prefilled
from instruments.reservations.length_words import length_words
from instruments.reservations.scene import Wish
from instruments.reservations.ways_in import way_in
from instruments.timespan import Pair, Timespan, instant
from instruments.web import formats, reasons
from instruments.web.language import in_language, is_chinese

pages = Blueprint("reservations", __name__)


def names_of(instrument_id: int) -> Any:
    """The names of an instrument, its lab (with its city) and its institution: one row."""
    thing, lab, home = Instrument, Lab, Institution
    return db.session.execute(
        select(
            thing.id,
            thing.name_en,
            thing.name_zh,
            lab.id.label("lab_id"),
            lab.name_en.label("lab_en"),
            lab.name_zh.label("lab_zh"),
            lab.city_en,
            lab.city_zh,
            home.id.label("institution_id"),
            home.name_en.label("institution_en"),
            home.name_zh.label("institution_zh"),
        )
        .join(lab, lab.id == thing.lab_id)
        .join(home, home.id == thing.institution_id)
        .where(thing.id == instrument_id)
    ).one()


def shown_reasons(refusal: Refusal, wish: Wish, zone: str) -> list[dict[str, Any]]:
    """The reasons for the panel of a refusal: title, detail, and what a fix would send (each fix once)."""
    offered: list[Mapping[str, str]] = []
    shown = []
    titles = [reasons.sentence(reason) for reason in refusal.reasons]
    for reason, title in zip(refusal.reasons, titles, strict=True):
        fields = _fixed(reason, wish, zone)
        fix = None
        if fields and fields not in offered:
            offered.append(fields)
            fix = {"words": fix_words(reason, wish, zone), "fields": fields}
        elif "ask" in reason.fix:
            fix = way_in(reason)
        if titles.count(title) > 1:
            title = _labelled(reason.field, title)
        shown.append({"title": title, "detail": reasons.remedy(reason), "fix": fix})
    return shown


def _labelled(field: str | None, sentence: str) -> str:
    """The sentence with the field that it is about, where another field has the same."""
    labels = {
        "from": gettext("From"), "start": gettext("From"), "until": gettext("Until"), "end": gettext("Until"),
        "day": gettext("Day"), "until_day": gettext("Last day"),
    }  # fmt: skip
    return f"{labels[field]}{gettext(': ')}{sentence}" if field in labels else sentence


def _fixed(reason: Reason, wish: Wish, zone: str) -> dict[str, str]:
    """The day and times as the fix would have them; empty where there is none, or it would turn the span around."""
    span = _fixed_span(reason, wish)
    return prefilled(span, zone) if span is not None and can_say(span, zone) else {}


def _fixed_span(reason: Reason, wish: Wish) -> Timespan | None:
    start, end = reason.fix.get("start"), reason.fix.get("end")
    if not isinstance(start, datetime) and not isinstance(end, datetime):
        return None
    first = start if isinstance(start, datetime) else instant(wish.start)
    last = end if isinstance(end, datetime) else instant(wish.end)
    return Timespan(first, last) if first < last else None


def fix_words(reason: Reason, wish: Wish, zone: str) -> str:
    """What the button of a fix says."""
    span = _fixed_span(reason, wish)
    if span is None:
        return ""
    same_start, same_end = span.seconds[0] == wish.start, span.seconds[1] == wish.end
    if reason.code == "too_long" and same_start:
        return gettext("Shorten to %(length)s", length=formats.length(span.length))
    if reason.code == "too_short" and same_start:
        return gettext("Lengthen to %(length)s", length=formats.length(span.length))
    if same_end:
        return gettext("Start at %(time)s", time=f"{formats.local(span.start, zone):%H:%M}")
    if same_start:
        return gettext("End at %(time)s", time=f"{formats.local(span.end, zone):%H:%M}")
    return gettext("Take %(time)s", time=formats.when(span, zone))


def offers(
    thing: Bookable,
    wish: Wish,
    user: Actor,
    now: datetime,
    refusal: Refusal,
    address: str = "/instruments/{}/reservations",
    moving: Moving | None = None,
    booker: Actor | None = None,
) -> list[tuple[str, list[dict[str, Any]]]]:
    """What could be had instead, for the panel: the same instrument's nearest times, and others of its kind then."""
    instead = alternatives(thing.id, wish, user, now, refusal.reasons, moving, booker)
    zone = thing.calendar.zone.key
    same = [
        _offer(
            each,
            length_words(each, wish.end - wish.start),
            zone,
            address.format(thing.id),
            "",
            _asks(thing, user, each),
        )
        for each in instead.nearest
        if can_say(Timespan.from_seconds(*each), zone)
    ]
    known = bookables()
    comma = "，" if is_chinese() else ", "
    others = [
        _offer(
            each,
            comma.join((in_language(row.name_en, row.name_zh), _place(row, known[row.id], thing))),
            known[row.id].calendar.zone.key,
            f"/instruments/{row.id}/reservations",
            in_language(row.name_en, row.name_zh),
            _asks(known[row.id], user, each),
        )
        for row, each in instead.others
    ]
    length = formats.length(Timespan.from_seconds(*instead.others[0][1]).length) if instead.others else ""
    return [
        (gettext("This instrument, rules met"), same),
        (gettext("The same kind of instrument elsewhere, %(length)s at the time you asked for", length=length), others),
    ]  # fmt: skip


def _place(row: Any, other: Bookable, thing: Bookable) -> str:
    """Where another instrument stands: its lab within the same institution, where many have the same name, else that."""
    if other.institution_id == thing.institution_id:
        return in_language(row.lab_en, row.lab_zh)
    return in_language(row.institution_en, row.institution_zh)


def _asks(thing: Bookable, user: Actor, pair: Pair) -> str | None:
    """The words of a button that asks; None where it books."""
    return gettext("Ask the lab") if has_to_ask_for(thing, user, pair) else None


def _offer(
    pair: Pair, what: str, zone: str, action: str, name: str, words: str | None = None
) -> dict[str, Any]:
    span = Timespan.from_seconds(*pair)
    return {
        "time": formats.when(span, zone),
        "own_time": formats.own_time(span, zone),
        "what": what,
        "name": name,
        "address": action,
        "fields": prefilled(span, zone),
        "words": words,
    }


def by_form_field(refusal: Refusal) -> dict[str, list[str]]:
    """The sentences by the field of the form that they belong to."""
    names = {"start": "from", "end": "until", "for": "user", "group": "unit"}
    found: dict[str, list[str]] = {}
    for field, sentences in reasons.by_field(refusal).items():
        found.setdefault(names.get(field, field), []).extend(sentences)
    return found


def version_again(refusal: Refusal, sent: int, present: Callable[[], int]) -> int:
    """The version with which a refused form is shown again: the one it was sent with, or what others made meanwhile.

    Raises a refusal that is not about what the form says.
    """
    db.session.rollback()
    if refusal.status not in (412, 422):
        raise refusal
    return present() if refusal.status == 412 else sent


def kept_fields(given: Mapping[str, str], names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What was typed into these fields, to send it again."""
    return ((name, given[name]) for name in names if given.get(name))
