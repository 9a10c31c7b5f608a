"""The annual summary with its two ledgers, the evidence of a lab, and the workbook of indicators: sums, gaps, no score."""

from __future__ import annotations

import io
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from python_calamine import load_workbook

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.reports.agreeing import agreed
from instruments.reports.files import workbook
from instruments.reports.form_reading import WrongForm, read
from instruments.reports.forms import OURS, form_of
from instruments.reports.gathering.asked import Asked
from instruments.reports.gathering.indicators import found_indicators
from instruments.reports.gathering.measured import measured
from instruments.reports.indicator_figures import FIGURES
from instruments.reports.listing import all_rows
from instruments.reports.seeing import Sight
from instruments.reports.views.words import row_name
from instruments.reports.working_out import GATHERED
from instruments.utilization import periods, tasks
from tests.charges.rows import Bare, do, insert
from tests.reports.scene import BASE, NOW, House, lacks_of_rows, rows_of
from tests.world import World, sign_in

TWO_YEARS = "2026-01-01..2027-12-31"


@pytest.fixture
def house(app, world: World) -> House:
    return House(world)


class Books:
    """Statements of the house, issued as month end issues them, written as bare rows."""

    def __init__(self, house: House) -> None:
        self.house, self.bare = house, Bare(house.lab)
        self.numbers: Counter[str] = Counter()
        self.closings: dict[str, int] = {}

    def issue(
        self, units: int, payer: int, name: str, *, on: str = "2026-12-05", currency: str = "CNY"
    ) -> int:
        """A statement of one charge of the instrument."""
        self.numbers[on[:4]] += 1
        charge = self.bare.charge(
            units, currency=currency, instrument_id=self.house.thing.id, kind="late",
            reservation_id=self.house.use("2026-11-25", "09:00-10:00", price=None).reservation_id
            if not self.closings else db.session.scalar(db.text("SELECT min(id) FROM reservation")),
        )  # fmt: skip
        self.bare.post(charge, at=1, month="2026-11")
        month = {"2026-12-05": "2026-11", "2027-01-05": "2026-12"}[on]
        at = int(NOW.timestamp())
        if month not in self.closings:
            self.closings[month] = insert("closing", {
                "institution_id": self.house.home.id, "month": month, "state": "issuing", "opened_at": at,
                "started_at": at, "issued_on": on, "due_on": on, "started_by_id": self.house.manager.id,
            })  # fmt: skip
        statement = insert("statement", {
            "closing_id": self.closings[month], "creditor_id": self.house.home.id, "year": int(on[:4]),
            "number": self.numbers[on[:4]], "month": month, "currency": currency, "payer_institution_id": payer,
            "total_units": units, "internal_units": 0, "prepaid_units": 0, "due_units": units, "tax_units": 0,
            "lines": 1, "issued_on": on, "due_on": on, "sender": "{}",
            "payer": f'{{"name_en": "{name}", "name_zh": "{name}"}}', "issued": False,
        })  # fmt: skip
        do(
            "INSERT INTO statement_line (statement_id, position, charge_id, share, kind, route, service_on, lab_id,"
            " instrument_zh, charge_units, amount_units, tax_units) VALUES (:sheet, 1, :charge, 0, 'late',"
            " 'receivable', '2026-11-25', :lab, '透射电镜', :units, :units, 0)",
            sheet=statement, charge=charge, lab=self.house.lab.id, units=units,
        )  # fmt: skip
        do("UPDATE statement SET issued = :yes WHERE id = :id", yes=True, id=statement)
        return statement


