"""The faults that every check of the house has to report, and the copy of the house in which they are planted."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.test_house_rules import ROOT

FOLDERS = ("instruments", "templates", "static", "tests", "docs", "bench", ".ci")
FILES = ("app.py", "pyproject.toml", "README.md", "Makefile")
HEAD = '"""Planted."""\n\nfrom __future__ import annotations\n\n'

# What ruff has to report of a file: each fault is the smallest there is, like a complexity of 9.
RUFF: Mapping[str, str] = {
    "PLC0415": "def late() -> object:\n    import json\n\n    return json\n",
    "DTZ005": "from datetime import datetime\n\nNOW = datetime.now()\n",
    "ERA001": "# total = price * 2\n",
    "BLE001": "def act() -> int:\n    try:\n        return 1\n    except Exception:\n        return 2\n",
    "T201": "def act() -> None:\n    print(1)\n",
    "C901": "def act(x: int) -> int:\n"
    + "".join(f"    if x == {n}:\n        x += 1\n" for n in range(8))
    + "    return x\n",
    "F401": "import json\n",
    "S608": 'def act(name: str) -> str:\n    return f"SELECT * FROM {name}"\n',
}

# What import-linter has to say, by the files that make it say so.
FLOORS: Mapping[str, Mapping[str, str]] = {
    "instruments.people.planted_up -> instruments.catalog": {
        "instruments/people/planted_up.py": f"{HEAD}import instruments.catalog.models\n",
    },
    "instruments.journal.planted_aside -> instruments.mail": {
        "instruments/journal/planted_aside.py": f"{HEAD}import instruments.mail.send\n",
    },
    "No cycles are allowed in instruments.search": {
        "instruments/search/planted_a.py": f"{HEAD}import instruments.search.planted_b\n",
        "instruments/search/planted_b.py": f"{HEAD}import instruments.search.planted_a\n",
    },
    "instruments.catalog.planted_calendar -> icalendar": {
        "instruments/catalog/planted_calendar.py": f"{HEAD}import icalendar\n",
    },
}
ROOM_WITHOUT_A_FLOOR = {"instruments/planted_room/__init__.py": '"""Planted."""\n'}

# What mypy has to report of pure files.
TYPES: Mapping[str, str] = {
    "instruments/timespan.py": '\n\ndef planted_wrong() -> int:\n    return "one"\n',
    "instruments/people/audience.py": "\n\ndef planted_untyped(x):\n    return x\n",
}

# Which test has to fail, and what its failure has to name.
RULES: Mapping[str, str] = {
    "test_no_file_is_too_long": "planted_long.py': 401",
    "test_no_file_has_a_name_that_says_nothing": "instruments/search/utils.py",
    "test_every_file_says_what_it_is_for": "planted_silent.py",
    "test_only_doors_commit": "planted_commit.py:6",
    "test_http_is_spoken_at_doors_only": "planted_http.py:5 flask",
    "test_pure_files_are_pure": "timespan.py:",
    "test_pure_files_have_no_clock[instruments/people/audience.py]": "datetime.now",
    "test_a_room_makes_only_its_own_rows": "planted_rows.py:9 makes a Person of people",
    "test_templates_lie_in_their_room": "planted_doors.py renders catalog/listing.html",
    "test_every_template_is_used_and_exists": "search/planted_missing.html",
    "test_templates_hold_no_inline_style_or_script": "planted_page.html:1",
    "test_unescaped_text_is_explained": "planted_page.html:4",
    "test_every_command_is_in_the_docs[sqlite]": "jobs planted",
    "test_every_setting_is_in_the_docs": "PLANTED_SETTING",
    "test_every_role_is_in_the_docs": "planted_role",
    "test_every_text_of_the_room_is_in_its_catalogue[catalog]": "Planted, in no catalogue.",
    "test_every_text_of_the_room_has_its_chinese[catalog]": "Planted, without Chinese.",
    "test_the_chinese_keeps_the_places_of_the_english[catalog]": "Planted %(place)s.",
    "test_one_english_text_has_one_chinese_text_in_every_room": "Planted twice.",
    "test_every_route_refuses_a_stranger_unless_it_is_public[sqlite]": "/planted-unguarded",
    "test_what_is_public_is_on_the_list[sqlite]": "web.planted_public",
    "test_up_down_and_up_again[sqlite]": "planted_left_behind",
    "test_the_models_say_what_the_migrations_made[sqlite]": "planted_left_behind",
}
CATALOGUE = "instruments/translations/{room}/zh_Hans_CN/LC_MESSAGES/messages.po"
BROKEN_RULES: Mapping[str, str] = {
    "instruments/search/planted_long.py": '"""Planted."""\n' + "\n" * 400,
    "instruments/search/utils.py": '"""Planted."""\n',
    "instruments/search/planted_silent.py": "ONE = 1\n",
    "instruments/search/planted_commit.py": f"{HEAD}def act(session: object) -> None:\n    session.commit()\n",
    "instruments/search/planted_http.py": f"{HEAD}from flask import request\n",
    "instruments/timespan.py": "\n\nimport sqlalchemy\n",
    "instruments/people/audience.py": "\n\ndef planted_now():\n    return datetime.now()\n",
    "instruments/search/planted_rows.py": f"{HEAD}from instruments.people.models import Person\n\n\n"
    'def act() -> object:\n    return Person(name_en="")\n',
    "instruments/search/planted_doors.py": f'{HEAD}PAGES = ("catalog/listing.html", "search/planted_missing.html")\n',
    "templates/catalog/planted_page.html": '<p style="color: red">\n<button onclick="f()">\n<script>f()</script>\n'
    '{{ words|safe }}\n{{ _("Planted, in no catalogue.") }}\n',
    "instruments/jobs/commands.py": '\n\n@jobs.command("planted")\ndef planted() -> None:\n    """Planted."""\n',
    "instruments/settings.py": '\n\ndef planted(environment):\n    return environment.get("PLANTED_SETTING")\n',
    CATALOGUE.format(room="catalog"): '\nmsgid "Planted, without Chinese."\nmsgstr ""\n\n'
    'msgid "Planted %(place)s."\nmsgstr "种。"\n\nmsgid "Planted twice."\nmsgstr "种一次。"\n',
    CATALOGUE.format(room="people"): '\nmsgid "Planted twice."\nmsgstr "种两次。"\n',
    "instruments/web/views.py": '\n\n@pages.get("/planted-unguarded")\ndef planted_unguarded():\n    return "in"\n'
    '\n\n@pages.get("/planted-public")\n@public\ndef planted_public():\n    return "in"\n',
}
ROLE = ('    MEMBER = "member"\n', '    MEMBER = "member"\n    PLANTED = "planted_role"\n')
MIGRATION = (
    '"""Planted."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\nrevision = "{name}"\n'
    'down_revision = "{before}"\n\n\ndef upgrade():\n'
    '    op.create_table("planted_left_behind", sa.Column("id", sa.Integer, primary_key=True))\n\n\n'
    "def downgrade():\n    pass\n"
)


def copy_of_the_house(folder: Path) -> Path:
    """Our own files in a folder; what npm installed is shared."""
    left_out = shutil.ignore_patterns("node_modules", "__pycache__", "*.mo")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    (folder / "static" / "node_modules").symlink_to((ROOT / "static" / "node_modules").resolve())
    return folder


def plant(house: Path, faults: Mapping[str, str]) -> None:
    """Put each text at the end of its file."""
    for name, text in faults.items():
        path = house / name
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)


def plant_migration(house: Path, name: str, before: str) -> None:
    """A migration after another one, whose way down forgets what its way up made."""
    path = house / "instruments" / "migrations" / "versions" / f"{name}.py"
    path.write_text(MIGRATION.format(name=name, before=before), encoding="utf-8")


def said(house: Path, tool: str, *arguments: str | Path) -> str:
    """What a tool says about the house; it has to end badly."""
    command = (Path(sys.executable).with_name(tool), *arguments)
    done = subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)
    assert done.returncode, f"{tool} found nothing wrong: {done.stdout}"
    return done.stdout + done.stderr
