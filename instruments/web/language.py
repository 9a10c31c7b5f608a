"""The reader's language: named by the address, else chosen by cookie, else the person's own, else what the browser asks for.

Programs keep no cookie, and most send no Accept-Language: what they do ask for counts before the person's own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale

from instruments.web.access import is_api

LANGUAGES = {"en": "English", "zh_Hans_CN": "中文"}
TRANSLATIONS = Path(__file__).parent.parent / "translations"
COOKIE = "language"
# `?lang=` in an address, for search engines and links that must open in one language.
BY_ADDRESS = {"en": "en", "zh": "zh_Hans_CN"}

babel = Babel()


def chosen() -> str:
    """The code of the reader's language, one of LANGUAGES."""
    if not has_request_context():
        return "en"
    if is_api():
        settled = None if request.accept_languages else g.get("person_language")
    else:
        settled = _cookie() or g.get("person_language")
    for code in (BY_ADDRESS.get(request.args.get("lang", "")), settled):
        if code in LANGUAGES:
            return code
    wanted = request.accept_languages.best_match(["en", "zh", "zh-CN", "zh-Hans", "zh-Hans-CN"], "en")
    return "en" if wanted == "en" else "zh_Hans_CN"


def _cookie() -> str | None:
    code = request.cookies.get(COOKIE)
    return code if code in LANGUAGES else None


def is_chinese() -> bool:
    """Whether the reader reads Chinese now."""
    return get_locale().language == "zh"


def in_language(english: str, chinese: str) -> str:
    """Of a name in both languages the reader's, or the other where that is empty."""
    return (chinese or english) if is_chinese() else (english or chinese)


def chooser() -> Callable[[str, str], str]:
    """`in_language` for many names: the reader's language is asked for once."""
    chinese = is_chinese()
    return lambda english, other: (other or english) if chinese else (english or other)


def init_app(app: Flask) -> None:
    """Translate by the rooms' catalogues."""
    rooms = sorted(path.parent.parent.parent for path in TRANSLATIONS.glob("*/*/LC_MESSAGES/messages.po"))
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(dict.fromkeys(map(str, rooms)))
    babel.init_app(app, locale_selector=chosen, default_locale="en")
    app.jinja_env.globals.update(in_language=in_language, is_chinese=is_chinese)
