"""What a form is: its sheets and columns, whence each value comes, how it is written, what must hold, when it is due. Pure.

A form is read from a file (form_reading.py), so that next year's change is an edit of data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

# How long a report of a form is, and of what it is.
QUARTER, YEAR, ACADEMIC, TWO_YEARS, OCCASION = "quarter", "year", "academic", "two_years", "occasion"
PERIODS = (QUARTER, YEAR, ACADEMIC, TWO_YEARS, OCCASION)
INSTITUTION, LAB = "institution", "lab"
SCOPES = (INSTITUTION, LAB)

# What a row of a sheet is.
INSTRUMENT, SERVICE, INCOME, WHOLE, INDICATOR = "instrument", "service", "income", "institution", "indicator"
ROWS = (INSTRUMENT, SERVICE, INCOME, WHOLE, INDICATOR)

# The kinds of values, and in which units each can be written; the first is the usual one.
TEXT, LIST, CODE, CODES, MONEY, HOURS, COUNT, DAY, MOMENT, SHARE = (
    "text", "list", "code", "codes", "money", "hours", "count", "day", "moment", "share",
)  # fmt: skip
YUAN, TEN_THOUSAND_YUAN = "yuan", "10000_yuan"
UNITS: Mapping[str, tuple[str, ...]] = {
    MONEY: (YUAN, TEN_THOUSAND_YUAN),
    HOURS: ("hours",),
    MOMENT: ("hour", "minute", "day"),
    SHARE: ("percent",),
}
# Which are numbers in a workbook, and can be compared.
NUMBERS = (MONEY, HOURS, COUNT, SHARE)

# What must hold of a row: see checking.py.
AT_MOST, NOT_AFTER, ADDS_UP, REQUIRED_WHEN, EMPTY_WHEN, DIFFERS, COUNTS, SUMS = (
    "at_most", "not_after", "adds_up", "required_when", "empty_when", "differs_from_last", "counts", "sums",
)  # fmt: skip
RULES = (AT_MOST, NOT_AFTER, ADDS_UP, REQUIRED_WHEN, EMPTY_WHEN, DIFFERS, COUNTS, SUMS)
# Asked by what is written in another column.
WHEN = (REQUIRED_WHEN, EMPTY_WHEN)
# Between two columns of one row, so that an entry by hand can break them.
OF_TWO = (AT_MOST, NOT_AFTER, *WHEN)
# Held against another sheet of the form: see agreeing.py.
BETWEEN = (COUNTS, SUMS)

# When a report is due: so many days after its period or acceptance, counted as they come or by working days, or on a day.
DAYS, WORKING_DAYS, ON = "days", "working_days", "on"
DEADLINES = (DAYS, WORKING_DAYS, ON)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key and heads, its source or its constant, how it is written, and what must hold of each cell.

    codes: the list that turns our values into theirs; unit, decimals: of numbers; longest: characters; most: items of a
    list, with `between` between them; pattern: what the whole cell looks like, with an example of it for people; typed: what
    the facts do not say may be entered by hand; usual: what stands there as long as nothing else is entered.
    """

    key: str
    zh: str
    en: str
    source: str = ""
    constant: str = ""
    unit: str = ""
    decimals: int | None = None
    codes: str = ""
    longest: int = 0
    most: int = 0
    between: str = ";"
    pattern: str = ""
    example: str = ""
    required: bool = False
    typed: bool = False
    usual: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold between cells of a row. columns: those it is about.

    total: of `adds_up`, the source to which they come; when, says: of `required_when` and `empty_when`, the column that
    decides and the written value by which it does; may_override: somebody may let it stand with a reason; of, each: of `counts`
    and `sums`, the other sheet whose rows are counted, by what stands differently in the column `each`, or whose column `each`
    is added up.
    """

    kind: str
    columns: tuple[str, ...]
    total: str = ""
    when: str = ""
    says: str = ""
    of: str = ""
    each: str = ""
    may_override: bool = False


@dataclass(frozen=True, slots=True)
class Only:
    """Which instruments, and what of them: worth so much or more (exact yuan), of these university asset classes,
    and services for others alone."""

    value_at_least: Decimal | None = None
    asset_classes: tuple[str, ...] = ()
    external: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a workbook of indicators: where it stands (as the rule calls it, and in English), its figure, and what it is
    held against, with whence that is."""

    key: str
    first: str
    first_en: str
    second: str
    second_en: str
    zh: str
    en: str
    figure: str
    reference: Decimal | None = None
    reference_from: str = ""
    reference_from_en: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a form: what a row is, which there are, its columns and its rules."""

    key: str
    zh: str
    en: str
    rows: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    only: Only = Only()
    items: tuple[Item, ...] = ()

    def column(self, key: str) -> Column:
        """The column of this key."""
        return next(column for column in self.columns if column.key == key)

    def place(self, key: str) -> int:
        """Where the column of this key stands."""
        return next(place for place, column in enumerate(self.columns) if column.key == key)


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a report is due: so many days (as they come, or working days) after its period has ended or after acceptance,
    or on a day of the year in which its period ends or of the next.

    assumed: the rule names no day, so this one is ours until a notice says otherwise.
    """

    kind: str
    days: int = 0
    month: int = 0
    day: int = 0
    next_year: bool = False
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form in one version of its format, which holds for periods that begin on `since` or later.

    rule: what asks for it, as the rule itself is called; recipient: to whom it goes; rows_may_wait: what lacks something
    may be left out and filed with a correction. meanings: by list of codes what its codes mean, in Chinese and English, where
    they are no words themselves. digest: of the file, so that a filed report says by which it was made.
    """

    code: str
    version: int
    since: date
    zh: str
    en: str
    rule_zh: str
    rule_en: str
    recipient_zh: str
    recipient_en: str
    period: str
    scope: str
    deadline: Deadline | None
    sheets: tuple[Sheet, ...]
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    meanings: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)
    rows_may_wait: bool = False
    digest: str = ""

    def sheet(self, key: str) -> Sheet:
        """The sheet of this key."""
        return next(sheet for sheet in self.sheets if sheet.key == key)
