"""The iCalendar files we write: the same twice, right in every zone, and read alike by two strict parsers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil.tz import tzical
from hypothesis import given
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream

from instruments.calendars.writing import Entry, Head, write
from instruments.calendars.zones import definition

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
HEAD = Head("拉曼光谱仪, Raman; one", "commons.example", "https://commons.example/")
STAMP = datetime(2027, 3, 1, 8, tzinfo=UTC)


def entry(start: datetime = datetime(2027, 3, 2, 9, tzinfo=SHANGHAI), **values: object) -> Entry:
    values = {"uid": "reservation-1", "sequence": 3, "stamp": STAMP, "summary": "Booked"} | values
    return Entry(start=start, end=start + timedelta(hours=2), **values)  # type: ignore[arg-type]  # values by name


@pytest.mark.parametrize(
    "key",
    ["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Europe/Dublin", "Australia/Lord_Howe", "UTC"],
)
def test_the_definition_of_a_zone_says_what_the_zone_says_at_every_moment(key: str, tmp_path) -> None:
    file = icalendar.Calendar()
    file.add_component(definition(key, 2026, 2028))
    path = tmp_path / "zone.ics"
    path.write_bytes(file.to_ical())
    told, zone = tzical(str(path)).get(), ZoneInfo(key)
    moment, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
    while moment < end:
        there, later = moment.astimezone(zone), (moment + timedelta(hours=12)).astimezone(zone)
        # Of an hour that the wall shows twice, dateutil cannot tell the second in such a zone.
        if there.replace(fold=0).utcoffset() == there.replace(fold=1).utcoffset():
            assert there.replace(tzinfo=told).utcoffset() == there.utcoffset(), there
        moment += timedelta(hours=12) if there.utcoffset() == later.utcoffset() else timedelta(minutes=15)


def test_the_same_events_are_the_same_bytes() -> None:
    assert write(HEAD, [entry()]) == write(HEAD, [entry()])


def test_every_line_is_short_enough_and_no_character_is_cut() -> None:
    file = write(HEAD, [entry(summary="共聚焦拉曼显微镜" * 40, description="龑𬭚㛃" * 60)])
    for line in file.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # a character cut in two would not be UTF-8


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\x7f\u2028\u2029\x85"),
    max_size=120,
)


@given(summary=WORDS, description=WORDS, location=WORDS, category=WORDS.filter(lambda text: text.strip()))
def test_two_strict_parsers_read_back_what_was_written(
    summary: str, description: str, location: str, category: str
) -> None:
    one = entry(
        summary=summary, description=description, location=location, category=category,
        url="https://commons.example/reservations/1", created=STAMP,
    )  # fmt: skip
    two = entry(datetime(2027, 3, 28, 1, tzinfo=BERLIN), uid="reservation-2", status="CANCELLED")
    file = write(HEAD, [one, two])

    strict = icalendar.Calendar.from_ical(file)
    assert [event.errors for event in strict.events] == [[], []]
    assert strict.get_missing_tzids() == set()
    first, second = strict.events
    assert (str(first["summary"]), str(first.get("description", ""))) == (summary, description)
    assert first["categories"].cats == [category]
    assert second.start.astimezone(UTC) == two.start.astimezone(UTC)
    assert second["transp"] == "TRANSPARENT"

    other = IcsCalendarStream.calendar_from_ics(file.decode())
    assert [event.uid for event in other.events] == [
        "reservation-1@commons.example",
        "reservation-2@commons.example",
    ]
    read = other.events[0]
    assert (read.summary, read.description or "", read.location or "") == (summary, description, location)
    assert (read.sequence, read.dtstamp.astimezone(UTC), read.status.value) == (3, STAMP, "CONFIRMED")
    for event, written in zip(other.events, (one, two), strict=True):
        assert event.dtstart.astimezone(UTC) == written.start.astimezone(UTC)
        assert event.dtend.astimezone(UTC) == written.end.astimezone(UTC)
