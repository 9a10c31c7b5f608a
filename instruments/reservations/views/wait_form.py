"""The form by which one joins the waitlist: read, filled in, and shown again with what was wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import render_template, url_for
from flask_babel import gettext
from sqlalchemy import select

from instruments.availability.opening import midnight
from instruments.catalog.models import InstrumentClass
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, gathered, together
from instruments.funds.knowing import chargeable_on
from instruments.funds.naming import with_code
from instruments.people.models import Institution
from instruments.people.rights import Actor
from instruments.reservations import choices
from instruments.reservations.bookable import Bookable, bookable, bookables
from instruments.reservations.booking import purpose_objections
from instruments.reservations.form import EARLIEST, LATEST, typed_span
from instruments.reservations.paying.typed import payment_fields, typed_payment
from instruments.reservations.paying.usual import usual_fund
from instruments.reservations.payment import NOTHING_SAID
from instruments.reservations.users import user_anywhere, user_typed
from instruments.reservations.views.doors import names_of
from instruments.reservations.waitlist.candidates import Candidates
from instruments.reservations.waitlist.joining import WaitWish, check
from instruments.reservations.waitlist.rules import Wanted, objections
from instruments.reservations.ways_in import ClassLack, WaysIn
from instruments.typed import whole
from instruments.web.language import in_language
from instruments.web.reasons import by_field

FIELDS = {"from": "first", "until": "last", "group": "unit", "for": "user"}
USUAL_DAYS = 7
# What says when and how long, as the form and the rules call it.
OF_TIME = frozenset({"first", "last", "hours", "from", "until"})


class ForClass(NamedTuple):
    """Whom any instrument of a class suits: what Candidates asks about."""

    instrument_id: int | None
    class_code: str
    place_id: int | None


class Asked(NamedTuple):
    """What a form asks for, and for whom."""

    user: Actor
    wish: WaitWish


def read(given: Mapping[str, str], actor: Actor, now: datetime) -> Asked:
    """What the form asks for: an exact span (day, from, until), or hours within days (first, last, hours).

    Raises Refusal with a reason for each field that cannot be read, and with what stands against the rest.
    """
    thing, unread = thing_of(given), list[Reason]()
    user: Actor | None = None
    wanted: Wanted | None = None
    payment = NOTHING_SAID
    with gathered(unread):
        user = _user(given.get("user", ""), thing, actor, now)
    with gathered(unread):
        wanted = _exact(given, thing) if thing and given.get("day") else _within(given, thing, actor, now)
    with gathered(unread):
        payment = typed_payment(given)
    whose = user or actor
    unit = whole(given.get("unit", ""))
    if unit is None and len(whose.group_ids) == 1:
        unit = next(iter(whose.group_ids))
    wish = WaitWish(
        wanted or _any_time(now), thing.id if thing else None, given.get("class") or None,
        whole(given.get("institution", "")), given.get("purpose") or "research", unit, payment,
    )  # fmt: skip
    if unread:
        rest = _against_the_rest(actor, user, wish, now)
        raise Refusal(
            together(unread, (each for each in rest if wanted is not None or each.field not in OF_TIME))
        )
    return Asked(whose, wish)


def _any_time(now: datetime) -> Wanted:
    """Instead of a time that cannot be read."""
    return Wanted(now, now + timedelta(days=USUAL_DAYS), timedelta(hours=1))


def _against_the_rest(actor: Actor, user: Actor | None, wish: WaitWish, now: datetime) -> Sequence[Reason]:
    """What stands against a wish of which something could not be read. Of nobody knows whom, only time and purpose count."""
    if user is None:
        return [*objections(wish.wanted, now), *purpose_objections(wish.purpose)]
    try:
        check(actor, user, wish, now)
    except Refusal as refusal:
        if refusal.status != Refusal.status:
            raise
        return refusal.reasons
    return ()


def _user(text: str, thing: Bookable | None, actor: Actor, now: datetime) -> Actor:
    """Who waits: the person that is named, for this instrument or whichever. Raises Refusal."""
    return user_typed(text, actor, thing, now) if thing else user_anywhere(text, actor, now)


def thing_of(given: Mapping[str, str]) -> Bookable | None:
    """The instrument that the fields name, if they name one. Raises NotFound."""
    number = whole(given.get("instrument", ""))
    return bookable(number) if number is not None else None


def _exact(given: Mapping[str, str], thing: Bookable) -> Wanted:
    start, end = typed_span(given, thing.calendar)
    return Wanted(start, end, end - start)


def _within(given: Mapping[str, str], thing: Bookable | None, actor: Actor, now: datetime) -> Wanted:
    zone, reasons = _zone(thing, actor), list[Reason]()
    first, last = _day(given, "first", reasons), _day(given, "last", reasons)
    hours = _hours(given.get("hours", ""), reasons)
    if reasons and first and last and last < first:
        reasons.append(Reason("until_before_from", "until", N_("The end does not come after the beginning.")))
    if reasons or first is None or last is None:
        raise Refusal(reasons)
    ends = (datetime.fromtimestamp(midnight(day, zone), zone) for day in (first, last + timedelta(days=1)))
    start, end = ends
    return Wanted(max(start, now) if now < end else start, end, hours)


def _zone(thing: Bookable | None, actor: Actor) -> ZoneInfo:
    return thing.calendar.zone if thing else ZoneInfo(actor.zone)


def _city(names: Any, actor: Actor) -> str | None:
    """The city after which the zone is called: the lab's, for a whole class the one where the actor is at home."""
    if names is not None:
        return in_language(names.city_en, names.city_zh) or None
    home = db.session.get(Institution, actor.institution_id)
    if home is None or home.zone != actor.zone:
        return None
    return in_language(home.city_en, home.city_zh) or None


