"""What each column of the template may hold, as a table: the second sheet of the workbook and docs/catalog-template.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from instruments.catalog.columns import COLUMNS, Column

HEAD = ("English key", "Header", "National", "What its cells hold")
KINDS: Mapping[str, str] = {
    "text": "Text of up to {most} characters.",
    "city": "Name of a city; 西安市 and 西安 are the same.",
    "long": "Text of up to {most} characters, with line breaks.",
    "date": "A date: 2027-03-05, 2027/3/5, 2027年3月5日 or 20270305.",
    "amount": "An amount in yuan (or the currency beside it), at most two decimals; 120万元 is understood.",
    "amount_10k": "The same amount in 10,000 yuan (万元). Give one of the two; if both, they must agree.",
    "hours": "Hours in a year, 0 to 8,784.",
    "choice": "One of: {words}.",
    "some_choices": "Some of: {words}. Separated by semicolons.",
    "subjects": "Up to {most} first-level subjects of GB/T 13745, by code or name, separated by semicolons.",
    "digits": "Exactly {most} digits; format the column as text.",
    "mail": "A mail address.",
    "capacity": "How many may use it at the same time, 1 to 1,000; usually 1.",
    "currency": "Three letters like CNY, USD, EUR.",
    "items": "Up to {most} words or names, separated by semicolons.",
    "techniques": "Up to {most} techniques, separated by semicolons; both languages as Raman spectroscopy|拉曼光谱.",
    "specifications": "Up to {most} pairs like Resolution=0.8 [nm]; Voltage=30 [kV]. A semicolon inside is written \\;.",
    "lab": "The lab, by either of its names. Unknown labs are refused unless the import is told to add them.",
    "class": "The national class: six digits, or its name in either language.",
    "id": "Written by the export. Only used for instruments that have neither asset nor serial number.",
}


def notes() -> list[Sequence[str]]:
    """The header and a row for each column."""
    return [HEAD, *((column.key, column.zh, _national(column), says(column)) for column in COLUMNS)]


def says(column: Column) -> str:
    """What the cells of a column may hold."""
    words = ", ".join(f"{choice.zh} {choice.en}" for choice in column.choices)
    return KINDS[column.kind].format(most=column.most, words=words)


def _national(column: Column) -> str:
    return str(column.national) if column.national else ""
