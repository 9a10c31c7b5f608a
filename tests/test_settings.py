"""Settings that cannot be used end whatever was starting with a sentence, and what is left out has its default."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import create_app
from instruments.settings import WrongSetting, from_environment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "five thousand"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("TRUSTED_PROXIES", "yes"),
        ("TRUSTED_PROXIES", "-1"),
        ("DATABASE_STATEMENT_SECONDS", "0"),
        ("DATABASE_URL", "mysql://commons"),
        ("DATABASE_URL", "commons.db"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=name):
        from_environment(tmp_path, {name: value})


def test_the_server_ends_with_that_sentence_and_tries_no_further(tmp_path: Path) -> None:
    environment = {**os.environ, "INSTANCE_DIR": str(tmp_path), "CALENDAR_REFRESH_MINUTES": "1"}
    command = [sys.executable, "-m", "instruments.web.serving"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == "CALENDAR_REFRESH_MINUTES is '1', and has to be a whole number from 5 on.\n"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WrongSetting, match="INSTANCE_DIR"):
        from_environment(tmp_path / "file" / "instance", {})


@pytest.mark.parametrize("address", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////dev/null/none.db"])
def test_a_database_that_is_away_is_named_without_its_password(address: str, tmp_path: Path) -> None:
    address = address.replace("nobody@", "nobody:secret@")
    url = from_environment(tmp_path, {"DATABASE_URL": address})["SQLALCHEMY_DATABASE_URI"]
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "INSTANCE_PATH": str(tmp_path), "SECRET_KEY": "tests"})
    result = app.test_cli_runner().invoke(args=["demo", "prepare"])
    assert result.exit_code == 1
    assert "cannot be opened" in result.output and "DATABASE_URL" in result.output
    assert "secret" not in result.output


def test_without_any_setting_everything_has_a_default(tmp_path: Path) -> None:
    settings = from_environment(tmp_path, {})
    assert settings["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{tmp_path / 'commons.db'}"
    assert settings["BASE_URL"] == "http://localhost:5000"
    assert settings["SESSION_COOKIE_SECURE"] is False


def test_the_secret_key_is_kept_and_for_nobody_else_to_read(tmp_path: Path) -> None:
    first, second = from_environment(tmp_path, {}), from_environment(tmp_path, {})
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_an_address_with_https_makes_the_cookies_secure(tmp_path: Path) -> None:
    settings = from_environment(tmp_path, {"BASE_URL": "https://commons.example/"})
    assert settings["BASE_URL"] == "https://commons.example"
    assert settings["SESSION_COOKIE_SECURE"] is True and settings["REMEMBER_COOKIE_SECURE"] is True
