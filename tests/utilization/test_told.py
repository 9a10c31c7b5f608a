"""What a dashboard tells beside its figures, to whom, and its files: what was looked for in vain, all parts, any days."""

from __future__ import annotations

import csv
import html
import io
import itertools
import json
import re
from datetime import timedelta

import pytest
from python_calamine import load_workbook

from instruments.database.transactions import deed
from instruments.people.rights import Role
from instruments.reservations.demand.noting import Asker, Sought, note
from instruments.utilization import tasks
from instruments.utilization.pareto import BUCKETS
from instruments.utilization.sums import Selection, totals
from instruments.utilization.views.words import shown_hours
from tests.utilization.test_sums import NOW
from tests.world import bearer, sign_in


def test_what_was_looked_for_in_vain(client, world, campus, people, app) -> None:
    with deed():
        for home, times in zip(campus.homes, (2, 1), strict=True):
            wish = Sought("search", NOW, NOW + timedelta(days=1), 7200, place_id=home.id)
            note([(wish, Asker(home.id, "university"), "")] * times, NOW)
    for who, of, words in (
        (people.platform, "platform", "3 wishes"), (people.manager, f"institution-{campus.homes[0].id}", "2 wishes"),
        (people.keeper, f"lab-{campus.labs[0].id}", "Nobody waited in vain for its instruments"),
    ):  # fmt: skip
        sign_in(client, who)
        assert words in client.get(f"/utilization?of={of}&period=2027-01").text
        assert client.get(f"/utilization/unmet?of={of}&period=2027-01").status_code == 200


def test_what_was_looked_for_is_told_by_class_and_place(client, world, campus, people) -> None:
    home = campus.homes[0]
    with deed():
        for place in (home.id, None):
            wish = Sought("search", NOW, NOW + timedelta(days=1), 7200, place_id=place)
            note([(wish, Asker(home.id, "university"), "")], NOW)
    sign_in(client, people.manager)
    fields = f"of=institution-{home.id}&period=2027-01"
    body = client.get(f"/utilization/unmet.csv?{fields}").data.decode("utf-8-sig")
    assert sorted(csv.reader(io.StringIO(body)))[:2] == [
        ["Any class", "Anywhere", "1", "2.0"],
        ["Any class", home.name_en, "1", "2.0"],
    ]
    assert client.get(f"/utilization/unmet.xlsx?{fields}").status_code == 200
    # The dashboard shows it by class, and so do its files.
    shown = [["Class", "Wishes", "Hours wanted"], ["Any class", "2", "4.0"]]
    body = client.get(f"/utilization/board-unmet.csv?{fields}").data.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(body))) == shown
    book = load_workbook(io.BytesIO(client.get(f"/utilization/board.xlsx?{fields}").data))
    sheet = book.get_sheet_by_name("Looked for in vain").to_python()
    assert [row[:2] for row in sheet] == [["Class", "Wishes"], ["Any class", 2.0]]
    page = client.get(f"/utilization?{fields}").text
    for part in ("served", "income", "unmet"):
        assert f"/utilization/board-{part}.csv?" in page, part


def test_who_has_no_right_to_those_who_asked_is_told_nothing(client, world, campus, people) -> None:
    home = campus.homes[0]
    purse, operator = world.person(home), world.person(home)
    world.grant(purse, Role.FINANCE_OFFICER, home)
    world.grant(operator, Role.LAB_OPERATOR, campus.labs[0])
    with deed():
        wish = Sought(
            "waitlist",
            NOW,
            NOW + timedelta(days=1),
            7200,
            instrument_id=campus.things[0].id,
            place_id=home.id,
        )
        note([(wish, Asker(home.id, "university"), "")], NOW)
    # Whoever works in a lab sees by name who waits for its instruments.
    lab, house = f"lab-{campus.labs[0].id}", f"institution-{home.id}"
    for who, of, told in (
        (purse, house, False),
        (purse, lab, False),
        (operator, lab, True),
        (people.auditor, house, True),
    ):
        sign_in(client, who)
        page = client.get(f"/utilization?of={of}&period=2027-01").text
        assert ("1 wish" in page, "Withheld: fewer than five" in page) == (told, not told), of
        status = 200 if told else 404
        for file in ("unmet", "unmet.csv", "board-unmet.csv"):
            assert client.get(f"/utilization/{file}?of={of}&period=2027-01").status_code == status
        key = bearer(world.token(who, "usage:read"))
        answer = client.get(f"/api/v1/utilization/dashboard?of={of}&period=2027-01", headers=key).json
        assert (answer["unmet"] is not None) == told


