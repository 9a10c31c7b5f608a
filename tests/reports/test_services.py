"""Golden service records: which services a quarter has, their hours by the clock, amounts, codes and what they lack."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from instruments.database import db
from instruments.people.models import Institution
from instruments.reports.models import Report
from instruments.reservations.formal_quotes.models import AgreementAcceptance, FrameworkAgreement
from tests.charges.rows import Bare, do, insert
from tests.rates.pricing_world import published
from tests.reports.scene import NOW, House, lacks_of_rows, rows_of
from tests.utilization import facts
from tests.utilization.golden import at, span
from tests.world import World

Q4 = "2026-Q4"


@pytest.fixture
def house(app, world: World) -> House:
    return House(world)


def records(house: House, period: str = Q4) -> list[dict[str, str]]:
    return rows_of(house.draft("service_record", period))


def test_a_whole_record_is_written_as_the_platform_wants_it(house: House) -> None:
    use = house.use(
        "2026-11-25",
        "09:05-11:20",
        house.other,
        contract="C-7",
        rating=5,
        mode="assisted",
        purpose="development",
    )
    report = house.draft("service_record", Q4)
    assert rows_of(report) == [
        {
            "recordInnerId": str(use.id), "innerId": "20200001", "amounts": "100.00", "serviceTime": "2026-11-25 09",
            "endTime": "2026-11-25 11", "serviceContent": "看样品", "serviceWay": "技术共享", "serviceAmount": "2.25",
            "subjectName": "课题一", "subjectIncome": "B", "subjectArea": "150", "applicant": "赵伙伴",
            "phone": "029-0000 0009", "email": house.other.mail, "unit": "乙研究所", "comment": "非常满意",
            "serviceType": "130", "serviceDirection": "136", "taxRecord": "", "adressType": "0", "moveAddress": "",
            "serviceCode": "", "signAgreement": "0",
        }
    ]  # fmt: skip
    assert lacks_of_rows(report) == [set()]
    assert (report.rows_total, report.rows_lacking, report.unknown, report.old) == (1, 0, 0, 0)


# --- Hours: golden cases of the metrics -------------------------------------------------------------------------------


def hours(house: House, period: str = Q4) -> list[str]:
    return [row["serviceAmount"] for row in records(house, period)]


def test_internal_and_external_at_once_share_the_hour_they_overlap(house: House) -> None:
    house.use("2026-11-25", "09:00-12:00")
    house.use("2026-11-25", "11:00-13:00", house.other, purpose=None)
    assert hours(house) == ["2.50", "1.50"]


def test_three_users_of_four_places_come_to_one_hour_by_the_clock(house: House) -> None:
    house.thing.capacity = 4
    house.world._keep(house.thing)
    for _ in range(3):
        house.use("2026-11-25", "09:00-10:00", purpose=None)
    assert hours(house) == ["0.33", "0.33", "0.33"]


def test_a_service_over_the_end_of_a_quarter_is_told_whole_in_the_one_it_began_in(house: House) -> None:
    house.used((at("2026-12-31 22:00"), at("2027-01-01 03:00")))
    assert hours(house) == ["5.00"]
    assert hours(house, "2027-Q1") == []


def test_the_quarter_is_that_of_the_lab_s_wall(house: House) -> None:
    berlin = house.world.lab(house.home, zone="Europe/Berlin")
    thing = house.instrument(berlin)
    # Half past eleven at night on 31 December in Berlin, half past six in the morning of 1 January in Shanghai.
    late = at("2027-01-01 06:30")
    house.used((late, late + 1800), thing=thing, purpose=None)
    assert [row["serviceTime"] for row in records(house)] == ["2026-12-31 23"]


def test_downtime_is_taken_out_and_a_session_that_did_nothing_is_no_service(house: House) -> None:
    use = house.use("2026-11-25", "09:00-11:00")
    facts.span(use, span("2026-11-25", "09:30-10:00"), layer="down")
    house.use("2026-11-26", "09:00-10:00", layer="debugging", purpose=None)
    assert hours(house) == ["1.50"]


def test_samples_without_machine_time_are_a_service_of_no_hours(house: House) -> None:
    house.use("2026-11-26", "09:00-10:00", house.other, layer="debugging", samples=5, purpose=None)
    assert hours(house) == ["0.00"]


def test_a_run_for_two_customers_is_two_records(house: House) -> None:
    use = house.use("2026-11-25", "09:00-12:00", purpose=None, kind="run", mode="service", price=None)
    facts.customer(use, house.company.id, 0, 4)
    facts.customer(use, house.home.id, 1, 2)
    house.charge(use, 40_000)
    house.charge(use, 2_000, customer=1)
    found = records(house)
    assert [(row["recordInnerId"], row["serviceAmount"], row["amounts"], row["unit"], row["serviceType"]) for row in found] == [
        (str(use.id), "2.00", "400.00", "丙公司", "130"), (f"{use.id}-1", "1.00", "20.00", "甲大学", "120"),
    ]  # fmt: skip


def test_records_add_up_to_the_hours_of_the_instrument(house: House) -> None:
    for times in ("09:00-10:20", "09:40-10:40", "10:00-13:07"):
        house.use("2026-11-25", times, purpose=None)
    from instruments.reports.gathering.served import found_services

    asked = _asked(house)
    found, _ = found_services(asked)
    assert sum(row.values["service.hours"] for row in found) == (4 * 60 + 7) * 60


def _asked(house: House):
    from instruments.reports.forms import form_of
    from instruments.reports.gathering.asked import Asked
    from instruments.utilization import periods
    from tests.reports.scene import BASE, NOW

    return Asked(house.home.id, None, periods.read(Q4), form_of("service_record", 1).sheets[0], NOW, BASE)


# --- Which instruments ------------------------------------------------------------------------------------------------

THRESHOLD = [
    ({"original_value": Decimal("500000.00")}, 1, 0),
    ({"original_value": Decimal("499999.99")}, 0, 0),
    ({"original_value": Decimal("499990.00")}, 0, 0),  # prints 50.00, yet lies below
    ({"original_value": None}, 0, 1),
    ({"original_value": Decimal("400000.00"), "original_currency": "USD"}, 0, 1),
]


@pytest.mark.parametrize(("values", "count", "unknown"), THRESHOLD)
def test_the_threshold_is_held_against_exact_yuan(
    house: House, values: dict, count: int, unknown: int
) -> None:
    thing = house.instrument(**values)
    house.use("2026-11-25", "09:00-10:00", thing=thing)
    report = house.draft("service_record", Q4)
    assert (report.rows_total, report.unknown) == (count, unknown)


def test_other_institutions_and_uses_that_were_undone_are_not_told(house: House) -> None:
    elsewhere = house.instrument(house.world.lab(house.partner))
    house.use("2026-11-25", "09:00-10:00", thing=elsewhere)
    house.use("2026-11-25", "11:00-12:00", state="void", confirmed_at=None, confirmed_by_id=None)
    assert records(house) == []


# --- What they lack ---------------------------------------------------------------------------------------------------

LACKING = [
    ({"subject": ""}, {("missing", "subjectArea")}),
    ({"project": "课题", "funding_source": ""}, {("missing", "subjectIncome")}),
    ({"project": "", "funding_source": ""}, set()),
    ({"price": None}, {("missing", "amounts")}),
    ({"purpose": "service"}, {("required_when", "taxRecord")}),
    ({"purpose": None}, {("missing", "serviceDirection")}),
    ({"state": "waiting", "confirmed_at": None, "confirmed_by_id": None}, {("not_confirmed", "")}),
]


@pytest.mark.parametrize(("values", "expected"), LACKING)
def test_what_a_record_lacks_before_it_leaves(house: House, values: dict, expected: set) -> None:
    house.use("2026-11-25", "09:00-10:00", **values)
    assert lacks_of_rows(house.draft("service_record", Q4)) == [expected]


def test_nobody_without_a_phone_is_sent(house: House) -> None:
    house.use("2026-11-25", "09:00-10:00", house.person(house.home, phone=""))
    assert lacks_of_rows(house.draft("service_record", Q4)) == [{("missing", "phone")}]


def test_no_project_is_said_as_such(house: House) -> None:
    house.use("2026-11-25", "09:00-10:00", project="", funding_source="")
    assert records(house)[0]["subjectIncome"] == "无"


# --- Amounts ----------------------------------------------------------------------------------------------------------


def amount(house: House) -> tuple[str, set]:
    report: Report = house.draft("service_record", Q4)
    return rows_of(report)[0]["amounts"], lacks_of_rows(report)[0]


def test_the_amount_is_what_the_service_costs_after_corrections(house: House) -> None:
    use = house.use("2026-11-25", "09:00-10:00", price=None)
    bare = Bare(house.lab)
    gone = bare.charge(99_900, key="first", kind="use", use_id=use.id)
    bare.post(gone)
    bare.post(bare.charge(-99_900, kind="reversal", reverses_id=gone, use_id=use.id))
    do("UPDATE charge SET state = 'reversed' WHERE id = :id", id=gone)
    house.charge(use, 30_000)
    house.charge(use, -5_000, kind="credit", made_by_id=house.manager.id)
    house.charge(use, -25_000, kind="waiver", made_by_id=house.manager.id)
    assert amount(house) == ("250.00", set())


def test_another_currency_is_not_converted(house: House) -> None:
    use = house.use("2026-11-25", "09:00-10:00", price=None)
    house.charge(use, 30_000, currency="USD")
    assert amount(house) == ("", {("missing", "amounts"), ("other_currency", "amounts")})


def test_nothing_is_an_amount(house: House) -> None:
    house.use("2026-11-25", "09:00-10:00", price=0)
    assert amount(house) == ("0.00", set())


# --- Whether there is a contract --------------------------------------------------------------------------------------


def agree(house: House, payer: Institution | None, day: str, owner: Institution | None = None) -> None:
    """The owner publishes an agreement, and a payer accepts it on a day; a payer without institution is the user."""
    made = FrameworkAgreement(
        institution_id=(owner or house.home).id, number=1, text_en="Terms", text_zh="条款", published_at=NOW
    )
    db.session.add(made)
    db.session.flush()
    who = {"payer_institution_id": payer.id} if payer else {"payer_person_id": house.other.id}
    when = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    db.session.add(
        AgreementAcceptance(agreement_id=made.id, accepted_by_id=house.other.id, accepted_at=when, **who)
    )
    db.session.commit()


@pytest.mark.parametrize(
    ("payer", "day", "owner", "signed"),
    [
        ("partner", "2026-11-01", "home", "0"), ("partner", "2026-11-26", "home", "1"), ("partner", "2026-11-01", "company", "1"),
        ("company", "2026-11-01", "home", "1"), (None, "2026-11-01", "home", "1"),
    ],
)  # fmt: skip
def test_an_accepted_agreement_with_the_owner_is_a_contract(house: House, payer, day, owner, signed) -> None:
    """Of the unit that was served, with the owner of the instrument, before the service ended."""
    agree(house, payer and getattr(house, payer), day, getattr(house, owner))
    house.use("2026-11-25", "09:00-10:00", house.other)
    assert [row["signAgreement"] for row in records(house)] == [signed]


def test_of_a_run_each_customer_has_their_own_contract(house: House) -> None:
    agree(house, house.partner, "2026-11-01")
    use = house.use("2026-11-25", "09:00-12:00", purpose=None, kind="run", mode="service", price=None)
    for position, home in enumerate((house.company, house.partner)):
        facts.customer(use, home.id, position, 2)
    told = {row["unit"]: row["signAgreement"] for row in records(house)}
    assert told == {"丙公司": "1", "乙研究所": "0"}


def test_an_accepted_formal_quote_is_a_contract(house: House) -> None:
    quoted, _ = (house.use(day, "09:00-10:00", house.other) for day in ("2026-11-25", "2026-11-26"))
    version = published(house.lab)
    insert("formal_quote", {
        "institution_id": house.home.id, "year": 2026, "position": 1, "lab_id": house.lab.id, "instrument_id": house.thing.id,
        "payer_institution_id": house.partner.id, "asked_by_id": house.other.id, "version_id": version.id, "mode": "self",
        "starts_at": int(quoted.started_at.timestamp()), "ends_at": int(quoted.ended_at.timestamp()), "counts": "{}",
        "customer_class": "university", "currency": "CNY", "total_units": 1, "lines": "[]", "why": "[]", "state": "accepted",
        "made_at": 1, "valid_until": 2, "accepted_by_id": house.other.id, "reservation_id": quoted.reservation_id,
    })  # fmt: skip
    assert [row["signAgreement"] for row in records(house)] == ["0", "1"]
