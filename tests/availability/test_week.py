"""People write a week in several ways; it is read one way, written one way, and refused with every reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.availability.week import DAY, Week, WeekSpan, parse_rule, parse_week
from instruments.errors import Refusal


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["week_empty"]),
        (" ; ", ["week_empty"]),
        ("foo", ["week_day", "week_times"]),
        ("08:00-18:00", ["week_days"]),
        ("Mon", ["week_times"]),
        ("Mon 8", ["week_time"]),
        ("Mon 08:00-12:00-13:00", ["week_time"]),
        ("Mon 08:60-12:00", ["week_time"]),
        ("Mon 24:00-02:00", ["week_time"]),
        ("Mon 20:00-20:00", ["week_time"]),
        ("Mon-Tue-Wed 08:00-12:00", ["week_day"]),
        ("Mon 25:00-26:00; Xyz 1-2; 3-4", ["week_time", "week_day", "week_days"]),
        ("Mon 08:00-12:00,11:00-13:00", ["week_overlap"]),
        ("Mon-Fri 22:00-06:00,05:00-07:00", ["week_overlap"]),
        ("Sun 22:00-10:00; Mon 08:00-12:00", ["week_overlap"]),
    ],
)
def test_what_cannot_be_read_is_refused_with_every_reason_and_what_to_do(text: str, codes: list[str]) -> None:
    with pytest.raises(Refusal) as refused:
        parse_week(text, "week")
    assert [reason.code for reason in refused.value.reasons] == codes
    for reason in refused.value.reasons:
        assert reason.field == "week"
        assert reason.message % reason.values
        assert reason.remedy


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("", "", "“Mon–Thu” has no times."),
        ("8", "", "Mon–Thu: “8-” is not a span of time."),
        ("", "18:00", "Mon–Thu: “-18:00” is not a span of time."),
        ("early", "late", "Mon–Thu: “early-late” is not a span of time."),
    ],
)
def test_what_is_wrong_with_the_times_of_a_rule_names_its_days(since: str, until: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_rule("Mon–Thu", since, until, ("days-3", "from-3"))
    assert [(each.field, each.message % each.values) for each in refused.value.reasons] == [("from-3", said)]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Mon-Fri 08:00-12:00,13:00-18:00; Sat 22:00-02:00", "Mon-Fri 08:00-12:00,13:00-18:00; Sat 22:00-02:00"),
        ("24/7", "24/7"),
        ("24x7", "24/7"),
        ("7×24小时", "24/7"),
        ("daily 00:00-24:00", "24/7"),
        ("每天全天", "24/7"),
        ("closed", "closed"),
        ("不开放", "closed"),
        ("monday - friday 8-17", "Mon-Fri 08:00-17:00"),
        ("Mon 8-12, Tue 9-10", "Mon 08:00-12:00; Tue 09:00-10:00"),
        ("Mon 08:00-12:00; Mon 13:00-18:00", "Mon 08:00-12:00,13:00-18:00"),
        ("Mon 08:00-12:00; Mon 12:00-24:00", "Mon 08:00-24:00"),
        ("Sat-Mon 10-16", "Mon,Sat-Sun 10:00-16:00"),
        ("Mon,Wed,Fri 08:00-18:00", "Mon,Wed,Fri 08:00-18:00"),
        ("Tue 09:00-17:00; Mon 09:00-17:00", "Mon-Tue 09:00-17:00"),
        ("weekdays 09:00-17:00\nweekend 10:00-14:00", "Mon-Fri 09:00-17:00; Sat-Sun 10:00-14:00"),
        ("周一至周五 08:00-18:00", "Mon-Fri 08:00-18:00"),
        ("周一至周五：8：00－12：00，13：00～18：00；周六22：00-次日02：00",
         "Mon-Fri 08:00-12:00,13:00-18:00; Sat 22:00-02:00"),
        ("星期一到星期五 8点30分-17点", "Mon-Fri 08:30-17:00"),
        ("周一、周三 9:00-12:00 14:00-17:00", "Mon,Wed 09:00-12:00,14:00-17:00"),
        ("工作日 08:00-18:00；周末 10:00-16:00", "Mon-Fri 08:00-18:00; Sat-Sun 10:00-16:00"),
        ("Fri 20:00-24:00", "Fri 20:00-24:00"),
    ],
)  # fmt: skip
def test_a_week_is_read_as_people_write_it_and_written_one_way(text: str, canonical: str) -> None:
    assert str(parse_week(text)) == canonical
    assert parse_week(canonical) == parse_week(text)


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    """Any week of disjoint spans: cut the seven days at sorted moments and open every other piece."""
    spans = []
    busy_until = 0
    for day in range(7):
        since = draw(st.integers(max(0, busy_until), DAY - 1)) if busy_until < DAY else None
        busy_until -= DAY
        if since is None or draw(st.booleans()):
            continue
        latest = since + DAY if day < 6 else DAY
        until = draw(
            st.integers(since + 1, max(since + 1, latest)).filter(
                lambda end, s=since: end - s < DAY or s == 0
            )
        )
        spans.append(WeekSpan(day, since, until))
        busy_until = max(busy_until, until - DAY)
    return Week(tuple(spans))


@given(weeks())
def test_writing_and_reading_gives_the_same_week(week: Week) -> None:
    assert parse_week(str(week)) == week
