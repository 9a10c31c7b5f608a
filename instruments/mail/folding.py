"""Fold a subject so that it is read as it was written.

Python 3.11 loses a space, or doubles it, where a line of a subject ends between words that are encoded and words that are
not; so a subject beyond ASCII is encoded as a whole, with its spaces within. A subject of ASCII that would just fit a line
of its own it puts there, behind an empty first line.
"""

from __future__ import annotations

import email.policy
from email.header import Header
from typing import Any


class _Letters(email.policy.EmailPolicy):
    """The policy of SMTP, with subjects beyond ASCII encoded as a whole."""

    def fold(self, name: str, value: Any) -> str:
        """One header as lines."""
        return _whole(name, value, self.linesep) or super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The same as bytes."""
        return _whole(name, value, self.linesep).encode("ascii") or super().fold_binary(name, value)


def _whole(name: str, value: Any, linesep: str) -> str:
    """The lines of a subject; nothing for any other header."""
    if name.lower() != "subject":
        return ""
    charset = "us-ascii" if str(value).isascii() else "utf-8"
    lines = Header(str(value), charset, header_name=name).encode(linesep=linesep)
    return f"{name}: {lines}{linesep}"


LETTERS = _Letters(linesep="\r\n")
