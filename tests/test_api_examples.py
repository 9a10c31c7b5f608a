"""The curl examples of docs/api.md, sent in their order as they stand there, answer as they say."""

from __future__ import annotations

import io
import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from string import Template

from instruments.people.rights import Role
from instruments.people.tokens import SCOPES
from instruments.web.clock import stopped_at
from tests.calendars.files import calendar, hour
from tests.catalog.files import FORTY, csv_bytes
from tests.charges.two_houses import TwoHouses
from tests.qualifications.test_files_api import PDF
from tests.test_house_rules import ROOT
from tests.web.test_multipart import picture
from tests.world import bearer

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = [line for line in PAGE.splitlines() if line.startswith("curl ")]
# What later examples name, by the address that makes it.
MADE = {
    "/api/v1/reservations": "RESERVATION",
    "/qualification-lists": "LIST",
    "/calendars/files": "CALENDAR",
    "/catalog-imports": "IMPORT",
    "/price-versions": "PRICES",
    "/price-sheets": "SHEET",
    "/settlement-proposals": "PROPOSAL",
    "/roles": "ROLE",
}
SITE = "http://localhost"
# A month is issued when it is over.
APRIL = datetime(2027, 4, 1, 9, tzinfo=UTC)
EVERYTHING = " ".join(SCOPES)
# What stands in the files that the examples send.
FILES = {
    "stage.png": picture(),
    "training.pdf": PDF,
    "users.csv": b"mail,level\nperson1@example.org,night\n",
    "service.ics": calendar(hour()),
    "prices.csv": b"list,what,unit,mode,own_institution\nlab,price,hour,self,65\n",
    "instruments.csv": csv_bytes([{**FORTY, "lab": ""}]),
}


def sent(client, example: str, **values: object) -> tuple[int, object]:
    """The status that an example promises, and its answer."""
    command, _, promised = example.rpartition("#")
    method, address, headers, body = "GET", "", {}, None
    form: dict[str, object] = {}
    words = iter(shlex.split(Template(command).substitute(values)))
    assert next(words) == "curl"
    for word in words:
        match word:
            case "-X":
                method = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                body = next(words)
            case "-F":
                name, _, value = next(words).partition("=")
                file = value.removeprefix("@")
                form[name] = (io.BytesIO(FILES[file]), file) if file != value else value
            case _:
                address = word.removeprefix(SITE)
    return int(promised), client.open(address, method=method, headers=headers, data=form or body)


def requested(client, world, person, token: str, now) -> dict[str, object]:
    """A request of the person that waits for the manager of another lab."""
    lab = world.lab(person.institution)
    world.approval_rule(lab, "institution")
    manager = world.person(person.institution)
    world.grant(manager, Role.LAB_MANAGER, lab)
    start = now + timedelta(days=1)
    body = {
        "instrument_id": world.instrument(lab).id,
        "start": start.isoformat(),
        "end": (start + timedelta(hours=2)).isoformat(),
    }
    made = client.post("/api/v1/reservations", json=body, headers=bearer(token)).json
    own, hours = world.instrument(lab), world.token(manager, "labs:write")
    director = world.person(person.institution)
    world.grant(director, Role.INSTITUTION_MANAGER, person.institution)
    return {
        "REQUEST": made["id"], "MANAGER": world.token(manager), "LAB": lab.id, "OWN": own.id, "HOURS": hours,
        "INSTITUTION": lab.institution_id, "MAIL": person.mail,
        "DIRECTOR": world.token(director, "labs:write people:read people:write"),
        "DEPUTY": manager.mail,
        "METER": world.token(manager, "usage:read usage:write"),
    }  # fmt: skip


def billed(world) -> dict[str, object]:
    """Two institutions with statements of one another, and the tokens of their finance offices."""
    houses = TwoHouses(world)
    house, other = houses.two, houses.one
    return {
        "HOUSE": house.house.id, "OTHER_HOUSE": other.house.id, "STATEMENT": houses.statements(house)[0].id,
        "FINANCE": world.token(house.finance, "money:read money:write"),
        "OTHER_FINANCE": world.token(other.finance, "money:read money:write"),
    }  # fmt: skip


def test_every_example_answers_as_it_says(client, world, now) -> None:
    thing = world.instrument(search_text="microscope")
    person = world.person(thing.institution)
    values = {
        "SITE": SITE,
        "TOKEN": world.token(person, EVERYTHING),
        "INSTRUMENT": thing.id,
        **dict.fromkeys(MADE.values(), 0),
    }
    values |= requested(client, world, person, values["TOKEN"], now)
    values |= billed(world)
    seen = []
    for example in EXAMPLES:
        with stopped_at(APRIL if "/months/2027-03/" in example else now):
            promised, answer = sent(client, example, **values)
        assert answer.status_code == promised, (example, answer.json)
        for address, name in MADE.items():
            if promised in (201, 202) and f'{address}"' in example:
                values[name] = answer.json["id"]
        seen.append((example.split()[2] if "-X" in example else "GET", promised))
    assert {("GET", 200), ("POST", 201), ("PATCH", 200), ("POST", 200), ("GET", 422)} <= set(seen)


def test_the_page_knows_every_scope_and_refusal(client, app) -> None:
    assert [scope for scope in SCOPES if f"`{scope}`" not in PAGE] == []
    document = client.get("/api/v1/openapi.json").json
    statuses = {
        status
        for path in document["paths"].values()
        for operation in path.values()
        for status in operation["responses"]
        if status >= "400" and status != "500"
    }
    assert statuses <= set(re.findall(r"\b[45]\d\d\b", PAGE.split("## Refusals")[1]))


def test_the_refusal_shown_has_the_names_of_the_contract(client, app) -> None:
    shown = json.loads(re.search(r"```json\n(.*?)```", PAGE, re.S)[1])
    named = client.get("/api/v1/openapi.json").json["components"]["schemas"]["Problem"]["properties"]
    assert set(shown) == set(named)
