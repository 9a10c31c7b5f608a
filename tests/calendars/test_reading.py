"""What an outside calendar closes here: the field's examples, and what programs and attackers really send."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from instruments.calendars.reading import read_calendar
from instruments.errors import Refusal
from instruments.jobs.confined import confined
from tests.calendars.files import HEAD, TAIL, calendar, event, hour, kept

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
SINCE = datetime(2027, 3, 1, tzinfo=SHANGHAI)
UNTIL = SINCE + timedelta(days=60)
OUTLOOK = """BEGIN:VTIMEZONE\r
TZID:{name}\r
BEGIN:STANDARD\r
DTSTART:16010101T000000\r
TZOFFSETFROM:{offset}\r
TZOFFSETTO:{offset}\r
END:STANDARD\r
END:VTIMEZONE\r
"""


def read(folder: Path, body: bytes, zone: str = "Asia/Shanghai") -> dict[str, Any]:
    window = int(SINCE.timestamp()), int(UNTIL.timestamp())
    return read_calendar(kept(folder, body), zone, *window, "commons.example")


def spans(folder: Path, *parts: str, zone: str = "Asia/Shanghai") -> list[str]:
    """When it is busy, as the wall of the zone says it."""
    found = read(folder, calendar(*parts), zone)
    assert found["unread"] == []
    wall = [[datetime.fromtimestamp(end, ZoneInfo(zone)) for end in span] for span in found["spans"]]
    return [f"{start:%d %b %H:%M}–{end:%H:%M}" for start, end in wall]


def unread(folder: Path, *parts: str) -> list[str]:
    """Why events could not be read; one that can stands beside them and must count."""
    found = read(folder, calendar(*parts, hour()))
    assert found["events"] == 1 and len(found["spans"]) == 1
    return [why for _, why in found["unread"]]


# --- Files that are refused whole -------------------------------------------------------------------------------------

REFUSED = {
    "empty": (b" \r\n", "calendar_empty"),
    "a web page": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "calendar_page"),
    "a gzip": (gzip.compress(calendar(hour())), "calendar_packed"),
    "a zip": (b"PK\x03\x04rest", "calendar_packed"),
    "something else": (b'{"error": "no such calendar"}', "calendar_other"),
    "cut off in an event": (calendar(hour())[:-40], "calendar_cut"),
    "cut off between events": (calendar(hour()).removesuffix(TAIL.encode()), "calendar_cut"),
    "too large": (b"BEGIN:VCALENDAR\r\n" + b"X-FILL:" + b"x" * 11_000_000, "calendar_large"),
    "nested": (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + b"BEGIN:VALARM\r\n" * 10_000, "calendar_deep"),
    "nested calendars": (b"BEGIN:VCALENDAR\r\n" * 10_000, "calendar_deep"),
    "too many events": (calendar(*(event("DTSTART:20270301T000000Z") for _ in range(10_001))), "calendar_many"),
    "nothing that can be read": (calendar(event("DTSTART:tomorrow"), event("SUMMARY:Lost")), "calendar_none_read"),
    "events in events": (calendar("BEGIN:VEVENT\r\n" * 8 + "END:VEVENT\r\n" * 8), "calendar_none_read"),
    "busy too often": (
        calendar(*(event(f"DTSTART:2027030{n % 9 + 1}T000000Z", f"DURATION:PT{n + 1}S", "RRULE:FREQ=HOURLY") for n in range(60))),
        "calendar_often",
    ),
}  # fmt: skip


# The bell may ring in a clean-up of Python's, where its exception is lost with a warning; it rings again.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("body", "code"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_no_calendar_is_refused(tmp_path: Path, body: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(tmp_path, body)
    assert [reason.code for reason in refused.value.reasons] == [code]


def test_a_line_without_end_is_no_file_of_the_server(tmp_path: Path) -> None:
    # icalendar would take a single line for the path of a file, and read it.
    with pytest.raises(Refusal, match="calendar_other"):
        read(tmp_path, b"/etc/passwd")


# --- Events that cannot be read sink nothing else ---------------------------------------------------------------------

BAD = {
    "no start": (event("SUMMARY:Lost"), "times"),
    "a start that is none": (event("DTSTART:tomorrow"), "times"),
    "an hour that is none": (event("DTSTART:20270302T250000Z"), "times"),
    "two starts": (event("DTSTART:20270302T090000Z", "DTSTART:20270303T090000Z"), "times"),
    "an end before the start": (event("DTSTART:20270302T090000Z", "DTEND:20270302T080000Z"), "order"),
    "a zone that nobody knows": (event("DTSTART;TZID=Nowhere/Land:20270302T090000"), "zone"),
    "an unknown zone in an exception": (
        event("DTSTART:20270302T090000Z", "RRULE:FREQ=DAILY", "EXDATE;TZID=Nowhere:20270303T090000"), "zone",
    ),
    "a rule that is none": (event("DTSTART:20270302T090000Z", "RRULE:FREQ=WEEKLY;BYDAY=XX"), "rule"),
    "every second": (event("DTSTART:20270302T090000Z", "RRULE:FREQ=SECONDLY"), "often"),
    "every second in disguise": (
        event(
            "DTSTART:20270302T090000Z",
            "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))
            + ";BYMINUTE=" + ",".join(map(str, range(60))) + ";BYSECOND=" + ",".join(map(str, range(60))),
        ), "often",
    ),
    "no end": ("BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20270305T090000Z\r\n", "structure"),
    "an alarm across its end": (
        "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20270305T090000Z\r\nBEGIN:VALARM\r\nEND:VEVENT\r\n", "structure",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "why"), BAD.values(), ids=BAD)
def test_one_bad_event_is_listed_and_the_rest_counts(tmp_path: Path, text: str, why: str) -> None:
    assert unread(tmp_path, text) == [why]


def test_a_bad_event_is_named_by_its_line(tmp_path: Path) -> None:
    found = read(tmp_path, calendar(hour(), event("DTSTART:tomorrow", "SUMMARY:Secret")))
    assert found["unread"] == [(10, "times")]
    assert "Secret" not in repr(found)


# --- What takes time --------------------------------------------------------------------------------------------------


def test_an_event_takes_its_time(tmp_path: Path) -> None:
    assert spans(tmp_path, hour()) == ["02 Mar 09:00–10:00"]


@pytest.mark.parametrize(
    "line",
    ["STATUS:CANCELLED", "TRANSP:TRANSPARENT", "TRANSP:transparent", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"],
)
def test_what_is_cancelled_or_free_takes_none(tmp_path: Path, line: str) -> None:
    name, _, value = line.partition(":")
    assert spans(tmp_path, hour(**{name: value}), hour(start=14)) == ["02 Mar 14:00–15:00"]


@pytest.mark.parametrize("line", ["STATUS:TENTATIVE", "X-MICROSOFT-CDO-BUSYSTATUS:OOF", "TRANSP:OPAQUE"])
def test_what_is_only_tentative_takes_time(tmp_path: Path, line: str) -> None:
    name, _, value = line.partition(":")
    assert spans(tmp_path, hour(**{name: value})) == ["02 Mar 09:00–10:00"]


def test_a_calendar_that_takes_its_events_back_is_busy_never(tmp_path: Path) -> None:
    assert spans(tmp_path, "METHOD:CANCEL\r\n", hour()) == []


def test_our_own_events_are_known(tmp_path: Path) -> None:
    own = [event("DTSTART:20270302T010000Z", "DURATION:PT1H", uid=f"{uid}@commons.example")
           for uid in ("reservation-7", "closure-3", "busy-12", "full-4-1800000000")]  # fmt: skip
    found = read(tmp_path, calendar(*own))
    assert (found["spans"], found["own"]) == ([], 4)
    for uid in ("reservation-7@elsewhere.example", "meeting-7@commons.example"):
        other = event("DTSTART:20270302T010000Z", "DURATION:PT1H", uid=uid)
        assert spans(tmp_path, other) == ["02 Mar 09:00–10:00"]


def test_only_the_horizon_counts(tmp_path: Path) -> None:
    assert spans(tmp_path, hour("20260302"), hour("20290302"), hour("20270430", 22)) == []
    assert spans(tmp_path, event("DTSTART:20270227T000000Z", "DTEND:20270301T010000Z")) == [
        "01 Mar 00:00–09:00"
    ]


def test_a_list_of_busy_times_counts(tmp_path: Path) -> None:
    listed = (
        "BEGIN:VFREEBUSY\r\nUID:3\r\nFREEBUSY:20270302T010000Z/PT1H,20270303T010000Z/20270303T020000Z\r\n"
        "FREEBUSY;FBTYPE=FREE:20270304T010000Z/PT1H\r\nFREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20270305T010000Z/PT1H\r\n"
        "END:VFREEBUSY\r\n"
    )
    assert spans(tmp_path, listed) == ["02 Mar 09:00–10:00", "03 Mar 09:00–10:00", "05 Mar 09:00–10:00"]


# --- Zones ------------------------------------------------------------------------------------------------------------


def test_floating_times_are_those_of_the_lab(tmp_path: Path) -> None:
    floating = event("DTSTART:20270302T090000", "DTEND:20270302T100000")
    assert (
        spans(tmp_path, floating) == spans(tmp_path, floating, zone="Europe/Berlin") == ["02 Mar 09:00–10:00"]
    )
    weekly = event("DTSTART:20270302T090000", "DTEND:20270302T100000", "RRULE:FREQ=WEEKLY;COUNT=2")
    assert spans(tmp_path, weekly, zone="Europe/Berlin") == ["02 Mar 09:00–10:00", "09 Mar 09:00–10:00"]


def test_whole_days_are_days_of_the_lab(tmp_path: Path) -> None:
    days = event("DTSTART;VALUE=DATE:20270327", "DTEND;VALUE=DATE:20270329")
    assert spans(tmp_path, days) == ["27 Mar 00:00–00:00"]
    (span,) = read(tmp_path, calendar(days), "Europe/Berlin")["spans"]
    assert span[1] - span[0] == 47 * 3600  # the clock goes forward on the 28th
    assert spans(tmp_path, event("DTSTART;VALUE=DATE:20270327")) == ["27 Mar 00:00–00:00"]


def test_the_file_defines_its_zones(tmp_path: Path) -> None:
    for name in ("Our Own Time", "China Standard Time", "Asia/Shanghai", "(UTC+08:00) 北京，重庆"):
        zone = OUTLOOK.format(name=name, offset="+0900")
        there = event(f'DTSTART;TZID="{name}":20270302T100000', "DURATION:PT1H")
        assert spans(tmp_path, zone, there) == ["02 Mar 09:00–10:00"], name


def test_a_zone_that_the_file_does_not_define_is_found_by_its_name(tmp_path: Path) -> None:
    for name in ("China Standard Time", "Asia/Shanghai", "/Asia/Shanghai", "PRC"):
        there = event(f"DTSTART;TZID={name}:20270302T090000", "DURATION:PT1H")
        assert spans(tmp_path, there) == ["02 Mar 09:00–10:00"], name


def test_a_zone_that_changes_every_second_is_no_zone(tmp_path: Path) -> None:
    zone = OUTLOOK.format(name="Asia/Shanghai", offset="+0900").replace(
        "DTSTART:16010101T000000\r\n", "DTSTART:16010101T000000\r\nRRULE:FREQ=SECONDLY\r\n"
    )
    assert spans(tmp_path, zone, hour()) == ["02 Mar 09:00–10:00"]  # to lay it out would take for ever


# --- Repetitions ------------------------------------------------------------------------------------------------------

WEEKLY = ("DTSTART;TZID=Europe/Berlin:20270308T090000", "DTEND;TZID=Europe/Berlin:20270308T100000")


def test_a_weekly_event_stays_at_its_hour_over_a_clock_change(tmp_path: Path) -> None:
    found = spans(tmp_path, event(*WEEKLY, "RRULE:FREQ=WEEKLY;COUNT=5"), zone="Europe/Berlin")
    assert found == [f"{day} 09:00–10:00" for day in ("08 Mar", "15 Mar", "22 Mar", "29 Mar", "05 Apr")]


def test_exceptions_additions_and_changed_occurrences(tmp_path: Path) -> None:
    zone = "TZID=Asia/Shanghai"
    master = event(
        f"DTSTART;{zone}:20270302T090000", f"DTEND;{zone}:20270302T100000", "RRULE:FREQ=DAILY;COUNT=5",
        f"EXDATE;{zone}:20270303T090000", f"RDATE;{zone}:20270310T140000", uid="a@outside.example",
    )  # fmt: skip
    moved = event(
        f"RECURRENCE-ID;{zone}:20270304T090000", f"DTSTART;{zone}:20270304T160000",
        f"DTEND;{zone}:20270304T180000", uid="a@outside.example",
    )  # fmt: skip
    dropped = event(
        f"RECURRENCE-ID;{zone}:20270305T090000", f"DTSTART;{zone}:20270305T090000", "STATUS:CANCELLED",
        uid="a@outside.example",
    )  # fmt: skip
    free = event(
        f"RECURRENCE-ID;{zone}:20270306T090000", f"DTSTART;{zone}:20270306T090000", "TRANSP:TRANSPARENT",
        uid="a@outside.example",
    )  # fmt: skip
    assert spans(tmp_path, free, master, moved, dropped) == [
        "02 Mar 09:00–10:00", "04 Mar 16:00–18:00", "10 Mar 14:00–15:00",
    ]  # fmt: skip


def test_a_repetition_without_end_is_laid_out_up_to_the_horizon(tmp_path: Path) -> None:
    daily = event("DTSTART:19990101T010000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")
    assert len(spans(tmp_path, daily)) == 60


def test_every_second_in_a_confined_process_is_over_soon(tmp_path: Path) -> None:
    bombs = [event("DTSTART:20270302T090000Z", "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30") for _ in range(2)]
    path = kept(tmp_path, calendar(*bombs, hour()))
    found = confined(
        read_calendar, path, "Asia/Shanghai", int(SINCE.timestamp()), int(UNTIL.timestamp()), "x"
    )
    assert [why for _, why in found["unread"]] == ["slow"]  # both have one UID: one series
    assert len(found["spans"]) == 1


def test_a_utf16_file_is_read(tmp_path: Path) -> None:
    body = (HEAD + hour() + TAIL).encode("utf-16")
    assert len(read(tmp_path, body)["spans"]) == 1
