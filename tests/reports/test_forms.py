"""Formats are data: what a file must say to be a form, what is said of one that is none, and what the shipped ones hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from flask.testing import FlaskClient, FlaskCliRunner

from instruments.errors import NotFound, Refusal
from instruments.reports import forms
from instruments.reports.form_reading import WrongForm, read
from instruments.reports.sources import SOURCES, TYPED
from instruments.settings import WrongSetting
from instruments.usage.funding import FUNDING_SOURCES
from tests.world import World, bearer

RIGHT = """
code = "small"
version = 2
since = 2026-01-01
zh = "小表"
en = "Small form"
rule_zh = "某规定"
rule_en = "A rule"
recipient_zh = "某部门"
recipient_en = "An office"
period = "quarter"

[deadline]
kind = "days"
days = 20

[[sheets]]
key = "rows"
zh = "行"
en = "Rows"
rows = "service"
only = { value_at_least = "500000.5" }

[[sheets.columns]]
key = "number"
zh = "编号"
en = "Number"
source = "service.number"
required = true

[[sheets.columns]]
key = "hours"
zh = "机时"
en = "Hours"
source = "service.hours"
decimals = 1

[[sheets.columns]]
key = "way"
zh = "方式"
en = "Way"
source = "service.way"
codes = "way"

[[sheets.rules]]
kind = "required_when"
columns = ["hours"]
when = "way"
says = "S"

