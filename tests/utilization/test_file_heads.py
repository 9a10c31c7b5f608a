"""The heads of all files of figures and of all forms, in Chinese: none is left in English."""

from __future__ import annotations

import csv
import io
import re

import pytest
from python_calamine import load_workbook

from instruments.reports import forms
from instruments.utilization.views.board_files import PARTS
from instruments.utilization.views.user_files import PARTS as USER_PARTS
from instruments.utilization.watch_lists import LISTS
from tests.world import sign_in

PERIOD = "period=2026"
WAYS = ("instrument", "lab", "institution", "class", "month")
# By the name of the route, all addresses under which it tells other heads.
FILES = {
    "utilization.board_part": [f"/utilization/board-{part}.csv?of=platform" for part in PARTS],
    "utilization.board_workbook": ["/utilization/board.xlsx?of=platform"],
    "utilization.file": [
        f"/utilization/figures.{kind}?of=platform&by={by}" for by in WAYS for kind in ("csv", "xlsx")
    ],
    "utilization.watch_file": [
        f"/utilization/lists/{which}.{kind}?of=platform" for which in LISTS for kind in ("csv", "xlsx")
    ],
    "utilization.hours_file": [f"/utilization/hours.{kind}?of=platform" for kind in ("csv", "xlsx")],
    "utilization.used_by_file": [
        f"/utilization/used-by.{kind}?of=platform&user={{home}}" for kind in ("csv", "xlsx")
    ],
    "utilization.uses_file": [
        f"/utilization/uses.{kind}?of=instrument-{{thing}}" for kind in ("csv", "xlsx")
    ],
    "utilization.reservations_file": [
        f"/utilization/reservations.{kind}?of=institution-{{home}}" for kind in ("csv", "xlsx")
    ],
    "utilization.income_file": [
        f"/utilization/income.{kind}?of=institution-{{home}}" for kind in ("csv", "xlsx")
    ],
    "utilization.served_file": [
        f"/utilization/served.{kind}?of=platform&rows={rows}"
        for rows in ("groups", "institutions", "users")
        for kind in ("csv", "xlsx")
    ],
    "utilization.unmet_file": [f"/utilization/unmet.{kind}?of=platform" for kind in ("csv", "xlsx")],
    "utilization.group_file": ["/groups/{group}/utilization.xlsx?against=year"],
    "utilization.group_reservations_file": ["/groups/{group}/utilization/reservations.csv?against=year"],
    "utilization.week_file_of_group": ["/groups/{group}/utilization/week.csv?weekday=2"],
    "utilization.week_file_of_people": ["/institutions/{home}/used/week.xlsx?hour=9"],
    "utilization.people_file": [
        *(f"/institutions/{{home}}/used.csv?part={part}" for part in USER_PARTS),
        "/institutions/{home}/used.xlsx?against=before",
    ],
    "utilization.people_reservations_file": ["/institutions/{home}/used/reservations.xlsx?against=year"],
}
LATIN = re.compile(r"[A-Za-z]")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_every_file_is_looked_at(app) -> None:
    there = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("utilization.") and ("csv" in rule.rule or "xlsx" in rule.rule)
    }
    assert there == set(FILES)


def heads_of(data: bytes, ending: str) -> list[str]:
    """The first row of each sheet, and the name of the sheet."""
    if ending == "csv":
        return next(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    book = load_workbook(io.BytesIO(data))
    return [
        str(cell)
        for name in book.sheet_names
        for cell in (name, *book.get_sheet_by_name(name).to_python(skip_empty_area=False)[0])
    ]


@pytest.mark.parametrize("route", FILES)
def test_no_head_is_left_in_english(client, world, campus, people, route) -> None:
    home = campus.homes[0]
    # The platform sees everything but what a group used, which its own manager sees.
    of_users = route.startswith(("utilization.group", "utilization.people"))
    sign_in(client, people.manager if of_users else people.platform)
    if route in ("utilization.reservations_file", "utilization.income_file"):
        sign_in(client, people.manager)
    client.get("/language/zh_Hans_CN?next=/")
    group = world.group(home, people.manager)
    named = {name for each in campus.homes for name in (each.name_en, each.name_zh)}
    for address in FILES[route]:
        asked = address.format(home=home.id, thing=campus.things[0].id, group=group.id)
        answer = client.get(f"{asked}&{PERIOD}")
        assert answer.status_code == 200, (asked, answer.text)
        ending = re.search(r"\.(csv|xlsx)\?", asked)
        assert ending
        heads = heads_of(answer.data, ending[1])
        wrong = [head for head in heads if LATIN.search(head) and not CHINESE.search(head)]
        assert not set(wrong) - named, asked


def test_no_head_of_a_form_is_left_in_english() -> None:
    heads = [
        (form.code, sheet.key, column.zh)
        for form in forms.all_forms()
        for sheet in form.sheets
        for column in sheet.columns
    ]
    assert heads
    assert not [head for head in heads if not CHINESE.search(head[2])]


def test_steps_say_whose_hours_they_are(client, people) -> None:
    sign_in(client, people.platform)
    for language, heads in (
        ("en", ["Step", "Hours of the step", "Share of the step before (%)"]),
        ("zh_Hans_CN", ["环节", "该环节机时", "占上一环节的比例 (%)"]),
    ):
        client.get(f"/language/{language}?next=/")
        answer = client.get(f"/utilization/board-steps.csv?of=platform&{PERIOD}")
        assert heads_of(answer.data, "csv") == heads
        page = client.get(f"/utilization?of=platform&{PERIOD}").text
        assert f'<th scope="col">{heads[1]}</th>' in page
        assert "开放时间</th>" not in page
