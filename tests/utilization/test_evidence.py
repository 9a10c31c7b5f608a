"""The evidence of hours: under every figure that of its own hours, alike on the page, in files and through the API."""

from __future__ import annotations

import csv
import html
import io
from typing import Any

import pytest
from python_calamine import load_workbook

from instruments.database import db
from instruments.utilization import periods
from instruments.utilization.adding import totals_in, totals_in_by
from instruments.utilization.comparing import differing, years_differing
from instruments.utilization.definitions import DEFINITIONS, EVIDENCE, MEASURES
from instruments.utilization.sums import Selection
from instruments.utilization.tasks import keep_up
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW
from tests.world import bearer, sign_in

# Of one institution in one month: three hours of its own that a sensor saw, and one of somebody else that was scanned.
FEBRUARY = "2026-02"
OWN = "Evidence of the hours"
OF_ALL = "Evidence of all effective hours"
NONE = "This figure is not made of hours of use."


@pytest.fixture
def house(world, campus, people) -> str:
    thing = campus.things[1]
    facts.use(thing, people.manager, span("2026-02-04", "09:00-12:00"), grade="sensor")
    facts.use(thing, people.elsewhere, span("2026-02-05", "09:00-10:00"), grade="scan")
    keep_up()
    return f"institution-{campus.homes[0].id}"


@pytest.fixture
def people(people, world, campus):
    """The same, where whoever manages the other institution belongs to it."""
    people.elsewhere = world.person(campus.homes[1])
    return people


OF = {
    "effective": {"sensor": 0.75, "scan": 0.25}, "external": {"scan": 1.0}, "utilization": {"sensor": 0.75, "scan": 0.25},
    "shared_by_hours": {"scan": 1.0}, "external_per_instrument": {"scan": 1.0}, "per_instrument": {"sensor": 0.75, "scan": 0.25},
    "shared_by_count": None, "no_show_rate": None, "open_share": None, "lead_time": None, "late_cancelled": None, "uses": None,
    "unused": None, "downtime_share": None,
}  # fmt: skip


@pytest.mark.parametrize("period", [FEBRUARY, "2026-02-04..2026-02-05", "2026-01-20..2026-03-01"])
def test_each_figure_has_the_evidence_of_its_own_hours(house, campus, period) -> None:
    found = totals_in(Selection(institution_id=campus.homes[0].id), periods.read(period), NOW)
    for code, expected in OF.items():
        told = found.evidence(code)
        assert (told and {grade: float(part) for grade, part in told.parts}) == expected, code


def test_where_nothing_was_used_there_is_no_evidence(house, campus) -> None:
    told = totals_in(Selection(), periods.read("2026-01"), NOW).evidence("external")
    assert told == ("external", ())


def test_of_a_year_what_its_months_come_to_and_what_the_facts_say(house, campus) -> None:
    year = periods.read("2026")
    whole, by_month = (
        totals_in(Selection(), year, NOW),
        totals_in_by("month", Selection(), year, NOW),
    )
    for name in ("external_by_scan", "external_by_typed", "by_scan", "by_sensor"):
        assert whole.sums[name] == sum(each.sums[name] for each in by_month.values()) > 0, name
    outside = sum(whole.sums[name] for name in whole.sums if name.startswith("external_by_"))
    assert outside <= sum(whole.sums[name] for name in whole.sums if name.startswith("by_"))
    assert differing([202602, 202603], NOW, 10) == []
    assert years_differing() == []
    db.session.rollback()


