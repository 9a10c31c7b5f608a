"""The rules of the house that no linter knows; each was seen to fail on a planted fault."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "instruments"
LONGEST_FILE = 400
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "service", "services", "manager"}
DOORS = {"views", "api", "commands", "tasks"}
# Signing in by session or by token happens before any door is reached.
SIGNING = {"people/signing.py", "people/bearer.py"}
# The ground floor binds the framework to the house, and `pages` is nothing but a door.
WEB_FILES = ("web/", "database/", "mail/", "jobs/", "pages/", "migrations/", *SIGNING)
HTTP = {"flask", "werkzeug", "apiflask", "flask_login", "flask_wtf", "flask_limiter"}
IMPURE = HTTP | {"sqlalchemy", "flask_sqlalchemy", "flask_babel", "psycopg", "sqlite3"}
GROUND = {"web", "database", "journal", "jobs", "mail"}


def python_files(folder: Path = ROOT) -> list[Path]:
    """Our own Python files in a folder."""
    skipped = {".venv", "node_modules", "instance"}
    return [path for path in sorted(folder.rglob("*.py")) if not skipped & set(path.relative_to(ROOT).parts)]


def own_files() -> list[Path]:
    """Every file of ours that has a length: code, pages, styles and scripts."""
    places = [ROOT / name for name in ("instruments", "templates", "tests", "bench", ".ci")]
    found = [
        path
        for place in places
        for path in place.rglob("*")
        if path.suffix in {".py", ".html", ".js", ".css"}
    ]
    return found + [path for path in (ROOT / "static").glob("*.*") if path.suffix in {".js", ".css"}]


@cache
def tree(path: Path) -> ast.Module:
    """A file, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"))


def short(path: Path) -> str:
    """The path as the reader knows it."""
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of each module that a file imports."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


def is_door(path: Path) -> bool:
    """Whether the file is a door: views.py, api.py, commands.py, tasks.py, or in a package of that name."""
    return bool(DOORS & {path.stem, *path.relative_to(HOUSE).parts})


def pure_files() -> list[Path]:
    """The files that pyproject.toml lists as pure."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]["files"]
    return [ROOT / name for name in listed]


# --- Files ----------------------------------------------------------------------------------------------------------


def test_no_file_is_too_long() -> None:
    lengths = {short(path): len(path.read_text(encoding="utf-8").splitlines()) for path in own_files()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [short(path) for path in own_files() if path.stem in FORBIDDEN_NAMES] == []


def test_every_file_says_what_it_is_for() -> None:
    assert [short(path) for path in python_files() if not ast.get_docstring(tree(path))] == []


# --- Roles of files ---------------------------------------------------------------------------------------------------


def test_only_doors_commit() -> None:
    found = [
        f"{short(path)}:{node.lineno}"
        for path in python_files(HOUSE)
        if not is_door(path)
        and not path.relative_to(HOUSE).as_posix().startswith(("database/", "web/", "migrations/", *SIGNING))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr == "commit")
            or (isinstance(node.func, ast.Name) and node.func.id in {"deed", "perform"})
        )
    ]
    assert found == []


def test_http_is_spoken_at_doors_only() -> None:
    found = [
        f"{short(path)}:{line} {name}"
        for path in python_files(HOUSE)
        if not is_door(path) and not path.relative_to(HOUSE).as_posix().startswith(WEB_FILES)
        for line, name in imported(path)
        if name.split(".")[0] in HTTP
    ]
    assert found == []


def test_pure_files_are_pure() -> None:
    found = [
        f"{short(path)}:{line} {name}"
        for path in pure_files()
        for line, name in imported(path)
        if name.split(".")[0] in IMPURE or name.endswith((".models", "web.clock"))
    ]
    assert found == []


@pytest.mark.parametrize("path", pure_files(), ids=short)
def test_pure_files_have_no_clock(path: Path) -> None:
    asked = re.findall(r"datetime\.now|date\.today|time\.time\(|utcnow", path.read_text(encoding="utf-8"))
    assert asked == []
