"""Take an iCalendar text apart into its events before any of it is understood: pure, bounded, and one broken stays one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from instruments.errors import N_, Reason, Refusal

MOST_BYTES = 10 * 1024 * 1024
MOST_EVENTS = 10_000
DEEPEST = 12
TOP = ("VEVENT", "VFREEBUSY", "VTIMEZONE", "VTODO", "VJOURNAL")
READ = ("VEVENT", "VFREEBUSY", "VTIMEZONE")
PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_EDGE = re.compile(r"(BEGIN|END):([A-Za-z0-9-]{1,60})\s*", re.I)

EMPTY = N_("The file is empty.")
LARGE = N_("The file is larger than %(most)s MB. Choose one with fewer events, or a shorter time.")
PACKED_FILE = N_("The file is compressed. Unpack it, and give the .ics file that is in it.")
WEB_PAGE = N_(
    "This is a web page, not a calendar. Use the address of the calendar itself; it often ends in .ics."
)
OTHER = N_("This is not an iCalendar file: it does not begin with BEGIN:VCALENDAR.")
CUT = N_("The file is cut off: it ends before END:VCALENDAR.")
DEEP = N_("The file is nested too deeply to be a calendar.")
MANY = N_("The file holds more than %(most)s events. Choose a shorter time.")


@dataclass
class Block:
    """One component of a calendar as text. line: where it begins; broken: its own lines do not fit together."""

    line: int
    name: str
    lines: list[str] = field(default_factory=list)
    broken: bool = False
    withdrawn: bool = False

    @property
    def text(self) -> bytes:
        """The component, whole."""
        return ("\r\n".join(self.lines) + "\r\n").encode()


def blocks_of(body: bytes) -> list[Block]:
    """The events, free/busy lists and zones of a file. Raises Refusal when the file itself cannot be one."""
    text = _decoded(body)
    walk = _Walk()
    for number, line in _unfolded(text):
        walk.take(number, line)
    return walk.end()


def _decoded(body: bytes) -> str:
    if len(body) > MOST_BYTES:
        raise refused("calendar_large", LARGE, most=MOST_BYTES // 1024 // 1024)
    if not body.strip():
        raise refused("calendar_empty", EMPTY)
    if body.startswith(PACKED):
        raise refused("calendar_packed", PACKED_FILE)
    encoding = next((name for mark, name in MARKS if body.startswith(mark)), "utf-8")
    text = body.decode(encoding, "replace").lstrip()
    if text.startswith("<"):
        raise refused("calendar_page", WEB_PAGE)
    if not text[:15].upper().startswith("BEGIN:VCALENDAR"):
        raise refused("calendar_other", OTHER)
    return text


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Number and text of each line; one that begins with a space goes on from the one before."""
    parts: list[str] = []
    began = 1
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if line[:1] in (" ", "\t") and parts:
            parts.append(line[1:])
            continue
        if parts:
            yield began, "".join(parts)
        parts, began = [line], number
    if parts:
        yield began, "".join(parts)


class _Walk:
    """Goes through the lines and keeps the block that is open."""

    def __init__(self) -> None:
        self.found: list[Block] = []
        self.open: Block | None = None
        self.inner: list[str] = []
        self.calendars = 0
        self.withdrawn = False
        self.events = 0

    def take(self, number: int, line: str) -> None:
        """The next line."""
        edge = _EDGE.fullmatch(line)
        if edge is None:
            self._within(line)
            return
        word, name = edge[1].upper(), edge[2].upper()
        if name == "VCALENDAR":
            self._calendar(word)
        elif word == "BEGIN":
            self._begin(number, name, line)
        else:
            self._end(name, line)

    def end(self) -> list[Block]:
        """All blocks, at the end of the text."""
        if self.calendars:
            raise refused("calendar_cut", CUT)
        return self.found

    def _within(self, line: str) -> None:
        if self.open is not None:
            self.open.lines.append(line)
        elif line.strip().upper() == "METHOD:CANCEL":
            self.withdrawn = True

    def _calendar(self, word: str) -> None:
        self._close(broken=True)
        self.withdrawn = False
        self.calendars += 1 if word == "BEGIN" else -1
        if self.calendars > DEEPEST:
            raise refused("calendar_deep", DEEP)

    def _begin(self, number: int, name: str, line: str) -> None:
        if name in TOP:
            self._close(broken=True)
        if self.open is None:
            self.open = Block(number, name, withdrawn=self.withdrawn)
            self._count(name)
        else:
            self.inner.append(name)
        self.open.lines.append(line)
        if len(self.inner) > DEEPEST:
            raise refused("calendar_deep", DEEP)

    def _end(self, name: str, line: str) -> None:
        if self.open is None:
            return
        self.open.lines.append(line)
        if self.inner and self.inner[-1] == name:
            self.inner.pop()
        elif name == self.open.name:
            self._close(broken=bool(self.inner))
        else:
            self.open.broken = True

    def _close(self, *, broken: bool) -> None:
        if self.open is not None:
            self.open.broken = self.open.broken or broken
            if self.open.name in READ:
                self.found.append(self.open)
        self.open, self.inner = None, []

    def _count(self, name: str) -> None:
        self.events += name in READ
        if self.events > MOST_EVENTS:
            raise refused("calendar_many", MANY, most=MOST_EVENTS)


def refused(code: str, message: str, **values: object) -> Refusal:
    """The refusal of a whole file."""
    return Refusal([Reason(code, "file", message, values)])
