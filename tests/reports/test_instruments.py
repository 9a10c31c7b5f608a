"""Golden rows of instruments: the 40 columns of the national record, and the Ministry's table 3 of an academic year."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from flask.testing import FlaskClient
from python_calamine import load_workbook

from instruments.database.transactions import perform
from instruments.reports.entering import let_stand
from instruments.reports.gathering import in_chinese
from instruments.reports.models import Report
from instruments.usage.outputs import Output, enter
from tests.reports.scene import BASE, NOW, House, lacks_of_rows, rows_of
from tests.reports.test_filing import file_it
from tests.utilization.golden import at
from tests.world import World, sign_in

TODAY = "2027-01-20..2027-01-20"
YEAR = "2025/26"


@pytest.fixture
def house(app, world: World) -> House:
    return House(world)


# --- The national record ----------------------------------------------------------------------------------------------


def test_the_forty_cells_of_an_instrument(house: House) -> None:
    house.use("2026-03-04", "09:00-12:00")
    house.use("2026-03-05", "09:00-10:40", house.other)
    house.use("2025-12-31", "09:00-12:00")
    report = house.draft("instrument_record", TODAY)
    cells = ["", "20200001", "透射电镜", "TEM", "", "", "分析中心", "010101", "购置", "否", "123.46", "德国", "某厂",
             "2020-03-01", "通用", "T-1", "分辨率 0.1 nm", "看原子", "150;140", "中央财政资金;单位自有资金", "委托测试", "", "5",
             "须经培训", "200 元/小时", "https://lab.example/tem", "陕西省", "西安", "碑林区", "南山路 1 号", "2", "王联系",
             "029-0000 0001", "wang@example.org", "西安市南山路 1 号", "710000", "", "", "", ""]  # fmt: skip
    assert [list(row.values()) for row in rows_of(report)] == [cells]
    assert lacks_of_rows(report) == [set()]


def test_a_place_without_an_address_for_booking_is_booked_here(house: House) -> None:
    thing = house.instrument(record={"booking_address": ""})
    assert (
        rows_of(house.draft("instrument_record", TODAY))[1]["booking_address"]
        == f"{BASE}/instruments/{thing.id}"
    )


RECORD_LACKS = [
    ({"record": {"country": ""}}, {("missing", "country")}),
    ({"record": {"postal_code": "71000"}}, {("pattern", "postal_code")}),
    ({"record": {"source": "捡来的"}}, {("no_code", "source")}),
    ({"record": {"subjects": "110;120;130;140;150"}}, {("too_many", "subjects")}),
    ({"record": {"technical_indicators": "字" * 501}}, {("too_long", "technical_indicators")}),
    ({"description_zh": "字" * 301}, {("too_long", "description_zh")}),
    ({"record": {"carrier_type": "国家重点实验室"}}, set()),
    ({"record": {"picture": "a.png"}}, {("pattern", "picture")}),
    ({"record": {"booking_address": "by telephone"}}, {("pattern", "booking_address")}),
    ({"record": {"booking_address": "http://预约.example/2 3"}}, {("pattern", "booking_address")}),
    ({"contact_mail": ""}, {("missing", "contact_mail")}),
    (
        {"record": {"customs_supervised": "是", "customs_declaration": "1" * 18}},
        {("required_when", column) for column in ("customs_item", "customs_released_on", "customs_name")},
    ),
]


@pytest.mark.parametrize(("values", "expected"), RECORD_LACKS)
def test_what_an_instrument_lacks_for_its_record(house: House, values: dict, expected: set) -> None:
    house.instrument(**values)
    assert lacks_of_rows(house.draft("instrument_record", TODAY)) == [set(), expected]


ABROAD, OUTSIDE = {"zone": "Europe/Berlin"}, ("outside_china", "")
PLACES = [
    # What the record says, and what of it contradicts the place of the lab.
    (ABROAD, {"city_zh": "波茨坦"}, {"mail_address": "陕西省西安市南山路 1 号"},
     {("abroad", "province"), ("abroad", "mail_address"), OUTSIDE}),
    (ABROAD, {"city_zh": "波茨坦"}, {"province": "勃兰登堡州", "postal_code": "DE-14473", "mail_address": "湖滨路"},
     {OUTSIDE}),
    (ABROAD, {"city_zh": "波茨坦"}, {"province": ""}, {("missing", "province"), OUTSIDE}),
    ({}, {}, {"postal_code": "DE-14473"}, {("pattern", "postal_code")}),
    ({}, {}, {}, set()),
    ({"zone": "Asia/Urumqi"}, {"city_zh": "乌鲁木齐"}, {"province": "新疆维吾尔自治区"}, set()),
    ({}, {"city_zh": "西安"}, {"province": "北京市"}, {("other_city", "province")}),
    ({}, {"city_zh": "上海"}, {"province": "陕西省"}, {("other_city", "province")}),
    ({}, {"city_zh": "上海市"}, {"province": "上海"}, set()),
    ({}, {"city_zh": "市辖区"}, {"province": "重庆市"}, set()),
]  # fmt: skip


@pytest.mark.parametrize(("lab", "values", "record", "expected"), PLACES)
def test_a_place_that_cannot_be_where_the_lab_is(house: House, lab, values, record, expected) -> None:
    site = house.world.lab(house.home, **lab)
    house.instrument(site, record=record, **values)
    assert lacks_of_rows(house.draft("instrument_record", TODAY))[1] == expected


def test_table_3_is_written_in_chinese_as_the_record_is(house: House) -> None:
    told = [
        {"name": "Voltage / 电压", "value": "80–200", "unit": "kV"},
        {"name": "Source / 电子枪", "value": "field emission / 场发射", "unit": ""},
        {"name": "Resolution", "value": "0.2", "unit": "nm"},
    ]  # fmt: skip
    house.instrument(contact_name="Xue Moni 薛模拟", specifications=told)
    row = rows_of(house.draft("form_3", YEAR))[1]
    assert row["specification"] == "电压：80–200 kV；电子枪：场发射；Resolution：0.2 nm"
    assert row["CHARGEMAN"] == "薛模拟"
    assert rows_of(house.draft("instrument_record", TODAY))[1]["contact_name"] == "薛模拟"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Xue Moni 薛模拟", "薛模拟"), ("薛模拟 (Xue Moni)", "薛模拟"), ("Xue Moni / 薛模拟", "薛模拟"), ("薛模拟", "薛模拟"),
        ("Xue Moni（薛模拟）", "薛模拟"), ("Xue Moni", "Xue Moni"), ("薛模拟 13800000000", "薛模拟 13800000000"),
        ("", ""), ("José O’Neil 何塞·奥尼尔", "何塞·奥尼尔"), ("薛模拟、张示范", "薛模拟、张示范"),
    ],
)  # fmt: skip
def test_a_name_in_two_languages_is_told_in_chinese(written, told) -> None:
    assert in_chinese.name(written) == told


def test_a_centre_is_written_in_the_template_s_own_words(house: House) -> None:
    house.instrument(record={"carrier_type": "国家重点实验室"})
    found = rows_of(house.draft("instrument_record", TODAY))
    assert [row["carrier_type"] for row in found] == ["", "附属于国家重点实验室"]


def test_which_instruments_stand_on_the_record(house: House) -> None:
    house.instrument(original_value=Decimal("499990"))
    house.instrument(retired_on=date(2027, 1, 20))
    house.instrument(commissioned_on=date(2027, 1, 21))
    house.instrument(record={"national_number": "N-1"})
    assert [row["asset_number"] for row in rows_of(house.draft("instrument_record", TODAY))] == ["20200001"]


def test_all_instruments_stand_on_it_where_that_is_asked(house: House) -> None:
    house.instrument(record={"national_number": "N-1"})
    assert house.draft("instrument_record", TODAY, fresh_only=False).rows_total == 2


# --- Table 3 ----------------------------------------------------------------------------------------------------------


def table(house: House, period: str = YEAR) -> dict[str, str]:
    return rows_of(house.draft("form_3", period))[0]


def test_hours_are_told_apart_by_purpose_and_add_up(house: House) -> None:
    house.use("2026-03-04", "09:00-10:20", purpose="teaching", trained_students=12)
    house.use("2026-03-05", "09:00-10:20", purpose="research", samples=3)
    house.use(
        "2026-03-06",
        "09:00-10:20",
        house.other,
        mode="service",
        project="课题二",
        trained_others=2,
        samples=4,
    )
    found = table(house)
    fields = ("LSNUSEDHRS", "RSCHUSEDHRS", "SERUSEDHRS", "OPENHRS", "SAMPLENUM", "TRNSTUD", "TRNTEACH", "TRNOTHER",
              "EDUPROJ", "RSCHPROJ", "SOCIALPROJ", "CHARGEMAN")  # fmt: skip
    # 4 h in all: three times 1.33, so that one of the parts is rounded up.
    assert [found[name] for name in fields] == [
        "2",
        "1",
        "1",
        "3",
        "7",
        "12",
        "0",
        "2",
        "1",
        "1",
        "1",
        "王联系",
    ]
    assert (found["asset_class"], found["value"]) == ("03030107", "1234567.00")


def test_what_was_corrected_to_no_hours_was_done_for_no_project(house: House) -> None:
    """Unless samples were measured all the same; a project that something else was done for stays."""
    for day, project, samples in (("05", "课题二", 0), ("06", "课题三", 2), ("07", "课题四", 0)):
        house.correct(
            house.use(f"2026-03-{day}", "09:00-10:00", house.other, project=project, samples=samples)
        )
    house.use("2026-03-08", "09:00-10:00", house.other, project="课题四")
    found = table(house)
    assert [found[name] for name in ("SERUSEDHRS", "SOCIALPROJ")] == ["1", "2"]


def test_a_use_over_the_end_of_august_gives_each_year_its_hours(house: House) -> None:
    house.used((at("2026-08-31 23:00"), at("2026-09-01 02:00")), trained_students=5)
    old, new = table(house, "2025/26"), table(house, "2026/27")
    assert [(row["RSCHUSEDHRS"], row["TRNSTUD"]) for row in (old, new)] == [("1", "5"), ("2", "0")]


def test_samples_belong_to_the_year_in_which_they_were_confirmed(house: House) -> None:
    confirmed = house.use("2026-09-02", "09:00-10:00").ended_at
    house.use("2026-08-31", "09:00-10:00", samples=9, confirmed_at=confirmed)
    assert [table(house, year)["SAMPLENUM"] for year in ("2025/26", "2026/27")] == ["0", "9"]


def test_outputs_are_those_of_the_calendar_year_that_is_over(house: House) -> None:
    actor = house.actor()
    for year, number in ((2025, 3), (2026, 8)):
        wanted = Output(house.thing.id, year, "paper_indexed", number)
        perform(partial(enter, actor, wanted, house.lab, NOW))
    assert [table(house, year)["PAPERINDEX"] for year in ("2025/26", "2026/27")] == ["3", "8"]


def test_only_class_03_from_400_000_yuan_on(house: House) -> None:
    house.instrument(original_value=Decimal("399999.99"))
    house.instrument(original_value=Decimal("400000"))
    house.instrument(university_asset_class="04020101")
    house.instrument(university_asset_class="")
    report = house.draft("form_3", YEAR)
    assert [row["asset_number"] for row in rows_of(report)] == ["20200001", "20200003"]
    assert report.unknown == 1


# --- Like last year's -------------------------------------------------------------------------------------------------


def twice(house: House) -> Report:
    """The same use in both years, and one that is known from long before."""
    house.use("2024-03-04", "09:00-10:00")
    house.use("2025-03-04", "09:00-12:00")
    house.use("2026-03-04", "09:00-12:00")
    return house.draft("form_3", YEAR)


STOPPED = {("differs_from_last", "")}


def test_figures_like_last_year_s_are_stopped(house: House) -> None:
    report = twice(house)
    assert lacks_of_rows(report) == [STOPPED]
    number = report.id
    house.use("2026-03-05", "09:00-12:00")
    assert lacks_of_rows(house.count_anew(number)) == [set()]


def test_somebody_says_why_they_are_true_all_the_same(house: House) -> None:
    report = twice(house)
    actor, key = house.actor(), f"instrument:{house.thing.id}"
    number = report.id
    perform(
        partial(
            let_stand, actor, number, None, "instruments", [key], "differs_from_last", "每年同一课程", NOW
        )
    )
    report = house.count_anew(number)
    assert (lacks_of_rows(report), report.rows_lacking) == ([set()], 0)
    perform(partial(let_stand, actor, number, None, "instruments", [key], "differs_from_last", "", NOW))
    assert lacks_of_rows(house.count_anew(number)) == [STOPPED]


def test_a_year_of_which_nothing_is_known_here_stops_nobody(house: House) -> None:
    house.use("2026-03-04", "09:00-12:00", thing=house.instrument())
    assert lacks_of_rows(house.draft("form_3", YEAR)) == [set(), set()]


def test_what_was_filed_is_compared_with_rather_than_what_the_facts_say_now(house: House) -> None:
    house.use("2024-03-04", "09:00-10:00")
    house.use("2025-03-04", "09:00-12:00")
    file_it(house, house.draft("form_3", "2024/25"))
    # By the facts last year has four hours now; three were filed.
    house.use("2025-03-06", "09:00-10:00")
    house.use("2026-03-04", "09:00-12:00")
    assert lacks_of_rows(house.draft("form_3", YEAR)) == [STOPPED]


def test_hours_of_a_year_in_which_records_begin_say_so(client: FlaskClient, house: House) -> None:
    house.use("2026-03-05", "09:00-12:00")
    report = house.draft("instrument_record", TODAY)
    [sheet] = report.layout
    row = f"/reports/{report.id}/rows/{sheet['key']}/instrument:{house.thing.id}"
    sign_in(client, house.manager)
    said = "Year 2026: records begin on 5 Mar 2026, and of its hours only those from then on are known."
    for page in (f"/reports/{report.id}", row, f"/reports/{report.id}/print"):
        assert said in client.get(page).text, page
    book = load_workbook(io.BytesIO(client.get(f"/reports/{report.id}/file.xlsx").data))
    assert ["What is known", said] in [each[:2] for each in book.get_sheet_by_index(1).to_python()]
    house.use("2026-01-01", "09:00-12:00")
    house.count_anew(report.id)
    assert "records begin" not in client.get(row).text
