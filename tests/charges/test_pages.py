"""The pages of charges: who sees which, the chain of one, and disputing, answering, entering and naming in place."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges.dispute_models import ChargingSettings, Dispute
from instruments.charges.models import Charge
from instruments.charges.tasks import charge_all
from instruments.database import db
from instruments.funds.seen_things import hidden
from instruments.journal.models import JournalEntry
from instruments.people.models import Person
from instruments.people.rights import Role
from tests.charges.scene import MORNING, Scene
from tests.world import World, bearer, sign_in


@pytest.fixture
def scene(world: World, now: object) -> Scene:
    return Scene(world)


def get(client: FlaskClient, person: Person, address: str, status: int = 200) -> str:
    answer = sign_in(client, person).get(address)
    assert answer.status_code == status, address
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True)))


def post(client: FlaskClient, person: Person, address: str, status: int = 303, **form: str) -> str:
    answer = sign_in(client, person).post(address, data=form)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def looks() -> list[tuple[str, int, int | None]]:
    entry = JournalEntry
    asked = select(entry.thing_kind, entry.thing_id, entry.actor_id).where(entry.deed == "money.looked_at")
    return [tuple(row) for row in db.session.execute(asked.order_by(entry.id))]


def test_strangers_see_nothing(scene: Scene, client: FlaskClient) -> None:
    charge = scene.charged()
    stranger, house, lab, group = scene.partner()[0], scene.house.id, scene.lab.id, scene.group.id
    for address in (
        f"/charges/{charge.id}", f"/labs/{lab}/charges", f"/labs/{lab}/charges/missing", f"/groups/{group}/charges",
        f"/institutions/{house}/charges", f"/institutions/{house}/costs", f"/institutions/{house}/charging",
    ):  # fmt: skip
        get(client, stranger, address, 404)
    post(client, stranger, f"/charges/{charge.id}/dispute", 404, reason="x")
    post(client, stranger, f"/charges/{charge.id}/enter", 404, kind="credit", amount="1", reason="x")
    assert "No charges here" in get(client, stranger, "/charges")


def test_who_sees_what_and_that_it_is_noted(scene: Scene, client: FlaskClient) -> None:
    charge, house = scene.charged(), scene.house.id
    one = f"/charges/{charge.id}"
    for address in ("/charges", one):
        assert "CNY 120.00" in get(client, scene.student, address)
    assert looks() == []
    for person, address in (
        (scene.head, f"/groups/{scene.group.id}/charges"), (scene.head, one),
        (scene.manager, f"/labs/{scene.lab.id}/charges"), (scene.manager, one),
        (scene.finance, f"/institutions/{house}/charges"), (scene.finance, f"/institutions/{house}/costs"),
    ):  # fmt: skip
        assert "CNY 120.00" in get(client, person, address)
    assert [each[0] for each in looks()] == ["group", "charge", "lab", "charge", "institution", "institution"]


def test_a_payer_sees_its_own_share_and_not_who_else_pays(scene: Scene, client: FlaskClient) -> None:
    head, grant = scene.partner()
    charge = scene.charged(payers=[(scene.grant, "50", "own_institution"), (grant, "50", "partner")], hours=1)
    seen = get(client, head, f"/charges/{charge.id}")
    assert "CNY 45.00" in seen and "Other payers" in seen and scene.grant.code not in seen
    assert "Entries in the books" not in seen
    assert scene.grant.code in get(client, scene.manager, f"/charges/{charge.id}")


def test_why_this_amount(scene: Scene, client: FlaskClient) -> None:
    one = f"/charges/{scene.charged().id}"
    seen = get(client, scene.manager, one)
    for words in (
        "Why CNY 120.00", "Reserved Mon 1 Feb, 09:00–11:00", "Used Mon 1 Feb, 09:00–11:00",
        "2 h at CNY 60.00 an hour.", "Checked in: 2 h", "The payer belongs to the same institution as this lab.",
        "in force since 1 Jan", "Fund Income of the lab February 2027 CNY 120.00",
    ):  # fmt: skip
        assert words in seen
    # The sides of an entry are not called as what a lab credits.
    assert "借方 贷方" in get(client, scene.manager, f"{one}?lang=zh")


def test_a_dispute_in_two_steps_each(scene: Scene, client: FlaskClient) -> None:
    charge = scene.charged()
    one = f"/charges/{charge.id}"
    refused = post(client, scene.student, f"{one}/dispute", 422, reason="")
    assert "Say what is wrong." in refused
    post(client, scene.student, f"{one}/dispute", reason="Too long", line="0")
    dispute = db.session.scalars(select(Dispute)).one()
    assert "In dispute" in get(client, scene.student, one)
    wrong = post(
        client, scene.manager, f"{one}/answer", 422, dispute=str(dispute.id), decision="adjusted", less="much", reason="x"
    )  # fmt: skip
    assert "Enter an amount such as 120.50." in wrong
    post(
        client, scene.manager, f"{one}/answer", dispute=str(dispute.id), version="1", decision="adjusted",
        less="20.00", reason="The pump was slow",
    )  # fmt: skip
    seen = get(client, scene.student, one)
    assert "Adjusted : The pump was slow" in seen and "Replaced by charge" in seen
    assert "CNY 100.00" in get(client, scene.student, "/charges")


def test_what_is_entered_by_hand_waits_for_a_second_person(scene: Scene, client: FlaskClient) -> None:
    db.session.add(ChargingSettings(institution_id=scene.house.id, second_above_units=0))
    charge = scene.charged()
    post(
        client, scene.manager, f"/charges/{charge.id}/enter", kind="waiver", amount="20.00", reason="A course"
    )
    waiver = db.session.scalars(select(Charge).where(Charge.kind == "waiver")).one().id
    before = looks()
    home = get(client, scene.finance, "/home")
    assert "A second person is needed" in home and "20.00" not in home and looks() == before
    assert "Waits for a second person" in get(client, scene.finance, f"/charges/{waiver}")
    post(client, scene.manager, f"/charges/{waiver}/approve", 403)
    post(client, scene.finance, f"/charges/{waiver}/approve")
    assert "Waived: A course" in get(client, scene.student, f"/charges/{waiver}")


def test_what_is_entered_by_hand_says_what_became_of_it(scene: Scene, client: FlaskClient) -> None:
    db.session.add(ChargingSettings(institution_id=scene.house.id, second_above_units=1000))
    one = f"/charges/{scene.charged().id}"
    for amount, said in (("10.00", "Entered and posted."), ("10.01", "and waits for a second person.")):
        post(client, scene.manager, f"{one}/enter", kind="waiver", amount=amount, reason="A course")
        assert said in get(client, scene.manager, one)


def test_the_worklist_fills_in_place(scene: Scene, client: FlaskClient) -> None:
    use = scene.use(scene.reservation(payers=[]))
    scene.charge()
    address = f"/labs/{scene.lab.id}/charges/missing"
    assert "It is not known who pays." in get(client, scene.manager, address)
    refused = post(client, scene.manager, f"{address}/{use.id}/0/payer", 422, payer="fund:999999999")
    assert "may not charge this fund" in refused
    post(client, scene.manager, f"{address}/{use.id}/0/payer", payer=f"fund:{scene.grant.id}")
    assert "Everything confirmed is charged" in get(client, scene.manager, address)
    assert "CNY 120.00" in get(client, scene.student, "/charges")


def test_finance_sets_how_it_charges(scene: Scene, client: FlaskClient) -> None:
    address = f"/institutions/{scene.house.id}/charging"
    get(client, scene.manager, address, 404)
    wrong = post(client, scene.finance, address, 422, share="x", tax="101", above="1", days="0")
    assert "Write a number." in wrong
    post(client, scene.finance, address, share="20", tax="6", above="500.00", days="7", version="0")
    assert 'value="20"' in sign_in(client, scene.finance).get(address).get_data(as_text=True)
    charge = scene.charged()
    assert (charge.share_rate, charge.tax_rate) == (2000, 600)


def test_many_go_over_pages_and_chinese_is_whole(scene: Scene, client: FlaskClient) -> None:
    for day in range(27):
        scene.use(scene.reservation(start=MORNING - timedelta(days=day), hours=1))
    scene.charge()
    page = sign_in(client, scene.student).get("/charges?lang=zh").get_data(as_text=True)
    assert page.count('data-label="金额') == 25 and "我的费用" in page and "1,620.00 元" in page
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    rest = client.get(following.group(1).replace("&amp;", "&")).get_data(as_text=True)
    assert rest.count('data-label="Amount') == 2
    scene.world.grant(scene.student, Role.MEMBER, scene.world.group(scene.house))
    assert "No charges here" in get(client, scene.student, "/charges?month=2020-01&lang=en")


def test_days_and_an_instrument_are_chosen_by_the_address(scene: Scene, client: FlaskClient) -> None:
    """What cannot be is left out; an earlier month stands among the months while it is chosen."""
    other = scene.world.instrument(scene.lab, name_en="The other", asset_number="B-7")
    for start, more in (
        (MORNING, {}), (MORNING + timedelta(days=35), {}), (MORNING + timedelta(days=1), {"instrument": other}),
    ):  # fmt: skip
        scene.use(scene.reservation(start=start, hours=1, **more))
    scene.charge()
    headers = bearer(scene.world.token(scene.manager, "money:read"))
    address, api = f"/labs/{scene.lab.id}/charges", f"/api/v1/charges?lab_id={scene.lab.id}&"
    for asked, programs, sums, count in (
        ("", "", "180.00", 3), ("month=2027-02", "month=2027-02", "120.00", 2),
        ("month=2027-02-01..2027-02-01", "from=2027-02-01&to=2027-02-01", "60.00", 1),
        ("month=2027-02-02..2027-12-31", "from=2027-02-02", "120.00", 2),
        ("month=2027-01-01..2027-02-28", "to=2027-02-28", "120.00", 2),
        (f"instrument={other.id}", f"instrument_id={other.id}", "60.00", 1),
        (f"month=2027-03-01..2027-03-31&instrument={other.id}", f"month=2027-03&instrument_id={other.id}", "", 0),
        ("month=2027-02-30..2027-03-01", "", "180.00", 3), ("month=2027-03-01..2027-02-01", "", "180.00", 3),
        ("month=2027-02-01..", "", "180.00", 3), ("instrument=x", "", "180.00", 3), ("instrument=0", "", "180.00", 3),
        ("instrument=999999999", "instrument_id=999999999", "", 0),
    ):  # fmt: skip
        page = sign_in(client, scene.manager).get(f"{address}?{asked}").get_data(as_text=True)
        assert page.count('href="/charges/') == count, asked
        assert (f"CNY {sums}" in page) == bool(sums), asked
        assert len(client.get(f"{api}{programs}", headers=headers).json["items"]) == count, programs
    days = "2027-01-01..2027-02-28"
    page = client.get(f"{address}?month={days}&instrument={other.id}").get_data(as_text=True)
    assert f'<option value="{days}" selected>1 Jan – 28 Feb 2027</option>' in page
    assert "Only of The other · B-7." in page and f'<a href="{address}?month={days}">Show all</a>' in page
    assert f'name="instrument" value="{other.id}"' in page
    assert (
        '<option value="2020-01" selected>January 2020</option>'
        in client.get(f"{address}?month=2020-01").text
    )
    assert client.get(f"{api}from=x", headers=headers).status_code == 422


def test_the_next_page_stays_with_the_days_and_the_instrument(scene: Scene, client: FlaskClient) -> None:
    for day in range(27):
        scene.use(scene.reservation(start=MORNING + timedelta(days=day), hours=1))
    scene.charge()
    asked = f"month=2027-02-01..2027-02-26&instrument={scene.instrument.id}"
    page = sign_in(client, scene.manager).get(f"/labs/{scene.lab.id}/charges?{asked}").get_data(as_text=True)
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    assert client.get(following.group(1).replace("&amp;", "&")).text.count('href="/charges/') == 1


def test_a_reservation_leads_to_its_charge(scene: Scene, client: FlaskClient) -> None:
    row = scene.reservation()
    waiting = scene.use(row, state="waiting", confirmed_at=None, confirmed_by_id=None)
    address = f"/reservations/{row.id}"
    assert "What it cost" not in get(client, scene.student, address)
    charge_all()
    assert "Why CNY 120.00 It is posted when the lab confirms the use. Not final yet" in get(
        client, scene.student, address
    )
    seen = get(client, scene.manager, address)
    assert "What it cost" in seen and "Why CNY" not in seen
    assert looks() == [("reservation", row.id, scene.manager.id)], "of what was agreed and who pays"
    assert waiting.id
    unpaid = scene.reservation(start=MORNING + timedelta(days=1), payers=[])
    scene.use(unpaid)
    charge_all()
    assert "It is not known who pays. The lab sees to it." in get(
        client, scene.student, f"/reservations/{unpaid.id}"
    )
    assert "It is not known who pays. Not charged yet" in get(
        client, scene.manager, f"/reservations/{unpaid.id}"
    )


def test_from_the_group_to_the_books(scene: Scene, client: FlaskClient) -> None:
    charge = scene.charged()
    costs = f"/groups/{scene.group.id}/charges"
    assert costs in sign_in(client, scene.head).get(f"/groups/{scene.group.id}").text
    assert costs not in sign_in(client, scene.student).get(f"/groups/{scene.group.id}").text
    page = sign_in(client, scene.finance).get(f"/charges/{charge.id}").text
    assert f"/institutions/{scene.house.id}/ledger" in page
    (account, *_) = re.findall(r'href="(/ledger/accounts/\d+)\?entry=', page)
    assert f"/charges/{charge.id}" in sign_in(client, scene.finance).get(account).text
    assert "/ledger/accounts/" not in sign_in(client, scene.manager).get(f"/charges/{charge.id}").text
    assert (
        f"/institutions/{scene.house.id}/ledger"
        in sign_in(client, scene.finance).get(f"/institutions/{scene.house.id}/charges").text
    )


def test_another_fund_is_asked_for_by_its_code_and_agreed(scene: Scene, client: FlaskClient) -> None:
    one, head = f"/charges/{scene.charged().id}", scene.world.person(scene.house)
    fund = scene.fund(scene.world.group(scene.house, head), budget_units=1_000_000, name_en="Their grant")
    get(client, head, one, 404)
    refused = post(client, scene.student, f"{one}/fund", 422, code="none", reason="")
    assert "Say why." in refused
    both = post(
        client, scene.student, f"{one}/fund", 422, fund_id=str(scene.grant.id), code="none", reason="Why"
    )
    assert "Choose a fund, or write the code of another: not both." in both
    post(client, scene.student, f"{one}/fund", code=fund.code, reason="Their project")
    assert "Asked. Nothing changes before whoever manages the fund agrees." in get(client, scene.student, one)
    assert "Whoever manages the fund has to agree." in get(client, scene.student, one)
    assert "It would bear CNY 120.00" in get(client, head, one)
    assert "A fund of yours is asked to bear a charge" in get(client, head, "/home")
    needed = post(client, head, f"{one}/fund/answer", 422, decision="refused")
    assert "Say why." in needed
    post(client, head, f"{one}/fund/answer", decision="agreed")
    get(client, head, one, 404)
    again = db.session.scalars(select(Charge.id).where(Charge.corrects_id.is_not(None))).one()
    assert "Their grant" in get(client, head, f"/charges/{again}")
    assert "Replaces charge" in get(client, scene.student, f"/charges/{again}")


def test_what_another_fund_would_change_is_said_before(scene: Scene, client: FlaskClient) -> None:
    one = f"/charges/{scene.charged().id}"
    second = scene.fund(scene.group, budget_units=1_000_000, code="NF-2", name_en="Second grant")
    theirs = scene.fund(scene.world.group(scene.house), code="SECRET-1", name_en="Their grant")
    chosen = f"{one}/fund?fund_id={second.id}"
    head = get(client, scene.head, chosen)
    assert "Second grant (NF-2) would bear CNY 120.00 instead of CNY 120.00, as Own institution." in head
    assert "It changes at once. What is posted is reversed, and entered again." in " ".join(head.split())
    assert "Nothing changes before whoever manages it agrees." in get(client, scene.student, chosen)
    # Of what is not known the same is said whether it is there or not.
    strange = [
        get(client, scene.student, f"{one}/fund?fund_id=&code={code}") for code in (theirs.code, "SECRET-9")
    ]
    assert strange[0].replace("SECRET-1", "C") == strange[1].replace("SECRET-9", "C")
    assert "Nothing changes yet." in strange[0] and "Their grant" not in strange[0]
    assert get(client, scene.student, f"{one}/fund?fund_id={theirs.id}").strip() == ""
    shown = sign_in(client, scene.student).post(f"{one}/fund/show", data={"fund_id": second.id, "code": ""})
    assert (shown.status_code, shown.location) == (303, f"{one}?fund_id={second.id}&code=#other-fund")
    assert "Second grant (NF-2) would bear" in get(client, scene.student, shown.location)
    get(client, scene.partner()[0], chosen, 404)


def test_the_trail_leads_back_to_where_its_reader_came_from(scene: Scene, client: FlaskClient) -> None:
    one, lab, group = f"/charges/{scene.charged().id}", scene.lab.id, scene.group.id

    def trail(person: Person) -> list[str]:
        page = sign_in(client, person).get(one).text
        return re.findall(
            r'<li>.*?<a href="([^"]+)"', page[page.index('class="crumbs"') : page.index("</ol>")]
        )

    assert trail(scene.student) == ["/home", "/charges"]
    assert trail(scene.head) == ["/groups", f"/groups/{group}", f"/groups/{group}/charges"]
    assert trail(scene.manager) == [f"/labs/{lab}", f"/labs/{lab}/charges"]
    assert trail(scene.finance) == [f"/labs/{lab}", f"/labs/{lab}/charges"]


def test_a_charge_with_tax_is_one_line_of_what_was_spent(scene: Scene, client: FlaskClient) -> None:
    db.session.add(ChargingSettings(institution_id=scene.house.id, tax_rate=600))
    company = scene.world.institution(kind="company")
    engineer = scene.world.person(company)
    wallet = scene.world.fund(company, engineer, creditor=scene.house, name_en="Prepaid")
    scene.world.grant(engineer, Role.COMPANY_MANAGER, company)
    charge = scene.charged(payers=[(wallet, "100", "company")], user=engineer)
    own = get(client, engineer, f"/funds/{wallet.id}")
    assert own.count(f"Charge {charge.id}") == 1
    gross = charge.total_units
    net = (2 * gross * 10_000 + 10_600) // (2 * 10_600)
    assert f"{gross / 100:.2f} of which tax {(gross - net) / 100:.2f}" in own
    token = bearer(scene.world.token(engineer, "money:read"))
    items = client.get(f"/api/v1/funds/{wallet.id}/spending", headers=token).json["items"]
    assert sorted((each["amount"], each["is_tax"]) for each in items) == sorted(
        [(f"{net / 100:.2f}", False), (f"{(gross - net) / 100:.2f}", True)]
    )


def test_links_lead_only_where_their_reader_may_go(scene: Scene, client: FlaskClient) -> None:
    charge = scene.charged()
    number, address = charge.reservation_id, f"/charges/{charge.id}"
    row, use = SimpleNamespace(thing_kind="reservation", thing_id=number), f"/uses/{charge.use_id}"
    for person, sees in ((scene.student, True), (scene.manager, True), (scene.finance, False)):
        links = [f'href="/reservations/{number}"' in raw(client, person, one) for one in (address, use)]
        assert links == [sees, sees]
        assert f"Reservation {number}" in get(client, person, address)
        get(client, person, f"/reservations/{number}", 200 if sees else 404)
        assert hidden(scene.actor(person), [row]) == (set() if sees else {("reservation", number)})


def raw(client: FlaskClient, person: Person, address: str) -> str:
    sign_in(client, person)
    return client.get(address, headers={"Accept-Language": "en"}).get_data(as_text=True)
