"""What each column and row of a price sheet holds, in both languages: the second sheet of the workbook."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from instruments.errors import N_
from instruments.rates.sheets.columns import BASES, DAYS, FIXED, MODES, SETTINGS, UNITS

Translate = Callable[..., str]
COLUMNS_OF_CLASSES = N_("The other columns")
HOW = (
    N_(
        "One row is one thing that a price list says: a setting, a window, or a line of prices. Rows may stand in any order."
    ),
    N_("A price list that the file does not name stays as it is, and so does a setting that no row names."),
    N_(
        "The rows of prices of a list are all its lines: a line that is left out goes. "
        "A list without any such row keeps its prices."
    ),
    N_(
        "The rows of windows of a list are all its windows, in their order. One empty row means: "
        "none. Without any such row they stay."
    ),
    N_(
        "First you see what the file would do; nothing is published by it. While anything in it is wrong, nothing is taken."
    ),
    N_(
        "Where other prices were published since the export, only what the file changes is put over them; "
        "a list for which they leave no room is named and left out, and the others go on."
    ),
)
COLUMNS = {
    "list": N_(
        "Whose prices: lab (for all instruments), instrument-12 or service-3 as the export writes them. "
        "Empty: by the name."
    ),
    "name": N_(
        "The name of the instrument or service, in either language, or its asset number; only read "
        "where the column before is empty."
    ),
    "what": N_("What the row says: one of the rows below, “Window” or “Price”."),
    "value": N_("What a setting says; of a window, the percent of the price."),
    "mode": N_("Of prices, one of: %(words)s."),
    "unit": N_("Of prices, one of: %(words)s."),
    "code": N_("Of samples and items, the code by which they are counted; else empty."),
    "name_en": N_("The English name of a sample, an item or a window."),
    "name_zh": N_("The Chinese name of a sample, an item or a window."),
    "since": N_("Of a window, from when on: 22:00."),
    "until": N_("Of a window, until when: 08:00; 24:00 is the end of the day."),
    "days": N_("Of a window, on which days only: %(words)s; separated by semicolons. Empty: all."),
}
VALUES = {
    "version": N_(
        "From which version it was exported; leave it as it is. A draft is changed itself, else a new draft is made."
    ),
    "valid_from": N_(
        "The first day: 2027-01-01. Left as it was exported, the day counts that you choose on the page."
    ),
    "valid_to": N_("The last day; empty: open."),
    "currency": N_("Three letters, such as CNY."),
    "basis": N_("Which minutes count, one of: %(words)s."),
    "increment": N_("Minutes: 1, 5, 15, 30 or 60."),
    "overrun": N_("Percent of the price: 100 is the price itself."),
    "operator_increment": N_("Minutes: 1, 5, 15, 30 or 60."),
    "operator_windows": N_("Yes or no."),
    "free_hours": N_("Hours, 0 to 744."),
    "late_percent": N_("Percent of the quoted time; empty: no such fee."),
    "no_show_percent": N_("Percent of the quoted time; empty: no such fee."),
    "note": N_("Up to 500 characters."),
}
CLASS_COLUMN = N_("What this class of customers pays, like 40.00. Empty: no price is set; 0 is a price.")
_WORDS = {"mode": MODES, "unit": UNITS, "days": DAYS, "basis": BASES}


def notes(english: Translate, chinese: Translate) -> list[Sequence[str]]:
    """The rows of the second sheet: of what, in Chinese, in English. Each `Translate` is gettext in one language."""
    found: list[Sequence[str]] = [("", "说明", "Notes")]
    found += [("", chinese(each), english(each)) for each in HOW]
    found += [
        _explained(f"{each.zh} {each.en}", COLUMNS[each.value], each.value, english, chinese)
        for each in FIXED
    ]
    found.append(
        _explained(
            f"{chinese(COLUMNS_OF_CLASSES)} {english(COLUMNS_OF_CLASSES)}", CLASS_COLUMN, "", english, chinese
        )
    )
    found += [
        _explained(f"{each.zh} {each.en}", VALUES[each.value], each.value, english, chinese)
        for each in SETTINGS
    ]
    return found


def _explained(head: str, text: str, words: str, english: Translate, chinese: Translate) -> Sequence[str]:
    choices = _WORDS.get(words, ())
    return (
        head,
        chinese(text, words="、".join(each.zh for each in choices)),
        english(text, words=", ".join(each.en for each in choices)),
    )
