"""What each column of the template may hold, as a table: the second sheet of the workbook and docs/catalog-template.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from instruments.catalog.columns import COLUMNS, Column, bilingual
from instruments.errors import N_

Translate = Callable[..., str]

HEAD = (N_("Key"), N_("Header"), N_("National"), N_("What its cells hold"))
KINDS: Mapping[str, str] = {
    "text": N_("Text of up to %(most)s characters."),
    "city": N_("Name of a city; 西安市 and 西安 are the same."),
    "long": N_("Text of up to %(most)s characters, with line breaks."),
    "date": N_("A date: 2027-03-05, 2027/3/5, 2027年3月5日 or 20270305."),
    "amount": N_(
        "An amount in yuan (or the currency beside it), at most two decimals; 120万元 is understood."
    ),
    "amount_10k": N_("The same amount in 10,000 yuan (万元). Give one of the two; if both, they must agree."),
    "hours": N_("Hours in a year, 0 to 8,784."),
    "choice": N_("One of: %(words)s."),
    "some_choices": N_("Some of: %(words)s. Separated by semicolons."),
    "subjects": N_(
        "Up to %(most)s first-level subjects of GB/T 13745, by code or name, separated by semicolons."
    ),
    "digits": N_("Exactly %(most)s digits; format the column as text."),
    "postal": N_(
        "Six digits; of a place abroad with the country before it, like DE-14473. Format the column as text."
    ),
    "mail": N_("A mail address."),
    "capacity": N_("How many may use it at the same time, 1 to 1,000; usually 1."),
    "currency": N_("Three letters like CNY, USD, EUR."),
    "items": N_("Up to %(most)s words or names, separated by semicolons."),
    "techniques": N_(
        "Up to %(most)s techniques, separated by semicolons; both languages as Raman spectroscopy|拉曼光谱."
    ),
    "specifications": N_(
        "Up to %(most)s pairs like Resolution=0.8 [nm]; Voltage=30 [kV]. A semicolon inside is written \\;."
    ),
    "lab": N_(
        "The lab, by either of its names. Unknown labs are refused unless the import is told to add them."
    ),
    "class": N_("The national class: six digits, or its name in either language."),
    "id": N_("Written by the export. Only used for instruments that have neither asset nor serial number."),
}


def notes(translate: Translate) -> list[Sequence[str]]:
    """The header and a row for each column, in the reader's language: `translate` is gettext."""
    head = [translate(words) for words in HEAD]
    return [
        head,
        *((column.key, bilingual(column), _national(column), says(column, translate)) for column in COLUMNS),
    ]


def says(column: Column, translate: Translate) -> str:
    """What the cells of a column may hold."""
    words = ", ".join(f"{choice.zh} {choice.en}" for choice in column.choices)
    return translate(KINDS[column.kind], most=column.most, words=words)


def _national(column: Column) -> str:
    return str(column.national) if column.national else ""
