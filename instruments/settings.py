"""What the environment may set, with the defaults of the embedded installation; docs/settings.md says it for people."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path


def from_environment(instance: Path, environment: Mapping[str, str] = os.environ) -> dict[str, object]:
    """Flask settings read from the environment; everything has a default that works on one machine.

    instance: the folder for what this installation keeps (database file, mail, files, secret key).
    """
    base_url = environment.get("BASE_URL", f"http://localhost:{environment.get('PORT', '5000')}").rstrip("/")
    secure = base_url.startswith("https://")
    files = Path(environment.get("FILES_DIR") or instance / "files")
    return {
        "SECRET_KEY": environment.get("SECRET_KEY") or _kept_secret(instance),
        "SQLALCHEMY_DATABASE_URI": database_url(environment.get("DATABASE_URL"), instance),
        "DATABASE_PREPARE": environment.get("DATABASE_PREPARE", "on") != "off",
        "DATABASE_STATEMENT_SECONDS": int(environment.get("DATABASE_STATEMENT_SECONDS", "9")),
        "BASE_URL": base_url,
        "MAIL_URL": environment.get("MAIL_URL", ""),
        "MAIL_FROM": environment.get("MAIL_FROM", "Instrument Commons <noreply@localhost>"),
        "REDIS_URL": environment.get("REDIS_URL", ""),
        "RATELIMIT_STORAGE_URI": environment.get("REDIS_URL") or "memory://",
        "RATELIMIT_ENABLED": environment.get("RATE_LIMITS", "on") != "off",
        "FILES_DIR": str(files),
        "TRUSTED_PROXIES": int(environment.get("TRUSTED_PROXIES", "0")),
        "PASSWORD_COST": environment.get("PASSWORD_COST", "usual"),
        "SESSION_COOKIE_SECURE": secure,
        "REMEMBER_COOKIE_SECURE": secure,
        "DEMONSTRATION": environment.get("DEMONSTRATION", "") == "on",
    }


def database_url(given: str | None, instance: Path) -> str:
    """The database address with the driver named; SQLite in the instance folder without one."""
    if not given:
        return f"sqlite:///{instance / 'commons.db'}"
    for plain in ("postgres://", "postgresql://"):
        if given.startswith(plain):
            return "postgresql+psycopg://" + given.removeprefix(plain)
    return given


def _kept_secret(instance: Path) -> str:
    """The secret key made on the first start and kept, so that sessions outlive a restart."""
    instance.mkdir(parents=True, exist_ok=True)
    path = instance / "secret_key"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()
