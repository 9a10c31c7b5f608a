"""Fixtures: both databases, the application, its client and commands, a small world, a live server, a browser."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask, has_app_context
from flask.globals import _cv_app
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url

from app import create_app
from instruments.database import db
from instruments.utilization.kept_dashboards import forget_kept
from instruments.utilization.tasks import forget_known
from tests import databases, postgres
from tests.contract import hold_to_contract
from tests.databases import Database
from tests.journal_words import hold_to_words
from tests.world import World

# Monday, 1 March 2027, 08:00 in Shanghai.
NOW = datetime(2027, 3, 1, tzinfo=UTC)
SERVER = pytest.StashKey[URL]()
ENDINGS = pytest.StashKey[contextlib.ExitStack]()

pytest_plugins = ("tests.live",)

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("commons", deadline=None)
hypothesis.settings.load_profile("commons")

hold_to_words()


# --- Both databases -------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=(*databases.KINDS, "both"),
        default="both",
        help="the database to run on while working on a test; everything runs on both before it lands",
    )

    parser.addoption(
        "--pictures",
        action="store_true",
        help="keep what tests/pictures sees as the pictures of the documents",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ENDINGS] = contextlib.ExitStack()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[ENDINGS].close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """One server for all parallel test processes, started by the process that controls them."""
    if node.config.getoption("database") != "sqlite":
        node.workerinput["postgres_url"] = postgres_server(node.config).render_as_string(hide_password=False)


def postgres_server(config: pytest.Config) -> URL:
    """The PostgreSQL of this run, started when first asked for."""
    if given := getattr(config, "workerinput", {}).get("postgres_url"):
        return make_url(given)
    if SERVER not in config.stash:
        config.stash[SERVER] = config.stash[ENDINGS].enter_context(postgres.server())
    return config.stash[SERVER]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that reaches a database runs on each of them."""
    if "database" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("database")
        kinds = databases.KINDS if chosen == "both" else (chosen,)
        metafunc.parametrize("database", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A migrated database of the kind this test runs on; what a test leaves in it, the next does not see."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        made = databases.make_sqlite(folder)
    else:
        made = databases.make_postgresql(postgres_server(request.config), folder, databases.worker_name())
    yield made
    made.close()


# --- The application ------------------------------------------------------------------------------------------------


class SeparateClient(FlaskClient):
    """A client whose requests have a context of their own, as in production: no shared session, no shared `g`.

    What the API answers is held to its OpenAPI document, whichever test asks.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if has_app_context():
            db.session.commit()  # what the test made becomes visible; what it holds is read anew afterwards
        context = contextvars.copy_context()
        context.run(_cv_app.set, None)
        answer = context.run(super().open, *args, **kwargs)
        hold_to_contract(self.application, answer)
        return answer


@pytest.fixture(scope="session")
def application(database: Database) -> Iterator[Flask]:
    """The application on this database, made once; tests take `app`."""
    app = create_app(
        {
            "TESTING": True,
            "SECRET_KEY": "tests",
            "SERVER_NAME": None,
            "SQLALCHEMY_DATABASE_URI": database.url,
            "INSTANCE_PATH": str(database.folder),
            "FILES_DIR": str(database.folder / "files"),
            "WTF_CSRF_ENABLED": False,
            "RATELIMIT_ENABLED": False,
            "PASSWORD_COST": "low",
            "JOBS_IMMEDIATE": True,
        }
    )
    app.test_client_class = SeparateClient
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    yield app
    engine.dispose()


@pytest.fixture
def app(application: Flask, database: Database) -> Iterator[Flask]:
    """The application on an empty database (only the code lists are there), within its context."""
    database.empty()
    # What a process keeps of one database says nothing of the next.
    forget_kept()
    forget_known()
    before = dict(application.config)
    with application.app_context():
        yield application
    application.config.clear()
    application.config.update(before)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a window; `sign_in` signs somebody in."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Runs `flask --app app …` in this process."""
    return app.test_cli_runner()


@pytest.fixture
def now(app: Flask) -> datetime:
    """The moment at which the clock of the application is stopped in this test."""
    app.config["FROZEN_NOW"] = NOW
    return NOW


@pytest.fixture
def world(app: Flask) -> World:
    """Makes institutions, labs, persons, instruments, … with good defaults, committed."""
    return World()


@pytest.fixture
def letters(app: Flask) -> Iterator[Path]:
    """The folder into which mail is written, empty at first."""
    folder = Path(app.instance_path) / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    for letter in folder.iterdir():
        letter.unlink()
    return folder


class Statements(list[str]):
    """The statements sent to the database while it listened."""


@pytest.fixture
def statements(app: Flask) -> Iterator[Statements]:
    """Records every statement sent to the database in this test; `clear()` it before what is measured."""
    seen = Statements()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)
