"""Where the files of outside calendars are kept: the last one read well, and uploads that wait."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

FOLDER = "calendars"


class Files:
    """The files below one folder; names tell nothing."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def path(self, name: str) -> Path:
        """Where the file of this name lies."""
        return self._folder / name

    def has(self, name: str) -> bool:
        """Whether there is one."""
        return bool(name) and self.path(name).exists()

    def new(self) -> str:
        """A name for a file that is not there yet."""
        (self._folder / FOLDER).mkdir(parents=True, exist_ok=True)
        return f"{FOLDER}/{secrets.token_hex(12)}.ics"

    def forget(self, names: Iterable[str]) -> None:
        """Remove these; what is not there is gone already."""
        for name in filter(None, names):
            with suppress(OSError):
                self.path(name).unlink(missing_ok=True)
