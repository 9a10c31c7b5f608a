"""Some places closed, as calendars draw it: cut where another closure begins or ends, and only while the instrument is open."""

import pytest
from flask_babel import force_locale

from instruments.availability.calendar import Told
from instruments.reservations.parts_closed import closed_in_words, parts_closed
from instruments.timespan import Pair

DAY: list[Pair] = [(8, 18)]
PUMP, COURSE = ("maintenance", "Pump"), ("training", "Course")


def closed(start: int, end: int, units: int, cause: tuple[str, str] = PUMP) -> Told:
    return (start, end, *cause, units)


@pytest.mark.parametrize(
    ("told", "opened", "drawn"),
    [
        ([], DAY, []),
        ([closed(9, 12, 2)], DAY, [(9, 12, 2, (PUMP,))]),
        # what closes all the places is drawn as a closure, written so or by its number
        ([closed(9, 12, 0)], DAY, []),
        ([closed(9, 12, 8)], DAY, []),
        # outside of the opening hours nothing could be booked anyway
        ([closed(0, 24, 2)], [(8, 10), (14, 18)], [(8, 10, 2, (PUMP,)), (14, 18, 2, (PUMP,))]),
        ([closed(0, 6, 2)], DAY, []),
        # two at once add up, and each is told
        (
            [closed(9, 14, 2), closed(12, 16, 3, COURSE)],
            DAY,
            [(9, 12, 2, (PUMP,)), (12, 14, 5, (PUMP, COURSE)), (14, 16, 3, (COURSE,))],
        ),
        # one after the other are two, though the number stays
        (
            [closed(9, 12, 2), closed(12, 16, 2, COURSE)],
            DAY,
            [(9, 12, 2, (PUMP,)), (12, 16, 2, (COURSE,))],
        ),
        # together never more than there are
        ([closed(9, 12, 5), closed(9, 12, 7)], DAY, [(9, 12, 8, (PUMP,))]),
    ],
)
def test_what_is_drawn(told: list[Told], opened: list[Pair], drawn: list[tuple[object, ...]]) -> None:
    found = parts_closed(told, 8, opened)
    assert [(part.start, part.end, part.units, part.causes) for part in found] == drawn


def test_it_is_said_in_both_languages(app) -> None:
    reason = "Pump leaks / 真空泵漏油"
    for language, part, whole in (
        ("en", "2 of 8 places closed · Out of order · Pump leaks", "Out of order · Pump leaks"),
        ("zh_Hans_CN", "停开名额 2/8 · 故障停机 · 真空泵漏油", "故障停机 · 真空泵漏油"),
    ):
        with app.test_request_context(), force_locale(language):
            assert closed_in_words("breakdown", reason, 2, 8) == part
            assert closed_in_words("breakdown", reason, 0, 8) == whole
            assert closed_in_words("breakdown", reason, 1, 1) == whole
