"""Write the rules and their examples into docs/charging.md: `.venv/bin/python -m tests.rates.written`."""

from collections.abc import Iterator
from pathlib import Path

from tests.charges.examples import EXAMPLES as BOOK_EXAMPLES
from tests.rates.examples import EXAMPLES
from tests.rates.rules import RULES

PAGE = Path(__file__).parent.parent.parent / "docs" / "charging.md"
BEGIN = "<!-- What follows is written from the tests: .venv/bin/python -m tests.rates.written -->\n"


def tables() -> str:
    """Both tables, as they stand in the document."""
    return "\n".join([*_rules(), "", "## Worked examples", "", *_examples(), ""])


def _rules() -> Iterator[str]:
    yield "| # | question | rule |"
    yield "|---|---|---|"
    for number, (question, rule) in RULES.items():
        yield f"| {number} | {question} | {rule} |"


def _examples() -> Iterator[str]:
    yield "In CNY, in Asia/Shanghai, on an ordinary Wednesday at 60.00 an hour unless said; day = 08:00–22:00, night ="
    yield "22:00–08:00 at 50 %."
    yield ""
    yield "| # | case | result |"
    yield "|---|---|---|"
    for example in sorted((*EXAMPLES, *BOOK_EXAMPLES), key=lambda each: each.rule):
        yield f"| {example.rule} | {example.case} | {'; '.join(example.result)} |"


def anew() -> str:
    """The document with both tables anew."""
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return f"{head}{BEGIN}\n{tables()}"


if __name__ == "__main__":
    PAGE.write_text(anew(), encoding="utf-8")
