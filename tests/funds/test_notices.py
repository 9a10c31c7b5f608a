"""Who is told of money: those who manage a fund, whoever may charge it, and the payers of programmes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from instruments.notices.kind import Happening
from instruments.notices.kinds import hearing

NOW = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("deed", "detail", "told"),
    [
        ("fund.warned", {"owner_ids": [3, 4], "percent": 80}, [(3, "warned"), (4, "warned")]),
        ("fund.overdrawn", {"owner_ids": [3]}, [(3, "overdrawn")]),
        ("fund.covered", {"owner_ids": [3]}, [(3, "covered")]),
        ("fund.right_given", {"user_id": 5}, [(5, "right_given")]),
        ("fund.right_given", {"user_id": None}, []),
        ("fund.right_taken", {"user_id": 9}, []),
        ("programme.admitted", {"asked_by_id": 5}, [(5, "admitted")]),
        ("programme.refused", {"asked_by_id": 5, "reason": "Too large"}, [(5, "refused")]),
        ("programme.ended", {"asked_by_id": 9}, []),
    ],
)
def test_who_is_told_of_what(deed: str, detail: dict[str, Any], told: list[tuple[int, str]]) -> None:
    what = Happening(1, NOW, 9, deed, ("fund", 7), detail)
    (kind,) = hearing(deed)
    assert [(each.person_id, each.said) for each in kind.who(what)] == told
    assert all(each.said in kind.words for each in kind.who(what))