def test_a_dashboard_as_files_holds_what_it_shows(client, world, campus, people) -> None:
    sign_in(client, people.manager)
    fields = f"of=institution-{campus.homes[0].id}&period=2026"
    book = load_workbook(io.BytesIO(client.get(f"/utilization/board.xlsx?{fields}").data))
    assert book.sheet_names == [
        "All figures", "Evidence of the hours", "When instruments are used", "Trend", "Instruments by hours",
        "From open hour to used hour", "Who uses whose", "Who was served", "What it earned", "Looked for in vain",
        "Definitions",
    ]  # fmt: skip
    for part in (
        "figures",
        "week",
        "trend",
        "instruments",
        "steps",
        "matrix",
        "served",
        "income",
        "unmet",
        "evidence",
    ):
        rows = list(
            csv.reader(
                io.StringIO(client.get(f"/utilization/board-{part}.csv?{fields}").data.decode("utf-8-sig"))
            )
        )
        assert len({len(row) for row in rows}) == 1, part
    assert client.get(f"/utilization/board-colours.csv?{fields}").status_code == 404
    used = totals(Selection(institution_id=campus.homes[0].id), (202601, 202612), NOW).measure("effective")
    matrix = list(
        csv.reader(
            io.StringIO(client.get(f"/utilization/board-matrix.csv?{fields}").data.decode("utf-8-sig"))
        )
    )
    assert sum(float(row[-1]) for row in matrix[1:]) == pytest.approx(float(used), abs=0.2)
    sign_in(client, people.elsewhere)
    for file in ("board.xlsx", "board-week.csv"):
        assert client.get(f"/utilization/{file}?{fields}").status_code == 404


def test_any_days_can_be_typed(client, campus, people) -> None:
    sign_in(client, people.manager)
    page = client.get("/utilization?period=2026-01&from=2026-03-04&to=2026-03-31").text
    assert "period=2026-03-04..2026-03-31" in page
    # One day alone is none: the page says so over the last month, and keeps what was typed.
    refused = client.get("/utilization?from=2026-03-04")
    assert (refused.status_code, "This is no period" in refused.text) == (422, True)
    assert 'value="2026-03-04"' in refused.text


def test_a_period_that_has_not_begun_says_so(client, campus, people) -> None:
    sign_in(client, people.manager)
    page = client.get("/utilization?period=2030").text
    assert ("has not begun" in page, "still running" in page, "was in service" in page) == (
        True,
        False,
        False,
    )


def test_nothing_is_compared_with_a_time_before_anything_was_used(client, campus, people) -> None:
    sign_in(client, people.platform)
    # The first use of all was in March 2026.
    page = client.get("/utilization?period=2026-12&against=year").text
    assert "on a year ago" not in page.partition('id="all-title"')[0]
    assert "on the period before" in client.get("/utilization?period=2026-12&against=before").text
    assert "Records begin on 4 Mar 2026: nothing is known" in client.get("/utilization?period=2026-01").text


def test_while_nothing_is_kept_of_a_year_ago_the_period_before_is_usual(client, campus, people) -> None:
    sign_in(client, people.manager)
    pages = ("/utilization?", f"/institutions/{campus.homes[0].id}/used?")
    # The first use of all was in March 2026.
    for page, (period, asked, chosen) in itertools.product(
        pages,
        (
            ("2026-12", "", "before"),
            ("2026-12", "&against=year", "year"),
            ("2027-03", "", "before"),
            ("2027-04", "", "year"),
            ("2027-04", "&against=before", "before"),
        ),
    ):
        body = client.get(f"{page}period={period}{asked}").text
        assert f'<option value="{chosen}" selected' in body, (page, period, asked)
        # What is chosen stays so, however old the records get.
        assert f"&amp;against={chosen}" in body


