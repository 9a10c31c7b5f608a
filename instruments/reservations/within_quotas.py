"""Whether a wish stays within the quotas that apply to it, and what is left of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Reason
from instruments.people.models import Institution, Person, ResearchGroup
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable
from instruments.reservations.counting import Holders, Used, used
from instruments.reservations.quota_words import amount_of, in_words
from instruments.reservations.quotas import Period, Quota, later_periods, periods, shifted
from instruments.reservations.scene import Wish
from instruments.reservations.who_asks import Asking
from instruments.timespan import Pair, instant


class Left(NamedTuple):
    """A quota that applies to somebody, and what of one of its periods is used."""

    quota: Quota
    period: Period
    used: int

    @property
    def left(self) -> int:
        """What may still be held, in what it is measured in."""
        return max(self.quota.most - self.used, 0)


def lock_holders(asking: Asking, thing: Bookable) -> None:
    """Take the locks under which quotas are counted, after those of the instruments: institution, group, person."""
    lock_all_holders([(_holders(asking), thing)])


def lock_all_holders(wanted: Iterable[tuple[Holders, Bookable]]) -> None:
    """The same for a deed on reservations of several: all at once and ascending, before the first of them is touched.

    Each kind is its own statement before the check. SQLite has one writer, who holds the lock already.
    """
    if db.engine.dialect.name == "sqlite":
        return
    numbers: dict[str, set[int]] = {}
    for holders, thing in wanted:
        for kind in {holders.of(quota) for quota in thing.quotas}:
            numbers.setdefault(kind, set()).add(getattr(holders, kind))
    for kind, table in (("institution", Institution), ("group", ResearchGroup), ("person", Person)):
        if kind in numbers:
            mine = select(table.id).where(table.id.in_(numbers[kind])).order_by(table.id)
            db.session.execute(mine.with_for_update(key_share=True))


def within_quotas(asking: Asking, thing: Bookable, wish: Wish, now: int) -> Iterator[Reason]:
    """Against a wish that takes more than is left. One statement; one more when it does."""
    held_to = applying(thing, asking.user)
    made = asking.made if asking.made is not None else now
    zone = thing.calendar.zone
    wanted = [
        (quota, period)
        for quota in held_to
        if not quota.is_exempt(wish.start, made)
        for period in periods(quota, wish, zone, now)
        if quota.taken_by(wish, period.parts)
    ]
    if not wanted:
        return
    found = _with_besides(asking, wanted, used(wanted, thing, _holders(asking), asking.apart_from), made)
    told = set()
    for (quota, period), each in zip(wanted, found, strict=True):
        if quota.id not in told and each.of(quota) + quota.taken_by(wish, period.parts) > quota.most:
            told.add(quota.id)
            yield _reason(asking, thing, wish, now, quota, period, each)


def with_room(asking: Asking, thing: Bookable, spans: Sequence[Pair], now: int) -> list[Pair]:
    """Those of these spans, each by itself, for which every quota has room. One statement however many they are, and none
    where no quota applies."""
    held_to, zone = applying(thing, asking.user), thing.calendar.zone
    made = asking.made if asking.made is not None else now
    taken = {
        span: [
            (quota, period)
            for quota in held_to
            if not quota.is_exempt(span[0], made)
            for period in periods(quota, span, zone, now)
            if quota.taken_by(span, period.parts)
        ]
        for span in spans
    }
    wanted = list(dict.fromkeys(each for found in taken.values() for each in found))
    counted = used(wanted, thing, _holders(asking), asking.apart_from)
    held = dict(zip(wanted, _with_besides(asking, wanted, counted, made), strict=True))
    return [
        span
        for span in spans
        if all(
            held[quota, period].of(quota) + quota.taken_by(span, period.parts) <= quota.most
            for quota, period in taken[span]
        )
    ]


def _with_besides(
    asking: Asking, wanted: Sequence[tuple[Quota, Period]], found: Sequence[Used], made: int
) -> list[Used]:
    """What is used with the spans that count as held already; every quota of an instrument counts what is held of it."""
    counted = []
    for (quota, period), each in zip(wanted, found, strict=True):
        for span in asking.besides:
            each = each if quota.is_exempt(span[0], made) else each.with_one(span, period.parts)
        counted.append(each)
    return counted


def what_is_left(
    user: Actor, group_id: int | None, thing: Bookable, now: int, span: Pair | None = None
) -> list[Left]:
    """What is left of each quota that applies to this person in every period that a span touches (the present one
    without a span). One statement."""
    wanted = [
        (quota, period)
        for quota in applying(thing, user)
        for period in periods(quota, span or (now, now + 1), thing.calendar.zone, now)
    ]
    if not wanted:
        return []
    found = used(wanted, thing, Holders(user.person_id, group_id, user.institution_id))
    return [Left(*each, used=held.of(each[0])) for each, held in zip(wanted, found, strict=True)]


def scarcest(held: Iterable[Left]) -> list[Left]:
    """Of each quota the period of which least is left."""
    found: dict[int, Left] = {}
    for each in held:
        if each.quota.id not in found or each.left < found[each.quota.id].left:
            found[each.quota.id] = each
    return list(found.values())


def applying(thing: Bookable, user: Actor) -> list[Quota]:
    """The quotas of an instrument that this person is held to, now or on other dates."""
    if not thing.quotas:
        return []
    circle = thing.circle_of(user)
    return [quota for quota in thing.quotas if quota.holds_for(circle)]


def _holders(asking: Asking) -> Holders:
    return Holders(asking.user.person_id, asking.group_id, asking.user.institution_id)


def _reason(
    asking: Asking, thing: Bookable, wish: Wish, now: int, quota: Quota, period: Period, held: Used
) -> Reason:
    left = max(quota.most - held.of(quota), 0)
    values: dict[str, object] = {
        "quota": in_words(quota), "zone": thing.calendar.zone.key,
        "used": amount_of(quota, held.of(quota)), "left": amount_of(quota, left),
        "wanted": amount_of(quota, quota.taken_by(wish, period.parts)),
        # Not said, but what it is over is offered nowhere else; over each instrument by itself it leaves the others.
        "exhausted": 0 if quota.over == "instrument" else quota.id,
    }  # fmt: skip
    sentence = N_("The quota is %(quota)s: %(used)s used, %(left)s left; this takes %(wanted)s.")
    shorter = _shorter(thing, wish, quota, period, left)
    if shorter is not None:
        fix = {"end": instant(shorter)}
        return Reason("quota", "end", sentence, {**values, **fix}, N_("End at %(end)s."), fix)
    remedy, more, fix = _room_again(asking, thing, wish, now, quota, period, held)
    return Reason("quota", "start", sentence, {**values, **more}, remedy, fix)


def _shorter(thing: Bookable, wish: Wish, quota: Quota, period: Period, left: int) -> int | None:
    """The end to which what is left suffices, if that is a reservation."""
    if quota.measured != "hours" or not any(a <= wish.start and wish.end <= b for a, b in period.parts):
        return None
    rules = thing.rules_at(wish.start)
    end = thing.grid.down(wish.start + left)
    return end if rules.shortest <= end - wish.start < wish.end - wish.start else None


def _room_again(
    asking: Asking, thing: Bookable, wish: Wish, now: int, quota: Quota, period: Period, held: Used
) -> tuple[str, dict[str, object], dict[str, object]]:
    """When there is room for it again, in words, and with the same times then as the fix."""
    zone = thing.calendar.zone
    if quota.per == "future":
        if held.first_end is None:
            return N_("Book less, or ask the lab."), {}, {}
        sentence = N_(
            "There is room again when some of it is over or cancelled; the first ends %(first_end)s."
        )
        return sentence, {"first_end": instant(held.first_end)}, {}
    coming = later_periods(quota, period.last, zone)
    if not coming:
        # The quota, or its season, ends within this period: from then on nothing counts.
        return N_("There is room again from %(again)s."), {"again": instant(period.parts[-1][1])}, {}
    later = [(quota, each) for each in coming]
    counted = used(later, thing, _holders(asking), asking.apart_from)
    counted = _with_besides(asking, later, counted, asking.made if asking.made is not None else now)
    for each, there in zip(coming, counted, strict=True):
        span = shifted(wish, each.first, zone, quota.per)
        takes = quota.taken_by(span, each.parts)
        if there.of(quota) + takes <= quota.most and takes:
            return _offered(thing, asking, span, each, now)
    return N_("Book less, or ask the lab."), {}, {}


def _offered(
    thing: Bookable, asking: Asking, span: Pair, period: Period, now: int
) -> tuple[str, dict[str, object], dict[str, object]]:
    values: dict[str, object] = {"again": instant(period.first)}
    rules = thing.rules_at(span[0])
    if span[0] > rules.latest(now, thing.calendar.zone, thing.circle_of(asking.user)):
        return N_("There is room again from %(again)s."), values, {}
    fix: dict[str, object] = {"start": instant(span[0]), "end": instant(span[1])}
    return N_("There is room again from %(again)s."), values, fix
