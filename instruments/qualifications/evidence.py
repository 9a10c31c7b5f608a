"""Keep the evidence of a training or an exam: checked in a process of its own, private, under a name of ours."""

from __future__ import annotations

import secrets
import shutil
import unicodedata
from pathlib import Path

from instruments.catalog.pictures import remake
from instruments.errors import N_, Reason, Refusal
from instruments.jobs.confined import confined

FOLDER = "evidence"
LARGEST = 5 * 1024 * 1024
SECONDS, MEGABYTES = 20, 1024
LONGEST_NAME = 120
TYPES = {".pdf": "application/pdf", ".jpg": "image/jpeg"}


def keep_evidence(source: Path, called: str, folder: Path, field: str = "evidence") -> tuple[str, str]:
    """Keep a file that came in: the name it is kept under, and the one it came with.

    A PDF is kept as it is and only ever handed out for download; a picture is written anew as JPEG. Raises Refusal for
    what is neither, is broken, or is larger than 5 MB. field: where the reason stands.
    """
    if source.stat().st_size > LARGEST:
        remedy = N_("Make it smaller, and choose it again.")
        raise Refusal([Reason("evidence_too_large", field, N_("The file is larger than 5 MB."), {}, remedy)])
    with source.open("rb") as file:
        is_pdf = file.read(5) == b"%PDF-"
    name = secrets.token_hex(16) + (".pdf" if is_pdf else ".jpg")
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        confined(
            copy_pdf if is_pdf else remake, str(source), str(target), seconds=SECONDS, megabytes=MEGABYTES
        )
    except Refusal as refusal:
        target.unlink(missing_ok=True)
        raise _unfit(field) from refusal
    return name, _shown(called, is_pdf)


def copy_pdf(source: str, target: str) -> None:
    """Called in a process of its own by `keep_evidence`: keep a PDF that has its end."""
    with Path(source).open("rb") as file:
        file.seek(max(Path(source).stat().st_size - 2048, 0))
        if b"%%EOF" not in file.read():
            raise _unfit()
    shutil.copyfile(source, target)


def _unfit(field: str = "evidence") -> Refusal:
    sentence = N_("This is neither a PDF nor a picture that can be read.")
    remedy = N_("Choose a PDF, JPEG or PNG file.")
    return Refusal([Reason("evidence_unfit", field, sentence, {}, remedy)])


def _shown(called: str, is_pdf: bool) -> str:
    """The name it came with, without its folder and what cannot be shown."""
    bare = called.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(each for each in bare if unicodedata.category(each)[0] not in "CZ" or each == " ")
    stem = plain.rsplit(".", 1)[0].strip()[: LONGEST_NAME - 8] or "evidence"
    return stem + (".pdf" if is_pdf else ".jpg")
