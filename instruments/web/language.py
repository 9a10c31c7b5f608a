"""The reader's language: named by the address, else chosen by cookie, else the person's own, else what the browser asks for.

Programs keep no cookie, and most send no Accept-Language: what they do ask for counts before the person's own.
A page that was opened in a language by its address is followed by others in it, for readers who have chosen none themselves:
who has one, by the switch or in their profile, opens the one page in another and keeps their own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale, get_translations
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from instruments.web.access import is_api

LANGUAGES = {"en": "English", "zh_Hans_CN": "中文"}
TRANSLATIONS = Path(__file__).parent.parent / "translations"
COOKIE = "language"
# The language of the last address that named one; forgotten when the browser closes.
BY_THE_WAY = "language_by_address"
# `?lang=` in an address, for search engines and links that must open in one language.
BY_ADDRESS = {"en": "en", "zh": "zh_Hans_CN"}


class _Counting(Domain):
    """The texts as Flask-Babel finds them; a number that is counted by is written with its thousands apart."""

    def ngettext(self, singular: str, plural: str, num: int, **variables: Any) -> str:
        """`ngettext("…", "…", number)` of modules."""
        words: str = self.get_translations().ungettext(singular, plural, num)
        return words % {"num": counted(num), **variables}


class _Texts(Babel):
    domain_instance = _Counting()


babel = _Texts()


def chosen() -> str:
    """The code of the reader's language, one of LANGUAGES."""
    if not has_request_context():
        return "en"
    if is_api():
        settled = None if request.accept_languages else g.get("person_language")
    else:
        settled = _cookie(COOKIE) or g.get("person_language") or _cookie(BY_THE_WAY)
    for code in (BY_ADDRESS.get(request.args.get("lang", "")), settled):
        if code in LANGUAGES:
            return code
    wanted = request.accept_languages.best_match(["en", "zh", "zh-CN", "zh-Hans", "zh-Hans-CN"], "en")
    return "en" if wanted == "en" else "zh_Hans_CN"


def _stay(response: Response) -> Response:
    """Keep the language of the address, until the browser closes, for who came by it and has none of their own."""
    code = BY_ADDRESS.get(request.args.get("lang", ""))
    has_none = _cookie(COOKIE) is None and g.get("person_language") is None
    is_page = not is_api() and response.status_code == 200 and response.mimetype == "text/html"
    if has_none and is_page and code not in (None, _cookie(BY_THE_WAY)):
        response.set_cookie(BY_THE_WAY, str(code), samesite="Lax", secure=request.is_secure, httponly=True)
        response.headers["Cache-Control"] = "no-store"
    return response


def _cookie(name: str) -> str | None:
    code = request.cookies.get(name)
    return code if code in LANGUAGES else None


def is_chinese() -> bool:
    """Whether the reader reads Chinese now."""
    return get_locale().language == "zh"


def in_language(english: str, chinese: str) -> str:
    """Of a name in both languages the reader's, or the other where that is empty."""
    return (chinese or english) if is_chinese() else (english or chinese)


def counted(number: Any) -> Any:
    """A whole number with its thousands apart, which all our readers write alike; anything else stays."""
    return f"{number:,}" if isinstance(number, int) and not isinstance(number, bool) else number


def chooser() -> Callable[[str, str], str]:
    """`in_language` for many names: the reader's language is asked for once."""
    chinese = is_chinese()
    return lambda english, other: (other or english) if chinese else (english or other)


@cache
def _texts(_locale: Locale) -> Any:
    """The texts of a language, which is the reader's while this is asked."""
    return get_translations()


@pass_context
def _said(context: Context, text: str, /, **values: Any) -> str:
    """`_("…", name=…)` of templates. Flask-Babel's own looks for the language and its texts anew for every sentence."""
    words = _texts(get_locale()).ugettext(text)
    if "num" in values:
        values["num"] = counted(values["num"])
    return _marked(context, words) % values


@pass_context
def _counted(context: Context, one: str, many: str, num: Any, /, **values: Any) -> str:
    """`ngettext("…", "…", number)` of templates."""
    words = _texts(get_locale()).ungettext(one, many, num)
    return _marked(context, words) % {"num": counted(num), **values}


def _marked(context: Context, words: str) -> str:
    """A sentence that escapes what is put into it, where the page escapes."""
    if not context.eval_ctx.autoescape:
        return words
    return Markup(words)  # noqa: S704 - a sentence of our own catalogues, nothing that anybody typed


def init_app(app: Flask) -> None:
    """Translate by the rooms' catalogues."""
    rooms = sorted(path.parent.parent.parent for path in TRANSLATIONS.glob("*/*/LC_MESSAGES/messages.po"))
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(dict.fromkeys(map(str, rooms)))
    babel.init_app(app, locale_selector=chosen, default_locale="en")
    app.after_request(_stay)
    app.jinja_env.globals.update(
        in_language=in_language, is_chinese=is_chinese, _=_said, gettext=_said, ngettext=_counted
    )
