"""Photos that are sent: checked, written anew, kept under a name nobody guesses, given out as nothing but a picture."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Response, current_app, request
from werkzeug.datastructures import FileStorage

from instruments.catalog.pictures import LARGEST, keep_photo
from instruments.catalog.reading import LARGEST_FILE
from instruments.errors import N_, Reason, Refusal
from instruments.web.downloads import kept_file
from instruments.web.multipart import AFile

KINDS = ("image/jpeg", "image/png", "image/webp")
TABLES = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def a_photo(about: str, *, needed: bool = False) -> AFile:
    """A photo, as programs send it."""
    return AFile(about, KINDS, LARGEST, needed)


def a_table(about: str) -> AFile:
    """A table that has to come, as programs send it."""
    return AFile(about, TABLES, LARGEST_FILE, needed=True)


def chosen_file(name: str = "file") -> FileStorage:
    """The file that a form has to send. Raises Refusal."""
    file = request.files.get(name)
    if file is None or not file.filename:
        raise Refusal([Reason("no_file", name, N_("Choose a file."))])
    return file


@contextmanager
def to_read(file: FileStorage) -> Iterator[Path]:
    """Where a file that was sent lies, for as long as it is read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        file.save(path)
        file.close()
        yield path


def photo_path(folder: str, name: str) -> Path:
    """Where a photo of this folder lies."""
    return Path(current_app.config["FILES_DIR"]) / folder / name


def kept_photo(folder: str) -> str:
    """Keep the photo that a form sent; its name, empty when none was. Raises Refusal for what is no photo."""
    file = request.files.get("photo")
    return "" if file is None or not file.filename else keep_in(folder, file)


def keep_in(folder: str, file: FileStorage) -> str:
    """Keep a photo that was sent in this folder, and give its name. Raises Refusal for what is no photo."""
    name = f"{secrets.token_hex(16)}.jpg"
    target = photo_path(folder, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with to_read(file) as source:
        keep_photo(source, target)
    return name


def drop_from(folder: str, name: str) -> None:
    """Remove a photo that nothing shows any more; an empty name is none."""
    if name:
        photo_path(folder, name).unlink(missing_ok=True)


def photo_answer(folder: str, name: str, cached: str) -> Response:
    """The photo, so that a browser takes it for nothing else; 404 without one. cached: who may keep it, how long."""
    return kept_file(photo_path(folder, name), "image/jpeg", cached)