def test_the_ledger_of_income_and_the_sums_it_comes_to(house: House) -> None:
    books = Books(house)
    books.issue(1_234_567, house.company.id, "丙公司")
    books.issue(1_000_000, house.home.id, "甲大学")
    books.issue(99_999, house.partner.id, "乙研究所", on="2027-01-05")
    house.instrument(original_value=Decimal("499990"))
    report = house.draft("annual_summary", "2026")
    handler = house.manager.name_zh
    assert rows_of(report, "income") == [
        {"day": "2026-12-05", "voucher": f"2026-{number:04}", "handler": handler, "summary": "仪器使用费（2026-11）",
         "amount": amount, "instrument": "透射电镜", "payer": payer}
        for number, amount, payer in ((1, "12345.67", "丙公司"), (2, "10000.00", "甲大学"))
    ]  # fmt: skip
    summary = rows_of(report, "summary")[0]
    told = ("platform", "vouchers", "income", "external_income", "instruments", "value")
    # 22,345.67 yuan in all: rounded once, to 10,000 yuan.
    assert [summary[name] for name in told] == [BASE, "2", "2.23", "1.23", "1", "123.46"]
    assets = rows_of(report, "assets")
    assert [
        (row["asset_number"], row["asset_category"], row["value"], row["booked_on"], row["lab"])
        for row in assets
    ] == [("20200001", "A02100300", "123.46", "2020-03-01", "分析中心")]
    lacking = {
        ("missing", name)
        for name in ("built", "own_results", "outside_results", "facilities", "rules_and_staff")
    }
    assert lacks_of_rows(report) == [lacking, set(), set(), set()]


def test_rows_of_one_name_say_which_instrument_they_are_of(client, house: House) -> None:
    """As far as the columns of the list do not say it; to whoever sees a lab's own form its lab is known."""
    books = Books(house)
    books.issue(10_000, house.company.id, "丙公司")
    house.thing = house.instrument()
    books.issue(20_000, house.partner.id, "乙研究所")
    lab, numbers = house.lab.name_en, ("20200001", "20200002")
    year, quarter = house.draft("annual_summary", "2026"), house.draft("service_record", "2026-Q4")
    sign_in(client, house.manager)
    for report, sheet, expected in (
        (year, "income", {f"{lab} · {number}" for number in numbers}),
        (year, "assets", {lab}),
        (quarter, "records", {f"TEM · {lab}"}),
    ):
        page = client.get(f"/reports/{report.id}/rows?sheet={sheet}").text
        assert set(re.findall(r'<div class="hint">([^<]*)</div></td>', page)) == expected, sheet
    for row in all_rows(Sight(year, None, True))["income"]:
        # Of one voucher there is a row for each instrument.
        assert row_name(year, row).endswith(" · 透射电镜")


def test_a_voucher_is_an_invoice_where_one_was_issued(house: House) -> None:
    statement = Books(house).issue(10_000, house.company.id, "丙公司")
    invoice = insert("invoice", {
        "creditor_id": house.home.id, "statement_id": statement, "colour": "blue", "type": "ordinary", "title": "丙公司",
        "currency": "CNY", "amount_units": 10_000, "tax_units": 0, "asked_at": int(NOW.timestamp()),
    })  # fmt: skip
    line = "INSERT INTO invoice_line (statement_id, position, invoice_id) VALUES (:sheet, 1, :invoice)"
    do(line, sheet=statement, invoice=invoice)
    do(
        "UPDATE invoice SET state = 'issued', number = '24-777', issued_on = '2026-12-09' WHERE id = :id",
        id=invoice,
    )
    assert rows_of(house.draft("annual_summary", "2026"), "income")[0]["voucher"] == "24-777"


def test_what_there_is_is_told_of_the_last_day_everywhere(house: House) -> None:
    """Retired within the year, on its last day, the day after; accepted within the year, and after it."""
    value = Decimal("500000")
    for days in (
        {"retired_on": date(2026, 9, 30)}, {"retired_on": date(2026, 12, 31)}, {"retired_on": date(2027, 1, 1)},
        {"commissioned_on": date(2026, 12, 31)}, {"commissioned_on": date(2027, 1, 1)},
    ):  # fmt: skip
        house.instrument(original_value=value, **days)
    report = house.draft("annual_summary", "2026")
    summary, assets = rows_of(report, "summary")[0], rows_of(report, "assets")
    assert (summary["instruments"], summary["value"]) == ("3", "223.46")
    assert len(assets) == 3
    assert sum(Decimal(row["value"]) for row in assets) == Decimal("223.46")
    whole = lacks_of_rows(report)[0]
    assert {code for code, _ in whole} == {"missing"}
    book = house.draft("assessment", TWO_YEARS)
    assert {row["name"]: row["value"] for row in rows_of(book)}["纳入考核的仪器台套数"] == "3"


