"""What the pages of a series propose for a date in the way: how much shorter it is, and never where it stands already."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from instruments.database import db
from tests.reservations.test_series_pages import HOUR, NINE, WEEK, Desk, change, decided, words


def test_a_proposal_shorter_than_wanted_says_by_how_much(client, world, now) -> None:
    desk = Desk(client, world, week="Tue 09:00-12:00")
    world.rules(desk.thing, horizon_days=30)
    for week in range(5):
        world.reservation(desk.thing, desk.other, NINE + week * WEEK, NINE + week * WEEK + HOUR * 1.5)
    assert "Take 10:30–12:00 (1 h 30 min, 1 h 30 min shorter)" in words(desk.post("/series/plan"))
    desk.person.language = "zh_Hans_CN"
    db.session.commit()
    assert "10:30–12:00（1 小时 30 分，少 1 小时 30 分）" in words(desk.post("/series/plan"))


def test_a_date_in_the_way_is_not_offered_the_time_that_it_has(client, world, now) -> None:
    desk = Desk(client, world, week="Tue 09:00-15:00")
    number = desk.books()
    world.reservation(desk.thing, desk.other, NINE + WEEK + 4 * HOUR, NINE + WEEK + 5 * HOUR)
    world.rules(desk.thing, horizon_days=10)
    page = change(desk, number, **{"from": "12:00", "until": "15:00"})
    _, choices = decided(page)
    stands = [int((NINE + WEEK + hours * HOUR).timestamp()) for hours in (0, 3)]
    assert f"take:{stands[0]}-{stands[1]}" not in choices
    # Nothing else has three hours.
    assert "(1 h, 2 h shorter)" in words(page) and choices[-2:] == ["leave", "drop"]


def test_shown_again_the_dates_say_why_and_what_they_could_have(client, world, now) -> None:
    desk = Desk(client, world)
    number = desk.books()
    for week in (1, 2):
        start = NINE + week * WEEK + 4 * HOUR
        world.reservation(desk.thing, desk.other, start, start + HOUR)
    asked = change(desk, number)
    question = re.findall(r'name="question" value="([^"]*)"', asked.text)[0]
    choices = dates_asked(asked)
    assert [len(options) for _, options, _ in choices] == [3, 3]
    taken = choices[1][1][0]
    # To cancel one of them needs a reason, and there is none.
    unsaid = change(desk, number, question=question, **{"at-1": "drop", "at-2": taken})
    assert unsaid.status_code == 422
    again = dates_asked(unsaid)
    assert [each[:2] for each in again] == [each[:2] for each in choices]
    assert [chosen for _, _, chosen in again] == ["drop", taken]
    # The one of which another time was taken meanwhile says so; of the other nothing is lost.
    begins = datetime.fromtimestamp(int(taken[5:].partition("-")[0]), UTC)
    world.reservation(desk.thing, desk.other, begins, begins + HOUR)
    went = change(desk, number, question=question, reason="Ill", **{"at-1": "drop", "at-2": taken})
    assert went.status_code == 409
    (reasons, options, chosen), (others, _, _) = dates_asked(went)
    assert (reasons, options, chosen) == (choices[0][0], choices[0][1], "drop") and others
    assert desk.starts() == ["03-02 09", "03-09 09", "03-16 09", "03-23 09"]


def dates_asked(answer) -> list[tuple[list[str], list[str], str]]:
    """Of each date in the way: why, what can be chosen, and what is."""
    found = []
    for field in re.findall(r'<div class="field"><label for="f-at-.*?</select>', answer.text, re.S):
        chosen = re.findall(r'value="([^"]+)" selected', field)
        reasons = re.findall(r'class="row-reason"[^>]*>([^<]*)<', field)
        found.append((reasons, re.findall(r'<option value="([^"]+)"', field), "".join(chosen)))
    return found
