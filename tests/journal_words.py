"""Holds every entry that a test has the product write into the journal to the words for it: of the deed, of what it was done
to, of each detail, and of each code that stands for something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from instruments.journal import record
from instruments.pages.detail_codes import CODES, OWN_WORDS, PUT_TOGETHER
from instruments.pages.detail_words import AS_OTHERS, LEFT_OUT, has_name
from instruments.pages.details import renamed
from instruments.people import words

# What tests write themselves, of nothing.
INVENTED = re.compile(r"secret\.|test\.|thing\.")
A_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?(T.*)?")


def hold_to_words() -> None:
    """From now on, whatever is written without words fails where it is written."""
    event.listen(Engine, "before_execute", _look)


def _look(_connection: Any, statement: Any, many: Any, one: Any, _options: Any) -> None:
    if statement is record._INSERT:
        for row in many or [one]:
            found = list(wordless(row))
            assert not found, f"{row['deed']} is written without words for {', '.join(found)}"


def wordless(row: Mapping[str, Any]) -> Iterator[str]:
    """What of an entry the journal would show raw."""
    deed, thing, detail = row["deed"], row["thing_kind"], renamed(row["detail"])
    if INVENTED.match(deed):
        return
    if deed not in words.DEEDS:
        yield deed
    if thing not in (*words.THINGS, "test"):
        yield thing
    for name, value in detail.items():
        if name not in LEFT_OUT:
            yield from _raw(name, value)


def _raw(name: str, value: Any) -> Iterator[str]:
    if name not in AS_OTHERS and not has_name(name):
        yield name
    yield from (f"{name}: {text}" for text in _texts(value) if not _is_told(name, text))
    if name in ("fields", "changed") and isinstance(value, list):
        yield from (f"{name}: {each}" for each in value if not has_name(each))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _is_told(name: str, text: str) -> bool:
    if name == "what":
        return text in CODES[name] or text.rpartition(" ")[0] in CODES[name]
    if not text or name in OWN_WORDS or name in PUT_TOGETHER or A_DATE.fullmatch(text):
        return True
    return text in CODES.get(name, {}) or not (name in CODES or re.fullmatch(r"[a-z]+(_[a-z]+)*", text))
