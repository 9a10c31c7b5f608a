"""Who sees which forms and rows, as pages and through the API; that both say the same; and what the journal keeps of it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from python_calamine import load_workbook
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.reports.models import Report
from tests.live import faults, sign_in_page
from tests.reports.scene import House, rows_of
from tests.reports.test_filing import begun, file_it
from tests.world import World, bearer, sign_in

Q4 = "2026-Q4"
SCOPES = "reports:read reports:write"


@pytest.fixture
def house(app: Flask, world: World) -> House:
    found = House(world)
    found.second = world.lab(found.home)
    found.far = world.institution()
    return found


class People:
    """Somebody of each kind who sees forms, and some who see none."""

    def __init__(self, house: House) -> None:
        world = house.world
        self.manager, self.auditor, self.keeper = house.manager, house.auditor, house.keeper
        self.platform, self.finance, self.operator, self.user, self.elsewhere = (
            world.person(house.home) for _ in range(5)
        )
        world.grant(self.platform, Role.PLATFORM_ADMINISTRATOR)
        world.grant(self.finance, Role.FINANCE_OFFICER, house.home)
        world.grant(self.operator, Role.LAB_OPERATOR, house.lab)
        world.grant(self.elsewhere, Role.INSTITUTION_MANAGER, house.far)


@pytest.fixture
def people(house: House) -> People:
    return People(house)


def quarter(house: House) -> Report:
    """Two rows of the lab, one of another; one lacks its subject."""
    house.use("2026-11-25", "09:00-10:00")
    house.use("2026-11-26", "09:00-10:00", subject="")
    house.use("2026-11-27", "09:00-10:00", thing=house.instrument(house.second))
    return house.draft("service_record", Q4)


def key_of(house: House, person: Person, scopes: str = SCOPES) -> dict[str, str]:
    return bearer(house.world.token(person, scopes))


def posted(client: FlaskClient, address: str, **fields: Any) -> Any:
    return client.post(address, data=fields)


# --- Who sees what ------------------------------------------------------------------------------------------------------

WHOLE, OWN, NOTHING = 3, 2, 0
SEES = {
    "manager": WHOLE, "auditor": WHOLE, "keeper": OWN, "platform": NOTHING, "finance": NOTHING, "operator": NOTHING,
    "user": NOTHING, "elsewhere": NOTHING,
}  # fmt: skip


def test_everybody_sees_the_rows_they_answer_for_and_nothing_else(
    client: FlaskClient, house: House, people: People
) -> None:
    number, home = quarter(house).id, house.home.id
    for who, count in SEES.items():
        person = getattr(people, who)
        sign_in(client, person)
        key = key_of(house, person)
        ok = 200 if count else 404
        for address in (f"/reports/{number}", f"/reports/{number}/rows", f"/reports/{number}/file.csv",
                        f"/reports/{number}/file.xlsx", f"/reports/{number}/print", f"/api/v1/reports/{number}"):  # fmt: skip
            answer = client.get(address, headers=key if "/api/" in address else {})
            assert answer.status_code == ok, (who, address)
        assert client.get(f"/institutions/{home}/reports").status_code == (200 if count == WHOLE else 404), (
            who
        )
        assert client.get(f"/labs/{house.lab.id}/reports").status_code == ok, who
        if count:
            told = client.get(f"/api/v1/reports/{number}/rows", headers=key).json
            assert (told["total"], len(told["items"])) == (count, count), who
            body = client.get(f"/reports/{number}/file.csv").data.decode("utf-8-sig")
            assert len(list(csv.reader(io.StringIO(body)))) == count + 1


def test_strangers_are_sent_to_sign_in(client: FlaskClient, house: House) -> None:
    number = quarter(house).id
    for address in (f"/reports/{number}", f"/institutions/{house.home.id}/reports"):
        assert client.get(address).status_code == 302
    assert client.get(f"/api/v1/reports/{number}").status_code == 401


def test_a_token_needs_the_scope(client: FlaskClient, house: House) -> None:
    number = quarter(house).id
    assert (
        client.get(
            f"/api/v1/reports/{number}", headers=key_of(house, house.manager, "usage:read")
        ).status_code
        == 403
    )
    answer = client.post(
        f"/api/v1/reports/{number}/count", headers=key_of(house, house.manager, "reports:read")
    )
    assert answer.status_code == 403


DEEDS = {
    "count": {}, "file": {}, "give-up": {}, "correct": {}, "receipt": {"reference": "x"},
    "rows?sheet=records&column=taxRecord": {"value": "x"}, "let-stand?sheet=records&code=x": {"reason": "x"},
}  # fmt: skip


@pytest.mark.parametrize("who", ["auditor", "keeper", "user"])
def test_who_only_reads_changes_nothing(client: FlaskClient, house: House, people: People, who: str) -> None:
    number = quarter(house).id
    sign_in(client, getattr(people, who))
    expected = 404 if who == "user" else 403
    for deed, fields in DEEDS.items():
        assert posted(client, f"/reports/{number}/{deed}", **fields).status_code == expected, deed
    assert (
        posted(client, f"/institutions/{house.home.id}/reports", form="form_3", period="2025/26").status_code
        == 404
    )


def test_a_lab_s_manager_completes_the_rows_of_the_lab_and_drafts_its_own_forms(
    client: FlaskClient, house: House
) -> None:
    report = quarter(house)
    number, lab, other = report.id, house.lab.id, house.second.id
    sign_in(client, house.keeper)
    assert "1" in client.get(f"/labs/{lab}/reports").text
    enter = f"/reports/{number}/rows?sheet=records&column=subjectArea&lacking=1&lab="
    assert posted(client, f"{enter}{other}", value="430").status_code == 403
    assert posted(client, f"{enter}{lab}", value="430").status_code == 303
    found = db.session.get_one(Report, number, populate_existing=True)
    assert (found.rows_lacking, [row["subjectArea"] for row in rows_of(found)]) == (0, ["150", "430", "150"])
    drafted = posted(client, f"/labs/{lab}/reports", form="service_evidence", period="2026")
    assert drafted.status_code == 303 and "/reports/" in drafted.location
    assert posted(client, f"/labs/{other}/reports", form="service_evidence", period="2026").status_code == 404


# --- The way of a form --------------------------------------------------------------------------------------------------


def test_from_the_calendar_to_a_filed_form_and_its_correction(client: FlaskClient, house: House) -> None:
    use = house.use("2026-11-25", "09:00-10:00", subject="")
    sign_in(client, house.manager)
    page = client.get(f"/institutions/{house.home.id}/reports").text
    assert "Quarter 4 of 2026" in page and "To be filed" in page
    drafted = posted(client, f"/institutions/{house.home.id}/reports", form="service_record", period=Q4)
    one = drafted.location
    page = client.get(one).text
    assert "Subjects" in page and "This is missing." in page and "Whoever used an instrument" in page
    assert f'href="/uses/{use.id}?field=subject#said-subject"' in client.get(f"{one}/rows?lacking=1").text
    again = posted(client, f"/institutions/{house.home.id}/reports", form="service_record", period=Q4)
    assert again.location == one
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    refused = posted(client, f"{one}/file", version=version)
    assert refused.status_code == 422 and "Rows that lack something: 1" in refused.text
    row = client.get(f"{one}/rows/records/use:{use.id}:0").text
    version = re.search(r'name="version" value="(\d+)"', row)[1]
    wrong = posted(
        client, f"{one}/rows/records/use:{use.id}:0", version=version, **{"cell-subjectArea": "abc"}
    )
    assert (
        wrong.status_code == 422
        and 'id="f-cell-subjectArea-reason"' in wrong.text
        and 'value="abc"' in wrong.text
    )
    right = posted(
        client, f"{one}/rows/records/use:{use.id}:0", version=version, **{"cell-subjectArea": "430"}
    )
    assert right.status_code == 303
    version = re.search(r'name="version" value="(\d+)"', client.get(one).text)[1]
    assert posted(client, f"{one}/file", version="1").status_code == 412
    assert posted(client, f"{one}/file", version=version, reference="R-9").status_code == 303
    version = re.search(r'name="version" value="(\d+)"', client.get(one).text)[1]
    empty = posted(client, f"{one}/receipt", version=version, reference="")
    assert empty.status_code == 422 and 'id="f-reference-reason"' in empty.text
    assert posted(client, f"{one}/receipt", version=version, reference="R-10").status_code == 303
    page = client.get(one).text
    assert "R-10" in page and "said when it was filed" in page and 'value="R-10"' in page
    assert posted(client, f"{one}/receipt", version=version, reference="R-11").status_code == 412
    page = client.get(one).text
    assert "R-9" in page and "Filed by" in page and "Begin a correction" in page
    client.set_cookie("language", "zh_Hans_CN")
    assert "<dt>报送人</dt>" in client.get(one).text
    client.delete_cookie("language")
    corrected = posted(client, f"{one}/correct")
    assert (
        corrected.location != one
        and "Nothing differs" in client.get(f"{corrected.location}/differences").text
    )
    assert posted(client, f"{one}/correct").status_code == 422


def test_what_differs_is_told_apart_by_what_happened(client: FlaskClient, house: House) -> None:
    first = house.use("2026-11-25", "09:00-10:00", title="甲")
    second = house.use("2026-11-26", "09:00-10:00", subject="")
    filed = file_it(house, house.draft("service_record", Q4), leave_out=True, reason="缺学科")
    db.session.merge(second).subject = "430"
    db.session.merge(first).project = "课题九"
    db.session.commit()
    draft = begun(house, db.session.get_one(Report, filed.id))
    sign_in(client, house.manager)
    address = f"/reports/{draft.id}/differences"
    # A row that is new stands in one line, a changed one with each of its cells.
    page, added = client.get(address).text, f"{second.id} · {house.thing.asset_number}"
    assert (page.count("the whole row"), page.count(f">{added}</a>"), "课题九" in page) == (1, 1, True)
    only = client.get(f"{address}?what=changed").text
    assert (added in only, "课题九" in only, "1 row differs" in only) == (False, True, True)
    assert client.get(f"{address}?what=lost").status_code == 404


def test_what_changed_since_is_shown_before_it_is_filed(client: FlaskClient, house: House) -> None:
    house.use("2026-11-25", "09:00-10:00")
    report = house.draft("service_record", Q4)
    number, version = report.id, report.version
    house.use("2026-11-26", "09:00-10:00")
    sign_in(client, house.manager)
    refused = posted(client, f"/reports/{number}/file", version=version)
    assert refused.status_code == 412 and "The facts changed" in refused.text
    assert db.session.get_one(Report, number, populate_existing=True).rows_total == 2


# --- Files and the journal ----------------------------------------------------------------------------------------------


def test_page_file_and_api_say_the_same(client: FlaskClient, house: House) -> None:
    number = quarter(house).id
    sign_in(client, house.manager)
    told = client.get(f"/api/v1/reports/{number}/rows", headers=key_of(house, house.manager)).json["items"]
    body = list(csv.reader(io.StringIO(client.get(f"/reports/{number}/file.csv").data.decode("utf-8-sig"))))
    assert body[1:] == [list(row["cells"].values()) for row in told]
    assert body[0][:3] == ["服务记录编号", "所在单位仪器编号", "服务金额（元）"]
    answer = client.get(f"/reports/{number}/file.xlsx")
    assert "service-record-2026-Q4-v1-draft.xlsx" in answer.headers["Content-Disposition"]
    book = load_workbook(io.BytesIO(answer.data))
    assert book.sheet_names == ["服务记录", "说明 Notes"]
    rows = book.get_sheet_by_name("服务记录").to_python()
    assert rows[0] == body[0] and rows[1][2] == 100.0 and rows[1][16] == "120"
    page = client.get(f"/reports/{number}/rows").text
    assert all(row["cells"]["recordInnerId"] in page for row in told)
    lacks = [lack for row in told for lack in row["lacks"]]
    assert [(lack["column"], lack["message"]) for lack in lacks] == [("subjectArea", "This is missing.")]
    assert lacks[0]["mend"].startswith("/uses/")


def entries(deed: str) -> list[JournalEntry]:
    return list(
        db.session.scalars(select(JournalEntry).where(JournalEntry.deed == deed).order_by(JournalEntry.id))
    )


@pytest.mark.parametrize(
    ("form", "period", "sheet", "says"),
    [
        ("annual_summary", "2026", "summary", "By the day on which its statement was issued, with tax"),
        ("assessment", "2026-01-01..2027-12-31", "indicators", "by the day of the service, before tax"),
    ],
)  # fmt: skip
def test_income_says_by_what_it_is_counted(
    client: FlaskClient, house: House, form, period, sheet, says
) -> None:
    """On the page beside the number, on its row, on paper and among the notes of the file."""
    sign_in(client, house.manager)
    number = house.draft(form, period).id
    for address in (f"rows?sheet={sheet}", "print"):
        assert says in client.get(f"/reports/{number}/{address}").text, address
    book = load_workbook(io.BytesIO(client.get(f"/reports/{number}/file.xlsx").data))
    notes = book.get_sheet_by_name(book.sheet_names[-1]).to_python()
    assert any(says in str(cell) for row in notes for cell in row)
    if form == "annual_summary":
        row = f"/reports/{number}/rows/{sheet}/institution:{house.home.id}"
        assert client.get(row).text.count(says) == 2
        client.get("/language/zh_Hans_CN?next=/")
        assert client.get(row).text.count("对账单开具日") == 2


def test_all_rows_are_printed_with_all_that_they_say(client: FlaskClient, house: House) -> None:
    number = quarter(house).id
    sign_in(client, house.auditor)
    page = client.get(f"/reports/{number}/print").text
    rows = page.split('<ol class="printed-rows">')[1].split("</ol>")[0].split("<li>")[1:]
    kept = rows_of(db.session.get_one(Report, number))
    assert len(rows) == len(kept) == WHOLE
    for row, cells in zip(rows, kept, strict=True):
        assert all(f"</i> {cell}</span>" in row for cell in cells.values() if cell)
    assert [entry.detail["rows"] for entry in entries("report.taken_away")] == [WHOLE]


def test_what_cannot_be_entered_into_many_rows_says_so_at_its_field(
    client: FlaskClient, house: House
) -> None:
    number = quarter(house).id
    sign_in(client, house.manager)
    address = f"/reports/{number}/rows?sheet=records&column=subjectArea&lacking=1"
    refused = client.post(address, data={"value": "chemistry"})
    assert refused.status_code == 422
    assert 'value="chemistry"' in refused.text
    assert "The form wants it to look like 430;150." in refused.text
    assert client.post(address, data={"value": "150"}).status_code == 303


def test_codes_that_are_no_words_say_what_they_mean(client: FlaskClient, house: House) -> None:
    number = quarter(house).id
    sign_in(client, house.manager)
    [row, *_] = client.get(f"/api/v1/reports/{number}/rows", headers=key_of(house, house.manager)).json[
        "items"
    ]
    page = client.get(f"/reports/{number}/rows/records/{row['key']}").text
    assert '120 <span class="hint">Inside</span>' in page


def test_who_takes_a_file_away_stands_in_the_journal(
    client: FlaskClient, house: House, people: People
) -> None:
    number = quarter(house).id
    for person in (people.manager, people.keeper):
        sign_in(client, person)
        client.get(f"/reports/{number}/file.csv")
    client.get(f"/api/v1/reports/{number}/file.xlsx", headers=key_of(house, people.auditor))
    found = entries("report.taken_away")
    assert [(entry.actor_id, entry.detail["rows"], entry.detail["file"]) for entry in found] == [
        (people.manager.id, 3, "csv"), (people.keeper.id, 2, "csv"), (people.auditor.id, 3, "xlsx"),
    ]  # fmt: skip
    assert found[0].detail["personal"] == ["applicant", "email", "phone"]
    sign_in(client, people.auditor)
    journal = client.get(f"/institutions/{house.home.id}/journal").text
    assert "File of a form taken away" in journal and "Service records" in journal


def test_who_looks_at_rows_with_money_and_people_stands_in_the_journal(
    client: FlaskClient, house: House
) -> None:
    number = quarter(house).id
    sign_in(client, house.auditor)
    client.get(f"/reports/{number}/rows")
    assert [(entry.actor_id, entry.thing_kind, entry.thing_id) for entry in entries("money.looked_at")] == [
        (house.auditor.id, "report", number)
    ]


# --- Seen ---------------------------------------------------------------------------------------------------------------


def test_forms_in_the_browser(view: Callable[[], Page], app: Flask, house: House) -> None:
    for day in ("2024-03-04", "2025-03-04", "2026-03-04"):
        house.use(day, "09:00-12:00")
    report = quarter(house)
    number, use = report.id, rows_of(report)[1]["recordInnerId"]
    same = house.draft("form_3", "2025/26").id
    workbook = house.draft("assessment", "2026-01-01..2027-12-31").id
    file_it(house, house.draft("service_record", "2026-Q1"))
    page, wrong = view(), {}
    sign_in_page(page, app, house.manager)
    for address in (
        f"/institutions/{house.home.id}/reports", f"/labs/{house.lab.id}/reports", f"/reports/{number}",
        f"/reports/{number}/rows?lacking=1", f"/reports/{number}/rows?column=subjectArea&lacking=1",
        f"/reports/{number}/rows/records/use:{use}:0", f"/reports/{same}/rows?code=differs_from_last&lacking=1",
        f"/reports/{workbook}/rows", "/reports/about-people", "/home",
    ):  # fmt: skip
        page.goto(address)
        wrong[address] = faults(page)
    assert not any(wrong.values()), wrong
