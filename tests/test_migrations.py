"""The migrations: one line of them, up and down on both databases, to exactly what the models say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, make_url

from app import MIGRATIONS, create_app
from instruments.database import db
from tests import postgres
from tests.databases import Database, worker_name


@pytest.fixture
def unmigrated(database: Database, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database of its own, with nothing in it yet."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    if database.kind == "postgresql":
        url = postgres.fresh_database(
            make_url(database.url).set(database="postgres"), f"{worker_name()}_migrations"
        ).render_as_string(hide_password=False)
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "INSTANCE_PATH": str(tmp_path), "SECRET_KEY": "tests"})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def functions() -> list[str]:
    """Functions of ours that the database holds (PostgreSQL), or triggers (SQLite)."""
    question = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if db.engine.dialect.name == "postgresql":
        question = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    with db.engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql(question)]


def test_there_is_one_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_up_down_and_up_again(unmigrated: Flask) -> None:
    flask_migrate.upgrade()
    assert tables() == set(db.metadata.tables)
    flask_migrate.downgrade(revision="base")
    assert (tables(), functions()) == (set(), [])
    flask_migrate.upgrade()
    assert tables() == set(db.metadata.tables)


# SQLite cannot tell an index over expressions; PostgreSQL, in the same test, can.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_models_say_what_the_migrations_made(unmigrated: Flask) -> None:
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, db.metadata)
    assert differences == []
