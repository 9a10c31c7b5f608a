"""Texts that no database keeps, with a NUL or half a character in them: refused wherever they come in, on either database."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, request
from werkzeug.datastructures import ImmutableMultiDict

from instruments.errors import N_, Reason, Refusal

UNREADABLE = N_("This holds characters that cannot be read.")
_UNKEEPABLE = re.compile("[\\0\ud800-\udfff]")


def unkeepable(value: Any) -> bool:
    """Whether such a text stands in what a program sent, however deep."""
    if isinstance(value, str):
        return bool(_UNKEEPABLE.search(value))
    if isinstance(value, dict):
        return any(unkeepable(name) or unkeepable(inner) for name, inner in value.items())
    return isinstance(value, list) and any(map(unkeepable, value))


def init_app(app: Flask) -> None:
    """Hold every form of a page against it before its view reads it; what programs send, `incoming` does. The question in
    the address of a page is read without such characters: it is only looked for, never kept."""
    app.before_request(_hold_against)


def _hold_against() -> None:
    if request.path.startswith("/api/"):
        return
    asked = [*request.args.items(multi=True)]
    if any(unkeepable(text) for _, text in asked):
        request.args = ImmutableMultiDict([(name, _UNKEEPABLE.sub("", text)) for name, text in asked])
    if names := {name for name, text in request.form.items(multi=True) if unkeepable(text)}:
        raise Refusal([Reason("unreadable", name, UNREADABLE) for name in sorted(names)])
