"""Long lists: a page, the place after it, cursors that are none, and pages beyond the last."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

import instruments
from instruments.errors import Refusal
from instruments.people.rights import Role
from instruments.web import paging
from instruments.web.fields import page_of
from tests.world import World, sign_in


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


# --- By number


@pytest.mark.parametrize(
    ("asked", "total", "found"),
    [
        ("/list", 0, 1),
        ("/list?page=1", 0, 1),
        ("/list?page=3", 25, 3),
        ("/list?page=-4", 25, 1),
        ("/list?page=x", 25, 1),
        ("/list?page=4", 25, "/list?page=3"),
        ("/list?page=2", 0, "/list?page=1"),
        ("/list?page=2", 10, "/list?page=1"),
        ("/list?q=a%20b&q=%E5%85%89&page=200&by=x", 11, "/list?q=a+b&q=%E5%85%89&by=x&page=2"),
        ("/list?page=99999999999999999999", 11, "/list?page=2"),
    ],
)
def test_a_page_beyond_the_last_leads_to_the_last(asked: str, total: int, found: int | str) -> None:
    with Flask("test").test_request_context(asked):
        if isinstance(found, int):
            assert page_of(total, 10) == found
            return
        with pytest.raises(HTTPException) as led:
            page_of(total, 10)
        assert led.value.response is not None
        assert (led.value.response.status_code, led.value.response.headers["Location"]) == (302, found)


def test_a_form_that_is_sent_is_not_led_away() -> None:
    with Flask("test").test_request_context("/list?page=9", method="POST"):
        assert page_of(11, 10) == 2


def test_every_list_by_number_asks_in_one_place() -> None:
    """Whoever reads the page of the address also says which is the last one; the search keeps its own question."""
    apart = {"web/fields.py", "pages/picking.py"}
    for path in Path(instruments.__file__).parent.rglob("*.py"):
        name = path.relative_to(Path(instruments.__file__).parent).as_posix()
        source = path.read_text(encoding="utf-8")
        called = {
            node.func.id for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }  # fmt: skip
        if name not in apart:
            assert 'args.get("page"' not in source, name
            assert "page_number" not in called or "page_of" in called, name


@pytest.mark.parametrize("address", ["/catalog", "/labs/{lab}/uses", "/labs/{lab}/uses?view=confirmed", "/funds",
    "/labs/{lab}/qualifications"])  # fmt: skip
def test_pages_lead_to_their_last_one(client, world: World, now, address: str) -> None:
    lab = world.lab()
    manager = world.person(lab.institution)
    world.grant(manager, Role.INSTITUTION_MANAGER, lab.institution)
    sign_in(client, manager)
    address = address.format(lab=lab.id)
    mark = "&" if "?" in address else "?"
    beyond = client.get(f"{address}{mark}page=200")
    assert beyond.status_code == 302 and beyond.location.endswith(f"{mark}page=1"), beyond.location
    assert client.get(beyond.location).status_code == 200
