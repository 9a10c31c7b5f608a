"""What is confined answers, refuses, and cannot take the house down."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from instruments.errors import N_, Reason, Refusal
from instruments.jobs.confined import confined


def doubled(rows: list[list[str]]) -> list[list[str]]:
    print("noise on standard output")  # noqa: T201 - must not become part of the answer
    return rows * 2


def refusing(name: str) -> None:
    raise Refusal([Reason("no_table", "file", N_("%(name)s holds no table."), {"name": name})])


def breaking() -> None:
    raise KeyError("xl/workbook.xml")


def dying() -> None:
    os.kill(os.getpid(), 9)


def sleeping() -> None:
    time.sleep(30)


def swelling() -> int:
    return len(bytearray(2_000_000_000))


def secret() -> Any:
    return os.environ.get("SECRET_KEY")


def test_the_result_comes_back() -> None:
    assert confined(doubled, [["显微镜", "é"]]) == [["显微镜", "é"]] * 2


def test_a_refusal_comes_back_with_its_reasons() -> None:
    with pytest.raises(Refusal) as refused:
        confined(refusing, "books.xlsx")
    reason = refused.value.reasons[0]
    assert (reason.code, reason.message % reason.values) == ("no_table", "books.xlsx holds no table.")


@pytest.mark.parametrize(
    ("function", "code"),
    [
        (breaking, "file_unreadable"),
        (dying, "file_unreadable"),
        (sleeping, "file_too_slow"),
        (swelling, "file_too_large"),
    ],
)
def test_what_breaks_is_refused_in_words(function, code) -> None:
    with pytest.raises(Refusal, match=code):
        confined(function, seconds=2, megabytes=512)


def test_no_secret_goes_in(monkeypatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "of the house")
    assert confined(secret) is None
