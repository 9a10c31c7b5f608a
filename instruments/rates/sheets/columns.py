"""The columns of a sheet of prices, and the words that its cells may hold, in both languages. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from instruments.availability.days import HOLIDAY, REST, WORKDAY
from instruments.catalog.choices import Choice
from instruments.catalog.columns import plain_header
from instruments.errors import N_
from instruments.people.customer import ABROAD, COMPANY, INDIVIDUAL, OWN_INSTITUTION, OWN_LAB, PARTNER, PUBLIC
from instruments.rates.card import (
    DAY,
    HOUR,
    ITEM,
    LONGER,
    OPERATOR_HOUR,
    RESERVED,
    SAMPLE,
    STARTED_DAY,
    USE,
    USED,
)
from instruments.rates.terms import ASSISTED, MINIMUM_OF_TIME, SELF, SERVICE

# The columns that every sheet has; behind them stands one for each class of customers.
FIXED = (
    Choice("list", "价目", N_("Price list")),
    Choice("name", "名称", N_("Name")),
    Choice("what", "内容", N_("What")),
    Choice("value", "数值", N_("Value")),
    Choice("mode", "使用方式", N_("How it is used")),
    Choice("unit", "单位", N_("Unit")),
    Choice("code", "编号", N_("Code")),
    Choice("name_en", "英文名称", N_("English name")),
    Choice("name_zh", "中文名称", N_("Chinese name")),
    Choice("since", "开始", N_("From")),
    Choice("until", "结束", N_("Until")),
    Choice("days", "仅限", N_("Only on")),
)
VERSION, WINDOW, PRICE = "version", "window", "price"
# What a row says by its cell "value", in the order in which an export writes them.
SETTINGS = (
    Choice(VERSION, "版本", N_("Version")),
    Choice("valid_from", "第一天", N_("First day"), ("首日",)),
    Choice("valid_to", "最后一天", N_("Last day"), ("末日",)),
    Choice("currency", "币种", N_("Currency")),
    Choice("basis", "计费依据", N_("What counts")),
    Choice("increment", "计时单位", N_("Counted in steps of")),
    Choice("overrun", "超出预约结束时间，百分比", N_("After the reserved end, percent")),
    Choice("operator_increment", "操作员计时单位", N_("Operator counted in steps of")),
    Choice("operator_windows", "时段也适用于操作员", N_("Windows hold for the operator, too")),
    Choice("free_hours", "提前多少小时可免费取消", N_("Free until so many hours before")),
    Choice("late_percent", "逾期取消，百分比", N_("Later, percent")),
    Choice("no_show_percent", "爽约，百分比", N_("Nobody comes, percent")),
    Choice("note", "备注", N_("Remark")),
)
WHAT = (*SETTINGS, Choice(WINDOW, "时段", N_("Window")), Choice(PRICE, "价格", N_("Price")))
CLASSES = (
    Choice(OWN_LAB, "本实验室", N_("Own lab")),
    Choice(OWN_INSTITUTION, "本单位", N_("Own institution")),
    Choice(PARTNER, "合作单位", N_("Partner institutions")),
    Choice(PUBLIC, "其他公共机构", N_("Other public bodies")),
    Choice(COMPANY, "企业", N_("Companies")),
    Choice(INDIVIDUAL, "个人", N_("Individuals")),
    Choice(ABROAD, "境外机构", N_("From abroad")),
)
MODES = (
    Choice(SELF, "由用户操作", N_("Operated by the user"), ("自主操作", "自助")),
    Choice(ASSISTED, "操作员陪同用户", N_("With an operator beside the user"), ("陪同操作",)),
    Choice(SERVICE, "由实验室操作", N_("Operated by the lab"), ("代为操作", "委托测试")),
)
UNITS = (
    Choice(HOUR, "每小时", N_("per hour"), ("小时", "元/小时", "元/时")),
    Choice(DAY, "每个涉及的日历日", N_("per day touched"), ("天", "每天")),
    Choice(STARTED_DAY, "每开始的 24 小时", N_("per 24 hours begun")),
    Choice(USE, "每次", N_("per use"), ("次", "元/次")),
    Choice(SAMPLE, "每个样品", N_("per sample"), ("样品", "元/样", "元/样品")),
    Choice(ITEM, "每件", N_("per item"), ("件", "元/件")),
    Choice(OPERATOR_HOUR, "操作员，每小时", N_("operator, per hour")),
    Choice(MINIMUM_OF_TIME, "计时最低收费", N_("at least for the time"), ("最低收费",)),
)
BASES = (
    Choice(USED, "实际使用的时间", N_("The time that was used")),
    Choice(RESERVED, "预约的时间", N_("The time that was reserved")),
    Choice(LONGER, "预约与实际使用时间合并", N_("Reserved and used time together")),
)
DAYS = (
    Choice(WORKDAY, "工作日", N_("Workdays")),
    Choice(REST, "休息日", N_("Rest days")),
    Choice(HOLIDAY, "法定节假日", N_("Statutory holidays")),
)
YES, NO = "yes", ""
YES_OR_NO = (Choice(YES, "是", N_("Yes"), ("true", "1", "✓")), Choice(NO, "否", N_("No"), ("false", "0")))
# The words of a column, and of the value of a setting.
WORDS: Mapping[str, Sequence[Choice]] = {
    "what": WHAT,
    "mode": MODES,
    "unit": UNITS,
    "days": DAYS,
    "basis": BASES,
    "operator_windows": YES_OR_NO,
}
BETWEEN = "; "


class Class(NamedTuple):
    """A class of a lab's customers, by whose key its prices are kept, with its names."""

    key: str
    zh: str
    en: str

    @property
    def header(self) -> str:
        """As a sheet names it: the lab's own finer ones by their key as well, which no other has."""
        own = f" ({self.key})" if self.key.startswith("split:") else ""
        return " ".join(part for part in (self.zh, self.en) if part) + own