def test_a_summary_that_its_ledgers_contradict_says_so(house: House) -> None:
    """As where a format names different thresholds for them: what the summary says is held against what stands there."""
    text = (OURS / "annual_summary.2.toml").read_text(encoding="utf-8")
    first = text.index('value_at_least = "500000"')
    form = read(
        text[: first + 5]
        + text[first + 5 :].replace('value_at_least = "500000"', 'value_at_least = "1000000"')
    )
    Books(house).issue(10_000, house.company.id, "丙公司", currency="USD")
    house.instrument(original_value=Decimal("500000"))
    gathered = {}
    for sheet in form.sheets:
        asked = Asked(house.home.id, None, periods.read("2026"), sheet, NOW, BASE)
        gathered[sheet.key] = GATHERED[sheet.rows](asked)[0]
    [row] = agreed(form, form.sheets[0], gathered)
    assert {(lack.code, lack.column, lack.values["said"], lack.values["there"]) for lack in row.lacks} == {
        ("counts", "vouchers", "0", "1"), ("counts", "instruments", "2", "1"), ("sums", "value", "173.46", "123.46"),
    }  # fmt: skip
    assert agreed(form, form.sheets[2], gathered) == gathered["assets"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('of = "assets"', 'of = "nowhere"'), ('of = "assets"', 'of = "summary"'), ('each = "voucher"', 'each = "nothing"'),
        ('each = "amount"', 'each = "day"'), ('columns = ["vouchers"]', 'columns = ["platform"]'),
        ('columns = ["vouchers"]', 'columns = ["vouchers", "income"]'),
    ],
)  # fmt: skip
def test_a_format_that_holds_against_what_is_not_there_is_refused(old, new) -> None:
    text = (OURS / "annual_summary.2.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(WrongForm):
        read(text.replace(old, new))


def test_income_in_another_currency_is_not_added(house: House) -> None:
    Books(house).issue(10_000, house.company.id, "丙公司", currency="USD")
    report = house.draft("annual_summary", "2026")
    assert rows_of(report, "summary")[0]["income"] == "0.00"
    assert ("other_currency", "amount") in lacks_of_rows(report)[1]


# --- Evidence of a lab ------------------------------------------------------------------------------------------------


def test_a_lab_s_evidence_holds_its_services_for_others_with_their_papers(house: House) -> None:
    house.use("2026-11-25", "09:00-10:00")
    use = house.use(
        "2026-11-26", "09:10-10:00", house.other, contract="C-1", samples=4, price=2_000, grade="sensor"
    )
    second = house.instrument(house.world.lab(house.home), original_value=Decimal("90000"))
    house.use("2026-11-27", "09:00-10:00", house.other, thing=second)
    report = house.draft("service_evidence", "2026", house.lab)
    assert rows_of(report) == [
        {
            "number": str(use.id), "instrument_number": "20200001", "instrument": "透射电镜", "value": "123.46",
            "unit": "乙研究所", "unit_kind": "科研院所", "starts": "2026-11-26 09:10", "ends": "2026-11-26 10:00",
            "hours": "0.83", "samples": "4", "way": "占用共享", "contract": "C-1", "amount": "20.00", "statement": "",
            "invoice": "", "evidence": "设备记录", "confirmed": "2026-11-26", "rating": "",
        }
    ]  # fmt: skip
    assert lacks_of_rows(report) == [set()]


# --- Indicators -------------------------------------------------------------------------------------------------------


def asked(house: House, period: str = "2026-01-01..2026-12-31") -> Asked:
    tasks.keep_up()
    return Asked(house.home.id, None, periods.read(period), form_of("assessment", 1).sheets[0], NOW, BASE)


def test_the_figures_of_the_workbook(house: House) -> None:
    house.use("2026-03-04", "09:00-12:00", rating=2)
    house.use(
        "2026-03-05", "09:00-10:00", house.other, rating=4, project="课题二", funding_source="enterprise"
    )
    house.use(
        "2026-03-06", "09:00-10:00", house.world.person(house.company), rating=5, purpose=None, project=""
    )
    idle = house.instrument(audience="lab", record={"country": "中国", "national_number": "N-1"})
    found, unknown = measured(asked(house))
    values = {name: each.value for name, each in found.items()}
    assert unknown == 0
    assert {name: value for name, value in values.items() if value is not None} == {
        "instruments": 2, "in_network": Fraction(1, 2), "opened": Fraction(1, 2), "bookable": 1, "operators": 1,
        "instruments_per_operator": 2, "booked_online": 1, "effective_a_year": Fraction(5, 2), "external_a_year": 1,
        "shared_by_hours": Fraction(2, 5), "shared_by_count": 1, "idle": Fraction(1, 2), "down": 0, "papers": 0,
        "patents": 0, "awards": 0, "projects": 2, "national_projects": 1, "institutions_served": 1, "companies_served": 1,
        "external_income": 0, "rating": Fraction(9, 2), "domestic_by_count": Fraction(1, 2),
        "domestic_by_value": Fraction(1, 2),
    }  # fmt: skip
    assert set(found) == set(FIGURES)
    assert db.session.get(Instrument, idle.id) is not None


def test_what_was_corrected_to_no_hours_counts_in_no_project(house: House) -> None:
    for day, project, samples in (("05", "课题二", 0), ("06", "课题三", 2), ("07", "课题四", 0)):
        house.correct(
            house.use(f"2026-03-{day}", "09:00-10:00", house.other, project=project, samples=samples)
        )
    house.use("2026-03-08", "09:00-10:00", house.other, project="课题四")
    found, _ = measured(asked(house))
    assert (found["projects"].value, found["national_projects"].value) == (2, 2)


def test_gaps_stand_beside_what_figures_are_held_against_and_nothing_is_scored(house: House) -> None:
    house.use("2026-03-04", "09:00-12:00")
    rows, _ = found_indicators(asked(house))
    by_name = {row.key: row.values for row in rows}
    hours = by_name["item:m5_hours"]
    told = [hours[f"indicator.{name}"] for name in ("value", "unit", "reference", "gap", "n")]
    assert told == ["3", "小时", "1599", "-1596", "1"]
    share = by_name["item:m7_by_hours"]
    assert [share[f"indicator.{name}"] for name in ("value", "gap")] == ["0.0", "-17.1"]
    assert by_name["item:m6_papers"]["indicator.gap"] == ""


def test_figures_of_the_workbook_are_numbers_in_its_file(house: House) -> None:
    house.use("2026-03-04", "09:00-12:00")
    report = house.draft("assessment", "2026-01-01..2027-12-31")
    sight = Sight(report, None, True)
    sheet = load_workbook(io.BytesIO(workbook(report, all_rows(sight), []))).get_sheet_by_index(0).to_python()
    columns = [column["source"].removeprefix("indicator.") for column in report.layout[0]["columns"]]
    names = ("value", "n", "reference", "gap", "unit")
    rows = {row[columns.index("name")]: [row[columns.index(name)] for name in names] for row in sheet[1:]}
    assert [3.0, 1.0, 1599.0, -1596.0, "小时"] in rows.values()
    assert all(isinstance(cell, float) or cell in ("", "–") for row in rows.values() for cell in row[:-1])
    assert ["–"] in [row[:1] for row in rows.values()]


def test_nothing_is_divided_by_nothing(house: House) -> None:
    house.thing.original_value = Decimal(1)
    house.world._keep(house.thing)
    rows, _ = found_indicators(asked(house))
    values = {row.key: row.values["indicator.value"] for row in rows}
    assert (values["item:m5_hours"], values["item:m8_rating"], values["item:m1_instruments"]) == (
        "–",
        "–",
        "0",
    )


def test_a_period_that_runs_is_held_against_the_part_that_is_over(house: House) -> None:
    house.use("2026-03-04", "09:00-12:00")
    found, _ = measured(asked(house, TWO_YEARS))
    assert found["effective_a_year"].value == Fraction(3) / (Fraction(2 * 385, 730))
    report = house.draft("assessment", TWO_YEARS)
    assert report.definitions["figure.effective_a_year"] == 1
    rows = rows_of(report)
    assert len(rows) == 24
    # n is of instruments where the figure counts uses, too; of ratings it is the ratings.
    told = {row["definition"].split()[0]: (row["n"], row["counts"]) for row in rows}
    assert told["booked_online"] == ("1", "仪器（台套）") and told["rating"] == ("0", "评分（条）")
