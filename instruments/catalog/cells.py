"""What one cell of a catalogue file means: text in, a value or the reason why not out; and back again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal

from instruments.catalog import choices
from instruments.catalog.columns import Column
from instruments.catalog.subjects import SUBJECTS
from instruments.errors import N_, Reason

TEN_THOUSAND = Decimal(10_000)
LARGEST_AMOUNT = Decimal(10) ** 13
HOURS_IN_A_YEAR = 366 * 24
CURRENCIES = {
    "人民币": "CNY",
    "元": "CNY",
    "rmb": "CNY",
    "美元": "USD",
    "欧元": "EUR",
    "日元": "JPY",
    "英镑": "GBP",
}

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]0?0:00(?::00)?)?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMBER = re.compile(r"(-?)[¥$€]?\s*(-?)(\d[\d,]*(?:\.\d+)?(?:e\+?\d{1,2})?|\.\d+)\s*(万元|万|元|cny|rmb)?")
_POSTAL = re.compile(r"[0-9]{6}|[A-Z]{1,3}-[0-9A-Z](?:[0-9A-Z -]{0,8}[0-9A-Z])?")
_MAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+")
_BETWEEN_ITEMS = re.compile(r"(?<!\\)[;；、\n]")
_BETWEEN_SPECIFICATIONS = re.compile(r"(?<!\\)[;；\n]")
_NAME_AND_VALUE = re.compile(r"(?<!\\)[=:＝：]")
_UNIT = re.compile(r"(.*?)\s*(?<!\\)\[((?:[^\]\\]|\\.)*)\]", re.DOTALL)


class Unreadable(Exception):
    """A cell that does not say anything its column can hold."""

    def __init__(self, code: str, message: str, remedy: str | None = None, **values: object) -> None:
        super().__init__(code)
        self.reason = Reason(code, None, message, values, remedy)


def plain(text: str) -> str:
    """A cell as words are compared: NFKC, lower case, trimmed."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def read(column: Column, text: str) -> object:
    """The value of a cell that is not empty. Raises Unreadable."""
    if _UNPRINTABLE.search(text):
        raise Unreadable("unprintable", N_("Holds characters that cannot be printed."), N_("Type it again."))
    return READERS[column.kind](column, text.strip())


def write(column: Column, value: object) -> str:
    """A value as our own export writes it, which `read` turns into the same value again."""
    if value is None or value == "":
        return ""
    writer = WRITERS.get(column.kind)
    return writer(column, value) if writer else str(value)


def _text(column: Column, text: str) -> str:
    return _fitting(column, " ".join(text.split()))


def _city(column: Column, text: str) -> str:
    """西安市 is 西安: one city is one choice when people search."""
    name = _text(column, text)
    return name[:-1] if len(name) > 2 and name.endswith("市") else name


def _long(column: Column, text: str) -> str:
    return _fitting(column, text.replace("\r\n", "\n").replace("\r", "\n"))


def _fitting(column: Column, text: str) -> str:
    if len(text) > column.most:
        raise Unreadable(
            "too_long",
            N_("Has %(length)s characters; at most %(most)s fit."),
            N_("Shorten it."),
            length=len(text),
            most=column.most,
        )
    return text


def _date(_column: Column, text: str) -> date:
    found = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    how = N_("Use YYYY-MM-DD.")
    if not found:
        raise Unreadable("not_a_date", N_("Not a date."), how)
    year, month, day = (int(part) for part in found.groups())
    if not 1 <= month <= 12:
        raise Unreadable("no_such_month", N_("There is no month %(month)s."), how, month=month)
    if not 1900 <= year <= 2200:
        raise Unreadable("no_such_year", N_("The year %(year)s cannot be right."), how, year=str(year))
    try:
        return date(year, month, day)
    except ValueError:
        raise Unreadable("no_such_day", N_("That month has no day %(day)s."), how, day=day) from None


def _amount(_column: Column, text: str) -> Decimal:
    return _money(text, Decimal(1), N_("Write 1200000, or 120 with the column 万元."))


def _amount_10k(_column: Column, text: str) -> Decimal:
    return _money(text, TEN_THOUSAND, N_("Write 120, meaning 1,200,000 yuan."))


