"""Stop-watches: interleaved medians, CPU of this process and of the database's, and profiles."""

from __future__ import annotations

import cProfile
import gc
import io
import pstats
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from sqlalchemy import text

from instruments.database import db

# Monday, 1 March 2027, 09:00 in Shanghai: the day the demonstration is loaded for.
NOW = datetime(2027, 3, 1, 1, tzinfo=UTC)

Try = Callable[[int], object]
Clock = Callable[[], int]


def interleaved(
    tries: Mapping[str, Try], rounds: int, warm: int = 5, clock: Clock = time.perf_counter_ns
) -> dict[str, float]:
    """The median milliseconds of each try, taken in turns so that what disturbs one disturbs all.

    Each try gets the number of the round; the first `warm` rounds are not counted. clock: the wall's, where
    a commit waits for the disk; the processors' (see `processors`) where nothing else is waited for.
    """
    taken: dict[str, list[float]] = {name: [] for name in tries}
    gc.collect()
    for number in range(rounds + warm):
        for name, attempt in tries.items():
            began = clock()
            attempt(number)
            if number >= warm:
                taken[name].append((clock() - began) / 1e6)
    return {name: median(times) for name, times in taken.items()}


def cpu(attempt: Try, first: int, rounds: int) -> float:
    """CPU milliseconds of one try: this process and the database's own, on average over many."""
    clock = processors()
    gc.collect()
    before = clock()
    for number in range(first, first + rounds):
        attempt(number)
    return (clock() - before) / rounds / 1e6


def processors() -> Clock:
    """A clock that runs only while this process, or the database for it, does: others on the machine do not wind it."""
    backends = _backends()
    return lambda: time.process_time_ns() + sum(map(_used, backends))


def profile(attempt: Try, first: int, rounds: int, lines: int = 14) -> str:
    """Where the time of a try goes: the functions with most time of their own."""
    profiler = cProfile.Profile()
    profiler.enable()
    for number in range(first, first + rounds):
        attempt(number)
    profiler.disable()
    out = io.StringIO()
    pstats.Stats(profiler, stream=out).sort_stats("cumulative").print_stats(lines * 2)
    pstats.Stats(profiler, stream=out).sort_stats("tottime").print_stats(lines)
    root = str(Path(__file__).parent.parent)
    return "\n".join(
        line.replace(root + "/", "")
        for line in out.getvalue().splitlines()
        if line.strip() and "Ordered" not in line
    )


def without_time_limit() -> None:
    """Let what the bench itself writes take its time on PostgreSQL, until this transaction ends."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL statement_timeout = 0"))


def _backends() -> list[int]:
    """The processes of PostgreSQL that serve this application; none on SQLite, which runs in ours."""
    if db.engine.dialect.name != "postgresql":
        return []
    question = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    rows = db.session.scalars(text(question)).all()
    db.session.rollback()
    return list(rows)


def _used(process: int) -> int:
    """Nanoseconds that a process has run on a processor; 0 where Linux does not tell."""
    with suppress(OSError, ValueError):
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[0])
    return 0
