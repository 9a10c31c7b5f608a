"""Read a form from its file: every reason why it cannot be one at once, in sentences that say where. Pure."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from instruments.errors import N_, Reason, Refusal
from instruments.reports.fitting import unfit
from instruments.reports.form import (
    ADDS_UP,
    AT_MOST,
    BETWEEN,
    CODE,
    CODES,
    DEADLINES,
    INDICATOR,
    NOT_AFTER,
    NUMBERS,
    ON,
    PERIODS,
    ROWS,
    RULES,
    SCOPES,
    SUMS,
    UNITS,
    WHEN,
    Column,
    Deadline,
    Form,
    Item,
    Only,
    Rule,
    Sheet,
)
from instruments.reports.form_table import Table
from instruments.reports.indicator_figures import FIGURES
from instruments.reports.sources import SOURCES, TYPED, Source

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
MOST_DECIMALS = 6
PAIR = 2


class WrongForm(Refusal):
    """The file is no form that can be used; every reason says where."""

    title = N_("This is no form")


def read(text: str) -> Form:
    """The form that a file says. Raises WrongForm with every reason."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        sentence = N_("The file cannot be read as TOML: %(error)s.")
        raise WrongForm([Reason("toml", None, sentence, {"error": str(error)})]) from error
    reasons: list[Reason] = []
    form = _form(Table(values, "", reasons), text)
    if reasons:
        raise WrongForm(reasons)
    return form


def _form(table: Table, text: str) -> Form:
    codes = table.take("codes", dict, {})
    for name, each in codes.items():
        if not isinstance(each, dict) or not all(isinstance(code, str) for code in each.values()):
            table.wrong("codes", N_("The codes of “%(name)s” have to be texts."), name=name)
            codes = {}
            break
    code = _key(table, "code")
    form = Form(
        code=code,
        version=table.whole("version", 1, 9999),
        since=table.take("since", date),
        **{name: table.take(name, str) for name in ("zh", "en", "rule_zh", "rule_en", "recipient_zh", "recipient_en")},
        period=table.one_of("period", PERIODS),
        scope=table.one_of("scope", SCOPES, "institution"),
        deadline=_deadline(table),
        sheets=tuple(_sheet(each, codes) for each in table.tables("sheets")),
        codes=codes,
        meanings=_meanings(table, codes),
        rows_may_wait=table.take("rows_may_wait", bool, False),
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )  # fmt: skip
    table.done()
    _once(table, "sheets", [sheet.key for sheet in form.sheets])
    _between(table, form)
    if not form.sheets:
        table.wrong("missing", N_("“%(name)s” is missing."), name="sheets")
    return form


def _between(table: Table, form: Form) -> None:
    """What is held against another sheet: a number that names one, and a column there, of numbers where it is added up."""
    by_key = {sheet.key: sheet for sheet in form.sheets}
    for sheet in form.sheets:
        for rule in (each for each in sheet.rules if each.kind in BETWEEN):
            other = by_key.get(rule.of) if rule.of != sheet.key else None
            known = _kinds(other) if other else {}
            own = [_kinds(sheet).get(key) in NUMBERS for key in rule.columns]
            each = (
                known.get(rule.each) in NUMBERS if rule.kind == SUMS else not rule.each or rule.each in known
            )
            if other is None or own != [True] or not each:
                sentence = N_("Name one number of “%(sheet)s”, another sheet, and a column of that.")
                table.wrong("rule", sentence, sheet=sheet.key)


def _kinds(sheet: Sheet) -> dict[str, str]:
    known = SOURCES.get(sheet.rows, {})
    return {column.key: known[column.source].kind for column in sheet.columns if column.source in known}