def _money(text: str, unit: Decimal, how: str) -> Decimal:
    found = _NUMBER.fullmatch(plain(text))
    if not found:
        raise Unreadable("not_a_number", N_("Not a number."), how)
    if found[1] or found[2]:
        raise Unreadable("below_zero", N_("Below zero."), N_("Check the sign."))
    if found[4]:
        unit = TEN_THOUSAND if found[4].startswith("万") else Decimal(1)
    value = Decimal(found[3].replace(",", "")) * unit
    if value >= LARGEST_AMOUNT:
        raise Unreadable("too_much", N_("More than any instrument costs."), N_("Check the unit."))
    if value != value.quantize(Decimal("0.01")):
        raise Unreadable("too_fine", N_("Finer than a cent."), N_("Round it to cents."))
    return value.quantize(Decimal("0.01"))


def _hours(_column: Column, text: str) -> str:
    found = _NUMBER.fullmatch(plain(text))
    if not found or found[4]:
        raise Unreadable("not_a_number", N_("Not a number."), N_("Write hours, like 1850 or 1850.5."))
    if found[1] or found[2]:
        raise Unreadable("below_zero", N_("Below zero."), N_("Check the sign."))
    if Decimal(found[3].replace(",", "")) > HOURS_IN_A_YEAR:
        raise Unreadable("too_many_hours", N_("A year has no more than 8,784 hours."), N_("Check the unit."))
    return text


def _choice(column: Column, text: str) -> str:
    value = _WORDS[column.key].get(plain(text))
    if value is None:
        raise Unreadable(
            "no_such_choice",
            N_("Not one of the words for this column."),
            N_("Use one of: %(words)s."),
            words=", ".join(f"{choice.zh} {choice.en}" for choice in column.choices),
        )
    return value


def _some_choices(column: Column, text: str) -> tuple[str, ...]:
    parts = [part for part in re.split(r"[;；、,，/\n]", text) if part.strip()]
    chosen = {_choice(column, part) for part in parts}
    return tuple(choice.value for choice in column.choices if choice.value in chosen)


def _subjects(column: Column, text: str) -> str:
    parts = [part.strip() for part in re.split(r"[;；、,，\n]", text) if part.strip()]
    wrong = [part for part in parts if plain(part) not in SUBJECTS]
    if wrong:
        raise Unreadable(
            "no_such_subject",
            N_("%(subject)s is no first-level subject of GB/T 13745."),
            N_("Write codes or names, like 140 or 物理学."),
            subject=wrong[0],
        )
    if len(parts) > column.most:
        raise Unreadable("too_many", N_("More than %(most)s."), N_("Keep the main ones."), most=column.most)
    return text


def _digits(column: Column, text: str) -> str:
    if not re.fullmatch(rf"[0-9]{{{column.most}}}", text):
        raise Unreadable(
            "not_digits", N_("Not %(most)s digits."), N_("Format the column as text."), most=column.most
        )
    return text


def _postal(_column: Column, text: str) -> str:
    """Of China six digits; a place abroad has its country before it, so that a digit too few is not taken for one."""
    code = text.strip().upper()
    if not _POSTAL.fullmatch(code):
        raise Unreadable(
            "not_a_postal_code",
            N_("Not a postal code of six digits."),
            N_("Abroad, write the country before it, like DE-14473. Format the column as text."),
        )
    return code


def _mail(column: Column, text: str) -> str:
    if not _MAIL.fullmatch(text):
        raise Unreadable("not_a_mail", N_("Not a mail address."), N_("Write one, like lab@example.org."))
    return _fitting(column, text)


def _capacity(_column: Column, text: str) -> int:
    found = re.fullmatch(r"(\d{1,4})(\.0+)?", text)
    if not found or not 1 <= int(found[1]) <= 1000:
        raise Unreadable("not_a_capacity", N_("Not a whole number from 1 to 1,000."), N_("Usually it is 1."))
    return int(found[1])


def _currency(_column: Column, text: str) -> str:
    code = CURRENCIES.get(plain(text), text.upper())
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise Unreadable(
            "not_a_currency", N_("Not a currency."), N_("Use three letters, like CNY, USD or EUR.")
        )
    return code


def _items(column: Column, text: str) -> tuple[str, ...]:
    return _few(column, (" ".join(_unescaped(part).split()) for part in _BETWEEN_ITEMS.split(text)))


