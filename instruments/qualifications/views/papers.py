"""Private papers that are sent with a deed, as evidence or as a proof: kept while it is done, and handed out for download."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Response, current_app, request
from werkzeug.datastructures import FileStorage

from instruments.catalog.views.uploads import to_read
from instruments.qualifications.evidence import FOLDER, LARGEST, TYPES, keep_evidence
from instruments.web.downloads import kept_file
from instruments.web.multipart import AFile, Arrived, Kept, kept_for_a_deed

KINDS = ("application/pdf", "image/jpeg", "image/png", "image/webp")
# What a deed is given that no paper came with.
NO_PAPER = ("", "")


@dataclass(frozen=True)
class Papers:
    """Papers of one kind. folder: where they lie among the files; field: what forms and programs call one."""

    folder: str
    field: str

    def sent(self) -> AbstractContextManager[Kept]:
        """The paper of the form, kept for the deed that takes it: the name of its file, and the one it came with."""
        file = request.files.get(self.field)
        return self._kept(file if file is not None and file.filename else None)

    def arrived(self, arrived: Arrived[Any]) -> AbstractContextManager[Kept]:
        """The same for what a program sent."""
        return self._kept(arrived.files.get(self.field))

    def handed_out(self, name: str, called: str) -> Response:
        """A paper, for download; whoever asks has been let in. 404 where there is none."""
        path = self._lies(name)
        kind = TYPES.get(path.suffix, "application/octet-stream")
        return kept_file(path, kind, "private, no-store", called)

    def _kept(self, file: FileStorage | None) -> AbstractContextManager[Kept]:
        return kept_for_a_deed(file, self._keep, lambda names: self._lies(names[0]).unlink(missing_ok=True))

    def _keep(self, file: FileStorage) -> tuple[str, str]:
        with to_read(file) as source:
            return keep_evidence(source, file.filename or "", self._lies(""), self.field)

    def _lies(self, name: str) -> Path:
        return Path(current_app.config["FILES_DIR"]) / self.folder / name


EVIDENCE = Papers(FOLDER, "evidence")


def a_paper(about: str) -> AFile:
    """A paper, as programs send it."""
    return AFile(about, KINDS, LARGEST)


def evidence_of(row: Any) -> Response:
    """The evidence of a qualification or an admission, for download; whoever asks has been let in."""
    return EVIDENCE.handed_out(row.evidence, row.evidence_name)
