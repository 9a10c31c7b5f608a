"""Rated hours in figures: by asset class and days in service, with a numerator of the same instruments, whatever the period."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from flask import Flask

from instruments.people.rights import Role
from instruments.timespan import instant
from instruments.utilization import periods, tasks
from instruments.utilization.adding import totals_in, totals_in_by
from instruments.utilization.rated import GENERAL, SPECIAL, YARDSTICKS, rated_seconds, yardstick_of
from instruments.utilization.sums import Selection
from tests.utilization import facts
from tests.utilization.golden import at, span
from tests.utilization.test_sums import NOW
from tests.world import World, bearer, sign_in

YEAR = periods.read("2026")


class Rated:
    """Four instruments used alike: a general one, a special one, one of class 04 that came in July, and one of no such class."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lab = world.lab(world.institution())
        self.boss = world.person(self.lab.institution)
        values = (
            {"university_asset_class": "03010100", "national_record": {"category": "通用"}},
            {"university_asset_class": "03010200", "national_record": {"category": "专用"}},
            {"university_asset_class": "04000000", "commissioned_on": date(2026, 7, 1)},
            {"university_asset_class": "05000000"},
        )
        self.things = [world.instrument(self.lab, **each) for each in values]
        for thing in self.things:
            facts.use(thing, self.boss, span("2026-11-24", "09:00-17:00"))
        tasks.keep_up()


@pytest.fixture
def rated(app: Flask, world: World) -> Rated:
    app.config["FROZEN_NOW"] = NOW
    return Rated(world)


@pytest.mark.parametrize(
    ("asset_class", "category", "expected"),
    [
        ("03010100", "通用", GENERAL), ("03010100", "专用", SPECIAL), ("03", "", GENERAL), ("04010000", "通用", SPECIAL),
        ("05", "通用", None), ("", "", None),
    ],
)  # fmt: skip
def test_which_yardstick(asset_class, category, expected) -> None:
    assert yardstick_of(asset_class, category) == expected


def test_a_year_by_asset_class_and_days_in_service(rated) -> None:
    found = totals_in(Selection(), YEAR, NOW)
    figure = found.figure("utilization_rated")
    half = Fraction(800 * 184, 365)
    assert (figure.over, round(float(figure.under), 4), figure.n) == (
        24,
        round(float(1400 + 800 + half), 4),
        3,
    )
    survey = found.figure("utilization_survey")
    assert round(float(survey.under), 4) == round(float(3 * 1600 + Fraction(1600 * 184, 365)), 4)
    assert (survey.over, survey.n) == (32, 4)


@pytest.mark.parametrize(
    "code", ["2026", "2025/26", "2026-11", "2026-11-03..2026-11-25", "2026-02-10..2026-11-25"]
)
def test_each_is_what_the_rule_says_and_parts_add_up(rated, code) -> None:
    period, whole = periods.read(code), totals_in(Selection(), periods.read(code), NOW)
    each = totals_in_by("instrument", Selection(), period, NOW)
    for thing in rated.things:
        name = yardstick_of(thing.university_asset_class, thing.national_record.get("category", ""))
        expected = rated_seconds(YARDSTICKS[name], period, thing.commissioned_on, None) if name else 0
        told = each[thing.id].measure("rated") if thing.id in each else 0
        assert float(told) == pytest.approx(float(expected) / 3600, abs=1e-5), thing.id
    # Months before the year of the first use are not counted, so that they stand in no row.
    for by in ("instrument", "lab", "institution", *(["month"] if code != "2025/26" else [])):
        rows = totals_in_by(by, Selection(), period, NOW)
        for measure in ("rated", "rated_used", "survey"):
            total = sum(float(row.measure(measure)) for row in rows.values())
            assert total == pytest.approx(float(whole.measure(measure))), (by, measure)


def test_what_runs_is_rated_until_last_midnight(rated) -> None:
    now = instant(at("2026-11-25 12:00"))
    figure = totals_in(Selection(instrument_id=rated.things[0].id), YEAR, now).figure("utilization_rated")
    assert float(figure.under) == pytest.approx(1400 * 328 / 365)


def test_pages_files_and_programs_tell_it(client, rated) -> None:
    rated.world.grant(rated.boss, Role.LAB_MANAGER, rated.lab)
    sign_in(client, rated.boss)
    page = client.get("/utilization?period=2026&per=rated").text
    assert "Effective hours against rated hours, definition 2" in page
    assert "1 without such hours is left out" in page
    assert (
        "Effective hours against 1,600 hours a year, definition 1"
        in client.get("/utilization?period=2026&per=survey").text
    )
    told = client.get(
        "/api/v1/utilization?period=2026", headers=bearer(rated.world.token(rated.boss, "usage:read"))
    ).json
    figure = told["items"][0]["figures"]["utilization_rated"]
    assert (figure["over"], figure["n"]) == ("24", 3)
    assert told["definitions"]["utilization_rated"]["under"] == "rated"
