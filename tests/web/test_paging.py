"""Lists by cursor: a page, the place after it, and cursors that are none."""

from __future__ import annotations

import pytest

from instruments.errors import Refusal
from instruments.web import paging


def test_a_cursor_leads_on_only_where_more_rows_were_found_than_a_page_holds() -> None:
    rows = ["a", "b", "c"]
    shown, cursor = paging.page(rows, 2, lambda row: [row])
    assert shown == ["a", "b"]
    assert paging.decode(cursor, (str,)) == ["b"]
    assert paging.page(rows, 3, lambda row: [row]) == (rows, None)
    assert paging.page([], 3, lambda row: [row]) == ([], None)


@pytest.mark.parametrize(
    "cursor", ["x", "~", paging.encode([1]), paging.encode(["b", 1]), paging.encode([True])]
)
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(Refusal):
        paging.decode(cursor, (str,))
    assert paging.decode("", (str,)) is paging.decode(None, (str,)) is None