def _meanings(table: Table, codes: Mapping[str, Any]) -> dict[str, dict[str, tuple[str, str]]]:
    """What codes mean, each in both languages, of lists that are there."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for name, each in table.take("meanings", dict, {}).items():
        if name not in codes or not isinstance(each, dict) or set(each) - set(codes[name].values()):
            table.wrong("meanings", N_("What is meant belongs to codes of a list: “%(name)s”."), name=name)
            continue
        found[name] = {}
        for code, words in each.items():
            own = Table(
                words if isinstance(words, dict) else {}, f"meanings › {name} › {code}", table.reasons
            )
            found[name][code] = (own.take("zh", str), own.take("en", str))
            own.done()
    return found


def _key(table: Table, name: str = "key") -> str:
    value = str(table.take(name, str))
    if value and not _KEY.fullmatch(value):
        table.wrong(
            "key", N_("“%(value)s” is no key: letters, digits and underscores, at most 40."), value=value
        )
    return value


def _once(table: Table, what: str, keys: Sequence[str]) -> None:
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        table.wrong("twice", N_("“%(key)s” stands twice among %(what)s."), key=key, what=what)


def _deadline(table: Table) -> Deadline | None:
    given = table.take("deadline", dict, {})
    if not given:
        return None
    own = Table(given, "deadline", table.reasons)
    kind = own.one_of("kind", DEADLINES)
    found = Deadline(
        kind,
        days=own.whole("days", 1, 400, 0),
        month=own.whole("month", 1, 12, 0),
        day=own.whole("day", 1, 31, 0),
        next_year=own.take("next_year", bool, False),
        assumed=own.take("assumed", bool, False),
    )
    own.done()
    complete = found.month and found.day if kind == ON else found.days
    if kind and not complete:
        own.wrong("deadline", N_("Say after how many days, or on which day of which month."))
    return found


def _sheet(table: Table, codes: Mapping[str, Any]) -> Sheet:
    key, rows = _key(table), table.one_of("rows", ROWS)
    known = SOURCES.get(rows, {})
    columns = tuple(_column(each, known, codes) for each in table.tables("columns"))
    _once(table, "columns", [column.key for column in columns])
    found = Sheet(
        key, table.take("zh", str), table.take("en", str), rows, columns,
        tuple(_rule(each, columns, known) for each in table.tables("rules", [])),
        _only(table), tuple(_item(each) for each in table.tables("items", [])),
    )  # fmt: skip
    if bool(found.items) != (rows == INDICATOR):
        table.wrong("items", N_("Items belong to a sheet of indicators, and it needs some."))
    table.done()
    return found


def _only(table: Table) -> Only:
    own = Table(table.take("only", dict, {}), f"{table.where} › only", table.reasons)
    found = Only(
        own.take("value_at_least", Decimal, Decimal(0)) or None,
        own.take("asset_classes", tuple, ()),
        own.take("external", bool, False),
    )
    own.done()
    return found


def _item(table: Table) -> Item:
    found = Item(
        key=_key(table),
        **{name: table.take(name, str) for name in ("first", "first_en", "second", "second_en", "zh", "en")},
        figure=table.one_of("figure", tuple(FIGURES)),
        reference=table.take("reference", Decimal) if "reference" in table.values else None,
        **{name: table.take(name, str, "") for name in ("reference_from", "reference_from_en")},
    )
    table.done()
    return found


def _column(table: Table, known: Mapping[str, Source], codes: Mapping[str, Any]) -> Column:
    found = Column(
        key=_key(table),
        zh=table.take("zh", str),
        en=table.take("en", str),
        source=table.take("source", str, ""),
        constant=table.take("constant", str, ""),
        unit=table.take("unit", str, ""),
        decimals=table.whole("decimals", 0, MOST_DECIMALS) if "decimals" in table.values else None,
        codes=table.take("codes", str, ""),
        longest=table.whole("longest", 1, 100_000, 0),
        most=table.whole("most", 1, 1000, 0),
        between=table.take("between", str, ";"),
        pattern=table.take("pattern", str, ""),
        example=table.take("example", str, ""),
        required=table.take("required", bool, False),
        typed=table.take("typed", bool, False),
        usual=table.take("usual", str, ""),
    )  # fmt: skip
    table.done()
    for check in (_check_source, _check_codes, _check_pattern, _check_usual):
        check(table, found, known, codes)
    return found


def _check_source(
    table: Table, column: Column, known: Mapping[str, Source], _codes: Mapping[str, Any]
) -> None:
    if bool(column.source) == bool(column.constant):
        table.wrong("source", N_("A column has either a source or a constant."))
        return
    if not column.source:
        return
    source = known.get(column.source)
    if source is None:
        sentence = N_("There is no source “%(source)s” for these rows.")
        table.wrong("source", sentence, source=column.source)
        return
    units = UNITS.get(source.kind, ())
    if column.unit and column.unit not in units:
        sentence = N_("“%(source)s” cannot be written in “%(unit)s”.")
        table.wrong("unit", sentence, source=column.source, unit=column.unit)
    if column.decimals is not None and source.kind not in NUMBERS:
        table.wrong("decimals", N_("“%(source)s” is no number and has no decimals."), source=column.source)


def _check_codes(table: Table, column: Column, known: Mapping[str, Source], codes: Mapping[str, Any]) -> None:
    if not column.codes:
        return
    if column.codes not in codes:
        table.wrong("codes", N_("There is no list of codes “%(name)s”."), name=column.codes)
        return
    source = known.get(column.source)
    if source is None or (source.kind not in (CODE, CODES) and column.source != TYPED):
        table.wrong("codes", N_("“%(source)s” gives no codes."), source=column.source)
        return
    missing = [value for value in source.values if value not in codes[column.codes]]
    if missing:
        sentence = N_("The codes of “%(name)s” say nothing for: %(values)s.")
        table.wrong("codes", sentence, name=column.codes, values=", ".join(missing))


def _check_pattern(
    table: Table, column: Column, _known: Mapping[str, Source], _codes: Mapping[str, Any]
) -> None:
    try:
        fits = re.compile(column.pattern).fullmatch(column.example) or not column.example
    except re.error as error:
        table.wrong("pattern", N_("The pattern cannot be read: %(error)s."), error=str(error))
        return
    if not fits:
        table.wrong("example", N_("The example does not fit the pattern."))


def _check_usual(table: Table, column: Column, known: Mapping[str, Source], codes: Mapping[str, Any]) -> None:
    """Something else can be entered than what stands there usually, and that fits as well as what is entered."""
    if not column.usual or column.source not in known or (column.codes and column.codes not in codes):
        return
    if not column.typed or any(unfit(column, known[column.source], codes, column.usual)):
        table.wrong("usual", N_("What usually stands here has to fit, and a column that is entered by hand."))


def _rule(table: Table, columns: Sequence[Column], known: Mapping[str, Source]) -> Rule:
    found = Rule(
        table.one_of("kind", RULES),
        table.take("columns", tuple),
        total=table.take("total", str, ""),
        when=table.take("when", str, ""),
        says=table.take("says", str, ""),
        of=table.take("of", str, ""),
        each=table.take("each", str, ""),
        may_override=table.take("may_override", bool, False),
    )
    table.done()
    there = {column.key for column in columns}
    for key in (*found.columns, *([found.when] if found.when else [])):
        if key not in there:
            table.wrong("no_column", N_("There is no column “%(key)s” in this sheet."), key=key)
    if found.kind in (AT_MOST, NOT_AFTER) and len(found.columns) != PAIR:
        table.wrong("rule", N_("This rule is about two columns."))
    if found.kind == ADDS_UP and found.total not in known:
        table.wrong("source", N_("There is no source “%(source)s” for these rows."), source=found.total)
    if found.kind in WHEN and not (found.when and found.says):
        table.wrong("rule", N_("Say by which column, and by which value of it."))
    return found
