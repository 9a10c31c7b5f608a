"""Every worked example of charging, named after its case, and the document that is written from them."""

import pytest

from tests.rates.examples import EXAMPLES, Example
from tests.rates.rules import RULES
from tests.rates.written import PAGE, anew


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"rule {example.rule}: {example.case}")
def test_the_example(example: Example) -> None:
    assert example.computed() == example.result


def test_examples_are_of_rules_that_are_written() -> None:
    assert {example.rule for example in EXAMPLES} <= set(RULES)


def test_the_document_says_what_is_tested() -> None:
    assert PAGE.read_text(encoding="utf-8") == anew(), "run .venv/bin/python -m tests.rates.written"
