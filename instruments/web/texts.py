"""Texts that no database keeps, with a NUL or half a character in them: refused wherever they come in, on either database."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, request

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
    the address of a page is only looked for, and nothing is found."""
    app.before_request(_refuse)


def _refuse() -> None:
    if request.path.startswith("/api/"):
        return
    if names := {name for name, text in request.form.items(multi=True) if unkeepable(text)}:
        raise Refusal([Reason("unreadable", name, UNREADABLE) for name in sorted(names)])
