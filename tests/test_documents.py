"""What is written for people names everything they can type, set or be."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
from flask import Flask

from instruments.people.rights import Role
from tests.test_house_rules import HOUSE, ROOT, python_files


def docs() -> str:
    """All that is written for people."""
    files = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def commands(app: Flask) -> Iterator[str]:
    """Every command of the rooms, as one types it after `flask --app app`."""
    for room, group in app.cli.commands.items():
        if isinstance(group, click.Group) and room != "db":
            yield from (f"{room} {verb}" for verb in group.commands)


def test_every_command_is_in_the_docs(application: Flask) -> None:
    written = docs()
    assert [command for command in commands(application) if f"app {command}" not in written] == []


def test_every_setting_is_in_the_docs() -> None:
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    read = {
        name
        for path in [ROOT / "app.py", *python_files(HOUSE)]
        for name in re.findall(
            r'environ(?:ment)?(?:\.get\(\s*|\[|, )"([A-Z_]+)"', path.read_text(encoding="utf-8")
        )
    }
    assert len(read) > 8
    assert sorted(name for name in read if f"`{name}`" not in written) == []


def test_every_role_is_in_the_docs() -> None:
    written = docs()
    assert [role.value for role in Role if f"`{role.value}`" not in written] == []
