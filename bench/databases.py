"""The databases that are measured: the demonstration at full size, loaded once and kept for the next run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from apiflask import APIFlask
from sqlalchemy.engine import URL

from app import create_app
from bench.measuring import NOW
from bench.planting import plant
from instruments.database import db
from instruments.demo import loading
from tests import postgres

ROOT = Path(__file__).parent.parent
KEPT = ROOT / "instance" / "bench"


@contextmanager
def opened(kind: str, instruments: int, reservations: int, planted: int = 0) -> Iterator[APIFlask]:
    """The application, its clock stopped, on a database of this kind ("sqlite" or "postgresql") and size."""
    name = f"bench_{instruments}_{reservations}" + (f"_{planted}" if planted else "")
    with _server(kind) as server:
        url = str(KEPT / f"{name}.db") if server is None else server
        address = f"sqlite:///{url}" if server is None else _database(server, name)
        app = create_app(
            {
                "SECRET_KEY": "bench",
                "SQLALCHEMY_DATABASE_URI": address,
                "SQLALCHEMY_ENGINE_OPTIONS": {} if server is None else {"pool_size": 2},
                "INSTANCE_PATH": str(KEPT),
                "FROZEN_NOW": NOW,
                "RATELIMIT_ENABLED": False,
            }
        )
        is_new = _fill(address, instruments, reservations, app)
        with app.app_context():
            if is_new and planted:
                plant(planted)
            _settle()
            yield app
            db.session.remove()
            db.engine.dispose()


@contextmanager
def _server(kind: str) -> Iterator[URL | None]:
    KEPT.mkdir(parents=True, exist_ok=True)
    if kind == "sqlite":
        yield None
        return
    with postgres.server(durable=True, kept=_cluster_folder()) as url:
        yield url


def _cluster_folder() -> Path:
    """Where the cluster is kept; as root it must be a folder that an unprivileged account can enter."""
    folder = KEPT / "postgresql"
    if os.geteuid() != 0:
        return folder
    account = pwd.getpwnam("nobody")
    KEPT.chmod(0o755)
    entered = subprocess.run(["test", "-x", KEPT], check=False, user=account.pw_uid, extra_groups=[])
    if entered.returncode:
        folder = Path("/var/tmp/instrument-commons-bench")  # noqa: S108 - made for us and kept on purpose
    folder.mkdir(exist_ok=True)
    shutil.chown(folder, account.pw_uid, account.pw_gid)
    return folder / "data"


def _database(server: URL, name: str) -> str:
    with psycopg.connect(postgres.dsn(server), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    return server.set(database=name).render_as_string(hide_password=False)


def _fill(address: str, instruments: int, reservations: int, app: APIFlask) -> bool:
    """Migrate, and load the demonstration where there is none yet, by the commands that people use; whether it was loaded."""
    environment = {**os.environ, "DATABASE_URL": address, "DATABASE_STATEMENT_SECONDS": "900"}
    flask = [sys.executable, "-m", "flask", "--app", "app"]
    subprocess.run([*flask, "db", "upgrade"], cwd=ROOT, env=environment, check=True, capture_output=True)
    with app.app_context():
        loaded = not loading.is_empty()
        db.session.remove()
        db.engine.dispose()
    if loaded:
        return False
    load = ["demo", "load", "--date", NOW.date().isoformat()]
    sizes = ["--instruments", str(instruments), "--reservations", str(reservations)]
    subprocess.run([*flask, *load, *sizes], cwd=ROOT, env=environment, check=True, stdout=sys.stderr)
    return True


def _settle() -> None:
    """Let the planner know the tables, as it does in a database that has lived for a day."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            # A million rows take longer than anybody who looks at a page is made to wait.
            connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("ANALYZE")
