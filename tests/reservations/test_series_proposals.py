"""What the pages of a series propose for a date in the way: how much shorter it is, and never where it stands already."""

from __future__ import annotations

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