# The classes that every lab has.
USUAL = tuple(Class(each.value, each.zh, each.en) for each in CLASSES)


@dataclass(frozen=True, slots=True)
class Header:
    """What a header row says: the column at each place, what was not understood, and what stands there twice."""

    columns: Mapping[int, str]
    unknown: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()


def _named(choices: Iterable[Choice]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in choices:
        for name in (each.value, each.zh, each.en, f"{each.zh} {each.en}", *each.also):
            found.setdefault(plain_header(name), each.value)
    return found


_FIXED = _named(FIXED)
_WORDS = {column: _named(choices) for column, choices in WORDS.items()}


def is_header(cells: Iterable[str]) -> bool:
    """Whether a row names what every sheet must have: whose prices, and what each row says."""
    found = {_FIXED.get(plain_header(cell)) for cell in cells}
    return "what" in found and bool(found & {"list", "name"})


def known_in(cells: Iterable[str]) -> int:
    """How many of the columns that every sheet has a row names."""
    return sum(plain_header(cell) in _FIXED for cell in cells)


def header_of(cells: Iterable[str], classes: Iterable[Class]) -> Header:
    """Match the cells of a header row to columns, those of the lab's classes among them."""
    names = dict(_FIXED)
    for each in classes:
        for name in (each.key, each.header, f"{each.zh} {each.en}", each.zh, each.en):
            names.setdefault(plain_header(name), each.key)
    columns: dict[int, str] = {}
    unknown: list[str] = []
    twice: list[str] = []
    for place, text in enumerate(cells):
        column = names.get(plain_header(text)) if text.strip() else None
        if column is None:
            unknown += [text.strip()[:80]] if text.strip() else []
        elif column in columns.values():
            twice.append(text.strip()[:80])
        else:
            columns[place] = column
    return Header(columns, tuple(unknown), tuple(twice))


def headings(classes: Iterable[Class]) -> list[str]:
    """The header of a sheet of a lab with these classes: Chinese, then English."""
    return [*(f"{each.zh} {each.en}" for each in FIXED), *(each.header for each in classes)]


def value_of(column: str, text: str) -> str | None:
    """Which of the words of a column a cell says; None for none."""
    return _WORDS[column].get(plain_header(text))


def word_of(column: str, value: str, *, chinese: bool) -> str:
    """A value as it is written in a language; what is no word stays as it is."""
    parts = (
        [_word(column, part, chinese=chinese) for part in value.split(BETWEEN)]
        if column in WORDS
        else [value]
    )
    return BETWEEN.join(parts)


def _word(column: str, value: str, *, chinese: bool) -> str:
    found = next((each for each in WORDS[column] if each.value == value), None)
    return value if found is None else found.zh if chinese else found.en
