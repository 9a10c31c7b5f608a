"""Commands about the pages themselves: collecting and compiling the texts of every room."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import click
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from flask.cli import AppGroup

from instruments.web.language import TRANSLATIONS

web = AppGroup("web", help="Texts of the pages.")

ROOT = Path(__file__).parent.parent.parent
CHINESE = "zh_Hans_CN"
# Nothing in a catalogue's head may change by itself: no dates, no tool, so that only texts make a difference.
HEAD = """\
msgid ""
msgstr ""
"Language: zh_Hans_CN\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""
GROUND = ("web", "database", "journal", "jobs", "mail")


@web.command("messages")
@click.option("--compile-only", is_flag=True, help="Only compile what is there.")
def messages(compile_only: bool) -> None:
    """Collect the texts of every room into its Chinese catalogue, and compile all catalogues."""
    if not compile_only:
        for room in rooms():
            _collect(room)
    compile_texts()


def compile_texts() -> None:
    """Compile the catalogues that have changed since; those are what the pages read."""
    for room in rooms():
        catalogue = catalogue_of(room)
        if catalogue.exists():
            _compile(catalogue)


def _compile(path: Path) -> None:
    compiled = path.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime >= path.stat().st_mtime:
        return
    with path.open("rb") as file:
        catalogue = read_po(file, locale=CHINESE)
    # Written beside and moved into place: another process may be reading the old one.
    fresh = compiled.with_suffix(".mo.new")
    with fresh.open("wb") as file:
        write_mo(file, catalogue)
    fresh.replace(compiled)


def rooms() -> list[str]:
    """Rooms with texts of their own; the ground floor speaks through "web"."""
    folders = (path.parent.name for path in (ROOT / "instruments").glob("*/__init__.py"))
    return sorted(name for name in folders if name not in GROUND[1:] and name != "migrations")


def catalogue_of(room: str) -> Path:
    """The room's Chinese catalogue."""
    return TRANSLATIONS / room / CHINESE / "LC_MESSAGES" / "messages.po"


def sources_of(room: str) -> list[Path]:
    """The files whose texts belong to the room."""
    folders = GROUND if room == "web" else (room,)
    files = [file for name in folders for file in (ROOT / "instruments" / name).rglob("*.py")]
    files += (ROOT / "templates" / room).rglob("*.html")
    if room == "web":
        files += [ROOT / "app.py", *(ROOT / "instruments").glob("*.py"), *(ROOT / "templates").glob("*.html")]
        files += (ROOT / "templates" / "parts").rglob("*.html")
    return sorted(files)


def _collect(room: str) -> None:
    sources = [str(file.relative_to(ROOT)) for file in sources_of(room)]
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "messages.pot"
        mapping = Path(folder) / "mapping.cfg"
        mapping.write_text("[python: **.py]\n[jinja2: **.html]\nencoding = utf-8\n")
        _babel(
            "extract", "-F", str(mapping), "-k", "N_", "-k", "lazy_gettext", "--no-location", "--sort-output",
            "--omit-header", "-o", str(template), *sources,
        )  # fmt: skip
        if not template.exists() or "msgid" not in template.read_text():
            return
        catalogue = catalogue_of(room)
        if not catalogue.exists():
            catalogue.parent.mkdir(parents=True, exist_ok=True)
            catalogue.write_text(HEAD, encoding="utf-8")
        _babel(
            "update", "-i", str(template), "-o", str(catalogue), "-l", CHINESE,
            "--no-fuzzy-matching", "--ignore-obsolete",
        )  # fmt: skip
        _settle_head(catalogue)


def _settle_head(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=CHINESE)
    with path.open("wb") as file:
        file.write(HEAD.encode())
        write_po(file, catalogue, omit_header=True, no_location=True, sort_output=True, ignore_obsolete=True)


def _babel(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", "-q", *arguments], check=True, cwd=ROOT)
