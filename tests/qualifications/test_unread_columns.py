"""Lists whose columns are called otherwise: what the product itself calls them is known, and nothing is passed over silently."""

from __future__ import annotations

import pytest
from flask_babel import force_locale, gettext

from instruments.catalog.columns import plain_header
from instruments.catalog.listed_files import Listed
from instruments.database import db
from instruments.qualifications.list_reading import ADMISSIONS, QUALIFICATIONS
from instruments.qualifications.models import AdmissionList, QualificationList
from tests.qualifications import test_admission_lists as admission_lists
from tests.qualifications import test_lists as lists
from tests.qualifications.test_lists import words
from tests.web.test_multipart import told

# What our own pages call it.
OURS = [
    (QUALIFICATIONS, {"mail": ("Mail", "Mail addresses"), "level": ("Level",), "until": ("Last day", "Lasts"),
                      "subject": ("For", "Instrument", "Technique"), "remark": ("Remark",)}),
    (ADMISSIONS, {"mail": ("Mail", "Mail addresses"), "until": ("Last day", "Lasts"), "exam": ("Exam",), "result": ("Result",)}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "ours"), OURS)
@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_what_our_own_pages_call_a_column_is_known(app, kind: Listed, ours, language: str) -> None:
    assert set(ours) == set(kind.columns)
    with app.test_request_context(), force_locale(language):
        for name, heads in ours.items():
            known = {plain_header(each) for each in kind.columns[name]}
            for head in heads:
                assert plain_header(gettext(head)) in known, (name, gettext(head))


@pytest.mark.parametrize("kind", [QUALIFICATIONS, ADMISSIONS])
def test_no_head_means_two_columns(kind: Listed) -> None:
    heads = [
        plain_header(each) for some in kind.columns.values() for each in {plain_header(one) for one in some}
    ]
    assert len(heads) == len(set(heads))


LAST_DAYS = [
    "Last day", "expiry date", "Expires", "Expires on", "valid until", "valid to", "End date", "最后一天", "截止日期", "失效日期",
    "到期时间", "有效期截止", "有效期", "有效期至", "到期日", "到期日期",
]  # fmt: skip


@pytest.mark.parametrize("head", LAST_DAYS)
def test_a_last_day_is_read_whatever_it_is_called(lab, send, head: str) -> None:
    data = f"邮箱,资格级别,{head}\n{lab.mails['member']},独立操作,2025-01-01\n".encode()
    path, form = f"/labs/{lab.lab_id}/qualification-lists", {"instrument_id": lab.instrument_id}
    [row] = send("operator", path, file=(data, "a.csv"), **form).json["rows"]
    assert (row["outcome"], [each["code"] for each in row["reasons"]]) == ("refused", ["day_over"])
    data = f"邮箱,{head},考试,成绩\n{lab.mails['member']},2029-05-01,Fire,90\n".encode()
    path, form = f"/institutions/{lab.home_id}/admission-lists", {"valid_until": "2030-01-01"}
    [row] = send("officer", path, file=(data, "a.csv"), **form).json["rows"]
    assert (row["outcome"], row["valid_until"], row["exam"], row["result"]) == (
        "new",
        "2029-05-01",
        "Fire",
        "90",
    )


def test_days_under_a_head_that_is_not_known_are_refused_until_they_are_said_to_be_left_out(
    lab,
    send,
) -> None:
    data = f"mail,level,over on,granted,room\n{lab.mails['member']},night,2025-01-01,2020/1/1,B12\n".encode()
    path, form = f"/labs/{lab.lab_id}/qualification-lists", {"instrument_id": lab.instrument_id}
    refused = send("operator", path, file=(data, "a.csv"), level="expert", **form)
    assert refused.status_code == 422
    assert told(refused) == [("days_unread", "leave_out"), ("days_unread", "leave_out"), ("invalid", "level")]
    assert "“over on”" in refused.get_data(as_text=True)
    refused = send("operator", path, file=(data, "a.csv"), leave_out=["granted"], **form)
    assert told(refused) == [("days_unread", "leave_out")]
    assert db.session.query(QualificationList).count() == 0
    made = send("operator", path, file=(data, "a.csv"), leave_out=["granted", "over on"], **form)
    assert (made.status_code, made.json["unread"]) == (201, ["over on", "granted", "room"])
    assert (
        send.get("operator", made.headers["Location"].removeprefix("/api/v1")).json["unread"]
        == made.json["unread"]
    )

    path = f"/institutions/{lab.home_id}/admission-lists"
    data = f"mail,over on,room\n{lab.mails['member']},2025-01-01,B12\n".encode()
    assert told(send("officer", path, file=(data, "a.csv"), valid_until="2030-01-01")) == [
        ("days_unread", "leave_out")
    ]
    assert db.session.query(AdmissionList).count() == 0
    made = send("officer", path, file=(data, "a.csv"), valid_until="2030-01-01", leave_out=["over on"])
    assert (made.status_code, made.json["unread"]) == (201, ["over on", "room"])


@pytest.mark.parametrize(("bring", "who"), [(lists.bring, "operator"), (admission_lists.bring, "officer")])
def test_the_pages_ask_and_name_what_is_left_out(lab, bring, who: str) -> None:
    data = f"mail,over on,room\n{lab.mails['member']},2025-01-01,B12\n".encode()
    more = {"subject": f"i{lab.instrument_id}", "valid_until": "2030-01-01"}
    form = bring(lab, data, who=who, **more)
    assert form.status_code == 422
    assert "The column “over on” holds dates, and its head is not known." in words(form)
    page = form.get_data(as_text=True)
    assert (
        'id="f-leave_out"' in page
        and 'name="leave_out" value="over on"' in page
        and "Leave out the column “over on”" in page
    )
    assert "Leave out the column “room”" not in page
    again = bring(
        lab, b"", who=who, leave_out="over on", **more
    )  # what was ticked stays where something else is wrong
    assert 'value="over on" checked' in again.get_data(as_text=True)
    kept = bring(lab, data, who=who, leave_out="over on", **more)
    assert kept.status_code == 303
    assert "Not recognised, and left out: over on, room." in words(lab.get(who, kept.location))
    known = bring(lab, f"mail,last day\n{lab.mails['member']},2030-01-01\n".encode(), who=who, **more)
    assert "left out" not in words(lab.get(who, known.location))
