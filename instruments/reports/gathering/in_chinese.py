"""What the catalogue says in two languages, as forms that are Chinese write it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_HAN = r"[\u3400-\u9fff·]"
# A name in Latin letters before or behind one in Chinese: Xue Moni 薛模拟, 薛模拟 (Xue Moni), Xue Moni / 薛模拟.
_LATIN = r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ .,'’-]*"
_BEFORE = re.compile(rf"{_LATIN}\s*[/／,，]?\s*[(（]?(?P<name>{_HAN}+)[)）]?")
_BEHIND = re.compile(rf"(?P<name>{_HAN}+)\s*[/／,，]?\s*[(（]?{_LATIN}[)）]?")
_BETWEEN = re.compile(r"\s+[/／]\s+")


def name(text: str) -> str:
    """A person's Chinese name, where it stands beside one in Latin letters; anything else as it is written."""
    found = _BEFORE.fullmatch(text.strip()) or _BEHIND.fullmatch(text.strip())
    return found["name"] if found else text


def words(text: str) -> str:
    """Of words in two languages, “Voltage / 电压”, the Chinese ones."""
    parts = _BETWEEN.split(text)
    chinese = [part for part in parts if _CHINESE.search(part)]
    return " / ".join(chinese) if chinese else text


def specifications(rows: Iterable[tuple[str, str, str]]) -> str:
    """Names, values and units as the national record writes them: 电压：80–200 kV；分辨率：0.2 nm."""
    return "；".join(
        f"{words(label)}：{words(value)}" + (f" {words(unit)}" if unit else "") for label, value, unit in rows
    )
