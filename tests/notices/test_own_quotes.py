"""Of a quote that its asker accepts, the notice to the lab names them once."""

from __future__ import annotations

import pytest

from instruments.notices.kind import Happening
from instruments.notices.kinds.formal_quotes import KINDS, to_staff
from tests.conftest import NOW


@pytest.mark.parametrize(("asker", "said"), [(9, "accepted_own"), (8, "accepted")])
def test_who_asked_and_accepted_is_named_once(asker, said) -> None:
    detail = {"instrument_id": 3, "asked_by_id": asker}
    what = Happening(1, NOW, 9, "formal_quote.accepted", ("formal_quote", 7), detail, staff=frozenset({1, 9}))
    assert [(told.person_id, told.said) for told in to_staff(what)] == [(1, said)]
    words = KINDS[0].words[said].sentence
    assert ("%(user)s" in words) is (said == "accepted")