def test_every_figure_is_on_the_page_in_the_files_and_in_the_api(client, world, house, people) -> None:
    """None of the definitions can lack anywhere, nor what is summed for them, nor the evidence of hours of use."""
    sign_in(client, people.manager)
    key = bearer(world.token(people.manager, "usage:read"))
    fields = f"of={house}&period={FEBRUARY}"
    told = client.get(f"/api/v1/utilization?{fields}", headers=key).json
    page = html.unescape(client.get(f"/utilization?{fields}").text)
    heads = _csv(client.get(f"/utilization/figures.csv?{fields}").data)[0]
    rows = load_workbook(io.BytesIO(client.get(f"/utilization/figures.xlsx?{fields}").data))
    sheet, defined = (rows.get_sheet_by_name(name).to_python() for name in ("Figures", "Definitions"))
    board = {row[0]: row for row in _csv(client.get(f"/utilization/board-figures.csv?{fields}").data)}
    book = load_workbook(io.BytesIO(client.get(f"/utilization/board.xlsx?{fields}").data))
    assert heads == sheet[0]
    [item] = told["items"]
    for code, each in DEFINITIONS.items():
        assert code in told["definitions"], code
        figure = item["figures"][code]
        expected = OF.get(code, {}) if code in OF else None
        if code in OF:
            assert _parts(figure["evidence"]) == expected, code
        assert (figure["evidence"] is not None) == (each.over in EVIDENCE), code
        assert {each.over, each.under or each.over} <= {*told["measures"], *item["measures"]}, code
        assert f">{each.name}</a>" in page, code
        assert each.name in heads, code
        assert any(row[:2] == [each.name, each.words] for row in defined), code
        row = board.get(each.name) or board[f"{each.name} (%)"]
        assert bool(row[-1]) == bool(figure["evidence"] and figure["evidence"]["parts"]), code
        assert any(
            str(line[0]).startswith(each.name) for line in book.get_sheet_by_name("All figures").to_python()
        )
        opened = html.unescape(client.get(f"/utilization?{fields}&open={code}").text).partition(
            'id="definition"'
        )[2]
        assert _head(each.over) in opened.partition("</section>")[0], code
        for grade, part in (expected or {}).items():
            assert f"{grade} {part:.1%}" in opened.partition("</section>")[0], (code, grade)
    assert set(told["measures"]) == set(item["measures"]) == set(MEASURES)


def _head(over: str) -> str:
    if over not in EVIDENCE:
        return NONE
    return OWN if EVIDENCE[over] == over else OF_ALL


def _parts(evidence: dict[str, Any] | None) -> dict[str, float] | None:
    return evidence and {grade: float(part) for grade, part in evidence["parts"].items()}


def _csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_rows_and_dashboards_have_it_too(client, world, house, people) -> None:
    sign_in(client, people.manager)
    key = bearer(world.token(people.manager, "usage:read"))
    fields = f"of={house}&period={FEBRUARY}"
    told = client.get(f"/api/v1/utilization/dashboard?{fields}", headers=key).json["evidence"]
    assert (told["effective"]["of"], _parts(told["effective"])) == ("effective", OF["effective"])
    assert (told["external"]["of"], _parts(told["external"])) == ("external", OF["external"])
    [head, *rows] = _csv(client.get(f"/utilization/figures.csv?{fields}").data)
    columns = {name: cell for name, cell in zip(head, rows[0], strict=True) if "Evidence" in name}
    assert len(columns) == 10
    assert columns["External hours, Evidence of the hours: scan (%)"] == "100.0"
    assert columns["Effective hours, Evidence of the hours: sensor (%)"] == "75.0"
    part = _csv(client.get(f"/utilization/board-evidence.csv?{fields}").data)
    assert part == [
        ["Evidence of the hours", "Effective hours (%)", "External hours (%)"],
        ["sensor", "75.0", "0.0"], ["scan", "25.0", "100.0"], ["file", "0.0", "0.0"], ["typed", "0.0", "0.0"],
        ["assumed", "0.0", "0.0"],
    ]  # fmt: skip
    rows_api = client.get(f"/api/v1/utilization?{fields}&by=instrument", headers=key).json["items"]
    assert _parts(rows_api[0]["figures"]["external"]["evidence"]) == OF["external"]
