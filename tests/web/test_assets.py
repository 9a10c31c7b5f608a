"""Static files are kept for a year under an address that changes with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.components import make_app


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return make_app(tmp_path_factory.mktemp("assets")).test_client()


def test_a_page_names_its_files_by_their_version(visitor: FlaskClient) -> None:
    address = re.search(r'href="(/static/site\.css\?v=[0-9a-f]+)"', visitor.get("/components").text)
    assert address is not None
    with visitor.get(address[1]) as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.data == (Path("static") / "site.css").read_bytes()


def test_without_a_version_a_file_is_asked_for_again(visitor: FlaskClient) -> None:
    with visitor.get("/static/site.css") as answer:
        assert "max-age=31536000" not in answer.headers.get("Cache-Control", "")


def test_a_missing_file_is_not_kept(visitor: FlaskClient) -> None:
    with visitor.get("/static/none.css?v=1") as answer:
        assert answer.status_code == 404
        assert "immutable" not in answer.headers.get("Cache-Control", "")
