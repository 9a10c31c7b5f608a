"""The columns of our template: how a header names them, what they hold, and where an instrument keeps it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from instruments.catalog import choices
from instruments.catalog.choices import Choice
from instruments.errors import N_


@dataclass(frozen=True)
class Column:
    """One column. `key` is its English key, `zh` and `en` its headers, `also` what other headers say.

    kind: how its cells are read (see cells.py). field: the attribute of an instrument, or "record.<key>" for
    what only the national form knows and is kept as written. national: its place among the 40, or None.
    most: characters of a text, or items of a list.
    """

    key: str
    zh: str
    en: str
    kind: str = "text"
    field: str = ""
    national: int | None = None
    most: int = 200
    choices: tuple[Choice, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where the value is kept."""
        return self.field or self.key

    @property
    def in_record(self) -> bool:
        """Whether only the national form knows it, so that it is kept as written."""
        return self.place.startswith("record.")


def _national(number: int, key: str, zh: str, en: str, kind: str = "text", most: int = 200, **more) -> Column:
    return Column(key, zh, en, kind, f"record.{key}", number, most, **more)


# The 40 columns of the national form for large instruments, in its order.
NATIONAL = (
    _national(1, "national_number", "仪器编号", N_("National number"), most=60),
    Column("asset_number", "所在单位仪器编号", N_("Asset number"), "text", "", 2, 100,
           also=("设备编号", "资产编号", "inventory no.", "inventory number", "innerid")),
    Column("name_zh", "仪器设备名称", N_("Chinese name"), "text", "", 3, 300,
           also=("仪器名称", "设备名称", "中文名称", "名称", "name", "cname")),
    Column("name_en", "英文名称", N_("English name"), "text", "", 4, 300, also=("外文名称", "ename")),
    _national(5, "carrier_type", "所属资源载体类型", N_("Kind of centre"), "choice", choices=choices.CARRIER),
    _national(6, "carrier_number", "所属资源载体内部编号", N_("Number of the centre"), most=100),
    Column("lab", "所属单位内部门", N_("Lab"), "lab", "lab_id", 7, 200,
           also=("所属部门", "所属单位", "实验室", "使用单位", "laboratory", "department", "insidedepart")),
    Column("class_code", "仪器分类编码", N_("Class"), "class", "", 8, 200,
           also=("分类编码", "分类代码", "仪器分类", "class code", "instrcategory")),
    _national(9, "source", "设备来源", N_("Origin"), "choice", choices=choices.SOURCE),
    _national(10, "customs_supervised", "是否在海关监管年限内", N_("Under customs supervision"), "choice",
              choices=choices.YES_NO),
    Column("original_value_10k", "原值（万元）", N_("Original value, 10,000 CNY"), "amount_10k", "original_value", 11,
           also=("原值(万元)", "原值万元", "worth")),
    _national(12, "country", "产地国别", N_("Country of origin"), most=60),
    Column("maker", "生产制造商", N_("Maker"), "text", "", 13, 200,
           also=("生产厂家", "制造商", "厂商", "manufacturer", "生产厂商")),
    _national(14, "booked_on", "建账日期", N_("Date in the accounts"), "date"),
    _national(15, "category", "类别", N_("Category"), "choice", choices=choices.CATEGORY),
    Column("model", "规格型号", N_("Model"), "text", "", 16, 200, also=("型号", "型号规格", "instrversion")),
    _national(17, "technical_indicators", "主要技术指标", N_("Main technical figures"), "long", 2000),
    Column("description_zh", "主要功能", N_("Chinese description"), "long", "", 18, 5000,
           also=("中文描述", "功能描述", "function")),
    _national(19, "subjects", "主要学科领域", N_("Main subjects"), "subjects", 4),
    _national(20, "funding", "主要购置经费来源", N_("Sources of funds"), "some_choices", 4, choices=choices.FUNDING),
    _national(21, "services", "服务内容", N_("Services"), "long", 2000),
    _national(22, "picture", "图片", N_("Picture file"), most=300),
    _national(23, "hours_run", "年运行机时", N_("Hours run in a year"), "hours"),
    _national(24, "user_notes", "用户须知", N_("Notes for users"), "long", 2000),
    _national(25, "fees", "参考收费标准", N_("Reference fees"), "long", 2000),
    _national(26, "booking_address", "预约服务网址", N_("Address for booking"), most=500),
    _national(27, "province", "省", N_("Province"), most=40, also=("省份",)),
    Column("city_zh", "市", N_("City (Chinese)"), "city", "", 28, 80, also=("城市",)),
    _national(29, "county", "区县", N_("County or district"), most=40),
    _national(30, "street", "街道", N_("Street"), most=200),
    _national(31, "hours_served", "年对外服务机时", N_("Hours for others in a year"), "hours"),
    Column("contact_name", "联系人", N_("Contact"), "text", "", 32, 120, also=("负责人", "机组负责人", "contact name")),
    Column("contact_phone", "电话", N_("Phone"), "text", "", 33, 60, also=("联系电话", "contact phone")),
    Column("contact_mail", "电子邮箱", N_("Mail"), "mail", "", 34, 200,
           also=("邮箱", "email", "e-mail", "contact mail")),
    _national(35, "mail_address", "通讯地址", N_("Postal address"), most=300),
    _national(36, "postal_code", "邮政编码", N_("Postal code"), "postal", 16, also=("邮编",)),
    _national(37, "customs_declaration", "进口报关单编号", N_("Customs declaration"), "digits", 18),
    _national(38, "customs_item", "报关单项号", N_("Customs item"), "digits", 2),
    _national(39, "customs_released_on", "海关放行日期", N_("Customs release date"), "date"),
    _national(40, "customs_name", "报关单上的名称", N_("Name in the declaration"), most=300),
)  # fmt: skip

