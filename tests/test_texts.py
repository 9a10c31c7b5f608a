"""Every text has its Chinese: the catalogues of all rooms are complete, up to date and of one mind."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po

from instruments.web import commands

KEYWORDS = DEFAULT_KEYWORDS | {"N_": None, "lazy_gettext": None}
SENTENCE = re.compile(r"[A-Za-z]{2,}(?:,? [a-z]{2,}){2,}")
FILLED = re.compile(r"%\(\w+\)[sd]|%%")
PLACES = re.compile(r"%\(\w+\)s|%%|\{\w*\}")


@cache
def catalogue(room: str) -> Catalog:
    """The room's Chinese texts; an empty catalogue where the room has none."""
    path = commands.catalogue_of(room)
    if not path.exists():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file, locale=commands.CHINESE)


@cache
def written(room: str) -> frozenset[str]:
    """Every text that stands in the room's code and templates."""
    found = set()
    for path in commands.sources_of(room):
        method = "python" if path.suffix == ".py" else "jinja2"
        for _, message, _, _ in extract_from_file(method, str(path), keywords=KEYWORDS):
            found.add(message if isinstance(message, str) else message[0])
    return frozenset(text for text in found if text)


def key_of(message: object) -> str:
    """The English text of a message, its singular where it has two."""
    return message if isinstance(message, str) else message[0]


@pytest.mark.parametrize("room", commands.rooms())
def test_every_text_of_the_room_is_in_its_catalogue(room: str) -> None:
    known = {key_of(message.id) for message in catalogue(room) if message.id}
    assert sorted(written(room) - known) == [], "run `make messages` and write the Chinese"
    assert sorted(known - written(room)) == [], "these are written nowhere any more: run `make messages`"


@pytest.mark.parametrize("room", commands.rooms())
def test_every_text_of_the_room_has_its_chinese(room: str) -> None:
    texts = [message for message in catalogue(room) if message.id]
    strings = {
        key_of(one.id): one.string if isinstance(one.string, tuple) else (one.string,) for one in texts
    }
    assert [text for text, chinese in strings.items() if not all(chinese)] == []
    assert [key_of(one.id) for one in texts if one.fuzzy] == []


@pytest.mark.parametrize("room", commands.rooms())
def test_the_chinese_keeps_the_places_of_the_english(room: str) -> None:
    changed = [
        message.id
        for message in catalogue(room)
        if isinstance(message.id, str)
        and message.string
        and set(PLACES.findall(message.id)) != set(PLACES.findall(str(message.string)))
    ]
    assert changed == []


@pytest.mark.parametrize("room", commands.rooms())
def test_what_a_page_says_can_be_filled_in_both_languages(room: str) -> None:
    said = {
        message if isinstance(message, str) else message[0]
        for path in commands.sources_of(room)
        if path.suffix != ".py"
        for _, message, _, _ in extract_from_file("jinja2", str(path), keywords=KEYWORDS)
    }
    texts = [
        text
        for message in catalogue(room)
        if message.id and key_of(message.id) in said
        for text in (
            key_of(message.id),
            *(message.string if isinstance(message.string, tuple) else [message.string]),
        )
    ]
    assert [text for text in texts if "%" in FILLED.sub("", text)] == []


@pytest.mark.parametrize("room", commands.rooms())
def test_no_english_sentence_is_left_in_the_chinese(room: str) -> None:
    strings = [
        chinese
        for message in catalogue(room)
        if message.id
        for chinese in (message.string if isinstance(message.string, tuple) else (message.string,))
    ]
    assert [text for text in strings if SENTENCE.search(PLACES.sub("", text)) or "\ufffd" in text] == []


def test_one_english_text_has_one_chinese_text_in_every_room() -> None:
    said: dict[str, set[str]] = defaultdict(set)
    for room in commands.rooms():
        for message in catalogue(room):
            if message.id and message.string:
                said[key_of(message.id)].add(str(message.string))
    assert {text: chinese for text, chinese in said.items() if len(chinese) > 1} == {}


def test_no_catalogue_is_left_of_a_room_that_has_gone() -> None:
    folders = {path.name for path in Path(commands.TRANSLATIONS).iterdir() if path.is_dir()}
    assert folders - set(commands.rooms()) == set()
