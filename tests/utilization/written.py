"""Write the definitions of figures into docs/utilization.md: `.venv/bin/python -m tests.utilization.written`."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages import pofile

from instruments.utilization.definitions import BESIDE, DEFINITIONS, EVIDENCE, MEASURES
from instruments.utilization.rated import YARDSTICKS

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "utilization.md"
CHINESE = ROOT / "instruments/translations/utilization/zh_Hans_CN/LC_MESSAGES/messages.po"
BEGIN = (
    "<!-- What follows is written from the definitions: .venv/bin/python -m tests.utilization.written -->\n"
)


def tables() -> str:
    """All tables, as they stand in the document."""
    with CHINESE.open("rb") as file:
        chinese = pofile.read_po(file, locale="zh_Hans_CN")
    in_chinese = {message.id: message.string for message in chinese}
    return "\n".join(
        [*_measures(in_chinese), "", *_figures(in_chinese), "", *_beside(in_chinese), "", *_yardsticks(), ""]
    )


def _measures(in_chinese: dict[str, str]) -> Iterator[str]:
    yield from ("## What is summed", "", "| measure | 中文 | what belongs to it |", "|---|---|---|")
    for measure in MEASURES.values():
        yield f"| {measure.name} | {in_chinese[measure.name]} | {measure.words} |"


def _figures(in_chinese: dict[str, str]) -> Iterator[str]:
    yield from (
        "## Figures",
        "",
        "| figure | 中文 | formula | where there is none | evidence | version |",
        "|---|---|---|---|---|---|",
    )
    for each in DEFINITIONS.values():
        missing = f"“–”: {each.missing}" if each.missing else ""
        yield f"| {each.name} | {in_chinese[each.name]} | {each.words} | {missing} | {_evidence(each.over)} | {each.version} |"


def _beside(in_chinese: dict[str, str]) -> Iterator[str]:
    yield from (
        "## Whom it served and what it earned",
        "",
        "Nothing stands below the line of these, and they are not made of hours of use; n is that of the instruments in service.",
        "",
        "| figure | 中文 | what belongs to it | version |",
        "|---|---|---|---|",
    )
    for each in BESIDE.values():
        yield f"| {each.name} | {in_chinese[each.name]} | {each.words} | {each.version} |"


def _evidence(over: str) -> str:
    """Whose evidence is told under a figure."""
    of = EVIDENCE.get(over)
    if of is None:
        return "not made of hours of use"
    return "of these hours" if of == over else f"of all {MEASURES[of].name.lower()}"


def _yardsticks() -> Iterator[str]:
    yield from (
        "## Rated hours",
        "",
        "Which an instrument has follows from its university asset class and, of class 03, from whether the national record calls"
        " it special;",
        "instruments of other classes have none and are left out above the line, too.",
        "",
        "| hours a year | of which |",
        "|---|---|",
    )
    for each in YARDSTICKS.values():
        yield f"| {each.hours:,} | {each.words} |"


def anew() -> str:
    """The document with its tables anew."""
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return f"{head}{BEGIN}\n{tables()}"


if __name__ == "__main__":
    PAGE.write_text(anew(), encoding="utf-8")
