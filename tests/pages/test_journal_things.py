"""The journal calls each thing what people call it: the number on its paper, its month, its file; and says whose money was
looked at. A statement for each kind, however many things there are."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.catalog.models import ImportRun
from instruments.charges.closing_models import Closing, Statement
from instruments.charges.invoice_models import Invoice
from instruments.charges.models import Charge
from instruments.charges.payment_models import Payment
from instruments.charges.settlement_models import SettlementProposal
from instruments.database import db
from instruments.funds.asking.models import FundRequest
from instruments.funds.ledger_models import LedgerAccount
from instruments.journal.record import record
from instruments.pages.details import NAMED, Names
from instruments.pages.looked_at import LOOKED, WHOSE, looks_told
from instruments.pages.thing_addresses import WITHOUT_PAGE
from instruments.pages.thing_names import BY_OWN_NUMBER, KNOWN, in_words
from instruments.people import words
from instruments.people.rights import Role
from instruments.qualifications.models import Qualification, QualificationRequest, SafetyAdmission
from instruments.rates.models import CustomerSplit
from instruments.reports.models import Report
from instruments.reservations.conduct.models import Violation, ViolationKind
from instruments.reservations.formal_quotes.models import FormalQuote, FrameworkAgreement
from instruments.reservations.series_models import Series
from instruments.reservations.waitlist.models import WaitRequest
from instruments.usage.models import InstrumentUse
from instruments.usage.output_models import UsageFile
from instruments.utilization.boards.models import SavedView
from instruments.utilization.purchases.models import PurchaseReview
from tests.charges.scene import HOUR, MORNING, Scene
from tests.charges.test_closing import close
from tests.conftest import NOW, Statements
from tests.world import World, sign_in

GONE = 999999999


@pytest.fixture
def scene(world: World, now) -> Scene:
    found = Scene(world)
    world.grant(found.manager, Role.INSTITUTION_MANAGER, found.house)
    for row, english, chinese in (
        (found.house, "Qinling", "秦岭"), (found.group, "Optics group", "光学组"), (found.instrument, "Balance", "天平"),
        (found.student, "Li Lizi", "李例子"), (found.lab, "Weighing", "称量室"),
    ):  # fmt: skip
        row.name_en, row.name_zh = english, chinese
    found.grant.name_en, found.grant.name_zh, found.grant.code = "Films", "薄膜", "NF1"
    db.session.commit()
    return found


def added(row: Any) -> int:
    db.session.add(row)
    db.session.flush()
    return int(row.id)


def of_reservations(scene: Scene) -> dict[tuple[str, int], tuple[str, str]]:
    house, lab, one, who = scene.house.id, scene.lab.id, scene.instrument.id, scene.student.id
    at = {"starts_at": MORNING, "ends_at": MORNING + HOUR}
    quote = FormalQuote(
        institution_id=house, year=2027, position=12, lab_id=lab, instrument_id=one, asked_by_id=who, mode="self",
        payer_institution_id=house, version_id=scene.version.id, customer_class="partner", currency="CNY", total_units=1,
        made_at=NOW, valid_until=MORNING, **at,
    )  # fmt: skip
    agreement = FrameworkAgreement(institution_id=house, number=3, text_en="x", text_zh="x", published_at=NOW)
    series = Series(
        instrument_id=one, user_id=who, booker_id=who, first_day=date(2027, 3, 1), starts="09:00", ends="10:00",
        every="week", weekdays="0", times=2, created_at=NOW,
    )  # fmt: skip
    wait = WaitRequest(
        instrument_id=one, user_id=who, asker_id=who, earliest=MORNING, latest=MORNING + 3 * HOUR, length_seconds=3600,
        asked_at=NOW,
    )  # fmt: skip
    kind = added(ViolationKind(lab_id=lab, name_en="Left dirty", name_zh="未清洁"))
    violation = Violation(
        lab_id=lab, person_id=who, kind_id=kind, kind_en="Left dirty", kind_zh="未清洁", happened_on=date(2027, 2, 1),
        reason="x", recorded_by_id=scene.manager.id, recorded_at=NOW, expires_at=MORNING,
    )  # fmt: skip
    return {
        ("formal_quote", added(quote)): ("Formal quote Q-2027-000012", "正式报价 Q-2027-000012"),
        ("agreement", added(agreement)): ("Framework agreement 3", "框架协议 3"),
        ("series", added(series)): ("Series · Balance", " · 天平"),
        ("wait", added(wait)): ("Waitlist request · Balance", " · 天平"),
        ("violation", added(violation)): ("Violation · Left dirty", " · 未清洁"),
    }


def of_files(scene: Scene) -> dict[tuple[str, int], tuple[str, str]]:
    house, lab, one, who = scene.house.id, scene.lab.id, scene.instrument.id, scene.student.id
    run = ImportRun(institution_id=house, file_name="spring.xlsx", file_path="x", created_at=NOW)
    uses = UsageFile(lab_id=lab, kind="logs", file_name="door.csv", file_path="x", created_at=NOW)
    review = PurchaseReview(institution_id=house, name="One more / 增购", period="2026", made_at=NOW)
    view = SavedView(name="This year", query="x", institution_id=house, made_at=NOW)
    report = Report(
        form="service_record",
        format_version=1,
        format_digest="x",
        institution_id=house,
        period="2026-Q2",
        made_at=NOW,
    )
    holds = Qualification(person_id=who, instrument_id=one, level="independent", granted_at=NOW)
    asks = QualificationRequest(
        person_id=who, institution_id=house, lab_id=lab, instrument_id=one, level="independent", asked_at=NOW
    )  # fmt: skip
    admitted = SafetyAdmission(
        institution_id=house, person_id=who, valid_until=date(2028, 1, 1), granted_at=NOW
    )
    split = CustomerSplit(lab_id=lab, base="partner", name_en="Friends", name_zh="友邻")
    fund = FundRequest(asker_id=who, said="NF1", by_mail=False, words="x", asked_at=NOW, expires_at=MORNING)
    return {
        ("import_run", added(run)): ("Import · spring.xlsx", " · spring.xlsx"),
        ("usage_file", added(uses)): ("File of uses · door.csv", " · door.csv"),
        ("purchase_review", added(review)): ("Purchase review · One more", " · 增购"),
        ("utilization_view", added(view)): ("Saved view · This year", " · This year"),
        ("report", added(report)): ("Statutory form · Service records, Quarter 2 of 2026", "2026"),
        ("qualification", added(holds)): ("Qualification · Li Lizi, Balance", " · 李例子、天平"),
        ("qualification_request", added(asks)): (
            "Request for a qualification · Li Lizi, Balance",
            "李例子、天平",
        ),
        ("admission", added(admitted)): ("Safety admission · Li Lizi", " · 李例子"),
        ("customer_split", added(split)): ("Class of customers · Friends", " · 友邻"),
        ("fund_request", added(fund)): ("Request to charge a fund · Li Lizi", " · 李例子"),
        ("rate_version", scene.version.id): ("Prices · Weighing, from 1 Jan", " · 称量室、"),
    }


def of_money(scene: Scene) -> dict[tuple[str, int], tuple[str, str]]:
    _, partner = scene.partner()
    scene.use(scene.reservation(payers=[(partner, "100", "partner")]))
    scene.charge()
    close(scene)
    paper, closing = db.session.scalars(select(Statement)).one(), db.session.scalars(select(Closing)).one()
    said = {
        "creditor_id": scene.house.id, "statement_id": paper.id, "title": "Weishui", "currency": "CNY",
        "amount_units": 18000, "tax_units": 0, "asked_at": NOW,
    }  # fmt: skip
    asked = added(Invoice(**said))
    books = select(LedgerAccount.id).where(LedgerAccount.kind == "lab_income")
    number = f"{paper.year}-{paper.number:04}"
    return {
        ("statement", paper.id): (f"Statement {number}", f"对账单 {number}"),
        ("closing", closing.id): ("Month end February 2027", "2027年2月"),
        ("draft", closing.id): ("Statements to come February 2027", "待出对账单 2027年2月"),
        ("invoice", asked): (f"Request IC{asked:08}", f"申请 IC{asked:08}"),
        ("fund", scene.grant.id): ("Films · NF1", "薄膜 · NF1"),
        ("use", db.session.scalars(select(InstrumentUse.id)).one()): (
            "Use of an instrument · Balance, ",
            " · 天平、",
        ),
        ("account", db.session.scalars(books).one()): (
            "Account of the ledger · Income of a lab, Weighing",
            "称量室",
        ),
    }


def things_of(page: str) -> list[tuple[str, str]]:
    """(address, words) of what the entries of a page are about, the newest first."""
    cells = re.findall(r'<td data-label="(?:Thing|对象)">(.*?)</td>', page, re.S)
    found = [re.fullmatch(r'(?:<a href="(.*?)">)?(.*?)(?:</a>)?', cell.strip(), re.S) for cell in cells]
    return [(each[1] or "", html.unescape(each[2])) for each in found if each]


def told_of(page: str) -> list[tuple[str, str]]:
    cell = page.split('class="ink2">')[1].split("</td>")[0]
    return re.findall(r'<span class="hint">(.*?)</span> (.*?)(?: · |$)', re.sub("</?a[^>]*>", "", cell))


def test_every_kind_of_thing_has_a_name_or_its_number_is_what_people_know() -> None:
    assert set(words.THINGS) == {*NAMED, *KNOWN, "account", *BY_OWN_NUMBER, *WITHOUT_PAGE}


@pytest.mark.parametrize("make", [of_money, of_reservations, of_files])
def test_things_are_called_as_people_call_them(client: FlaskClient, scene: Scene, make) -> None:
    wanted = make(scene)
    for thing in wanted:
        record(
            now=NOW, actor_id=None, deed="lab.edited", thing=thing, institution_id=scene.house.id, lab_id=scene.lab.id,
            detail={"month": "2027-02"},
        )  # fmt: skip
    db.session.commit()
    sign_in(client, scene.manager)
    for place, language in enumerate(("en", "zh_Hans_CN")):
        client.set_cookie("language", language)
        shown = things_of(client.get(f"/institutions/{scene.house.id}/journal?deed=lab.edited").text)
        for ((kind, _), said), (address, known) in zip(reversed(wanted.items()), shown, strict=True):
            assert said[place] in known, (kind, known)
            assert address, kind
            if place:
                assert not re.search(
                    r"[A-Za-z]{3,}", re.sub(r"[\w.]+\.(xlsx|csv)|This year|IC\d+", "", known)
                ), known


def test_what_is_gone_keeps_its_number_and_what_has_none_says_what_it_is(app: Flask, scene: Scene) -> None:
    with app.test_request_context():
        names = Names((kind, GONE) for kind in words.THINGS)
        for kind in words.THINGS:
            assert names.title(kind, GONE) == in_words(kind, GONE)
            assert names.of(kind, GONE) is None
        assert in_words("statement", 7) == "Statement 7" and in_words("platform", 0) == "Platform"


def test_a_detail_says_the_number_of_a_statement_as_it_is_printed(client: FlaskClient, scene: Scene) -> None:
    (_, number), (said, _) = next(iter(of_money(scene).items()))
    record(
        now=NOW, actor_id=None, deed="lab.edited", thing=("lab", scene.lab.id), institution_id=scene.house.id,
        detail={"statement_id": number},
    )  # fmt: skip
    db.session.commit()
    page = sign_in(client, scene.manager).get(f"/institutions/{scene.house.id}/journal").text
    assert told_of(page) == [("Statement", said.removeprefix("Statement "))]
    assert f'<a href="/statements/{number}">{said.removeprefix("Statement ")}</a>' in page


def test_many_things_of_a_kind_cost_no_more_statements(
    client: FlaskClient, scene: Scene, statements: Statements
) -> None:
    home = scene.house.id
    reviews = [
        PurchaseReview(institution_id=home, name=f"Lamp {place}", period="2026", made_at=NOW)
        for place in range(20)
    ]
    db.session.add_all(reviews)
    db.session.commit()
    sign_in(client, scene.manager)
    needed = []
    for some in (reviews[:2], reviews[2:]):
        for each in some:
            record(
                now=NOW,
                actor_id=None,
                deed="lab.edited",
                thing=("purchase_review", each.id),
                institution_id=home,
            )
        db.session.commit()
        client.get(f"/institutions/{home}/journal")
        before = len(statements)
        page = client.get(f"/institutions/{home}/journal").text
        needed.append(len(statements) - before)
        assert all(each.name in page for each in some)
    assert needed[0] == needed[1]


# --- Others' money ----------------------------------------------------------------------------------------------------


def test_whose_money_was_looked_at_is_said(client: FlaskClient, scene: Scene) -> None:
    home = scene.house.id
    found = {kind: number for kind, number in of_money(scene)}
    partner = db.session.get_one(Statement, found["statement"])
    other = scene.world.institution(name_en="Weishui")
    charge = db.session.scalars(select(Charge)).one()
    proposal = SettlementProposal(
        one_id=min(home, other.id), two_id=max(home, other.id), currency="CNY", one_owes_units=1, two_owes_units=1,
        netted_units=1, proposed_for_id=home, proposed_by_id=scene.finance.id, proposed_at=NOW,
    )  # fmt: skip
    payer = scene.world.person(scene.house, name_en="Wang Payer")
    paid = Payment(
        creditor_id=home, payer_person_id=payer.id, currency="CNY", amount_units=5, received_on=date(2027, 2, 1), key="k",
        bank_account="6222", recorded_at=NOW,
    )  # fmt: skip
    looks: dict[tuple[str, int], tuple[dict[str, str], tuple[str, str]]] = {
        ("charge", charge.id): ({}, ("User", "Li Lizi")),
        ("statement", partner.id): ({}, ("Month", "February 2027")),
        ("fund", scene.grant.id): ({}, ("Group", "Optics group")),
        ("account", found["account"]): ({}, ("Lab", "Weighing")),
        ("invoice", found["invoice"]): ({}, ("Statement", f"{partner.year}-{partner.number:04}")),
        ("payment", added(paid)): ({}, ("Payer", "Wang Payer")),
        ("settlement", added(proposal)): ({}, ("Institution", "Weishui")),
        ("institution", home): ({"what": f"settlement with {other.id}"}, ("Institution", "Weishui")),
        ("group", scene.group.id): ({"what": "group costs"}, ("Looked at", "Costs of the group")),
        ("reservation", charge.reservation_id or 0): ({"what": "price"}, ("Instrument", "Balance")),
        # What is gone says no more than what was kept of the look.
        ("statement", GONE): ({"what": "statements"}, ("Looked at", "Statements")),
    }
    sign_in(client, scene.manager)
    for thing, (detail, said) in looks.items():
        record(
            now=NOW, actor_id=scene.finance.id, deed=LOOKED, thing=thing, institution_id=home, detail=detail
        )
        db.session.commit()
        told = told_of(client.get(f"/institutions/{home}/journal").text)
        assert said in told, (thing, told)
    assert ("Payer", "") not in told
    client.set_cookie("language", "zh_Hans_CN")
    page = client.get(f"/institutions/{home}/journal").text
    assert "李例子" in page and "光学组" in page and "课题组费用" in page


def test_lists_of_costs_say_which_was_looked_at(client: FlaskClient, scene: Scene) -> None:
    home, lab, group = scene.house.id, scene.lab.id, scene.group.id
    sign_in(client, scene.manager)
    for address, said in (
        (f"/labs/{lab}/charges", "Income of the lab"),
        (f"/labs/{lab}/charges/missing", "Not charged yet"),
        (f"/institutions/{home}/charges", "What is owed to it"),
        (f"/institutions/{home}/costs", "What it bears"),
        (f"/groups/{group}/charges", "Costs of the group"),
    ):
        if client.get(address).status_code != 200:
            sign_in(client, scene.head if "groups" in address else scene.finance)
            assert client.get(address).status_code == 200, address
            sign_in(client, scene.manager)
        told = told_of(client.get(f"/institutions/{home}/journal?deed={LOOKED}").text)
        assert told == [("Looked at", said)], address


def test_only_looks_are_read_for_whose_they_are(scene: Scene, statements: Statements) -> None:
    class Row:
        deed, thing_kind, thing_id = "statement.issued", "statement", 1
        detail = {"month": "2027-02"}

    home = scene.house.id
    before = len(statements)
    assert looks_told([Row()], home) == [Row.detail]
    assert len(statements) == before
    assert set(WHOSE) <= set(words.THINGS)
