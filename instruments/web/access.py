"""Which views strangers may see, and which requests come from programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import has_request_context, request

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark a view as open to strangers. Everything else asks for a sign-in."""
    view.is_public = True
    return view


def is_public(view: Callable[..., Any]) -> bool:
    """Whether strangers may call this view."""
    while view is not None:
        if getattr(view, "is_public", False):
            return True
        view = getattr(view, "__wrapped__", None)
    return False


def is_api() -> bool:
    """Whether this request speaks JSON with a program, not HTML with a person."""
    return has_request_context() and request.path.startswith("/api/")
