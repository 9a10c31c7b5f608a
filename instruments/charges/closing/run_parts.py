"""Which part of a run the lines of a statement are, in the sentences in which their charges say it, for papers and files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, cast, select

from instruments.charges.gathering_rows import rows_among
from instruments.charges.models import ChargeLine
from instruments.rates.kept import reasons_from_json
from instruments.rates.runs import of_part
from instruments.web.language import is_chinese
from instruments.web.reasons import sentence

_LINE: Any = ChargeLine.__table__
# Whatever says a part has it as a value or in its code: of all others nothing is read.
SAYS_A_PART = '"part'


def run_parts(lines: Sequence[Any]) -> dict[int, str]:
    """By charge, which part of a run it is, each sentence once; of a use that is no run for several, nothing. One statement.

    Read from the lines of the charges, which are never changed once posted: it is the same for ever.
    """
    line = _LINE.c
    asked = (
        select(line.charge_id, line.why)
        .where(cast(line.why, Text).contains(SAYS_A_PART, autoescape=True))
        .order_by(line.charge_id, line.position)
    )
    found: dict[int, dict[str, None]] = {}
    for row in rows_among(asked, line.charge_id, {each.charge_id for each in lines}):
        for reason in of_part(reasons_from_json(row.why)):
            found.setdefault(row.charge_id, {})[sentence(reason)] = None
    between = "" if is_chinese() else " "
    return {number: between.join(said) for number, said in found.items()}
