"""Checking a reservation against the fullest set of rules, against the same check without any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

from flask import Flask
from sqlalchemy import delete, insert

from bench.booking import somebody
from bench.measuring import NOW, cpu, profile
from bench.report import Result
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.database.transactions import deed
from instruments.people.rights import Actor
from instruments.reservations.bookable import bookables
from instruments.reservations.booking import BookingRequest, check
from instruments.reservations.free import FreeSearch, find_free
from instruments.reservations.models import DatedRules
from instruments.reservations.quota_models import QuotaRow
from instruments.reservations.quotas import HOLDERS, PERIODS

ROUNDS = 300
MOST_MORE = 2
LIMITS = {
    "lab_days": 200, "institution_days": 200, "partners_days": 200, "companies_days": 200, "cutoff_minutes": 60,
    "consecutive_minutes": 44640, "names_seen": "group", "shortest_minutes": 10, "longest_minutes": 44640,
}  # fmt: skip


def measure(_: Flask, database: str) -> list[Result]:
    """Check one wish again and again: on an instrument without such rules, then with all there can be."""
    actor = somebody()
    wanted = _wish(actor)

    def by_check(_: int) -> None:
        check(actor, actor, wanted, NOW)
        db.session.rollback()

    for number in range(20):
        by_check(number)
    without = cpu(by_check, 0, ROUNDS)
    try:
        count = _set_all(wanted.instrument_id)
        for number in range(20):
            by_check(number)
        fullest = cpu(by_check, 0, ROUNDS)
        slow = profile(by_check, 0, 100) if fullest - without > MOST_MORE else ""
    finally:
        _take_away()
    note = f"{without:.2f} ms without, {fullest:.2f} ms with {count} quotas, windows and dates"
    path = "check(): what the fullest set of rules adds, CPU"
    return [Result(path, database, fullest - without, "ms", MOST_MORE, note, profile=slow)]


def _wish(actor: Actor) -> BookingRequest:
    """An hour that is free, or the shortest that can be booked, on an instrument that has no quotas yet."""
    plain = [number for number, thing in bookables().items() if not thing.quotas and not thing.stages]
    since = int((NOW + timedelta(days=3)).timestamp())
    found = find_free(plain, FreeSearch(3600, since, since + 5 * 86_400, 1, actor), NOW).spans[0]
    db.session.rollback()
    start, end = (datetime.fromtimestamp(edge, UTC) for edge in (found.start, found.end))
    return BookingRequest(found.instrument_id, start, end, group_id=min(actor.group_ids, default=None))


def _set_all(instrument_id: int) -> int:
    """Limits for all dates to come, and a quota of every holder and period, by all time and by peak time."""
    thing = bookables()[instrument_id]
    first = (NOW - timedelta(days=30)).date()
    kinds = list(product(HOLDERS, PERIODS, ("", "Mon-Fri 08:00-18:00")))
    with deed():
        db.session.execute(insert(DatedRules).values(instrument_id=instrument_id, valid_from=first, **LIMITS))
        for holder, per, peak in kinds:
            db.session.execute(
                insert(QuotaRow).values(
                    institution_id=thing.institution_id,
                    measured="hours",
                    amount=100_000,
                    per=per,
                    holder=holder,
                    over="catalogue",
                    peak=peak,
                    short_notice_hours=1,
                    valid_from=first,
                )
            )
        raise_catalog()
    return len(kinds)


def _take_away() -> None:
    """Only what was set here: the demonstration's quotas stay far below this amount."""
    with deed():
        db.session.execute(delete(DatedRules).where(DatedRules.lab_days == LIMITS["lab_days"]))
        db.session.execute(delete(QuotaRow).where(QuotaRow.amount == 100_000))
        raise_catalog()
