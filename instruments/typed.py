"""What people type into a field or an address, read with care: a number or a day, and None for what is neither."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

# As many digits as a column of the database can hold, whatever they are.
DIGITS = 18
LONGEST_NUMBER = 24
# A comma marks thousands and stands where they end: "10,5" is a number elsewhere, and ten times as much if it were taken away.
_DECIMAL = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)
_ALIKE = str.maketrans({"，": ",", "−": "-"})


def whole(text: str, digits: int = DIGITS) -> int | None:
    """The number, not negative, of a text that is digits and nothing else, and at most so many of them."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def signed(text: str) -> int | None:
    """As `whole`, also below zero: for fields whose rule says between which numbers they go."""
    found = whole(text.removeprefix("-"))
    return -found if found is not None and text.startswith("-") else found


def decimal(text: str) -> Decimal | None:
    """The number of a text like "-1,200.50"; None for any other notation: "10,5", "1e3", "1_0", other digits."""
    written = text.strip().translate(_ALIKE)
    fits = len(written) <= LONGEST_NUMBER and _DECIMAL.fullmatch(written)
    return Decimal(written.replace(",", "")) if fits else None


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
