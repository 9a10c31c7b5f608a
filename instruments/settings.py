"""What the environment may set, with the defaults of the embedded installation; docs/settings.md says it for people."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

LARGEST_PORT = 65535
DATABASES = ("sqlite", "postgres", "postgresql", "postgresql+psycopg")


class WrongSetting(SystemExit):
    """A setting that cannot be used: whatever was starting ends with this sentence instead of a traceback."""


def from_environment(instance: Path, environment: Mapping[str, str] = os.environ) -> dict[str, object]:
    """Flask settings read from the environment; everything has a default that works on one machine.

    instance: the folder for what this installation keeps (database file, mail, files, secret key).
    """
    _make(instance)
    base_url = environment.get("BASE_URL", f"http://localhost:{port(environment)}").rstrip("/")
    secure = base_url.startswith("https://")
    files = Path(environment.get("FILES_DIR") or instance / "files")
    return {
        "SECRET_KEY": environment.get("SECRET_KEY") or _kept_secret(instance),
        "SQLALCHEMY_DATABASE_URI": database_url(environment.get("DATABASE_URL"), instance),
        "DATABASE_PREPARE": environment.get("DATABASE_PREPARE", "on") != "off",
        "DATABASE_STATEMENT_SECONDS": _number(environment, "DATABASE_STATEMENT_SECONDS", "9", least=1),
        "BASE_URL": base_url,
        "MAIL_URL": environment.get("MAIL_URL", ""),
        "MAIL_FROM": environment.get("MAIL_FROM", "Instrument Commons <noreply@localhost>"),
        "REDIS_URL": environment.get("REDIS_URL", ""),
        "RATELIMIT_STORAGE_URI": environment.get("REDIS_URL") or "memory://",
        "RATELIMIT_ENABLED": environment.get("RATE_LIMITS", "on") != "off",
        "FILES_DIR": str(files),
        "TRUSTED_PROXIES": _number(environment, "TRUSTED_PROXIES", "0"),
        "CALENDAR_REFRESH_MINUTES": _number(environment, "CALENDAR_REFRESH_MINUTES", "30", least=5),
        "CALENDAR_ALLOW": tuple(environment.get("CALENDAR_ALLOW", "").replace(",", " ").split()),
        "FORMS_DIR": environment.get("FORMS_DIR", ""),
        "THRESHOLDS_FILE": environment.get("THRESHOLDS_FILE", ""),
        "PASSWORD_COST": environment.get("PASSWORD_COST", "usual"),
        "SESSION_COOKIE_SECURE": secure,
        "REMEMBER_COOKIE_SECURE": secure,
        "DEMONSTRATION": environment.get("DEMONSTRATION", "") == "on",
    }


def port(environment: Mapping[str, str] = os.environ) -> int:
    """The port to listen on."""
    chosen = _number(environment, "PORT", "5000", least=1)
    if chosen > LARGEST_PORT:
        raise WrongSetting(f"PORT is {chosen}, and ports end at {LARGEST_PORT}.")
    return chosen


def threads(environment: Mapping[str, str] = os.environ) -> int:
    """How many threads a server process has."""
    return _number(environment, "THREADS", "8", least=1)


def _number(environment: Mapping[str, str], name: str, default: str, least: int = 0) -> int:
    given = environment.get(name, default)
    if not given.isdecimal() or int(given) < least:
        raise WrongSetting(f"{name} is {given!r}, and has to be a whole number from {least} on.")
    return int(given)


def database_url(given: str | None, instance: Path) -> str:
    """The database address with the driver named; SQLite in the instance folder without one."""
    if not given:
        return f"sqlite:///{instance / 'commons.db'}"
    if urlsplit(given).scheme not in DATABASES:
        raise WrongSetting("DATABASE_URL has to begin with postgresql:// (or sqlite:///, for a file).")
    for plain in ("postgres://", "postgresql://"):
        if given.startswith(plain):
            return "postgresql+psycopg://" + given.removeprefix(plain)
    return given


def _make(instance: Path) -> None:
    try:
        instance.mkdir(parents=True, exist_ok=True)
        writable = os.access(instance, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise WrongSetting(f"The folder {instance} cannot be written. Name another one in INSTANCE_DIR.")


def _kept_secret(instance: Path) -> str:
    """The secret key made on the first start and kept, so that sessions outlive a restart."""
    path = instance / "secret_key"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()
