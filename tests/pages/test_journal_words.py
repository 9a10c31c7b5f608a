"""No raw word in the journal: every kind of thing and every detail that the code writes has a name, and things their page."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from instruments.charges.closing.billing import DAYS, TEXTS
from instruments.database import db
from instruments.journal.record import record
from instruments.pages.detail_words import AS_OTHERS, LEFT_OUT, REFERENCES, has_name
from instruments.pages.details import NAMED
from instruments.pages.thing_addresses import ADDRESSES, WITHOUT_PAGE, address_of
from instruments.people import words
from instruments.people.rights import Role
from instruments.usage.facts import UseFacts
from tests.conftest import NOW
from tests.journal_words import wordless
from tests.pages.written_details import Code
from tests.world import World, sign_in


@pytest.fixture(scope="module")
def code() -> Code:
    return Code()


def test_the_code_is_read(code: Code) -> None:
    """Through constants, helpers, arguments and loops: else nothing is proved below."""
    found = code.details()
    assert {
        "month",
        "user_id",
        "start",
        "payer_group_id",
        "grace_minutes",
        "netted_units",
    } <= set(found)
    assert {"charge", "lab", "instrument", "settlement", "payment", "violation"} <= code.things()
    assert len(found) > 150 and len(code.deeds) > 100


def test_every_detail_that_is_written_has_a_name(code: Code) -> None:
    raw = {
        name: deeds for name, deeds in code.details().items()
        if name not in {*LEFT_OUT, *AS_OTHERS} and not has_name(name)
    }  # fmt: skip
    assert raw == {}


def test_every_field_that_a_deed_says_it_changed_has_a_name() -> None:
    changed = {*(each.name for each in fields(UseFacts)), *TEXTS, *DAYS}
    assert {name for name in changed if not has_name(name)} == set()


@pytest.mark.parametrize(
    ("entry", "raw"),
    [
        ({}, []),
        ({"deed": "use.forgotten"}, ["use.forgotten"]),
        ({"thing_kind": "gadget"}, ["gadget"]),
        ({"detail": {"use_ids": [1]}}, ["use_ids"]),
        ({"detail": {"kind": "walk_up", "instrument_id": 1}}, []),
        ({"detail": {"kind": "walk_down"}}, ["kind: walk_down"]),
        ({"detail": {"layer": ["attended", "elsewhere"]}}, ["layer: elsewhere"]),
        ({"detail": {"what": "month 2027-02"}}, []),
        ({"detail": {"what": "secrets 2027-02"}}, ["what: secrets 2027-02"]),
        ({"detail": {"reason": "spare", "reporter": "4:meter 50", "month": "2027-02"}}, []),
        ({"detail": {"said": ["rating", "colour_of_eyes"]}}, ["fields: colour_of_eyes"]),
        ({"detail": {"region": ["CN", "moon"]}}, ["region: moon"]),
    ],
)
def test_what_is_written_without_words_fails(entry: dict, raw: list[str]) -> None:
    """Every entry that any test has the product write is held to this (tests/conftest.py)."""
    plain = {"deed": "use.started", "thing_kind": "use", "detail": {}}
    assert list(wordless(plain | entry)) == raw


def test_the_tests_hold_entries_to_it(app) -> None:
    with pytest.raises(AssertionError, match="without words for kind: walk_down"):
        record(now=NOW, actor_id=None, deed="use.started", thing=("use", 1), detail={"kind": "walk_down"})


def test_every_kind_of_thing_that_is_written_has_a_name_and_a_page(code: Code) -> None:
    # Those whose kind is a variable: what an amount is for, what a rule, a target or a price list is of.
    written = {*code.things(), "payment_match", "service", "reservation", "institution", "fund"}
    assert written - set(words.THINGS) == set()
    assert written - {*ADDRESSES, *WITHOUT_PAGE} == set()
    assert set(words.THINGS) - {*ADDRESSES, *WITHOUT_PAGE} == set()


def test_every_page_of_a_thing_is_there(client) -> None:
    """Each address is one that the product answers; where it is not known in which lab or month it lies, there is none."""
    routes = client.application.url_map.bind("localhost")
    for kind in ADDRESSES:
        address = address_of(kind, 7, 1, 2, {"month": "2027-02"})
        assert routes.test(address, "GET"), address
    assert address_of("technique", 7, 1) == "/institutions/1/techniques/7"
    assert address_of("invoice", 7) == address_of("closing", 7, 1) == address_of("customer_split", 7, 1) == ""
    assert address_of("platform", 0) == address_of("nothing", 7) == ""


def test_what_names_a_thing_by_number_leads_to_it() -> None:
    assert set(REFERENCES.values()) <= set(ADDRESSES)
    assert set(NAMED) <= set(ADDRESSES)


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_things_and_details_are_told_in_words_and_lead_there(
    client, world: World, now, language: str
) -> None:
    home, other = (
        world.institution(name_en=name, name_zh=chinese)
        for name, chinese in (("Qinling", "秦岭"), ("Weishui", "渭水"))
    )
    boss = world.person(home)
    world.grant(boss, Role.INSTITUTION_MANAGER, home)
    instrument = world.instrument(world.lab(home), name_en="Balance", name_zh="天平")
    details = {
        ("formal_quote", 1): {"instrument_id": instrument.id, "units": 100, "currency": "CNY"},
        ("closing", 2): {"month": "2027-02", "early": True},
        ("settlement", 3): {"other_id": other.id, "netted_units": 500, "currency": "CNY", "told_ids": [1, 3]},
        ("payment", 4): {"over": 1200, "currency": "CNY", "statement_id": 9},
        ("fund_request", 5): {"said": "NF00001", "told": [[1, [3]]]},
        ("charge", 6): {"payer": "institution", "payer_id": other.id, "class": "partner"},
        ("reservation", 7): {"rules": "lead quota", "closed": [1801443600, 1801447200]},
        ("use", 8): {
            "changes": {"samples": [1, 2], "count.sample": [None, "3"]},
            "said": ["project", "rating"],
        },
        ("invoice", 9): {"colour": "red", "number": "1"},
        ("institution", home.id): {"columns": ["amount", "month"], "file": "usual"},
    }
    for thing, detail in details.items():
        record(now=NOW, actor_id=None, deed="lab.edited", thing=thing, institution_id=home.id, detail=detail)
    db.session.commit()
    client.set_cookie("language", language)
    page = sign_in(client, boss).get(f"/institutions/{home.id}/journal").text
    table = page.split("<tbody>")[1].split("</tbody>")[0]
    plain = re.sub(r"<[^>]+>", " ", table)
    # No code and no number of the database's own is left between the words.
    assert re.findall(r"\b[a-z]+_[a-z_]+\b", plain) == []
    for wanted in (
        "/formal-quotes/1", f"/institutions/{home.id}/months/2027-02", "/settlements/3", f"/institutions/{other.id}",
        "/payments/4", "/statements/9", "/funds/requests", "/charges/6", "/reservations/7", "/uses/8",
        f"/institutions/{home.id}/invoices/9", f"/instruments/{instrument.id}",
    ):  # fmt: skip
        assert f'<a href="{wanted}">' in table, wanted
    told = {
        "en": ["Formal quote 1", "Month end 2", "Netting 3", "Netted", "CNY 5.00", "Weishui", "Named as", "NF00001",
               "Class of customers", "Lead time", "Number of samples 1 → 2", "Project", "Red letter", "On account"],
        "zh_Hans_CN": ["正式报价 1", "渭水", "NF00001", "天平"],
    }  # fmt: skip
    squeezed = " ".join(plain.split())
    assert [each for each in told[language] if each not in squeezed] == []
    if language != "en":
        english = re.sub(r"NF00001|sample\b|CNY", "", plain)
        assert re.findall(r"[A-Za-z]{3,}", english) == []


@pytest.mark.parametrize(
    ("language", "told"), [("en", "Payment taken off a statement"), ("zh_Hans_CN", "付款已与对账单解除匹配")]
)
def test_why_the_ledger_took_something_back_is_told_in_words(client, world, now, language, told) -> None:
    home = world.institution()
    boss = world.person(home)
    world.grant(boss, Role.INSTITUTION_MANAGER, home)
    detail = {"transfer_id": 1, "reason": "unmatched"}
    record(
        now=NOW,
        actor_id=None,
        deed="ledger.reversed",
        thing=("payment", 1),
        institution_id=home.id,
        detail=detail,
    )
    db.session.commit()
    client.set_cookie("language", language)
    page = sign_in(client, boss).get(f"/institutions/{home.id}/journal").text
    assert told in page and "unmatched" not in page