def test_how_much_is_open_stands_beside_the_utilization_of_it(client, campus, people) -> None:
    """Metrics, rule 4: closing hours raises what is used of the hours left."""
    sign_in(client, people.manager)
    tiles, _, opened = client.get("/utilization?period=2026").text.partition('id="definition"')
    share = re.search(r"open share ([0-9.]+%)", tiles.partition('id="tiles"')[2])
    assert share is not None
    assert f"open share {share[1]}" in opened.partition("</h3>")[2].partition("<h3")[0]
    [listed] = re.findall(r">Open share</a></td><td[^>]*><b>([0-9.]+%)", opened)
    assert listed == share[1]
    # Beside other hours, and other figures, it is one among all.
    assert "open share" not in client.get("/utilization?period=2026&per=open&open=effective").text


def test_more_than_the_step_before_is_no_share(client, world, campus, people) -> None:
    """Uses without a reservation are attended, too: nothing is above 100 % of its layer."""
    sign_in(client, people.manager)
    body = client.get(f"/utilization/board-steps.csv?of=institution-{campus.homes[0].id}&period=2026").data
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(body.decode("utf-8-sig")))}
    assert float(rows["Attended hours"][0]) > float(rows["Reserved hours"][0])
    assert rows["Attended hours"][1] == ""
    assert all(not row[1] or float(row[1]) <= 100 for row in list(rows.values())[1:])


def test_each_bar_of_the_instruments_says_for_how_many_it_stands(client, world, campus, people) -> None:
    for _ in range(BUCKETS):
        world.instrument(campus.labs[0])
    tasks.keep_up()
    sign_in(client, people.manager)
    body = client.get(
        f"/utilization/board-instruments.csv?of=institution-{campus.homes[0].id}&period=2026"
    ).data
    heads, *rows = csv.reader(io.StringIO(body.decode("utf-8-sig")))
    assert heads[:3] == ["from the most used to the least", "Instruments", "hours an instrument"]
    assert [row[0] for row in rows] == [str(bar + 1) for bar in range(BUCKETS)]
    assert {row[1] for row in rows} == {"1", "2"}
    assert sum(int(row[1]) for row in rows) == BUCKETS + 2


def test_the_tail_of_what_nobody_used_is_named(client, world, campus, people) -> None:
    world.instrument(campus.labs[0], name_en="Lonely balance")
    tasks.keep_up()
    sign_in(client, people.manager)
    page = client.get(f"/utilization?of=institution-{campus.homes[0].id}&period=2026").text
    told = re.search(r'data-chart="pareto" data-values="([^"]*)"', page)
    assert told is not None
    assert json.loads(html.unescape(told[1]))["idle"] == {"first": 2, "words": "1 was not used"}
    assert "order=inside" in page


def test_before_anything_was_used_the_hours_that_there_were_are_compared(client, campus, people) -> None:
    """Open hours are known of a year ago; what was reserved and used is not."""
    sign_in(client, people.manager)
    fields = f"of=institution-{campus.homes[0].id}"
    # What is older than the months that are kept is counted as soon as somebody looks at it.
    assert client.get(f"/utilization?{fields}&period=2025-05").status_code == 200
    board = client.get(f"/utilization/board-figures.csv?{fields}&period=2026-05&against=year")
    changed = {row[0]: row[2] for row in csv.reader(io.StringIO(board.data.decode("utf-8-sig")))}
    # May 2026 has 21 weekdays and May 2025 has 22.
    assert changed.pop("Open share (%)") == "-1.1"
    assert set(changed.values()) == {"", "Changed by"}


def test_one_instrument_stands_in_no_order(client, campus, people) -> None:
    sign_in(client, people.manager)
    house = client.get(f"/utilization?of=institution-{campus.homes[0].id}&period=2026").text
    assert ("Instruments by hours" in house, "A fifth of the instruments" in house) == (True, False)
    one = client.get(f"/utilization?of=instrument-{campus.things[0].id}&period=2026").text
    assert ("Instruments by hours" in one, "A fifth of the instruments" in one) == (False, False)
    assert "From open hour to used hour" in one


def test_hours_of_the_day_are_drawn_without_a_gap() -> None:
    week = [0.0] * 168
    for drawn, used in (
        (range(5, 23), {5: 0.5}),
        (range(7, 23), {6: 0.001, 9: 0.5}),
        (range(24), {0: 1, 23: 1}),
    ):
        for hour, part in used.items():
            week[hour] = part
        assert shown_hours(week) == list(drawn)
        week = [0.0] * 168
