"""Makes iCalendar files for tests, as outside programs write them."""

from __future__ import annotations

from pathlib import Path

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Outside//EN\r\n"
TAIL = "END:VCALENDAR\r\n"


def event(*lines: str, uid: str = "") -> str:
    """A VEVENT of these lines; without a UID each gets its own."""
    uid = uid or f"{abs(hash(lines))}@outside.example"
    return "\r\n".join(("BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20270101T000000Z", *lines, "END:VEVENT", ""))


def calendar(*parts: str) -> bytes:
    """A whole file."""
    return (HEAD + "".join(parts) + TAIL).encode()


def hour(day: str = "20270302", start: int = 9, **more: str) -> str:
    """An hour of a day in Shanghai."""
    extra = [f"{name}:{value}" for name, value in more.items()]
    zone = "TZID=Asia/Shanghai"
    return event(f"DTSTART;{zone}:{day}T{start:02}0000", f"DTEND;{zone}:{day}T{start + 1:02}0000", *extra)


def kept(folder: Path, body: bytes) -> str:
    """The path of a file with this body."""
    path = folder / "outside.ics"
    path.write_bytes(body)
    return str(path)