def _day(given: Mapping[str, str], name: str, reasons: list[Reason]) -> date | None:
    try:
        day = date.fromisoformat(given.get(name, "").strip())
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day < LATEST:
        reasons.append(Reason("date", name, N_("Choose a day."), {}, N_("Write it like 2026-11-25.")))
        return None
    return day


def _hours(text: str, reasons: list[Reason]) -> timedelta:
    try:
        hours = Decimal(text.strip().replace(",", "."))
        if 0 < hours < 10_000:
            return timedelta(seconds=round(hours * 3600))
    except InvalidOperation:
        pass
    reasons.append(Reason("hours", "hours", N_("Say how long as a number of hours, like 2 or 1.5.")))
    return timedelta(0)


def page(given: Mapping[str, str], actor: Actor, now: datetime, refusal: Refusal | None = None) -> str:
    """The form, filled in with what was given, else with a week from today."""
    thing = thing_of(given)
    wrong: dict[str, list[str]] = {}
    for field, sentences in (by_field(refusal) if refusal else {}).items():
        wrong.setdefault(FIELDS.get(field, field), []).extend(sentences)
    names = names_of(thing.id) if thing else None
    typed = _typed(given, thing, actor, now)
    try:
        user = _user(typed["user"], thing, actor, now)
    except Refusal:
        user = actor
    return render_template(
        "reservations/wait_form.html",
        what=in_language(names.name_en, names.name_zh) if names else _class_words(given),
        names=names,
        typed=typed,
        whom=in_language(user.name_en, user.name_zh) if user.person_id != actor.person_id else "",
        paying=_paying(given, user, _zone(thing, actor), now),
        wrong=wrong,
        ways_in=_ways_in(given, thing, actor, now),
        class_lack=_class_lack(given, thing, actor, now),
        units=choices.units(user),
        purposes=choices.purposes(),
        zone=_zone(thing, actor).key,
        city=_city(names, actor),
        today=now.astimezone(_zone(thing, actor)).date(),
        back=f"/instruments/{thing.id}" if thing else url_for("pages.search"),
    )


def _ways_in(
    given: Mapping[str, str], thing: Bookable | None, actor: Actor, now: datetime
) -> list[dict[str, Any]]:
    """What the actor lacks for the instrument, if they wait for themselves."""
    if thing is None or given.get("user") not in (None, "", str(actor.person_id)):
        return []
    return WaysIn(actor).by_day(thing, int(now.timestamp()))


def _class_lack(
    given: Mapping[str, str], thing: Bookable | None, actor: Actor, now: datetime
) -> ClassLack | None:
    """What the actor lacks for the class, if they would take any instrument of it."""
    if (
        thing is not None
        or not given.get("class")
        or given.get("user") not in (None, "", str(actor.person_id))
    ):
        return None
    among = of_class(given["class"], whole(given.get("institution", "")))
    return WaysIn(actor).any_of(among, int(now.timestamp()))


def of_class(code: str, place_id: int | None) -> Sequence[Bookable]:
    """The instruments of the class, at the institution or anywhere, that are in service."""
    return Candidates(bookables()).of(ForClass(None, code, place_id))


def _paying(given: Mapping[str, str], user: Actor, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """The funds of whom it is for, the one that is chosen or usual, and what else was said of the payment, which stays so."""
    funds = chargeable_on(user, now.astimezone(zone).date())
    usual = usual_fund(user.person_id, [row.id for row in funds])
    return {
        "options": [(row.id, with_code(row)) for row in funds],
        "chosen": given.get("fund_id", usual or ""),
        "kept": [
            (name, given[name]) for name in payment_fields(given) if name != "fund_id" and given.get(name)
        ],
    }


def _typed(given: Mapping[str, str], thing: Bookable | None, actor: Actor, now: datetime) -> dict[str, str]:
    today = now.astimezone(_zone(thing, actor)).date()
    day = given.get("day", "")
    usual = {
        "first": day or today.isoformat(),
        "last": given.get("until_day") or day or (today + timedelta(days=USUAL_DAYS - 1)).isoformat(),
        "hours": _hours_of(given, thing),
        "purpose": "research",
    }
    kept = ("instrument", "class", "institution", "user", "unit")
    return {
        **{name: given.get(name, "") for name in kept},
        **{name: given.get(name) or value for name, value in usual.items()},
    }


def _hours_of(given: Mapping[str, str], thing: Bookable | None) -> str:
    """How long the exact span is that the fields name; an hour where they name none."""
    if thing is None or not given.get("day"):
        return "1"
    try:
        wanted = _exact(given, thing)
    except Refusal:
        return "1"
    return f"{max(wanted.length, timedelta(0)) / timedelta(hours=1):g}"


def _class_words(given: Mapping[str, str]) -> str:
    kind = db.session.get(InstrumentClass, given.get("class", ""))
    if kind is None:
        sentence = N_("Choose an instrument or a class of instruments first.")
        raise NotFound([Reason("one_thing", None, sentence, {}, N_("The search leads here."))])
    words = gettext("Any of the class %(kind)s", kind=in_language(kind.name_en, kind.name_zh))
    place = whole(given.get("institution", ""))
    home = Institution
    row = db.session.execute(select(home.name_en, home.name_zh).where(home.id == place)).first()
    if row is None:
        return words
    kind_name, place_name = in_language(kind.name_en, kind.name_zh), in_language(row.name_en, row.name_zh)
    return gettext("Any of the class %(kind)s, %(place)s", kind=kind_name, place=place_name)
