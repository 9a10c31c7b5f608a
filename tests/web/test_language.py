"""Texts in the reader's language: numbers that are counted by have their thousands apart, wherever the text stands."""

from __future__ import annotations

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale, ngettext

from instruments.web import formats

ONE, MANY = "%(num)s use confirmed.", "%(num)s uses confirmed."


@pytest.mark.parametrize(("language", "words"), [("en", "1,455 uses confirmed."), ("zh_Hans_CN", "1,455")])
def test_what_is_counted_has_its_thousands_apart(app: Flask, language: str, words: str) -> None:
    template = "{{ ngettext(one, many, 1455) }}|{{ _('%(num)s more are not shown.', num=1455) }}"
    with app.test_request_context(), force_locale(language):
        said = ngettext(ONE, MANY, 1455)
        shown, more = render_template_string(template, one=ONE, many=MANY).split("|")
    assert words in said and said == shown and "1,455" in more


def test_a_month_as_it_is_kept_is_said_in_words(app: Flask) -> None:
    with app.test_request_context(), force_locale("zh_Hans_CN"):
        assert (formats.month("2026-10"), formats.month(None), formats.month("")) == ("2026年10月", "–", "–")
