"""Looking: free search against one scan of the rows it needs, weeks against their raw rows, the first page."""

from __future__ import annotations

import gzip
import random
from datetime import timedelta
from statistics import median, quantiles
from zoneinfo import ZoneInfo

from flask import Flask

from bench import calling, floors
from bench.booking import _separately
from bench.measuring import NOW, cpu, interleaved, processors, profile
from bench.report import Result
from instruments.database import db
from instruments.reservations import timetable, wire
from instruments.search.find import PAGE, earliest
from instruments.search.index import catalog_index
from instruments.search.question import Question
from instruments.timespan import Timespan

WEEK = timedelta(days=7)
ZONE = ZoneInfo("Asia/Shanghai")
QUESTIONS = 60


def search(database: str) -> list[Result]:
    """3 h within 7 days over every instrument, and 60 random questions."""
    index = catalog_index()
    db.session.rollback()
    raw = floors.RawReader()
    first, last = (int(moment.timestamp()) for moment in (NOW, NOW + WEEK))
    question = Question(Timespan(NOW, NOW + WEEK), ZONE, timedelta(hours=3))

    def swept(_: int) -> None:
        _ask(question, index.everything)

    def scanned(_: int) -> None:
        raw.held(index.ids, first, last)

    times = interleaved({"scan": scanned, "search": swept}, 80, clock=processors())
    raw.close()
    factor = times["search"] / times["scan"]
    spent = _random_questions()
    spread = quantiles(spent, n=20)[-1] / median(spent)
    detail = f"scan {times['scan']:.2f} ms, search {times['search']:.2f} ms"
    found = f"median {median(spent):.2f} ms, p95 {quantiles(spent, n=20)[-1]:.2f} ms"
    return [
        Result("free search, all instruments, against one scan", database, factor, "×", 4, detail,
               profile=profile(swept, 0, 40) if factor > 4 else ""),
        Result("60 random questions: p95 against their median", database, spread, "×", 5, found),
    ]  # fmt: skip


def _ask(question: Question, members: int) -> None:
    """As a request does: whether the catalogue has changed, then the search, in a transaction of its own."""
    index = catalog_index()
    earliest(index, members & index.everything, question, None, NOW, PAGE)
    db.session.rollback()


def _random_questions() -> list[float]:
    chance = random.Random(7)
    index = catalog_index()
    classes = sorted(code for code, members in index.by_facet["class"].items() if members.bit_count() >= 5)
    asked = []
    for _ in range(QUESTIONS):
        start = NOW + timedelta(hours=chance.randrange(30 * 24))
        window = Timespan(start, start + timedelta(days=chance.randint(1, 30)))
        length = min(timedelta(hours=chance.choice((1, 2, 3, 4, 8, 12, 24, 48, 96))), window.length)
        chosen = chance.choice((0, 1, 4))
        members = index.any_of("class", chance.sample(classes, chosen)) if chosen else index.everything
        asked.append((Question(window, ZONE, length), members))
    spent: list[list[float]] = [[] for _ in asked]
    clock = processors()
    for _ in range(4):
        for place, (question, members) in enumerate(asked):
            began = clock()
            _ask(question, members)
            spent[place].append((clock() - began) / 1e6)
    return [median(times[1:]) for times in spent]


def weeks(app: Flask, database: str) -> list[Result]:
    """One instrument's week as a request, and the weeks of fifty, serialised."""
    index = catalog_index()
    db.session.rollback()
    chosen = random.Random(3).sample(list(index.ids), 200)
    until = NOW + WEEK
    span = f"from={NOW:%Y-%m-%dT%H:%M:%SZ}&to={until:%Y-%m-%dT%H:%M:%SZ}"

    def one(number: int) -> None:
        address = f"/api/v1/instruments/{chosen[number % len(chosen)]}/calendar?{span}"
        status, _ = _separately(lambda: calling.request(app, "GET", address))
        if status != 200:
            raise RuntimeError(f"no calendar: {status}")

    for number in range(20):
        one(number)
    spent = cpu(one, 0, 400)
    raw = floors.RawReader()
    first, last = (int(moment.timestamp()) for moment in (NOW, until))

    def fifty(number: int) -> list[int]:
        return chosen[number % 4 * 50 : number % 4 * 50 + 50]

    def rows(number: int) -> None:
        raw.held(fifty(number), first, last)

    def serialised(number: int) -> None:
        found = timetable.spans(fifty(number), first, last, NOW)
        wire.encoded([_week(each) for each in found.values()])
        db.session.rollback()

    times = interleaved({"rows": rows, "serialised": serialised}, 200, clock=processors())
    raw.close()
    factor = times["serialised"] / times["rows"]
    detail = f"rows {times['rows']:.2f} ms, serialised {times['serialised']:.2f} ms"
    return [
        Result("one instrument's week, request, CPU", database, spent, "ms", 3, "application and database",
               profile=profile(one, 0, 100) if spent > 3 else ""),
        Result("50 instruments' week, serialised, against their rows", database, factor, "×", 4, detail,
               profile=profile(serialised, 0, 50) if factor > 4 else ""),
    ]  # fmt: skip


def _week(found: timetable.Spans) -> dict[str, object]:
    """One instrument's time as the public contract shows it."""
    zone = found.thing.calendar.zone
    return {
        "instrument_id": found.thing.id,
        "open": wire.spans(found.opened, zone),
        "busy": wire.spans(found.busy, zone),
        "free": wire.spans(found.free, zone),
    }


def first_page(app: Flask, database: str) -> list[Result]:
    """The front page with its facets, for a stranger."""

    def page(_: int) -> bytes:
        status, body = _separately(lambda: calling.request(app, "GET", "/"))
        if status != 200:
            raise RuntimeError(f"no page: {status}")
        return body

    for number in range(10):
        body = page(number)
    spent = cpu(page, 0, 120)
    size = len(body) / 1024
    packed = len(gzip.compress(body)) / 1024
    return [
        Result("first page with facets, CPU", database, spent, "ms", 10, "application and database",
               profile=profile(page, 0, 40) if spent > 10 else ""),
        Result("first page with facets, size", database, size, "kB", 60, f"{packed:.0f} kB compressed"),
    ]  # fmt: skip
