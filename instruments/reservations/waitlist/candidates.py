"""Which instruments a request of the waitlist may be met by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from instruments.reservations.bookable import Bookable
from instruments.reservations.waitlist.rules import family

GONE = ("down", "retired")


def in_class(known: Mapping[int, Bookable], code: str, place_id: int | None = None) -> list[Bookable]:
    """The instruments of a class and of all below it, at one institution or anywhere, by their numbers."""
    begins = family(code)
    found = (
        thing
        for thing in known.values()
        if thing.class_code is not None
        and thing.class_code.startswith(begins)
        and (place_id is None or thing.institution_id == place_id)
    )
    return sorted(found, key=lambda thing: thing.id)


class Candidates:
    """The instruments for each of many requests; those that ask for the same share a list."""

    def __init__(self, known: Mapping[int, Bookable]) -> None:
        self._known = known
        self._lists: dict[tuple[int | None, str | None, int | None], Sequence[Bookable]] = {}

    def of(self, row: Any) -> Sequence[Bookable]:
        """Those that are in service, whoever asks."""
        key = (row.instrument_id, row.class_code, row.place_id)
        if key not in self._lists:
            if row.instrument_id is not None:
                found = [self._known[row.instrument_id]] if row.instrument_id in self._known else []
            else:
                found = in_class(self._known, row.class_code, row.place_id)
            self._lists[key] = [thing for thing in found if thing.status not in GONE]
        return self._lists[key]
