"""The zones of one iCalendar file: its own definitions first, then IANA's, then those of Windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import tzinfo
from typing import Any

from icalendar import Timezone
from icalendar.timezone import tzp
from icalendar.timezone.zoneinfo import ZONEINFO

from instruments.calendars.blocks import Block

MOST_ZONES = 200


class FileZones(ZONEINFO):
    """What icalendar asks for zones by name while one file is read."""

    def __init__(self, own: dict[str, tzinfo]) -> None:
        self.own = own

    def timezone(self, name: str) -> tzinfo | None:
        """The file's zone of this name, else IANA's; icalendar then tries the name as Windows has it."""
        found = self.own.get(name)
        return found if found is not None else super().timezone(name)


@contextmanager
def zones_of(blocks: Iterable[Block]) -> Iterator[None]:
    """Within this, icalendar knows the zones that these VTIMEZONE blocks define. A broken one is left out."""
    own: dict[str, tzinfo] = {}
    for block in list(blocks)[:MOST_ZONES]:
        component = _component(block)
        if component is not None:
            name = str(component["TZID"])
            own.setdefault(name.strip("/"), component.to_tz(lookup_tzid=False))
    tzp.use(FileZones(own))
    try:
        yield
    finally:
        tzp.use_default()


def _component(block: Block) -> Any:
    """The definition, if it is one that changes at most some times a year."""
    if block.broken:
        return None
    try:
        component = Timezone.from_ical(block.text)
        rules = [rule for part in component.walk() for rule in _rules(part)]
        if "TZID" in component and all(str(rule["FREQ"][0]).upper() == "YEARLY" for rule in rules):
            component.to_tz(lookup_tzid=False)
            return component
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None
    return None


def _rules(part: Any) -> list[Any]:
    value = part.get("RRULE", [])
    return value if isinstance(value, list) else [value]
