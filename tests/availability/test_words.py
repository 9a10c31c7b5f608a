"""Opening hours in words: what the public pages say, in both languages."""

import pytest

from instruments.availability.week import parse_week
from instruments.availability.words import hours_in_words

CASES = [
    ("Mon-Fri 08:00-18:00", "Mon–Fri 08:00–18:00", "周一至周五 08:00–18:00"),
    ("24/7", "Open 24 hours, every day", "全天 24 小时开放"),
    ("closed", "Closed", "不开放"),
    ("daily 08:00-22:00", "Daily 08:00–22:00", "每天 08:00–22:00"),
    ("Mon-Fri 00:00-24:00", "Mon–Fri 00:00–24:00", "周一至周五 00:00–24:00"),
    (
        "Mon-Thu 08:00-12:00,13:00-18:00; Sat 09:00-12:30",
        "Mon–Thu 08:00–12:00, 13:00–18:00; Sat 09:00–12:30",
        "周一至周四 08:00–12:00、13:00–18:00；周六 09:00–12:30",
    ),
    ("Mon,Wed,Fri 09:00-17:00", "Mon, Wed, Fri 09:00–17:00", "周一、周三、周五 09:00–17:00"),
    ("Sat,Sun 10:00-16:00", "Sat, Sun 10:00–16:00", "周六、周日 10:00–16:00"),
    ("Fri 22:00-02:00", "Fri 22:00–02:00 (next day)", "周五 22:00–次日 02:00"),
]


@pytest.mark.parametrize(("week", "english", "chinese"), CASES)
def test_a_week_is_said_in_both_languages(week: str, english: str, chinese: str) -> None:
    assert hours_in_words(parse_week(week), "en") == english
    assert hours_in_words(parse_week(week), "zh_Hans_CN") == chinese
