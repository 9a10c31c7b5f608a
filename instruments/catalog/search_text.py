"""The one text that an instrument is found by, and a question brought to the same form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from pypinyin import lazy_pinyin

LONGEST_QUERY = 200
MOST_TERMS = 12
ESCAPE = "\\"

# The Han characters that names are written in, and the letters and digits between them.
_CHUNK = re.compile(r"([\u3400-\u9fff\uf900-\ufaff]+)|([^\W_]+)")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_BETWEEN_TERMS = re.compile(r"[\s,;、，；。|]+")


def search_text(
    *,
    names: Iterable[str],
    identifiers: Iterable[str] = (),
    places: Iterable[str] = (),
    classes: Iterable[str] = (),
    techniques: Iterable[str] = (),
    quantities: Iterable[str] = (),
) -> str:
    """Everything an instrument is found by, as one normalised text with a space between its parts.

    names: of the instrument, both languages; identifiers: maker, model, asset and serial number;
    places: lab, institution and city names; classes: names of its class and of those above, and the code;
    techniques, quantities: names in both languages. Each part stands as written (normalised), Chinese ones
    also in pinyin and by initials, model numbers also without their hyphens and spaces. Texts found twice stand once.
    """
    parts: dict[str, None] = {}
    for group in (names, identifiers, places, classes, techniques, quantities):
        for text in group:
            for form in _forms(text, group is identifiers) if text else ():
                parts[form] = None
    return " ".join(parts)


def normalise(text: str) -> str:
    """NFKC, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def terms(query: str) -> list[str]:
    """The words of a question, normalised as the text is and with %, _ and \\ escaped for LIKE (ESCAPE '\\').

    Everything found has to contain all of them. At most 12 words of the first 200 characters count.
    """
    words = _BETWEEN_TERMS.split(normalise(query[:LONGEST_QUERY]))
    return [escape_like(word) for word in dict.fromkeys(words) if word][:MOST_TERMS]


def escape_like(word: str) -> str:
    """A word in which LIKE (with ESCAPE '\\') finds no wildcard."""
    for special in (ESCAPE, "%", "_"):
        word = word.replace(special, ESCAPE + special)
    return word


@lru_cache(maxsize=65_536)
def _forms(text: str, is_identifier: bool = False) -> Sequence[str]:
    """The ways in which one text can be typed; an identifier also as one word (LSM980 for LSM 980)."""
    plain = normalise(text)
    if not plain:
        return ()
    if not _HAN.search(plain):
        squeezed = "".join(found[0] for found in _CHUNK.finditer(plain))
        is_one_word = " " not in plain or (is_identifier and any(letter.isdigit() for letter in plain))
        return (plain, squeezed) if is_one_word and squeezed != plain else (plain,)
    full, initials = _pinyin(plain)
    return (plain, full, initials)


def _pinyin(text: str) -> tuple[str, str]:
    """A text in pinyin without tones, and by the initials of its syllables; letters and digits stay."""
    full: list[str] = []
    initials: list[str] = []
    for found in _CHUNK.finditer(text):
        if found[1]:
            syllables = _syllables(found[1])
            full += syllables
            initials += [syllable[0] for syllable in syllables if syllable]
        else:
            full.append(found[2])
            initials.append(found[2])
    return "".join(full), "".join(initials)


@lru_cache(maxsize=65_536)
def _syllables(han: str) -> Sequence[str]:
    return tuple(lazy_pinyin(han))
