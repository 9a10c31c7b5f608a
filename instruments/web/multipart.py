"""Bodies with files that programs send (multipart/form-data), read into their shape once it is known who sends them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Generic, get_origin

from apiflask import APIBlueprint
from flask import g, request
from pydantic import BaseModel
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from instruments.errors import N_, NotKnownYet, NotNow, Reason, Refusal
from instruments.web.incoming import (
    LARGEST_BODY,
    OTHERWISE,
    SENTENCES,
    Incoming,
    Shape,
    View,
    fitted,
    json_body,
    labelled,
    of_another_kind,
    too_large,
)
from instruments.web.problems import Malformed
from instruments.web.shapes import Asked

FORM = "multipart/form-data"
FILES = "x-files"
MOST_PARTS = 500
# The reader counts what it holds of a file by chunks of 64 kB, too: its own bound must lie well above them.
MOST_HELD = 8 * LARGEST_BODY
MEGABYTE = 1024 * 1024
TAKES_BOTH = N_(
    "Send JSON, with the header Content-Type: application/json, or multipart/form-data where a file comes along."
)
TAKES_A_FORM = N_("Send multipart/form-data, with the file in it.")


@dataclass(frozen=True)
class AFile:
    """A file that may come with a body. kinds: media types, as the document names them; most: bytes."""

    about: str
    kinds: Sequence[str]
    most: int
    needed: bool = False


class OnlyTheFile(Asked):
    """Nothing but the file."""


@dataclass(frozen=True)
class Arrived(Incoming[Shape]):
    """What arrived, with the files by name; one that was not sent, or without a name, is not among them."""

    files: Mapping[str, FileStorage] = field(default_factory=dict)


@dataclass
class Kept:
    """A file that was kept for a deed, and what stands against it. value: what is kept of it, None where nothing is."""

    value: Any = None
    reasons: tuple[Reason, ...] = ()
    taken: bool = False

    def take(self) -> Any:
        """What was kept, for the deed that it belongs to from now on."""
        self.taken = True
        return self.value


class Arriving(Generic[Shape]):
    """A body that was not read yet: the door first asks who sends it, and for which version."""

    def __init__(self, shape: type[Shape], files: Mapping[str, AFile], *, json_too: bool) -> None:
        self._shape, self._files, self._json_too = shape, files, json_too
        self._opened: list[FileStorage] = []

    def read(self) -> Arrived[Shape]:
        """What arrived, with the reasons against what does not fit. Raises Malformed for a body that cannot be taken."""
        if request.mimetype != FORM:
            if not self._json_too:
                raise of_another_kind(TAKES_A_FORM)
            read = fitted(self._shape, json_body(TAKES_BOTH), strict=True)
            return Arrived(read.value, read.reasons, read.sent, read.shape)
        form, files = self._parts()
        texts, reasons = self._texts(form)
        sent = self._sent(files, reasons)
        read = fitted(self._shape, texts, strict=False)
        g.as_sent = _as_sent(form, files)
        told = {reason.field for reason in reasons}
        missed = [each for each in read.reasons if each.code != "missing" or each.field not in told]
        return Arrived(read.value, (*missed, *reasons), files=sent)

    def close(self) -> None:
        """Let go of the files."""
        for file in self._opened:
            file.close()

    def _parts(self) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
        most = sum(each.most for each in self._files.values())
        request.max_content_length = most + LARGEST_BODY
        parser = FormDataParser(max_form_memory_size=MOST_HELD, max_form_parts=MOST_PARTS, silent=False)
        try:
            _, form, files = parser.parse(
                request.stream, FORM, request.content_length, request.mimetype_params
            )
        except RequestEntityTooLarge as error:
            raise too_large(most + LARGEST_BODY) from error
        except ValueError as error:
            sentence = N_("The body cannot be read: it is no whole multipart/form-data.")
            raise Malformed(400, [Reason("unreadable", None, sentence)]) from error
        self._opened += [file for _, file in files.items(multi=True)]
        if sum(len(name) + len(text) for name, text in form.items(multi=True)) > LARGEST_BODY:
            raise too_large(LARGEST_BODY)
        return form, files

    def _texts(self, form: MultiDict[str, str]) -> tuple[dict[str, Any], list[Reason]]:
        """Each text once, those of a list as often as wanted; an empty one says nothing."""
        values: dict[str, Any] = {}
        reasons: list[Reason] = []
        for name, given in form.lists():
            said = [text for text in given if text.strip()]
            if name in self._files:
                if said:
                    reasons.append(labelled("invalid", name, N_("Send a file here.")))
            elif any("\0" in text for text in said):
                reasons.append(labelled("unreadable", name, N_("This holds characters that cannot be read.")))
            elif _is_list(self._shape, name):
                values[name] = said
            elif len(said) > 1:
                reasons.append(labelled("given_twice", name, N_("Give this once.")))
            elif said or name not in self._shape.model_fields:
                values[name] = said[0] if said else ""
        return values, reasons

    def _sent(self, files: MultiDict[str, FileStorage], reasons: list[Reason]) -> dict[str, FileStorage]:
        sent: dict[str, FileStorage] = {}
        for name, given in files.lists():
            named = [file for file in given if file.filename]
            if name not in self._files:
                known = name in self._shape.model_fields
                code, sentence = (
                    ("invalid", OTHERWISE) if known else ("unknown_field", SENTENCES["extra_forbidden"])
                )
                reasons.append(labelled(code, name, sentence))
            elif len(named) > 1:
                reasons.append(labelled("given_twice", name, N_("Give this once.")))
            elif named:
                sent[name] = self._of_its_size(name, named[0])
        present = {name for name, file in files.items(multi=True) if file.filename}
        missing = [name for name, each in self._files.items() if each.needed and name not in present]
        reasons += [labelled("missing", name, SENTENCES["missing"]) for name in missing]
        return sent

    def _of_its_size(self, name: str, file: FileStorage) -> FileStorage:
        if file.stream.seek(0, 2) > self._files[name].most:
            raise too_large(self._files[name].most, name)
        file.stream.seek(0)
        return file


def takes_files(
    blueprint: APIBlueprint, shape: type[Shape], *, json_too: bool = False, **files: AFile
) -> Callable[[View], View]:
    """Give a view the body as `arriving`, an Arriving that it reads itself once it knows who asks and may.

    json_too: a body without a file may be JSON as well.
    """

    def decorate(view: Any) -> Any:
        # The document's part is APIFlask's, but for the files, which web/document adds.
        blueprint.input(shape)(view)
        described = {"json": json_too, "files": {name: vars(each) for name, each in files.items()}}
        view._spec["extensions"] = {FILES: described}

        @wraps(view)
        def reading(*args: Any, **kwargs: Any) -> Any:
            arriving = Arriving(shape, files, json_too=json_too)
            try:
                return view(*args, arriving=arriving, **kwargs)
            finally:
                arriving.close()

        return reading

    return decorate


@contextmanager
def kept_for_a_deed(
    file: FileStorage | None, keep: Callable[[FileStorage], Any], drop: Callable[[Any], object]
) -> Iterator[Kept]:
    """Keep a file while a deed is done that takes it; what no deed took, because it was refused or done before, is dropped.

    keep: raises Refusal for what cannot be kept, which then stands in `reasons`.
    """
    kept: Kept = Kept()
    if file is not None:
        try:
            kept = Kept(keep(file))
        except Refusal as refusal:
            kept = Kept(reasons=refusal.reasons)
    try:
        yield kept
    except Exception as error:
        # Where the database was lost on the way it may have been done, and then the file belongs to it.
        kept.taken &= isinstance(error, NotKnownYet) and not isinstance(error, NotNow)
        raise
    finally:
        if kept.value is not None and not kept.taken:
            drop(kept.value)


def has_no_file() -> bool:
    """Whether this request cannot bring a file: what limits files does not limit it."""
    return request.mimetype != FORM


def downloads(about: str, *kinds: str) -> dict[str, Any]:
    """A file as an answer of these media types, for the OpenAPI document."""
    schema = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
    return {"description": about, "content": {kind: {"schema": schema} for kind in kinds}}


def content_of(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """What the body of an operation with files may be, for the OpenAPI document: its shape as a form, with the files."""
    said, shape = operation[FILES], operation["requestBody"]["content"]["application/json"]
    whole = schemas[shape["schema"]["$ref"].rpartition("/")[2]]
    files = {name: _binary(each) for name, each in said["files"].items()}
    needed = [name for name, each in said["files"].items() if each["needed"]]
    schema: dict[str, Any] = {
        "type": "object",
        "description": whole.get("description", ""),
        "properties": {name: _without_null(each) for name, each in whole.get("properties", {}).items()}
        | files,
        "additionalProperties": False,
    }
    if required := [*whole.get("required", ()), *needed]:
        schema["required"] = required
    encoding = {name: {"contentType": ", ".join(each["kinds"])} for name, each in said["files"].items()}
    form = {FORM: {"schema": schema, "encoding": encoding}}
    return ({"application/json": shape} if said["json"] else {}) | form


def _binary(file: Mapping[str, Any]) -> dict[str, Any]:
    """`format` for tools that read the document as those before 3.1."""
    size = f"{file['most'] // MEGABYTE} MB"
    return {
        "type": "string",
        "format": "binary",
        "contentMediaType": "application/octet-stream",
        "description": f"{file['about']} At most {size}.",
    }


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A field of a form is left out where JSON would say null."""
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    default = {"default": schema["default"]} if schema.get("default") is not None else {}
    if not choices:
        return rest | default
    return rest | default | (choices[0] if len(choices) == 1 else {"anyOf": choices})


def _is_list(shape: type[BaseModel], name: str) -> bool:
    return name in shape.model_fields and get_origin(shape.model_fields[name].annotation) is list


def _as_sent(form: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> bytes:
    """What was sent, whatever the parts were divided by: a request sent again may be put together anew."""
    told = [["file", name, file.filename, _digest(file)] for name, file in files.items(multi=True)]
    return json.dumps([*([*each] for each in form.items(multi=True)), *told]).encode()


def _digest(file: FileStorage) -> str:
    file.stream.seek(0)
    found = hashlib.file_digest(file.stream, "sha256").hexdigest()
    file.stream.seek(0)
    return found
