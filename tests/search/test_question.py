"""What an address asks is read whole or refused by field, and is written back the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest

from instruments.search.question import Question, read

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2027, 3, 1, 1, 30, tzinfo=UTC)  # Monday, 09:30 in Shanghai


def asked(**given: str | list[str]) -> tuple[Question, list[tuple[str, str | None]]]:
    values = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    question, reasons = read(values, NOW, SHANGHAI)
    return question, [(reason.code, reason.field) for reason in reasons]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("given", "start", "end"),
    [
        ({}, "2027-03-01T09:30", "2027-03-08T00:00"),
        ({"from": "2027-03-03"}, "2027-03-03T00:00", "2027-03-10T00:00"),
        ({"from": "2027-03-01", "until": "2027-03-01"}, "2027-03-01T09:30", "2027-03-02T00:00"),
        ({"until": "2027-03-05"}, "2027-03-01T09:30", "2027-03-06T00:00"),
        ({"until": "", "to": "2027-03-05"}, "2027-03-01T09:30", "2027-03-06T00:00"),
        ({"from": "2027-02-20", "until": "2027-03-05"}, "2027-03-01T09:30", "2027-03-06T00:00"),
        (
            {"from": "2027-03-02T14:00+08:00", "to": "2027-03-02T18:00+08:00"},
            "2027-03-02T14:00",
            "2027-03-02T18:00",
        ),
        (
            {"from": "2027-03-02T14:00 08:00", "to": "2027-03-02T10:00Z"},
            "2027-03-02T14:00",
            "2027-03-02T18:00",
        ),
    ],
)
def test_the_window_is_both_days_included_and_never_before_now(
    given: dict[str, str], start: str, end: str
) -> None:
    question, reasons = asked(**given)
    assert reasons == []
    assert (question.window.start, question.window.end) == (local(start), local(end))


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"from": "soon"}, [("not_a_date", "from")]),
        ({"from": "2027-13-01"}, [("not_a_date", "from")]),
        ({"from": "2027-03-02T14:00"}, [("naive", "from")]),
        ({"from": "2027-02-20"}, [("past", "from")]),
        ({"until": "2027-02-28"}, [("past", "until")]),
        ({"from": "2027-03-09", "until": "2027-03-08"}, [("until_before_from", "until")]),
        ({"until": "2029-03-08"}, [("too_wide", "until")]),
        ({"until": "9999-12-31"}, [("not_a_date", "until")]),
        ({"hours": "two"}, [("hours", "hours")]),
        ({"hours": "0"}, [("hours", "hours")]),
        ({"hours": "-3"}, [("hours", "hours")]),
        ({"hours": "1e9"}, [("hours", "hours")]),
        ({"hours": "nan"}, [("hours", "hours")]),
        ({"hours": "inf"}, [("hours", "hours")]),
        ({"hours": "745"}, [("hours", "hours")]),
        ({"until": "2027-03-01", "hours": "20"}, [("hours_beyond_window", "hours")]),
        ({"from": "x", "until": "y", "hours": "z"}, [("not_a_date", "from"), ("not_a_date", "until"), ("hours", "hours")]),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_named_by_field_and_the_rest_still_counts(
    given: dict[str, str], refused: list[tuple[str, str]]
) -> None:
    question, reasons = asked(q="raman", **given)
    assert reasons == refused
    assert question.words == "raman"
    assert question.window.length >= question.length


@pytest.mark.parametrize(
    ("hours", "length"),
    [("", 60), ("2", 120), ("0.5", 30), ("1,5", 90), ("744", 744 * 60)],
)
def test_lengths_are_hours_with_a_point_or_a_comma(hours: str, length: int) -> None:
    question, reasons = asked(hours=hours, until="2027-05-01")
    assert (question.length, reasons) == (timedelta(minutes=length), [])


@pytest.mark.parametrize(
    ("given", "sort", "view", "page", "open_to_me"),
    [
        ({}, "earliest", "list", 1, False),
        (
            {"sort": "relevance", "view": "table", "page": "3", "open_to_me": "1"},
            "relevance",
            "table",
            3,
            True,
        ),
        ({"sort": "beauty", "view": "map", "page": "-1", "open_to_me": "0"}, "earliest", "list", 1, False),
        ({"page": "²"}, "earliest", "list", 1, False),
        ({"page": "99999999999999999999"}, "earliest", "list", 25, False),
        ({"page": "9" * 5000, "sort": "relevance"}, "relevance", "list", 1000, False),
        ({"page": "0" * 5000 + "3"}, "earliest", "list", 3, False),
    ],
)
def test_how_it_is_shown_falls_back_to_the_defaults(
    given: dict[str, str], sort: str, view: str, page: int, open_to_me: bool
) -> None:
    question, reasons = asked(**given)
    assert (question.sort, question.view, question.page, question.open_to_me) == (
        sort,
        view,
        page,
        open_to_me,
    )
    assert reasons == []


def test_the_address_holds_the_whole_question() -> None:
    given = {
        "q": "raman 显微", "from": "2027-03-03", "until": "2027-03-05", "hours": "2", "class": ["010410", "010409"],
        "institution": ["3"], "city": ["Xi’an"], "technique": ["7"], "mode": ["remote"], "open_to_me": "1",
        "sort": "relevance", "view": "table", "page": "2",
    }  # fmt: skip
    question, _ = asked(**given)
    path, _, fields = question.address().partition("?")
    again, reasons = read(parse_qs(fields), NOW, SHANGHAI)
    assert path == "/"
    assert (again, reasons) == (question, [])
    assert asked()[0].address() == "/"


def test_giving_a_filter_up_goes_back_to_the_first_page() -> None:
    question, _ = asked(q="raman laser", **{"class": ["010410", "010409"]}, open_to_me="1", page="4")
    assert question.choices == 3
    assert question.without("class", "010409").values("class") == ("010410",)
    assert question.without("class").values("class") == ()
    assert question.without("class").page == 1
    assert question.without("open_to_me").open_to_me is False
    assert question.without("q", "laser").words == "raman"
    assert "q=raman" in question.without("q", "laser").address()


@pytest.mark.parametrize(
    ("given", "fund", "ticked"),
    [
        ({}, None, ()),
        ({"fund_id": ""}, "", ()),
        ({"fund_id": "12"}, "12", ()),
        ({"fund_id": "-1"}, None, ()),
        ({"fund_id": "9" * 30}, None, ()),
        ({"instrument": ["7", "7", "x", "-1", "12345678901", "8"]}, None, (7, 8)),
        ({"instrument": ["1", "2", "3", "4", "5"]}, None, (1, 2, 3, 4)),
    ],
)
def test_who_pays_and_what_is_ticked_are_part_of_the_address(
    given: dict[str, str | list[str]], fund: str | None, ticked: tuple[int, ...]
) -> None:
    question, reasons = asked(**given)
    assert (reasons, question.fund, question.ticked) == ([], fund, ticked)
    query = parse_qs(question.address().partition("?")[2], keep_blank_values=True)
    again, _ = asked(**query)
    assert (again.fund, again.ticked) == (fund, ticked)


def test_one_is_unticked_or_all() -> None:
    question, _ = asked(instrument=["7", "8"], q="Raman")
    assert question.unticked(7).address() == "/?q=Raman&instrument=8"
    assert question.unticked().address() == "/?q=Raman"
