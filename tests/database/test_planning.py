"""The planner of the database is told of rows that came after it was last told, by the clock."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from instruments.database import db
from instruments.database.planning import LOOKED_AT
from instruments.web import tasks
from tests.world import World


def told() -> list[str]:
    """What SQLite's planner was told of persons, index by index."""
    if not db.session.scalar(text("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")):
        return []
    return list(db.session.scalars(text("SELECT stat FROM sqlite_stat1 WHERE tbl = 'person'")))


def test_the_planner_is_told_of_rows_that_came(app: Flask, world: World) -> None:
    home = world.institution()
    for _ in range(3):
        world.person(home)
    tasks.tell_planner()
    if db.engine.dialect.name == "postgresql":
        # It looks by itself; the sweep leaves it alone.
        assert db.session.scalar(text("SELECT count(*) FROM person")) == 3
        return
    before = told()
    assert before and {int(stat.split()[0]) for stat in before} <= {0, 1, 2, 3}
    for _ in range(20):
        world.person(home)
    tasks.tell_planner()
    assert max(int(stat.split()[0]) for stat in told()) == 23
    limit = db.session.connection().exec_driver_sql("PRAGMA analysis_limit").scalar_one()
    assert limit in (0, LOOKED_AT)


def test_the_clock_tells_it() -> None:
    assert tasks.tell_planner in [sweep for _, sweep in tasks.SWEEPS]
