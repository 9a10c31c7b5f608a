"""Several reasons in one text: each sentence once, and of two remedies one of which contains the other the fuller alone."""

from __future__ import annotations

import pytest

from instruments.errors import Reason
from instruments.web.reasons import each_once

ANOTHER, LESS = "Choose another time.", "Book less, or choose another time."
EITHER = "Choose another time or another instrument."
STARTS = "Start at step %(start)s."


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        ([("A.", ANOTHER), ("A.", LESS)], ["A.", LESS]),
        ([("A.", LESS), ("A.", ANOTHER)], [f"A. {LESS}"]),
        ([("A.", ANOTHER), ("B.", EITHER)], ["A.", f"B. {EITHER}"]),
        ([("A.", LESS), ("A.", EITHER)], [f"A. {LESS}", EITHER]),
        ([("A.", ANOTHER), ("A.", ANOTHER)], [f"A. {ANOTHER}"]),
        ([("A.", ANOTHER), ("B.", None)], [f"A. {ANOTHER}", "B."]),
        ([("A.", None), ("A.", None)], ["A."]),
        # What names a time of its own is never left out.
        (
            [("A.", STARTS), ("A.", f"Or: {STARTS}")],
            ["A. Start at step 3.", "Or: Start at step 3."],
        ),
    ],
)
def test_of_two_remedies_the_fuller_is_said(app, reasons, said) -> None:
    values = {"start": 3}
    with app.test_request_context():
        found = list(each_once([Reason("x", None, words, values, remedy) for words, remedy in reasons]))
    assert found == said
