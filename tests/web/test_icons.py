"""Icons are inlined, silent unless named, and every class of instruments has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from instruments.web.icons import ANY_CLASS, CLASS_ICONS, SOURCE, Icons, class_icon


@pytest.fixture(scope="module")
def icons() -> Icons:
    return Icons(Path("static") / SOURCE)


def test_every_class_has_an_icon_that_exists(icons: Icons) -> None:
    assert [name for name in {*CLASS_ICONS.values(), ANY_CLASS} if name not in icons] == []


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("010102", "microscope"),
        ("010410", "activity"),
        ("010000", "flask-conical"),
        ("990000", ANY_CLASS),
        (None, ANY_CLASS),
    ],
)
def test_the_nearest_class_lends_its_icon(code: str | None, name: str) -> None:
    assert class_icon(code) == name


def test_an_icon_is_hidden_from_listeners_unless_it_is_named(icons: Icons) -> None:
    assert 'aria-hidden="true"' in icons.svg("clock")
    assert 'role="img" aria-label="Close &#34;it&#34;"' in icons.svg("x", 16, 'Close "it"')
    assert "stroke" not in icons.svg("clock")  # drawn by .icon of site.css


def test_an_icon_that_does_not_exist_is_a_mistake(icons: Icons) -> None:
    with pytest.raises(KeyError):
        icons.svg("no-such-icon")
