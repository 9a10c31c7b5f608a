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


# --- Rooms ------------------------------------------------------------------------------------------------------------


@cache
def foreign_models(path: Path) -> dict[str, str]:
    """Names that a file imports from the models of another room, or for those models, with that room."""
    room = path.relative_to(HOUSE).parts[0]
    found = {}
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        for alias in node.names:
            match f"{node.module}.{alias.name}".split("."):
                case ["instruments", other, "models", *_] if other != room:
                    found[alias.asname or alias.name] = other
    return found


def made(path: Path) -> Iterator[tuple[int, str]]:
    """Line and class of each row that a file makes: `Model(...)`, `insert(Model)`."""
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            yield node.lineno, node.func.id
        elif isinstance(node.func, ast.Attribute) and node.func.attr[:1].isupper():
            yield node.lineno, ast.unparse(node.func).split(".")[0]
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called == "insert" and node.args:
            yield node.lineno, ast.unparse(node.args[0]).split(".")[0]


def test_a_room_makes_only_its_own_rows() -> None:
    found = [
        f"{short(path)}:{line} makes a {name} of {foreign_models(path)[name]}"
        for path in python_files(HOUSE)
        if len(path.relative_to(HOUSE).parts) > 1
        and path.relative_to(HOUSE).parts[0] not in {"demo", "migrations"}
        for line, name in made(path)
        if name in foreign_models(path)
    ]
    assert found == []


# --- Templates --------------------------------------------------------------------------------------------------------


def templates() -> list[Path]:
    """Every template."""
    return sorted((ROOT / "templates").rglob("*.html"))


def rendered(path: Path) -> set[str]:
    """Names of templates that a Python file mentions."""
    return set(re.findall(r'"([a-z_]+(?:/[a-z_]+)*\.html)"', path.read_text(encoding="utf-8")))


def test_templates_lie_in_their_room() -> None:
    found = [
        f"{short(path)} renders {name}"
        for path in python_files(HOUSE)
        for name in rendered(path)
        if name.split("/")[0] not in {path.relative_to(HOUSE).parts[0], "parts", "layout.html"}
    ]
    assert found == []


def test_every_template_is_used_and_exists() -> None:
    mentioned = {name for path in python_files(HOUSE) for name in rendered(path)}
    for path in templates():
        mentioned |= set(
            re.findall(r'["\']([a-z_]+(?:/[a-z_]+)*\.html)["\']', path.read_text(encoding="utf-8"))
        )
    there = {path.relative_to(ROOT / "templates").as_posix() for path in templates()}
    assert (there - mentioned - {"parts/progress.html"}, mentioned - there) == (set(), set())


INLINE = re.compile(
    r"\sstyle\s*=|<style|\son[a-z]+\s*=\s*[\"']|javascript:|<script(?![^>]*\bsrc=)(?![^>]*ld\+json)", re.I
)


def test_templates_hold_no_inline_style_or_script() -> None:
    found = [
        f"{short(path)}:{number} {line.strip()[:80]}"
        for path in templates()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if INLINE.search(line)
    ]
    assert found == []


def test_unescaped_text_is_explained() -> None:
    found = [
        f"{short(path)}:{number}"
        for path in templates()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\|\s*safe\b", line) and "{#" not in line
    ]
    assert found == []
