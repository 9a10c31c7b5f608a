"""Figures of a year: summaries against one scan of the reservations, the dashboard of everything, and the file of it."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select, text

from bench.measuring import NOW, cpu, interleaved, processors, profile
from bench.report import Result
from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.models import Person, RoleGrant
from instruments.people.rights import Role
from instruments.utilization import periods, tasks
from instruments.utilization.kept_dashboards import forget_kept
from instruments.utilization.marking import forget, lock_state
from instruments.utilization.recounting import months_between, recount
from instruments.utilization.sums import Selection, numbers_of, totals
from tests.world import sign_in

SHANGHAI = ZoneInfo("Asia/Shanghai")
YEAR = periods.read("2026")
MONTHS = (202601, 202612)
_SCAN = text(
    "SELECT count(*), sum(ends_at - starts_at) FROM reservation WHERE starts_at >= :first AND starts_at < :last"
)
ALL = "/utilization?of=platform&period=2026"


def measure(app: Flask, database: str) -> list[Result]:
    """Rebuilding, adding up, and what people wait for; in processor time, so that others on the machine do not count."""
    scan = _scan()
    rebuilt, count = _rebuilt()
    times = interleaved({"scan": _scan_once, "totals": _totals}, 20, clock=processors())
    factor = times["totals"] / times["scan"]
    found = [
        Result("working out summaries anew, against one scan of the year", database, rebuilt / scan, "×", 30,
               f"{count:,} summaries of instruments and months in {rebuilt / 1000:.1f} s, scan {scan:.0f} ms",
               profile=_where_it_goes() if rebuilt > 30 * scan else ""),
        Result("the totals of a year, against one scan", database, factor, "×", 1,
               f"scan {times['scan']:.0f} ms, totals {times['totals']:.0f} ms"),
    ]  # fmt: skip
    return [*found, *_pages(app, database)]


def _pages(app: Flask, database: str) -> list[Result]:
    grant = select(RoleGrant.person_id).where(RoleGrant.role == Role.PLATFORM_ADMINISTRATOR)
    person = db.session.get_one(Person, db.session.scalars(grant).first())
    client = app.test_client()
    sign_in(client, person)
    db.session.rollback()

    def asks(address: str) -> Callable[[int], None]:
        def ask(_: int) -> None:
            status = client.get(address).status_code
            db.session.rollback()
            if status != 200:
                raise RuntimeError(f"{address}: {status}")

        return ask

    marks = [
        ("dashboard of everything, a year, warm", asks(ALL), 150, 20),
        ("dashboard of everything, a year, cold", _cold(asks(ALL)), 1500, 5),
        ("dashboard of a lab, a year, cold", _cold(asks("/utilization?of=lab-1&period=2026")), 100, 10),
        (
            "dashboard of an institution, a year, cold",
            _cold(asks("/utilization?of=institution-1&period=2026")),
            100,
            5,
        ),
        (
            "the same, since something was recorded",
            _since_a_deed(asks("/utilization?of=institution-1&period=2026")),
            100,
            5,
        ),
        (
            "table of every instrument, a year",
            asks("/utilization/table?of=platform&period=2026&by=instrument"),
            100,
            5,
        ),
        ("what a group used, a year", asks("/groups/1/utilization?period=2026"), 100, 3),
        ("every instrument as XLSX", asks("/utilization/figures.xlsx?of=platform&period=2026"), 5000, 3),
    ]
    return [_page(name, database, ask, mark, rounds) for name, ask, mark, rounds in marks]


def _cold(ask: Callable[[int], None]) -> Callable[[int], None]:
    def cold(number: int) -> None:
        forget_kept()
        ask(number)

    return cold


def _since_a_deed(ask: Callable[[int], None]) -> Callable[[int], None]:
    """What is kept of the months that nobody touched stays; the page is worked out anew."""

    def anew(number: int) -> None:
        perform(lock_state)
        ask(number)

    return anew


def _page(name: str, database: str, ask: Callable[[int], None], mark: float, rounds: int) -> Result:
    ask(0)
    spent = cpu(ask, 1, rounds)
    return Result(name, database, spent, "ms", mark, profile=profile(ask, 0, rounds) if spent > mark else "")


def _scan() -> float:
    _scan_once(0)
    return min(interleaved({"scan": _scan_once}, 7, clock=processors()).values())


def _scan_once(_: int) -> None:
    first, last = YEAR.seconds(SHANGHAI)
    db.session.execute(_SCAN, {"first": first, "last": last}).one()
    db.session.rollback()


def _totals(_: int) -> None:
    totals(Selection(), MONTHS, NOW)
    db.session.rollback()


def _rebuilt() -> tuple[float, int]:
    """Processor milliseconds, and how many summaries of the year there are."""
    perform(forget)
    clock = processors()
    before = clock()
    tasks.work_out(months_between(*MONTHS), NOW)
    spent = (clock() - before) / 1e6
    # The months around it as well, as the worker has done before anybody looks.
    tasks.keep_up()
    return spent, _count()


def _where_it_goes() -> str:
    """Of as many as the worker takes at once."""
    numbers = numbers_of(Selection())[: tasks.AT_ONCE // 12]
    keys = [(number, month) for number in numbers for month in months_between(*MONTHS)]

    def work(_: int) -> None:
        recount(keys, NOW)
        db.session.rollback()

    return profile(work, 0, 1)


def _count() -> int:
    asked = text("SELECT count(*) FROM utilization_month WHERE month BETWEEN :first AND :last")
    return int(db.session.execute(asked, {"first": MONTHS[0], "last": MONTHS[1]}).scalar_one())
