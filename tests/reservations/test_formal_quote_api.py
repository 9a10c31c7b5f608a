"""Formal quotes for programs: another company finds nothing, versions are named, what is sent twice is done once."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.notices import tasks as notices
from instruments.notices.models import Notice
from instruments.people.models import Person
from instruments.people.tokens import SCOPES
from instruments.reservations.formal_quotes.answering import withdraw
from instruments.reservations.tasks import expire_formal_quotes
from tests.reservations.test_formal_quotes import HOUR, NOW, START, TEXTS, Deal
from tests.world import World, bearer

QUOTES = "/api/v1/formal-quotes"


class Programs:
    """A program of each person of a deal."""

    def __init__(self, client: FlaskClient, deal: Deal) -> None:
        self.client, self.deal = client, deal
        self.tokens = {
            name: deal.world.token(db.session.get_one(Person, number), " ".join(SCOPES))
            for name, number in deal.ids.items()
        }

    def get(self, name: str, address: str) -> Any:
        return self.client.get(address, headers=bearer(self.tokens[name]))

    def post(self, name: str, address: str, body: dict[str, Any], **headers: str) -> Any:
        sent = bearer(self.tokens[name]) | {key.replace("_", "-"): value for key, value in headers.items()}
        return self.client.post(address, json=body, headers=sent)

    def make(self, name: str = "engineer", **headers: str) -> Any:
        body = {
            "instrument_id": self.deal.instrument_id,
            "start": START.isoformat(),
            "end": (START + 2 * HOUR).isoformat(),
        }
        return self.post(name, QUOTES, body, **headers)


@pytest.fixture
def programs(client: FlaskClient, world: World, now: Any) -> Programs:
    return Programs(client, Deal(world))


@pytest.mark.parametrize("name", ["rival", "insider"])
def test_another_company_finds_nothing(programs: Programs, name: str) -> None:
    number = programs.make().json["id"]
    for address in ("", "/document", "/annex"):
        assert programs.get(name, f"{QUOTES}/{number}{address}").status_code == 404
    for deed, body in (("accept", {}), ("decline", {}), ("withdraw", {"reason": "no"})):
        answer = programs.post(name, f"{QUOTES}/{number}/{deed}", body, If_Match='"1"')
        assert answer.status_code == 404
    assert programs.get(name, QUOTES).json == {"items": [], "next": None}
    assert programs.get(name, f"{QUOTES}?lab_id={programs.deal.lab_id}").status_code == 403


def test_inside_an_institution_and_for_what_does_not_fit_there_is_none(programs: Programs) -> None:
    assert [reason["code"] for reason in programs.make("insider").json["reasons"]] == ["internal"]
    wrong = programs.post("engineer", QUOTES, {"instrument_id": 1, "start": "never", "colour": 1})
    assert wrong.status_code == 422
    assert {reason["field"] for reason in wrong.json["reasons"]} == {"start", "end", "colour"}


def test_a_quote_is_made_once_read_printed_and_accepted(programs: Programs) -> None:
    answers = [programs.make(Idempotency_Key="one") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    made, address = answers[0].json, answers[0].headers["Location"]
    assert (made["number"], made["state"], made["version"]) == ("Q-2027-000001", "offered", 1)
    assert made["price"]["total"] == {"amount": "400.00", "currency": "CNY"}
    assert programs.get("boss", address).headers["ETag"] == '"1"'
    assert programs.get("manager", f"{QUOTES}?lab_id={programs.deal.lab_id}").json["items"] == [made]
    assert programs.get("engineer", f"{address}/document?lang=zh").data.startswith(b"%PDF-")
    assert programs.get("engineer", f"{address}/annex").status_code == 404
    assert programs.post("engineer", f"{address}/accept", {}).status_code == 428
    assert programs.post("engineer", f"{address}/accept", {}, If_Match='"2"').status_code == 412
    refused = programs.post("manager", f"{address}/accept", {}, If_Match='"1"')
    assert refused.status_code == 403
    body = {"fund_id": programs.deal.fund_id}
    accepted = programs.post("engineer", f"{address}/accept", body, If_Match='"1"').json
    assert (accepted["state"], accepted["version"]) == ("accepted", 2)
    told = programs.get("engineer", f"/api/v1/reservations/{accepted['reservation_id']}").json
    assert told["price"]["total"] == made["price"]["total"]
    assert programs.get("manager", f"{address}/annex").data.startswith(b"%PDF-")


def test_the_agreement_is_published_and_accepted_by_programs(programs: Programs) -> None:
    address = f"/api/v1/institutions/{programs.deal.house_id}/agreement"
    texts = {"text_en": TEXTS[0], "text_zh": TEXTS[1], "replaces": 0}
    assert programs.get("engineer", address).status_code == 404
    assert programs.post("engineer", address, texts).status_code == 403
    assert programs.post("officer", address, texts | {"text_en": ""}).status_code == 422
    assert programs.post("officer", address, texts).status_code == 201
    assert programs.post("officer", address, texts).status_code == 412
    quote = programs.make().json["id"]
    refused = programs.post("engineer", f"{QUOTES}/{quote}/accept", {}, If_Match="*")
    assert [reason["code"] for reason in refused.json["reasons"]] == ["agreement_needed"]
    assert programs.post("engineer", f"{address}/accept", {}, If_Match='"1"').status_code == 403
    assert programs.post("boss", f"{address}/accept", {}).status_code == 428
    assert programs.post("boss", f"{address}/accept", {}, If_Match='"1"').json["accepted_at"]
    accepted = programs.post("engineer", f"{QUOTES}/{quote}/accept", {}, If_Match="*").json
    assert accepted["agreement_number"] == 1
    assert programs.get("engineer", f"{address}/document?lang=zh").data.startswith(b"%PDF-")
    assert programs.get("engineer", f"{address}/document?number=7").status_code == 404


def told() -> list[tuple[str, str, int]]:
    notices.follow()
    notices.remind()
    rows = select(Notice.kind, Notice.said, Notice.person_id).where(Notice.kind.like("formal_quote.%"))
    return sorted(tuple(row) for row in db.session.execute(rows))


def test_who_is_told(programs: Programs, app: Any) -> None:
    deal, ids = programs.deal, programs.deal.ids
    deal.accept(deal.make(), "boss")
    assert told() == [("formal_quote.accepted", "accepted", ids["manager"])]
    second = deal.make(start=START + 5 * HOUR)
    perform(lambda: withdraw(deal.actor("manager"), second, "The laser broke", None, NOW))
    deal.make(start=START + 10 * HOUR)
    app.config["FROZEN_NOW"] = START - 10 * HOUR
    expected = [
        ("formal_quote.accepted", "accepted", ids["manager"]),
        ("formal_quote.ending", "ending", ids["engineer"]),
        ("formal_quote.withdrawn", "withdrawn", ids["engineer"]),
    ]
    assert told() == expected
    assert told() == expected, "each once"


def test_the_sweep_notes_what_ran_out(programs: Programs, app: Any) -> None:
    number = programs.deal.make()
    assert expire_formal_quotes() == 0
    app.config["FROZEN_NOW"] = START
    assert (expire_formal_quotes(), expire_formal_quotes()) == (1, 0)
    assert programs.deal.row(number).state == "expired"
