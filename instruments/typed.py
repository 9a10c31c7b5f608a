"""What people type into a field or an address, read with care: a whole number or a day, and None for what is neither."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

# As many digits as a column of the database can hold, whatever they are.
DIGITS = 18


def whole(text: str, digits: int = DIGITS) -> int | None:
    """The number, not negative, of a text that is digits and nothing else, and at most so many of them."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def signed(text: str) -> int | None:
    """As `whole`, also below zero: for fields whose rule says between which numbers they go."""
    found = whole(text.removeprefix("-"))
    return -found if found is not None and text.startswith("-") else found


def wholes(texts: Iterable[str], digits: int = DIGITS) -> list[int]:
    """The numbers among several texts, each once and in their order; what is none is left out."""
    read = (whole(text, digits) for text in texts)
    return list(dict.fromkeys(number for number in read if number is not None))


def day(text: str) -> date | None:
    """The date that a text is, written like 2027-03-01."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
