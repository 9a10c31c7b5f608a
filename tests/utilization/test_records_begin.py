"""Before records begin nothing is known: pages say so, and no zero is drawn."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from python_calamine import load_workbook

from instruments.utilization import kept_months, periods
from instruments.utilization.known import why_not_compared
from instruments.utilization.peers import EARLY, FEW
from instruments.utilization.peers import WHY as WHY_NOT
from tests.utilization.test_sums import NOW
from tests.world import bearer, sign_in

# The first use of the campus is on 4 March 2026.
SAID = {"2026": True, "2026-Q1": True, "2026-03": True, "2026-04": False, "2026-02": False}


@pytest.mark.parametrize("period", SAID)
def test_a_dashboard_says_from_when_hours_are_known(client, people, period) -> None:
    sign_in(client, people.manager)
    page = client.get(f"/utilization?period={period}").text
    assert ("of the days before, no use is known" in page) == SAID[period]
    assert ("nothing is known of this period" in page) == (period == "2026-02")


def test_no_zero_is_drawn_of_months_before(client, world, people) -> None:
    sign_in(client, people.platform)
    fields = "of=platform&period=2026-06"
    body = client.get(f"/utilization/board-trend.csv?{fields}").data.decode("utf-8-sig")
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(body))}
    assert rows["2026-02"][:2] == ["", ""]
    # Nor of the one in which they begin. One after that in which nothing was used is a zero.
    assert (rows["2026-03"][:2], rows["2026-05"][0]) == (["", ""], "0.0")
    page = client.get(f"/utilization?{fields}").text.partition('id="trend-title"')[2]
    assert page.partition("</section>")[0].count("Records begin on 4 Mar") == len(
        [month for month in rows if month < "2026-04" and month[0] == "2"]
    )
    key = bearer(world.token(people.platform, "usage:read"))
    told = client.get(f"/api/v1/utilization/dashboard?{fields}", headers=key).json
    assert told["records_begin"] == "2026-03-04"


@pytest.mark.parametrize("period", ["2026", "2025/26"])
def test_a_purchase_review_says_it(client, world, campus, people, period) -> None:
    sign_in(client, people.manager)
    key = bearer(world.token(people.manager, "reports:read reports:write"))
    address = f"/api/v1/institutions/{campus.homes[0].id}/purchases"
    made = client.post(address, json={"name": "Another", "period": period}, headers=key)
    assert "Records begin on" in client.get(f"/purchases/{made.json['id']}").text
    assert made.json["records_begin"] == "2026-03-04"
    for body in (
        client.get(made.headers["Location"], headers=key).json,
        client.get(address, headers=key).json["items"][0],
    ):
        assert body["records_begin"] == "2026-03-04"


def test_a_period_is_compared_with_one_of_which_all_is_known() -> None:
    march, april = periods.read("2026-03"), periods.read("2026-04")
    today = date(2026, 5, 1)
    for begun, is_counted, code in (
        (date(2026, 3, 1), True, None), (date(2025, 1, 1), True, None),
        (date(2026, 3, 2), True, "records_begin"), (date(2026, 4, 30), False, "records_begin"),
        (None, True, "no_records"), (date(2026, 3, 1), False, "counting"),
    ):  # fmt: skip
        why = why_not_compared(april, march, today, begun, is_counted=is_counted)
        assert (why and why.code) == code, begun
    runs = why_not_compared(april, march, date(2026, 4, 30), None, is_counted=False)
    assert runs is not None and runs.code == "runs"


WHY = "Records begin on Wed 4 Mar 2026: the period to compare with begins before that, so that use is not compared."


@pytest.mark.parametrize(
    ("period", "against", "why", "changed"),
    [
        ("2026-04", "before", WHY, {"Open share (%)"}),
        ("2026-Q2", "before", WHY, {"Open share (%)"}),
        ("2026-03-05..2026-03-05", "before", "", {"Effective hours"}),
        ("2026-04-05..2026-05-04", "before", "", {"Effective hours"}),
        ("2026-04-02..2026-05-01", "before", WHY, {"Open share (%)"}),
        ("2027-01", "before", "A period that still runs is not compared.", set()),
    ],
)
def test_a_dashboard_is_not_compared_with_a_period_in_which_they_begin(
    client, world, people, period, against, why, changed
) -> None:
    sign_in(client, people.platform)
    fields = f"of=platform&period={period}&against={against}"
    page = client.get(f"/utilization?{fields}").text
    tiles = page.partition('id="tiles"')[2].partition("</ul>")[0]
    assert (WHY in page, "nothing to compare with" in tiles) == (why == WHY, why == WHY)
    body = client.get(f"/utilization/board-figures.csv?{fields}").data.decode("utf-8-sig")
    rows = {row[0]: row[2] for row in csv.reader(io.StringIO(body)) if row[2] not in ("", "Changed by")}
    assert rows.keys() >= changed if not why else rows.keys() == changed
    book = load_workbook(io.BytesIO(client.get(f"/utilization/board.xlsx?{fields}").data))
    told = [row[0] for row in book.get_sheet_by_name("Definitions").to_python()]
    assert (why in told) == bool(why)
    for part in ("served", "income"):
        body = client.get(f"/utilization/board-{part}.csv?{fields}").data.decode("utf-8-sig")
        cells = [row[-4] for row in csv.reader(io.StringIO(body))][1:]
        assert all(cell == "" for cell in cells) == bool(why or not cells), part


@pytest.mark.parametrize(
    ("period", "why"), [("2027-01", "A period that still runs is not compared."), ("2027", ""), ("2026", WHY)]
)
def test_the_api_says_why_nothing_stands_beside_a_period(client, world, people, period, why) -> None:
    key = bearer(world.token(people.manager, "usage:read"))
    told = client.get(f"/api/v1/utilization/dashboard?period={period}", headers=key).json
    assert told["compared"]["not_compared"] == (why or "A period that still runs is not compared.")
    assert (told["served_before"], told["income_before"]) == (None, None)


def test_what_there_was_none_of_before_is_said_to_have_been_none(client, world, people) -> None:
    """Of the institution nothing was used from April to October, which is known."""
    sign_in(client, people.manager)
    fields = "period=2026-11&against=before&open=effective"
    page = client.get(f"/utilization?{fields}").text
    tiles = page.partition('id="tiles"')[2].partition("</ul>")[0]
    assert ("0 in the period before" in tiles, "nothing to compare with" in tiles) == (True, False)
    served = page.partition('id="served-title"')[2].partition("</section>")[0]
    assert ("0 in the period before" in served, "nothing to compare with" in served) == (True, False)
    assert ">0 before</td>" in page
    body = client.get(f"/utilization/board-figures.csv?{fields}").data.decode("utf-8-sig")
    assert {row[0]: row[2] for row in csv.reader(io.StringIO(body))}["Effective hours"] == "0 before"
    client.get("/language/zh_Hans_CN?next=/")
    assert "上一时段为 0" in client.get(f"/utilization?{fields}").text


OF_DAYS = "Records begin on 4 Mar 2026: of the days before, no use is known."
BEFORE = "Records begin on 4 Mar 2026: nothing is known of this period."


@pytest.mark.parametrize(("period", "said"), [("2026-02", BEFORE), ("2026-03", OF_DAYS), ("2026-05", "")])
def test_every_page_file_and_answer_of_a_period_says_it(client, world, campus, people, period, said) -> None:
    sign_in(client, people.manager)
    home = campus.homes[0].id
    of = f"of=institution-{home}&period={period}"
    pages = (
        f"/utilization?{of}", f"/utilization/table?{of}&by=lab", f"/utilization/served?{of}", f"/utilization/income?{of}",
        f"/utilization/matrix?{of}", f"/utilization/hours?{of}&hour=9", f"/utilization/lists/idle?{of}",
        f"/utilization/used-by?{of}&user={home}", f"/utilization/uses?of=instrument-{campus.things[0].id}&period={period}",
        f"/institutions/{home}/used?period={period}", f"/institutions/{home}/used/week?period={period}",
        f"/utilization/reservations?{of}", f"/institutions/{home}/used/reservations?period={period}",
    )  # fmt: skip
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert [each for each in (BEFORE, OF_DAYS) if each in answer.text] == ([said] if said else []), page
    files = (
        f"/utilization/board.xlsx?{of}", f"/utilization/figures.xlsx?{of}&by=lab", f"/utilization/served.xlsx?{of}",
        f"/institutions/{home}/used.xlsx?period={period}",
    )  # fmt: skip
    for file in files:
        book = load_workbook(io.BytesIO(client.get(file).data))
        told = [row[0] for row in book.get_sheet_by_name("Definitions").to_python()]
        assert [each for each in (BEFORE, OF_DAYS) if each in told] == ([said] if said else []), file
    key = bearer(world.token(people.manager, "usage:read"))
    one = f"of=instrument-{campus.things[0].id}&period={period}"
    doors = (
        f"/utilization?{of}", f"/utilization/dashboard?{of}", f"/utilization/served?{of}", f"/utilization/income?{of}",
        f"/utilization/hours?{of}&hour=9", f"/utilization/used-by?{of}&user={home}", f"/utilization/lists/idle?{of}",
        f"/utilization/uses?{one}", f"/utilization/reservations?{of}", f"/institutions/{home}/used?period={period}",
        f"/institutions/{home}/used/week?period={period}", f"/institutions/{home}/used/reservations?period={period}",
    )  # fmt: skip
    for door in doors:
        assert client.get(f"/api/v1{door}", headers=key).json["records_begin"] == "2026-03-04", door


def test_nothing_is_said_to_have_been_unused_before(client, campus, people) -> None:
    """Of whose use: not a zero is shown of a time of which nothing is known, to whoever sets targets neither."""
    sign_in(client, people.manager)
    address = f"/institutions/{campus.homes[0].id}/used"
    page = client.get(f"{address}?period=2026-02").text
    assert ("Nothing is known of this period" in page, "Nothing was used in this period" in page) == (
        True,
        False,
    )
    assert ("0.0 h" in page, 'id="tiles"' in page) == (False, False)
    page = client.get(f"{address}?period=2026-05").text
    assert ("Nothing is known of this period" in page, "Nothing was used in this period" in page) == (
        False,
        True,
    )
    page = client.get(f"{address}?period=2026-Q1&by=month").text
    assert (
        page.partition('id="rows-title"')[2]
        .partition("</table>")[0]
        .count("Records begin on 4 Mar 2026</div>")
        == 1
    )
    page = client.get(f"/utilization/table?period=2026-Q1&by=month&of=institution-{campus.homes[0].id}").text
    assert page.partition('id="rows-title"')[2].count("Records begin on 4 Mar 2026</div>") == 3


@pytest.mark.parametrize(
    ("first", "kept"),
    [
        # From the academic year where that began before the calendar year, and the other way round.
        (date(2026, 3, 4), 202509), (date(2025, 11, 27), 202501), (date(2026, 9, 1), 202601), (date(2020, 5, 1), 202401),
        (None, None),
    ],
)  # fmt: skip
def test_all_of_the_years_in_which_they_begin_is_kept(monkeypatch, first, kept) -> None:
    monkeypatch.setattr(kept_months, "begun", lambda: first)
    assert next(iter(kept_months.months_kept(NOW)), None) == kept


def test_no_period_before_them_is_counted_for_ever(client, world, campus, people) -> None:
    """Elsewhere is told of an academic year in which they begin as soon as the worker was there, and of earlier ones it is said
    that nobody counts them."""
    key = bearer(world.token(people.manager, "usage:read"))
    home = campus.homes[0].id
    for period, why in (("2025/26", FEW), ("2024/25", EARLY), ("2025-05", EARLY), ("2025-10", FEW)):
        told = client.get(
            f"/api/v1/utilization/dashboard?of=institution-{home}&period={period}", headers=key
        ).json
        assert (told["elsewhere"], told["withheld"]) == (None, WHY_NOT[why]), period
    # What their people used is known without a month of a time in which nobody can have used anything.
    sign_in(client, people.manager)
    for period in ("2024", "2024/25", "2025"):
        told = client.get(f"/api/v1/institutions/{home}/used?period={period}", headers=key).json
        assert (told["months"], told["old"]) == (0, 0), period
        assert "is counted" not in client.get(f"/institutions/{home}/used?period={period}").text
    told = client.get(f"/api/v1/institutions/{home}/used?period=2026-Q1", headers=key).json
    assert (told["months"], told["old"]) == (len(campus.things), 0)


@pytest.mark.parametrize("period", ["2025/26", "2024/25", "2020/21"])
def test_a_purchase_review_of_a_year_before_them_is_not_counted_for_ever(
    client, world, campus, people, period
) -> None:
    sign_in(client, people.manager)
    key = bearer(world.token(people.manager, "reports:read reports:write"))
    made = client.post(
        f"/api/v1/institutions/{campus.homes[0].id}/purchases",
        json={"name": "Another", "period": period},
        headers=key,
    )
    address = made.headers["Location"]
    for thing in campus.things:
        body = {"substitutable": True, "reason": "The same range"}
        put = client.put(f"{address}/instruments/{thing.id}", json=body, headers=key | {"If-Match": "*"})
        assert put.status_code == 200, put.json
    told = client.get(address, headers=key).json
    assert [row["fresh"] for row in told["alternatives"]] == [True] * len(campus.things)
    assert "being worked out anew" not in client.get(f"/purchases/{made.json['id']}").text


def test_of_a_time_before_nothing_stands_on_a_dashboard_and_nobody_is_asked_why(
    client, world, campus, people
) -> None:
    sign_in(client, people.manager)
    home, lab = campus.homes[0].id, campus.labs[0].id
    of = f"of=institution-{home}&period=2026-02"
    page = client.get(f"/utilization?{of}").text
    assert ("Nothing is known of this period" in page, 'id="tiles"' in page, "were not used" in page) == (
        True,
        False,
        False,
    )
    body = client.get(f"/utilization/board-figures.csv?{of}").data.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(body))) == [[BEFORE]]
    book = load_workbook(io.BytesIO(client.get(f"/utilization/board.xlsx?{of}").data))
    assert book.sheet_names == ["Definitions"]
    for which in ("idle", "opening", "doubtful", "value"):
        page = client.get(f"/utilization/lists/{which}?{of}").text
        assert ("Nothing is on this list" in page, "Ask the labs" in page) == (True, False)
    key = bearer(world.token(people.manager, "usage:read usage:write"))
    assert client.get(f"/api/v1/utilization/lists/idle?{of}", headers=key).json["items"] == []
    answer = client.post(f"/api/v1/labs/{lab}/idle", json={"period": "2026-02"}, headers=key)
    assert (answer.status_code, [each["code"] for each in answer.json["reasons"]]) == (422, ["none_idle"])
    assert "are still being counted" not in client.get("/utilization?of=platform&period=2026-02").text