[codes.way]
self = "S"
assisted = "A"
service = "D"
"""


def test_a_file_that_says_everything_is_a_form() -> None:
    form = read(RIGHT)
    assert (form.code, form.version, form.period, form.scope) == ("small", 2, "quarter", "institution")
    assert [column.key for column in form.sheets[0].columns] == ["number", "hours", "way"]
    assert form.sheets[0].only.value_at_least == Decimal("500000.5")
    assert form.deadline is not None and form.deadline.days == 20 and not form.deadline.assumed
    assert not form.rows_may_wait and len(form.digest) == 64


WRONG = {
    "no TOML": ("code = ", "code : ", {(None, "toml")}),
    "no name": ('zh = "小表"\n', "", {(None, "missing")}),
    "a field nobody knows": ("version = 2", 'version = 2\ncolour = "red"', {(None, "unknown")}),
    "a text for a number": ("version = 2", 'version = "2"', {(None, "kind")}),
    "a number for a text": ('en = "Small form"', "en = 7", {(None, "kind")}),
    "no day": ("since = 2026-01-01", 'since = "2026"', {(None, "kind")}),
    "another period": ('"quarter"', '"fortnight"', {(None, "choice")}),
    "a key with a space": ('code = "small"', 'code = "small form"', {(None, "key")}),
    "no days of a deadline": ("days = 20", "", {("deadline", "deadline")}),
    "a deadline of nothing": ('kind = "days"', 'kind = "moons"', {("deadline", "choice")}),
    "days beyond a year": ("days = 20", "days = 900", {("deadline", "bounds")}),
    "rows of nothing": ('rows = "service"', 'rows = "people"', {("sheets rows", "choice")}),
    "a threshold that is no text": ('"500000.5"', "500000.5", {("sheets rows › only", "kind")}),
    "a source nobody has": ('"service.hours"', '"service.days"', {("sheets rows › columns hours", "source")}),
    "neither source nor constant": ('source = "service.hours"', "", {("sheets rows › columns hours", "source")}),
    "decimals of a text": (
        'source = "service.number"', 'source = "service.number"\ndecimals = 1', {("sheets rows › columns number", "decimals")}
    ),
    "a unit of another kind": ("decimals = 1", 'unit = "yuan"', {("sheets rows › columns hours", "unit")}),
    "a list of codes that is not there": ('codes = "way"', 'codes = "ways"', {("sheets rows › columns way", "codes")}),
    "codes that leave a value out": ('service = "D"', "", {("sheets rows › columns way", "codes")}),
    "codes for what gives none": ("decimals = 1", 'codes = "way"', {("sheets rows › columns hours", "codes")}),
    "codes that are no texts": ('self = "S"', "self = 1", {(None, "codes"), ("sheets rows › columns way", "codes")}),
    "a pattern that is none": ("required = true", 'pattern = "["', {("sheets rows › columns number", "pattern")}),
    "an example that does not fit": (
        "required = true", 'pattern = "[0-9]+"\nexample = "x"', {("sheets rows › columns number", "example")}
    ),
    "a column twice": ('key = "hours"', 'key = "number"', {("sheets rows", "twice"), ("sheets rows › rules 1", "no_column")}),
    "a rule for a column that is not there": ('["hours"]', '["days"]', {("sheets rows › rules 1", "no_column")}),
    "a rule that says nothing": ('says = "S"', "", {("sheets rows › rules 1", "rule")}),
    "a rule nobody knows": ('"required_when"', '"is_nice"', {("sheets rows › rules 1", "choice")}),
    "what is usual where nothing is entered": (
        "decimals = 1", 'decimals = 1\nusual = "1"', {("sheets rows › columns hours", "usual")}
    ),
    "what is usual does not fit": (
        "decimals = 1", 'decimals = 1\ntyped = true\nusual = "x"', {("sheets rows › columns hours", "usual")}
    ),
    "empty by a rule that says nothing": (
        'kind = "required_when"\ncolumns = ["hours"]\nwhen = "way"\nsays = "S"', 'kind = "empty_when"\ncolumns = ["hours"]',
        {("sheets rows › rules 1", "rule")},
    ),
    "indicators without items": ('rows = "service"', 'rows = "indicator"', {("sheets rows", "items")}),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_is_no_form_is_refused_with_a_sentence_for_each_place(name: str) -> None:
    old, new, expected = WRONG[name]
    assert old in RIGHT
    with pytest.raises(WrongForm) as wrong:
        read(RIGHT.replace(old, new, 1))
    assert expected <= {(reason.field, reason.code) for reason in wrong.value.reasons}
    assert all(reason.message % reason.values for reason in wrong.value.reasons)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    text = (
        RIGHT.replace("version = 2", "version = 0")
        .replace('"service.hours"', '"x"')
        .replace("days = 20", "days = 0")
    )
    with pytest.raises(WrongForm) as wrong:
        read(text)
    assert {reason.code for reason in wrong.value.reasons} == {"bounds", "source", "deadline"}


# --- The shipped ones -------------------------------------------------------------------------------------------------


def test_the_shipped_formats_are_forms() -> None:
    assert forms.codes() == list(forms.ORDER)
    for form in forms.all_forms():
        assert form.rule_zh and form.rule_en and form.recipient_zh, form.code
        for sheet in form.sheets:
            for column in sheet.columns:
                assert column.zh and column.en
                assert column.typed or column.source != TYPED, (form.code, column.key)


FORTY = (
    "仪器编号 所在单位仪器编号 仪器设备名称 英文名称 所属资源载体类型 所属资源载体内部编号 所属单位内部门 仪器分类编码 设备来源"
    " 是否在海关监管年限内 原值（万元） 产地国别 生产制造商 建账日期 类别 规格型号 主要技术指标 主要功能 主要学科领域"
    " 主要购置经费来源 服务内容 图片 年运行机时 用户须知 参考收费标准 预约服务网址 省 市 区县 街道 年对外服务机时 联系人 电话"
    " 电子邮箱 通讯地址 邮政编码 进口报关单编号 报关单项号 海关放行日期 报关单上的名称"
)
RECORD = (
    "recordInnerId innerId amounts serviceTime endTime serviceContent serviceWay serviceAmount subjectName subjectIncome"
    " subjectArea applicant phone email unit comment serviceType serviceDirection taxRecord adressType moveAddress"
    " serviceCode signAgreement"
)


def test_the_national_record_has_its_forty_columns_in_order_with_their_lengths() -> None:
    sheet = forms.form_of("instrument_record", 1).sheets[0]
    assert " ".join(column.zh for column in sheet.columns) == FORTY
    lengths = {column.zh: column.longest for column in sheet.columns}
    assert [lengths[name] for name in ("主要技术指标", "主要功能", "服务内容", "用户须知", "参考收费标准")] == [
        500, 300, 200, 500, 500,
    ]  # fmt: skip
    most = {column.zh: column.most for column in sheet.columns}
    assert (most["主要学科领域"], most["主要购置经费来源"]) == (4, 4)
    value = sheet.column("original_value_10k")
    assert (value.unit, value.decimals, sheet.only.value_at_least) == ("10000_yuan", 2, 500_000)


def test_a_service_record_has_the_fields_and_codes_of_type_6() -> None:
    form = forms.form_of("service_record", 1)
    assert " ".join(column.key for column in form.sheets[0].columns) == RECORD
    assert form.codes["type"] == {"internal": "120", "external": "130"}
    assert form.codes["direction"] == {
        "research": "135",
        "development": "136",
        "teaching": "137",
        "service": "138",
    }
    assert form.codes["way"] == {"self": "占用共享", "assisted": "技术共享", "service": "委托共享"}
    assert form.codes["signed"] == {"yes": "0", "no": "1"}
    assert (form.sheets[0].column("amounts").unit, form.sheets[0].column("serviceContent").longest) == (
        "yuan",
        200,
    )


def test_each_source_of_funds_has_its_place_in_the_national_record() -> None:
    codes = forms.form_of("service_record", 1).codes["funding"]
    assert set(codes) == set(FUNDING_SOURCES)
    assert set(codes.values()) <= {*"ABCDEFGHIJKLMNOP", "无"}
    assert (codes["natural_science"], codes["none"]) == ("B", "无")


def test_table_3_has_its_eighteen_fields_of_use() -> None:
    sheet = forms.form_of("form_3", 1).sheets[0]
    assert (sheet.only.value_at_least, sheet.only.asset_classes) == (400_000, ("03",))
    fields = [column.key for column in sheet.columns if column.key.isupper()]
    assert (len(fields), fields[:4], fields[-1]) == (
        18,
        ["LSNUSEDHRS", "RSCHUSEDHRS", "SERUSEDHRS", "OPENHRS"],
        "CHARGEMAN",
    )


def test_the_workbook_has_nine_indicators_under_three_heads_and_no_score() -> None:
    form = forms.form_of("assessment", 1)
    items = form.sheets[0].items
    assert len({item.second for item in items}) == 9
    assert list(dict.fromkeys(item.first for item in items)) == ["组织管理", "运行使用", "共享服务"]
    held = {item.figure: item.reference for item in items if item.reference is not None}
    assert (held["effective_a_year"], held["external_a_year"]) == (1599, 273)
    words = " ".join(column.en + column.zh for column in form.sheets[0].columns)
    assert "score" not in words.lower() and "分数" not in words and "得分" not in words


def test_personal_data_is_known_for_what_it_is() -> None:
    carries = {
        form.code: {
            column.key
            for sheet in form.sheets
            for column in sheet.columns
            if column.source and SOURCES[sheet.rows][column.source].personal
        }
        for form in forms.all_forms()
    }
    assert carries == {
        "service_record": {"applicant", "phone", "email"}, "instrument_record": {"contact_name", "contact_phone", "contact_mail"},
        "form_3": {"CHARGEMAN"}, "annual_summary": {"handler"}, "assessment": set(), "service_evidence": set(),
    }  # fmt: skip


# --- Which holds when -------------------------------------------------------------------------------------------------


def file(folder: Path, text: str, name: str = "small.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def more(tmp_path: Path):
    """Two more versions of a form in the folder of an operator."""
    file(tmp_path, RIGHT, "small.2.toml")
    file(
        tmp_path,
        RIGHT.replace("version = 2", "version = 3").replace("2026-01-01", "2027-01-01"),
        "small.3.toml",
    )
    forms.use(str(tmp_path))
    yield tmp_path
    forms.use("")


def test_the_format_of_a_period_is_the_last_that_had_begun(more: Path) -> None:
    assert [form.version for form in forms.versions_of("small")] == [2, 3]
    assert forms.form_at("small", date(2026, 10, 1)).version == 2
    assert forms.form_at("small", date(2027, 1, 1)).version == 3
    assert forms.form_of("small", 2).version == 2
    with pytest.raises(Refusal):
        forms.form_at("small", date(2025, 10, 1))
    for code, version in (("small", 4), ("large", 1)):
        with pytest.raises(NotFound):
            forms.form_of(code, version)


@pytest.mark.parametrize(
    ("versions", "day", "holds"),
    [
        # since by version, the day on which a period begins, which version counts
        ({2: "2026-01-01", 3: "2026-01-01"}, date(2026, 1, 1), 3),
        ({9: "2026-01-01", 10: "2026-01-01"}, date(2026, 10, 1), 10),
        ({2: "2026-01-01", 3: "2026-01-01", 4: "2027-01-01"}, date(2026, 10, 1), 3),
        ({2: "2026-01-01", 3: "2026-01-01", 4: "2027-01-01"}, date(2027, 10, 1), 4),
        ({2: "2027-01-01", 3: "2026-01-01"}, date(2027, 1, 1), 2),
    ],
)
def test_of_versions_from_one_day_on_the_highest_counts_everywhere(
    tmp_path: Path, client: FlaskClient, world: World, versions: dict[int, str], day: date, holds: int
) -> None:
    for version, since in versions.items():
        text = RIGHT.replace("version = 2", f"version = {version}").replace("2026-01-01", since)
        file(tmp_path, text.replace("Small form", f"Small form {version}"), f"small.{version}.toml")
    forms.use(str(tmp_path))
    try:
        assert forms.form_at("small", day).version == holds
        last = forms.form_at("small", date(2199, 1, 1)).version
        person = world.person(world.institution())
        told = client.get("/api/v1/forms", headers=bearer(world.token(person, "reports:read"))).json["items"]
        assert [form["version"] for form in told if form["code"] == "small"] == [last]
        assert forms.called("small")[0] == f"Small form {last}"
        # What is told of people is what holds on this day.
        client.application.config["FROZEN_NOW"] = datetime(2028, 1, 1, tzinfo=UTC)
        page = client.get("/reports/about-people").text
        shown = {version for version in versions if f"Small form {version}" in page}
        assert shown == {last}
    finally:
        forms.use("")


def test_a_version_stands_once(tmp_path: Path) -> None:
    files = [file(tmp_path, RIGHT, name) for name in ("a.toml", "b.toml")]
    with pytest.raises(WrongForm) as wrong:
        forms.together(files)
    assert [(reason.code, reason.field) for reason in wrong.value.reasons] == [("twice", "b.toml")]


def test_a_folder_with_a_wrong_form_ends_the_start_with_its_sentences(tmp_path: Path) -> None:
    from instruments.reports.commands import use_folder

    file(tmp_path, RIGHT.replace('"service.hours"', '"x"'))
    with pytest.raises(
        WrongSetting, match=r"small\.toml: sheets rows › columns hours: There is no source “x”"
    ):
        use_folder(str(tmp_path))
    with pytest.raises(WrongSetting, match="there is no folder"):
        use_folder(str(tmp_path / "elsewhere"))
    use_folder("")


def test_the_command_lists_forms_and_says_what_is_wrong_with_a_file(
    runner: FlaskCliRunner, tmp_path: Path
) -> None:
    listed = runner.invoke(args=["reports", "forms"])
    assert (
        listed.exit_code == 0
        and "instrument_record 1 (occasion" in listed.output
        and "40 columns" in listed.output
    )
    right = runner.invoke(args=["reports", "forms", str(file(tmp_path, RIGHT))])
    assert right.exit_code == 0 and "small 2 (quarter, from 2026-01-01)" in right.output
    wrong = runner.invoke(
        args=["reports", "forms", str(file(tmp_path, RIGHT.replace('"quarter"', '"week"')))]
    )
    assert wrong.exit_code == 1 and "small.toml: “week” is none of: quarter, year" in wrong.output