def _few(column: Column, parts: Iterable[str]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(part for part in parts if part))
    if len(kept) > column.most:
        raise Unreadable("too_many", N_("More than %(most)s."), N_("Keep the main ones."), most=column.most)
    if any(len(part) > 120 for part in kept):
        raise Unreadable(
            "item_too_long",
            N_("One of them has more than 120 characters."),
            N_("Separate them with semicolons."),
        )
    return kept


def _specifications(column: Column, text: str) -> tuple[tuple[str, str, str], ...]:
    rows: list[tuple[str, str, str]] = []
    for part in _BETWEEN_SPECIFICATIONS.split(text):
        if not part.strip():
            continue
        name, *rest = _NAME_AND_VALUE.split(part, maxsplit=1)
        if not rest or not name.strip() or not rest[0].strip():
            raise Unreadable(
                "not_a_specification",
                N_("“%(part)s” is no pair of name and value."),
                N_("Write them like Resolution=0.8 [nm]; Voltage=30 [kV]."),
                part=part.strip()[:80],
            )
        found = _UNIT.fullmatch(rest[0].strip())
        value, unit = (found[1], found[2]) if found else (rest[0], "")
        rows.append(tuple(" ".join(_unescaped(each).split()) for each in (name, value, unit)))
    if len(rows) > column.most:
        raise Unreadable("too_many", N_("More than %(most)s."), N_("Keep the main ones."), most=column.most)
    if any(len(name) > 80 or len(value) > 200 or len(unit) > 40 for name, value, unit in rows):
        raise Unreadable(
            "specification_too_long",
            N_("A name, value or unit is too long."),
            N_("At most 80, 200 and 40 characters fit."),
        )
    return tuple(rows)


def _id(_column: Column, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise Unreadable(
            "not_our_number", N_("Not a number of this catalogue."), N_("Leave it empty for a new one.")
        )
    return int(text)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _escaped(text: str, specials: str) -> str:
    return re.sub(f"([\\\\{specials}])", r"\\\1", text)


def _write_amount(_column: Column, value: object) -> str:
    return f"{value:.2f}"


def _write_amount_10k(_column: Column, value: object) -> str:
    whole = format((Decimal(str(value)) / TEN_THOUSAND).normalize(), "f")
    units, _, decimals = whole.partition(".")
    return f"{units}.{decimals:0<2}"


def _write_choice(column: Column, value: object) -> str:
    return next((choice.zh for choice in column.choices if choice.value == value), str(value))


def _write_choices(column: Column, value: object) -> str:
    return "; ".join(_write_choice(column, each) for each in value)


def _write_items(_column: Column, value: object) -> str:
    return "; ".join(_escaped(each, ";；、") for each in value)


def _write_specifications(_column: Column, value: object) -> str:
    return "; ".join(
        f"{_escaped(name, ';；=:＝：')}={_escaped(text, ';；[')}"
        + (f" [{_escaped(unit, ';；]')}]" if unit else "")
        for name, text, unit in value
    )


READERS: Mapping[str, Callable[[Column, str], object]] = {
    "text": _text, "city": _city, "long": _long, "date": _date, "amount": _amount, "amount_10k": _amount_10k, "hours": _hours,
    "choice": _choice, "some_choices": _some_choices, "subjects": _subjects, "digits": _digits, "postal": _postal, "mail": _mail,
    "capacity": _capacity, "currency": _currency, "items": _items, "techniques": _items,
    "specifications": _specifications, "id": _id, "lab": _text, "class": _text,
}  # fmt: skip
WRITERS: Mapping[str, Callable[[Column, object], str]] = {
    "amount": _write_amount, "amount_10k": _write_amount_10k, "choice": _write_choice,
    "some_choices": _write_choices, "items": _write_items, "techniques": _write_items,
    "specifications": _write_specifications,
}  # fmt: skip
_WORDS = {
    key: choices.words(options)
    for key, options in (
        ("status", choices.STATUS), ("audience", choices.AUDIENCE), ("mode", choices.MODE),
        ("source", choices.SOURCE), ("category", choices.CATEGORY), ("carrier_type", choices.CARRIER),
        ("funding", choices.FUNDING), ("customs_supervised", choices.YES_NO),
    )
}  # fmt: skip
