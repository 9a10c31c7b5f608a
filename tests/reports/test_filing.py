"""Filing: what it refuses, that nothing changes afterwards, whoever writes, and how a correction goes."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal, Stale
from instruments.journal.models import JournalEntry
from instruments.reports.differing import differences
from instruments.reports.drafting import Wish, give_up
from instruments.reports.entering import enter
from instruments.reports.files import workbook
from instruments.reports.filing import correct, file, next_version
from instruments.reports.forms import form_at
from instruments.reports.listing import all_rows, cells_of
from instruments.reports.models import Report
from instruments.reports.seeing import Sight
from instruments.reports.tasks import work_out_awaited
from instruments.reports.views import doors
from instruments.reports.working_out import work_out
from instruments.utilization import periods
from tests.charges.rows import do
from tests.reports.scene import BASE, NOW, House, rows_of
from tests.world import World

Q4 = "2026-Q4"
TODAY = date(2027, 1, 20)


@pytest.fixture
def house(app, world: World) -> House:
    return House(world)


def file_it(house: House, report: Report, **told: Any) -> Report:
    """File a draft as its facts now say."""
    number, version = report.id, report.version
    worked = work_out(report, NOW, BASE)
    db.session.rollback()
    told = {"today": TODAY} | told
    perform(partial(file, house.actor(), number, version, worked, NOW, **told))
    db.session.rollback()
    return db.session.get_one(Report, number, populate_existing=True)


def refused(house: House, report: Report, **told: Any) -> set[str]:
    with pytest.raises(Refusal) as refusal:
        file_it(house, report, **told)
    db.session.rollback()
    return {reason.code for reason in refusal.value.reasons}


def test_a_filed_report_says_by_what_it_was_made(house: House) -> None:
    house.use("2026-11-25", "09:00-10:00")
    report = file_it(house, house.draft("service_record", Q4), reference="R-1")
    assert (report.state, report.number, report.reference, report.filed_by_id) == (
        "filed",
        1,
        "R-1",
        house.manager.id,
    )
    assert (report.format_version, len(report.format_digest), len(report.digest)) == (2, 64, 64)
    assert report.definitions["service.hours"] == 1
    entry = db.session.scalars(select(JournalEntry).where(JournalEntry.deed == "report.filed")).one()
    assert (entry.actor_id, entry.thing_id, entry.detail["rows"], entry.detail["form"]) == (
        house.manager.id, report.id, 1, "service_record",
    )  # fmt: skip


def test_what_waits_for_summaries_is_filed_once_the_worker_has_them(house: House, monkeypatch: Any) -> None:
    """Of years before anything was used here, too: nobody else works those out."""
    monkeypatch.setattr(doors, "MOST_WHILE_WAITING", 0)
    house.use("2026-11-25", "09:00-10:00")
    wish = Wish(
        form_at("assessment", date(2024, 1, 1)), house.home.id, None, periods.read("2024-01-01..2025-12-31")
    )
    number = perform(doors.to_draft(house.actor(), wish))
    db.session.rollback()
    report = db.session.get_one(Report, number)
    assert report.old > 0
    worked = doors.worked_out(number)
    told = {"today": TODAY}
    with pytest.raises(Refusal) as refusal:
        perform(partial(file, house.actor(), number, None, worked, NOW, **told))
    db.session.rollback()
    assert "old" in {reason.code for reason in refusal.value.reasons}
    assert work_out_awaited() > 0
    assert work_out_awaited() == 0
    doors.count(number, None)
    worked = doors.worked_out(number)
    assert worked.old == 0
    perform(partial(file, house.actor(), number, None, worked, NOW, **told))
    db.session.rollback()
    report = db.session.get_one(Report, number, populate_existing=True)
    assert (report.state, report.old) == ("filed", 0)


def test_a_period_that_runs_is_not_filed(house: House) -> None:
    house.use("2027-01-05", "09:00-10:00")
    assert refused(house, house.draft("service_record", "2027-Q1")) == {"not_over"}


def test_what_lacks_something_is_left_out_with_a_reason_or_holds_all_up(house: House) -> None:
    house.use("2026-11-25", "09:00-10:00")
    house.use("2026-11-26", "09:00-10:00", subject="")
    report = house.draft("service_record", Q4)
    assert refused(house, report) == {"lacking"}
    assert refused(house, report, leave_out=True) == {"no_reason"}
    filed = file_it(house, report, leave_out=True, reason="等待实验室补充")
    assert (filed.rows_total, filed.rows_left_out) == (2, 1)
    assert [len(rows) for rows in all_rows(Sight(filed, None, True)).values()] == [1]


def test_a_form_whose_rows_cannot_wait_is_filed_whole(house: House) -> None:
    house.instrument(model="")
    assert refused(house, house.draft("form_3", "2025/26"), leave_out=True, reason="x") == {"lacking"}


def test_what_still_runs_is_ended_first(house: House) -> None:
    use = house.use("2026-12-31", "09:00-10:00")
    ended = "ended_at = NULL, ended_by = NULL, confirmed_at = NULL, confirmed_by_id = NULL"
    do(f"UPDATE \"use\" SET state = 'running', {ended} WHERE id = :id", id=use.id)
    assert refused(house, house.draft("service_record", Q4)) == {"running"}


def test_an_empty_quarter_is_filed_and_an_empty_occasion_is_not(house: House) -> None:
    assert file_it(house, house.draft("service_record", Q4)).rows_total == 0
    file_it(house, house.draft("instrument_record", "2027-01-20..2027-01-20"))
    assert refused(house, house.draft("instrument_record", "2027-01-19..2027-01-19")) == {"nothing"}


def test_what_is_filed_is_what_was_seen(house: House) -> None:
    house.use("2026-11-25", "09:00-10:00")
    report = house.draft("service_record", Q4)
    number, version = report.id, report.version
    house.use("2026-11-26", "09:00-10:00")
    with pytest.raises(Stale) as refusal:
        file_it(house, db.session.get_one(Report, number))
    assert [reason.code for reason in refusal.value.reasons] == ["changed"]
    db.session.rollback()
    worked = work_out(house.count_anew(number), NOW, BASE)
    db.session.rollback()
    with pytest.raises(Stale):
        perform(partial(file, house.actor(), number, version, worked, NOW, today=TODAY))


# --- Kept ---------------------------------------------------------------------------------------------------------------

CHANGES = [
    "UPDATE report SET reference = 'other' WHERE id = :filed",
    "UPDATE report SET state = 'draft', filed_at = NULL WHERE id = :filed",
    "DELETE FROM report WHERE id = :filed",
    "UPDATE report_row SET cells = '[]' WHERE report_id = :filed",
    "DELETE FROM report_row WHERE report_id = :filed",
    "INSERT INTO report_row (report_id, sheet, position, key, cells) VALUES (:filed, 'records', 99, 'use:9:9', '[]')",
    "UPDATE report_row SET report_id = :filed, position = 98 WHERE report_id = :draft",
    "UPDATE report_entry SET value = 'x' WHERE report_id = :filed",
    "DELETE FROM report_entry WHERE report_id = :filed",
    "INSERT INTO report_override (report_id, sheet, key, code, reason, overridden_at) VALUES (:filed, 'a', 'b', 'c', 'd', 1)",
]


@pytest.fixture
def kept(house: House) -> House:
    """A report that is filed, with something entered by hand, and a draft beside it."""
    use = house.use("2026-11-25", "09:00-10:00", purpose="service")
    house.use("2026-08-25", "09:00-10:00")
    report = house.draft("service_record", Q4)
    perform(
        partial(
            enter, house.actor(), report.id, None, "records", [f"use:{use.id}:0"], "taxRecord", "T-1", NOW
        )
    )
    number = report.id
    file_it(house, house.count_anew(number))
    house.filed, house.drafted = number, house.draft("service_record", "2026-Q3").id
    return house


@pytest.mark.parametrize("statement", CHANGES)
def test_the_database_itself_keeps_what_is_filed(kept: House, statement: str) -> None:
    before = rows_of(db.session.get_one(Report, kept.filed))
    numbers = {"filed": kept.filed, "draft": kept.drafted}
    named = {name: number for name, number in numbers.items() if f":{name}" in statement}
    with pytest.raises(DBAPIError, match="filed"):
        db.session.execute(text(statement), named)
    db.session.rollback()
    assert rows_of(db.session.get_one(Report, kept.filed)) == before
    assert before[0]["taxRecord"] == "T-1"


def test_a_draft_can_be_given_up_and_what_is_filed_cannot(kept: House) -> None:
    perform(partial(give_up, kept.actor(), kept.drafted, None, NOW))
    assert db.session.get(Report, kept.drafted) is None
    with pytest.raises(Refusal):
        perform(partial(give_up, kept.actor(), kept.filed, None, NOW))


def test_the_same_facts_make_the_same_rows_and_the_same_file(house: House) -> None:
    house.use("2026-11-25", "09:00-10:00")
    house.use("2026-11-25", "10:00-12:00", house.other, purpose=None, price=None)
    first = house.draft("service_record", Q4)
    digest, number = first.digest, first.id
    books = [workbook(first, all_rows(Sight(first, None, True)), [["", ""], ["a", "b"]]) for _ in range(2)]
    assert books[0] == books[1]
    assert house.count_anew(number).digest == digest


# --- Corrections ------------------------------------------------------------------------------------------------------


def begin(house: House, number: int) -> int:
    """The draft of a correction, with its rows; its number."""
    actor = house.actor()
    worked = work_out(next_version(number, actor.person_id, NOW), NOW, BASE)
    db.session.rollback()
    return perform(partial(correct, actor, number, worked, NOW))


def begun(house: House, report: Report) -> Report:
    """The same as it then stands."""
    number = begin(house, report.id)
    db.session.rollback()
    return db.session.get_one(Report, number, populate_existing=True)


def test_a_correction_is_a_new_version_with_a_list_of_what_differs(house: House) -> None:
    first = house.use("2026-11-25", "09:00-10:00", title="甲")
    second = house.use("2026-11-26", "09:00-10:00", subject="")
    third = house.use("2026-11-27", "09:00-10:00")
    filed = file_it(house, house.draft("service_record", Q4), leave_out=True, reason="缺学科")
    kept = rows_of(filed)
    second = db.session.merge(second)
    second.subject = "430"
    db.session.merge(first).project = "课题九"
    db.session.commit()
    do(
        "UPDATE \"use\" SET state = 'void', confirmed_at = NULL, confirmed_by_id = NULL WHERE id = :id",
        id=third.id,
    )
    draft = begun(house, db.session.get_one(Report, filed.id))
    assert (draft.number, draft.corrects_id) == (2, filed.id)
    assert refused(house, draft) == {"no_reason"}
    after = file_it(house, db.session.get_one(Report, draft.id), reason="补充学科、更正课题")
    before = db.session.get_one(Report, filed.id)
    found = differences(cells_of(before), cells_of(after))
    assert [(each.what, each.key, each.cells.get("subjectName")) for each in found] == [
        ("changed", f"use:{first.id}:0", ("课题一", "课题九")), ("added", f"use:{second.id}:0", ("", "课题一")),
        ("taken_out", f"use:{third.id}:0", ("课题一", "")),
    ]  # fmt: skip
    assert rows_of(before) == kept


def test_what_was_entered_by_hand_comes_along(kept: House) -> None:
    draft = begun(kept, db.session.get_one(Report, kept.filed))
    assert rows_of(draft)[0]["taxRecord"] == "T-1"


def test_nothing_is_corrected_that_does_not_differ(house: House) -> None:
    house.use("2026-11-25", "09:00-10:00")
    draft = begun(house, file_it(house, house.draft("service_record", Q4)))
    assert refused(house, draft, reason="看看") == {"same"}


def test_the_newest_version_is_corrected_once(kept: House) -> None:
    begun(kept, db.session.get_one(Report, kept.filed))
    for number, code in ((kept.filed, "corrected"), (kept.drafted, "not_filed")):
        with pytest.raises(Refusal) as refusal:
            begin(kept, number)
        assert [reason.code for reason in refusal.value.reasons] == [code]


def test_there_is_one_draft_of_a_form_and_period(house: House) -> None:
    house.draft("service_record", Q4)
    with pytest.raises(Refusal) as refusal:
        house.draft("service_record", Q4)
    assert [reason.code for reason in refusal.value.reasons] == ["draft_there"]
    db.session.rollback()
    file_it(house, db.session.scalars(select(Report)).one())
    with pytest.raises(Refusal) as refusal:
        house.draft("service_record", Q4)
    assert [reason.code for reason in refusal.value.reasons] == ["filed"]


def test_a_correction_of_an_occasion_is_about_the_same_instruments_and_what_came_since(house: House) -> None:
    house.instrument(model="")
    report = house.draft("instrument_record", "2027-01-20..2027-01-20")
    filed = file_it(house, report, leave_out=True, reason="缺型号")
    house.instrument()
    draft = begun(house, filed)
    assert [row["asset_number"] for row in rows_of(draft)] == ["20200001", "20200002", "20200003"]
