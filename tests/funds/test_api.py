"""Money for programs: funds, rights, wallets, the ledger, programmes; refusals first."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from tests.world import World, bearer

SCOPES = "money:read money:write"
FUND = {"kind": "grant", "code": "N1", "name_en": "New grant", "valid_from": "2027-01-01", "budget": "500.00"}


class Programs:
    """Programs of people of a university and of two companies, by name."""

    def __init__(self, world: World, client: FlaskClient) -> None:
        self.world, self._client = world, client
        self.lab = world.lab()
        house = self.lab.institution
        self.house_id = house.id
        company, other = world.institution(kind="company"), world.institution(kind="company")
        self.company_id = company.id
        homes = {"manager": company, "rival": other}
        names = ("head", "member", "finance", "manager", "rival", "admin")
        people = {name: world.person(homes.get(name, house)) for name in names}
        group = world.group(house, people["head"])
        self.group_id = group.id
        world.grant(people["member"], Role.MEMBER, group)
        world.grant(people["finance"], Role.FINANCE_OFFICER, house)
        world.grant(people["manager"], Role.COMPANY_MANAGER, company)
        world.grant(people["rival"], Role.COMPANY_MANAGER, other)
        world.grant(people["admin"], Role.PLATFORM_ADMINISTRATOR)
        self.mails = {name: person.mail for name, person in people.items()}
        self.tokens = {name: world.token(person, SCOPES) for name, person in people.items()}
        self.reading = world.token(people["head"], "money:read")
        self.fund_id = world.fund(group, budget_units=100_000).id

    def ask(self, who: str, path: str, **query: Any) -> Any:
        """What is read."""
        return self._client.get(
            f"/api/v1{path}", query_string=query or None, headers=bearer(self.tokens[who])
        )

    def send(
        self, who: str, method: str, path: str, match: str | None = None, key: str | None = None, **body: Any
    ) -> Any:
        """What is sent, under the version that was seen, and with a key for what is to be done once."""
        said = {"If-Match": match, "Idempotency-Key": key}
        headers = bearer(self.tokens[who]) | {name: value for name, value in said.items() if value}
        return self._client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    def wallet(self) -> int:
        """A wallet of the company with 80.00 in it."""
        body = FUND | {"kind": "wallet", "code": "W", "institution_id": self.house_id,
                       "owner_institution_id": self.company_id, "budget": None}  # fmt: skip
        number = self.send("finance", "POST", "/funds", **body).json["id"]
        paid = {"amount": "80.00", "bank_account": "6222", "reference": "B-1", "day": "2027-02-28"}
        assert self.send("finance", "POST", f"/funds/{number}/payments", **paid).status_code == 201
        return int(number)


@pytest.fixture
def programs(world: World, client: FlaskClient, now: Any) -> Programs:
    """Programs of people."""
    return Programs(world, client)


def codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer.json["reasons"]]


def test_a_token_needs_the_scope(programs: Programs) -> None:
    programs.tokens["head"] = programs.reading
    assert programs.ask("head", "/funds").status_code == 200
    assert (
        programs.send("head", "POST", "/funds", **FUND, institution_id=programs.house_id).status_code == 403
    )


@pytest.mark.parametrize(
    ("who", "status"), [("head", 200), ("finance", 200), ("member", 404), ("rival", 404)]
)
def test_a_fund_is_seen_by_its_owners_and_the_finance_of_its_books(
    programs: Programs, who: str, status: int
) -> None:
    for path in ("", "/payments"):
        assert programs.ask(who, f"/funds/{programs.fund_id}{path}").status_code == status


def test_who_may_only_charge_a_fund_sees_their_own_part(programs: Programs) -> None:
    address = f"/funds/{programs.fund_id}"
    whole = programs.ask("head", address).json
    assert (whole["budget"], whole["mine"]) == ("1000.00", None)
    given = {"people": [programs.mails["member"], programs.mails["finance"]], "limit": "100.00"}
    assert programs.send("head", "POST", f"{address}/rights", **given).status_code in (200, 201)
    told = programs.ask("member", address).json
    assert (told["id"], told["currency"], told["state"]) == (programs.fund_id, "CNY", "open")
    assert told["mine"] == {"left": "100.00", "taken": "0.00", "limit": "100.00"}
    hidden = ("source", "budget", "spent", "held", "left", "warn_percents", "rights")
    assert {name: told[name] for name in hidden} == dict.fromkeys(hidden)
    both = programs.ask("finance", address).json
    assert (both["budget"], both["mine"]["left"], len(both["rights"])) == ("1000.00", "100.00", 2)
    assert programs.ask("rival", address).status_code == 404


@pytest.mark.parametrize("amount", ["", "a lot", "1e3", "1,200.50", "１２", 12.5])
def test_what_is_no_amount_is_told_how_one_is_written(programs: Programs, amount: Any) -> None:
    body = FUND | {"institution_id": programs.house_id, "group_id": programs.group_id, "budget": amount}
    (reason,) = programs.send("head", "POST", "/funds", **body).json["reasons"]
    assert reason["field"] == "budget"
    assert reason["message"] == 'budget: Write an amount as text, such as "1200.50".'


@pytest.mark.parametrize("month", ["2026-99", "2026-13", "0000-01", "2026-1", "november"])
def test_what_is_no_month_is_told_how_one_is_written(programs: Programs, month: str) -> None:
    for path in ("/ledger/trial-balance?institution_id=1", "/charges?limit=5", "/statements?limit=5"):
        (reason,) = programs.ask("finance", f"{path}&month={month}").json["reasons"]
        assert (reason["field"], reason["message"]) == ("month", "month: Write a month, like 2026-11.")


def test_a_fund_is_opened_once_and_told_with_every_reason(programs: Programs) -> None:
    wrong = FUND | {
        "code": "",
        "budget": "1.001",
        "institution_id": programs.house_id,
        "group_id": programs.group_id,
    }
    answer = programs.send("head", "POST", "/funds", **wrong)
    assert (answer.status_code, codes(answer)) == (422, ["amount", "missing"])
    assert (
        programs.send("member", "POST", "/funds", **(wrong | {"budget": "1", "code": "M"})).status_code == 403
    )
    answer = programs.send("head", "POST", "/funds", **(wrong | {"budget": "500.00", "code": "N1"}))
    assert answer.status_code == 201
    assert (answer.json["budget"], answer.json["left"], answer.json["version"]) == ("500.00", "500.00", 1)
    assert answer.headers["Location"].endswith(f"/funds/{answer.json['id']}")


def test_terms_state_rights_and_permits(programs: Programs) -> None:
    address = f"/funds/{programs.fund_id}"
    terms = {key: FUND[key] for key in ("code", "name_en", "valid_from", "budget")}
    assert programs.send("head", "PUT", f"{address}/terms", **terms).status_code == 428
    assert programs.send("head", "PUT", f"{address}/terms", '"7"', **terms).status_code == 412
    assert programs.send("head", "PUT", f"{address}/terms", '"1"', **terms).json["budget"] == "500.00"
    given = programs.send(
        "head", "POST", f"{address}/rights", people=[programs.mails["member"]], limit="100.00"
    )
    assert [(each["person"]["id"] > 0, each["limit"]) for each in given.json["rights"]] == [(True, "100.00")]
    assert codes(programs.send("head", "POST", f"{address}/rights", people=["x@y.example"])) == ["no_person"]
    mine = programs.ask("member", "/funds/mine").json["items"]
    assert [(each["id"], each["left"]) for each in mine] == [(programs.fund_id, "100.00")]
    instrument = programs.world.instrument(programs.lab).id
    asked = {"instrument_id": instrument, "day": "2027-03-02", "amount": "100.01"}
    (choice,) = programs.ask("member", "/funds/choices", **asked).json["items"]
    assert choice["why_not"]
    assert (
        programs.ask("member", "/funds/choices", instrument_id=999999999, day="2027-03-02").status_code == 404
    )
    assert programs.ask("member", f"{address}/holds").json == {"items": []}
    assert programs.ask("member", f"{address}/spending").json["items"] == []
    user_id = given.json["rights"][0]["id"]
    assert programs.send("head", "DELETE", f"{address}/rights/{user_id}").json["rights"] == []
    allowed = programs.send(
        "head", "PUT", f"{address}/allowed", "*", lab_ids=[programs.lab.id], line_kinds=["time"]
    )
    assert allowed.json["allowed"]["line_kinds"] == ["time"]
    blocked = programs.send("head", "POST", f"{address}/state", "*", state="blocked", reason="Audit")
    assert (blocked.json["state"], blocked.json["blocked_why"]) == ("blocked", "Audit")


def test_lists_come_by_page_and_looks_at_others_are_noted(programs: Programs) -> None:
    assert [each["id"] for each in programs.ask("head", "/funds").json["items"]] == [programs.fund_id]
    assert programs.ask("rival", "/funds").json["items"] == []
    programs.ask("finance", "/funds", kind="grant")
    db.session.rollback()
    assert db.session.scalars(select(JournalEntry.deed)).all() == ["money.looked_at"]


def test_wallets_the_trial_balance_and_accounts(programs: Programs) -> None:
    number = programs.wallet()
    (paid,) = programs.ask("manager", f"/funds/{number}/payments").json["items"]
    refund = f"/funds/payments/{paid['id']}/refund"
    assert programs.send("manager", "POST", refund, amount="1.00", day="2027-03-01").status_code == 403
    answer = programs.send("finance", "POST", refund, amount="80.01", day="2027-03-01")
    assert codes(answer) == ["refund_too_much", "wallet_short"]
    for _ in range(2):
        back = programs.send("finance", "POST", refund, key="r1", amount="30.00", day="2027-03-01")
        assert back.status_code == 201, "sent twice under one key, done once"
        opening = programs.send(
            "finance",
            "POST",
            f"/funds/{programs.fund_id}/opening-balance",
            key="o1",
            amount="5.00",
            reason="Old",
        )
    assert programs.ask("manager", f"/funds/{number}/payments").json["items"] == back.json["items"]
    assert opening.json["spent"] == "5.00"
    balance = programs.ask("finance", "/ledger/trial-balance", institution_id=programs.house_id).json
    assert {line["kind"]: line["balance"] for line in balance["items"]} == {
        "bank_clearing": "50.00", "prepaid": "-50.00", "fund": "5.00", "opening": "-5.00",
    }  # fmt: skip
    assert programs.ask("head", "/ledger/trial-balance", institution_id=programs.house_id).status_code == 403
    for line in balance["items"]:
        account = programs.ask("finance", f"/ledger/accounts/{line['account_id']}").json
        assert account["balance"] == line["balance"]
        assert programs.ask("rival", f"/ledger/accounts/{line['account_id']}").status_code == 404


def test_programmes_from_opening_to_burn_down(programs: Programs) -> None:
    body = {"code": "V1", "name_en": "Vouchers", "rate": "50", "valid_from": "2027-01-01", "valid_to": "2027-12-31",
            "payer_kinds": ["company"], "needs_proof": True, "budget": "1000.00"}  # fmt: skip
    assert programs.send("head", "POST", "/programmes", **body).status_code == 403
    made = programs.send("admin", "POST", "/programmes", **body)
    assert made.status_code == 201
    number = made.json["id"]
    assert programs.ask("head", f"/programmes/{number}").json["taken"] is None
    assert len(programs.ask("head", "/programmes").json["items"]) == 1
    asked = f"/programmes/{number}/admissions"
    assert codes(programs.send("manager", "POST", asked, institution_id=programs.company_id)) == ["no_proof"]
    odd = {"institution_id": str(programs.company_id), "declaration": "x" * 2001, "odd": "1",
           "document": (io.BytesIO(b"<html>"), "p.pdf", "application/pdf")}  # fmt: skip
    refused = programs._client.post(f"/api/v1{asked}", data=odd, headers=bearer(programs.tokens["manager"]))
    assert codes(refused) == ["invalid", "unknown_field", "evidence_unfit"]
    form = {"institution_id": str(programs.company_id), "small_firm": "true",
            "document": (io.BytesIO(b"%PDF-1.7\n%%EOF\n"), "p.pdf", "application/pdf")}  # fmt: skip
    sent = programs._client.post(f"/api/v1{asked}", data=form, headers=bearer(programs.tokens["manager"]))
    assert (sent.status_code, sent.json["has_document"]) == (200, True)
    one = f"/programmes/admissions/{sent.json['id']}"
    assert programs.ask("rival", f"{one}/proof").status_code == 404
    assert programs.ask("admin", f"{one}/proof").status_code == 200
    assert programs.ask("rival", asked).json["items"] == []
    assert programs.send("admin", "POST", f"{one}/decide", '"1"', admitted=True).json["state"] == "admitted"
    assert programs.send("admin", "POST", f"{one}/end", '"2"', reason="Grown").json["state"] == "ended"
    assert (
        programs.send("admin", "PUT", f"/programmes/{number}", '"1"', **(body | {"rate": "40"})).json["rate"]
        == "40"
    )
    assert programs.ask("manager", f"/programmes/{number}/burn-down").status_code == 403
    burned = programs.ask("admin", f"/programmes/{number}/burn-down").json
    assert (burned["left"], burned["items"]) == ("1000.00", [])
    assert programs.send("admin", "POST", f"/programmes/{number}/close", '"2"').json["state"] == "closed"


def test_an_institutions_programme_is_not_the_platforms_to_run(programs: Programs) -> None:
    body = {"code": "V1", "name_en": "Vouchers", "rate": "50", "valid_from": "2027-01-01", "valid_to": "2027-12-31",
            "payer_kinds": ["company"], "institution_id": programs.house_id}  # fmt: skip
    assert programs.send("admin", "POST", "/programmes", **body).status_code == 403
    number = programs.send("finance", "POST", "/programmes", **body).json["id"]
    asked = f"/programmes/{number}/admissions"
    sent = programs.send("manager", "POST", asked, institution_id=programs.company_id)
    one = f"/programmes/admissions/{sent.json['id']}"
    for method, path, more in (
        ("POST", f"{one}/decide", {"admitted": True}),
        ("POST", f"{one}/end", {"reason": "Grown"}),
    ):
        assert programs.send("admin", method, path, '"1"', **more).status_code == 404
    for method, path in (("PUT", f"/programmes/{number}"), ("POST", f"/programmes/{number}/close")):
        assert programs.send("admin", method, path, '"1"', **body).status_code in (403, 422)
    assert programs.ask("admin", f"/programmes/{number}/burn-down").status_code == 403
    assert programs.ask("admin", asked).json["items"] == []
    assert programs.ask("admin", f"/programmes/{number}").json["taken"] is None
    assert programs.send("finance", "POST", f"{one}/decide", '"1"', admitted=True).json["state"] == "admitted"