# What the national form does not ask, and people look for.
OWN = (
    Column("serial_number", "出厂编号", N_("Serial number"), "text", "", None, 100,
           also=("序列号", "出厂号", "serial no.")),
    Column("status", "状态", N_("Status"), "choice", choices=choices.STATUS, also=("仪器状态", "现状")),
    Column("status_note", "状态说明", N_("Note on the status"), most=300),
    Column("audience", "开放范围", N_("Open to"), "choice", choices=choices.AUDIENCE, also=("共享范围", "共享方式")),
    Column("mode", "使用方式", N_("Mode"), "some_choices", most=4, choices=choices.MODE, also=("服务方式",)),
    Column("capacity", "可同时预约数", N_("Capacity"), "capacity", also=("容量",)),
    Column("techniques", "技术方法", N_("Techniques"), "techniques", most=30, also=("技术", "technique")),
    Column("measured_quantities", "测量量", N_("Measured quantities"), "items", most=30, also=("测量参数",)),
    Column("specifications", "技术参数", N_("Specifications"), "specifications", most=60,
           also=("规格参数", "specs")),
    Column("description_en", "英文简介", N_("English description"), "long", most=5000, also=("description",)),
    Column("sample_requirements", "样品要求", N_("Sample requirements"), "long", most=5000),
    Column("location", "放置地点", N_("Location"), most=200, also=("安放地点", "存放地点", "存放地", "房间", "room")),
    Column("city_en", "城市英文名", N_("City (English)"), most=80),
    Column("commissioned_on", "启用日期", N_("In service since"), "date", also=("投入使用日期", "in service")),
    Column("retired_on", "报废日期", N_("Retired on"), "date"),
    Column("original_value", "原值（元）", N_("Original value"), "amount",
           also=("原值(元)", "原值", "price", "单价")),
    Column("original_currency", "原值币种", N_("Currency of the original value"), "currency", also=("币种", "currency")),
    Column("book_value", "净值（元）", N_("Book value"), "amount", also=("净值(元)", "净值")),
    Column("book_currency", "净值币种", N_("Currency of the book value"), "currency"),
    Column("university_asset_class", "教育部资产分类号", N_("University asset class"), most=20,
           also=("高校资产分类号", "分类号")),
    Column("asset_category_code", "国标资产分类代码", N_("GB/T 14885 code"), most=20,
           also=("gb/t 14885", "固定资产分类代码")),
    Column("id", "系统编号", N_("Number here"), "id"),
)  # fmt: skip

COLUMNS: Sequence[Column] = (*NATIONAL, *OWN)
BY_KEY: Mapping[str, Column] = {column.key: column for column in COLUMNS}
RECORD_COLUMNS = tuple(column for column in NATIONAL if column.in_record)


def plain_header(header: str) -> str:
    """A header as it is compared: NFKC, lower case, no spaces, stars or underscores."""
    return re.sub(r"[\s*_:]+", "", unicodedata.normalize("NFKC", header).lower())


def _headers() -> dict[str, Column]:
    found: dict[str, Column] = {}
    for column in COLUMNS:
        for name in (column.key, column.zh, column.en, bilingual(column), *column.also):
            other = found.setdefault(plain_header(name), column)
            if other is not column:
                raise ValueError(f"two columns are called {name}")
    return found


def bilingual(column: Column) -> str:
    """The header of our template: Chinese, then English."""
    return f"{column.zh} {column.en}"


HEADERS: Mapping[str, Column] = _headers()


@dataclass(frozen=True)
class Recognised:
    """What a header row says: the column of each position that was understood, and the headers that were not."""

    columns: Mapping[int, Column]
    unknown: tuple[str, ...]
    twice: tuple[str, ...]


def recognise(header: Iterable[str]) -> Recognised:
    """Match the cells of a header row to columns."""
    found: dict[int, Column] = {}
    unknown: list[str] = []
    twice: list[str] = []
    for position, text in enumerate(header):
        column = HEADERS.get(plain_header(text))
        if column is None:
            unknown += [text.strip()] if text.strip() else []
        elif column in found.values():
            twice.append(text.strip())
        else:
            found[position] = column
    return Recognised(found, tuple(unknown), tuple(twice))
