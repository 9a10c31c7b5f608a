"""The apostrophe that keeps a text a text in CSV: written by our export, taken away by our reading."""

import re

# Begins like a formula and is no plain number or phone number; apostrophes in front count along.
LOOKS_LIKE_FORMULA = re.compile(r"'*(?:[=@\t]|[+-](?![\d\s().-]*$))")


def unmarked(cell: str) -> str:
    """The cell without the apostrophe that only says "this is a text"."""
    return cell[1:] if cell.startswith("'") and LOOKS_LIKE_FORMULA.match(cell) else cell
