"""Fold a subject so that it is read as it was written.

Python 3.11 loses a space, or doubles it, where a line of a subject ends between words that are encoded and words that are
not; so a subject beyond ASCII is encoded as a whole, with its spaces within.
"""

from __future__ import annotations

import email.policy
from email.header import Header
from typing import Any


class _Letters(email.policy.EmailPolicy):
    """The policy of SMTP, with subjects encoded as a whole."""

    def fold(self, name: str, value: Any) -> str:
        """One header as lines."""
        return _whole(name, value, self.linesep) or super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The same as bytes."""
        return _whole(name, value, self.linesep).encode("ascii") or super().fold_binary(name, value)


def _whole(name: str, value: Any, linesep: str) -> str:
    """The lines of a subject that is not ASCII; nothing for any other header."""
    if name.lower() != "subject" or str(value).isascii():
        return ""
    lines = Header(str(value), "utf-8", header_name=name).encode(linesep=linesep)
    return f"{name}: {lines}{linesep}"


LETTERS = _Letters(linesep="\r\n")
