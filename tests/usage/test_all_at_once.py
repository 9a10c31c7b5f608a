"""Whatever is wrong with what is sent about a use is told at once: what cannot be read, and what the rules say of the rest."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.database import db
from instruments.usage.finishing import finish
from instruments.usage.models import RunCustomer
from tests.usage.desk import HOUR, MINUTE, NINE, Desk, done
from tests.world import World, bearer, refused_at, sign_in


@pytest.fixture
def desk(world: World, app) -> Desk:
    app.config["FROZEN_NOW"] = NINE + 2 * HOUR
    return Desk(world)


@pytest.fixture
def used(desk: Desk, client: FlaskClient) -> int:
    """A finished use; the operator is signed in."""
    number = desk.checked_in()
    done(finish, desk.actor(), number, None, NINE + 30 * MINUTE)
    sign_in(client, desk.operator)
    return number


def test_of_a_run_on_no_instrument(desk: Desk, client: FlaskClient) -> None:
    sign_in(client, desk.operator)
    form = {"instrument": "999999", "day": "yesterday", "from": "09:00", "until": "", "customer": ["nobody@x.example"],
            "customer_samples": ["two"], "operator_minutes": "many", "contract": "x" * 121, "mode": "alone"}  # fmt: skip
    wrong = client.post(f"/labs/{desk.lab.id}/runs", data=form)
    assert set(refused_at(wrong)) == {
        "instrument", "day", "until", "customers.0", "customers.0.samples", "operator_minutes", "contract", "mode"}  # fmt: skip
    assert wrong.text.count("Say from when to when it ran.") == 0
    nothing = client.post(f"/labs/{desk.lab.id}/runs", data={})
    assert {"instrument", "day", "from", "until", "customers"} <= set(refused_at(nothing))


def test_of_a_run_in_a_lab_without_instruments(world: World, client: FlaskClient, desk: Desk) -> None:
    bare = world.lab(desk.home)
    world.grant(desk.operator, "lab_operator", bare)
    sign_in(client, desk.operator)
    wrong = client.post(f"/labs/{bare.id}/runs", data={"operator_minutes": "many"})
    assert {"instrument", "operator_minutes"} <= set(refused_at(wrong))


def test_of_a_fund_that_cannot_pay_beside_the_rest(desk: Desk, client: FlaskClient, world: World) -> None:
    sign_in(client, desk.operator)
    form = {"instrument": str(desk.instrument.id), "day": "2027-03-01", "from": "09:00", "until": "10:00",
            "customer": [desk.user.mail], "customer_fund": ["K-404"], "contract": "x" * 121}  # fmt: skip
    assert set(refused_at(client.post(f"/labs/{desk.lab.id}/runs", data=form))) == {
        "customers.0.fund_id",
        "contract",
    }


def test_of_two_credits_of_one_code_the_one_with_this_institution_pays(
    desk: Desk, client: FlaskClient, world: World
) -> None:
    company = world.institution(kind="company")
    boss = world.person(company)
    values = {"kind": "credit", "code": "C1", "budget_units": 10_000_00}
    away, here = (
        world.fund(company, boss, creditor=home, **values) for home in (world.institution(), desk.home)
    )
    sign_in(client, desk.operator)
    form = {"instrument": str(desk.instrument.id), "day": "2027-03-01", "from": "09:00", "until": "10:00",
            "customer": [boss.mail], "customer_fund": ["K-404"]}  # fmt: skip
    wrong = client.post(f"/labs/{desk.lab.id}/runs", data=form)
    assert here.name_en in wrong.text and away.name_en not in wrong.text
    made = client.post(f"/labs/{desk.lab.id}/runs", data=form | {"customer_fund": ["C1"]})
    assert made.status_code == 303
    assert db.session.scalars(select(RunCustomer.fund_id)).all() == [here.id]


def test_a_run_says_what_it_still_lacks(desk: Desk, client: FlaskClient) -> None:
    sign_in(client, desk.operator)
    form = {"instrument": str(desk.instrument.id), "day": "2027-03-01", "customer": [desk.user.mail]}
    alone = form | {"from": "06:00", "until": "07:00"}
    found = client.post(f"/labs/{desk.lab.id}/runs", data=alone, follow_redirects=True).text
    assert "Recorded and confirmed." in found and "Nobody is named who pays for 1 customer" in found
    found = client.post(f"/labs/{desk.lab.id}/runs", data=alone, follow_redirects=True).text
    assert (
        "Somebody has to look at it before it is confirmed" in found and "Recorded and confirmed" not in found
    )


def test_of_several_customers_of_a_name_one_is_chosen(desk: Desk, client: FlaskClient, world: World) -> None:
    away = world.institution(name_en="Weishui")
    ours, theirs = world.group(desk.home, desk.user), world.group(away, world.person(away))
    for group in (ours, theirs):
        group.name_en, group.name_zh = "Optics group", "光学组"
    db.session.commit()
    sign_in(client, desk.operator)
    form = {"instrument": str(desk.instrument.id), "day": "2027-03-01", "from": "09:00", "until": "10:00",
            "customer": ["", "optics  GROUP"], "customer_samples": ["", "2"]}  # fmt: skip
    address = f"/labs/{desk.lab.id}/runs"
    for which in ("", f"group {10**9}", f"institution {away.id}"):
        wrong = client.post(address, data=form | {"customer_which": ["", which]})
        assert refused_at(wrong) == ["customers.0"], which
        assert (
            "Several customers are called “optics GROUP”." in wrong.text
            and "There is no customer" not in wrong.text
        )
        # The own institution's first.
        assert re.findall(r'<option value="(group \d+)"[^>]*>(.*?)</option>', wrong.text) == [
            (f"group {ours.id}", f"Optics group · {desk.home.name_en}"), (f"group {theirs.id}", "Optics group · Weishui"),
        ]  # fmt: skip
    # What was chosen stays chosen beside another mistake; of another name typed since, nothing is chosen.
    chosen = form | {"customer_which": ["", f"group {theirs.id}"]}
    other = client.post(address, data=chosen | {"until": ""})
    assert re.search(rf'<option value="group {theirs.id}" selected', other.text)
    assert refused_at(client.post(address, data=chosen | {"customer": ["", "Nobody"]})) == ["customers.0"]
    assert client.post(address, data=chosen).status_code == 303
    row = db.session.scalars(select(RunCustomer)).one()
    assert (row.group_id, row.institution_id) == (theirs.id, away.id)


def test_of_customers_whom_one_that_nobody_has_does_not_hide(desk: Desk, client: FlaskClient) -> None:
    sign_in(client, desk.operator)
    stranger = desk.world.person(desk.world.institution())
    form = {"instrument": str(desk.instrument.id), "day": "2027-03-01", "from": "09:00", "until": "10:00",
            "customer": ["nobody@x.example", "", "", desk.user.mail, "", stranger.mail, desk.user.mail],
            "customer_fund": ["", "", "", "K-404", "", "", ""], "customer_samples": ["1", "", "", "1", "2", "two", "1"],
            "customer_share": ["", "", "", "", "", "", "1.0001"]}  # fmt: skip
    wrong = client.post(f"/labs/{desk.lab.id}/runs", data=form)
    assert refused_at(wrong) == [
        "customers.0", "customers.1.fund_id", "customers.2", "customers.3.samples", "customers",
        "customers.4.share",
    ]  # fmt: skip
    assert "Customer 3" in wrong.text
    assert wrong.text.count("Some customers have a part and others do not.") == 2
    form["customer_share"] = ["half", "", "", "1", "1", "1", "1"]
    assert "customers" not in refused_at(client.post(f"/labs/{desk.lab.id}/runs", data=form))
    form["customer_samples"] = ["1e999999999"] * 7
    assert "customers.0.samples" in refused_at(client.post(f"/labs/{desk.lab.id}/runs", data=form))


def test_of_funds_of_others_beside_a_customer_whom_nobody_has(desk: Desk, client: FlaskClient) -> None:
    headers = bearer(desk.world.token(desk.operator, "usage:read usage:write"))
    span = {"start": "2027-03-01T09:00:00+08:00", "end": "2027-03-01T10:00:00+08:00"}
    sent = {"instrument_id": desk.instrument.id, "spans": [span],
            "customers": [{"person_id": 10**9, "samples": 1}, {"samples": 1},
                          {"person_id": desk.user.id, "samples": 1, "fund_id": 10**9}]}  # fmt: skip
    wrong = client.post("/api/v1/usage/runs", headers=headers, json=sent)
    found = [(each["field"], each["code"]) for each in wrong.json["reasons"]]
    assert found == [
        ("customers.0", "no_customer"),
        ("customers.1", "customer"),
        ("customers.2.fund_id", "no_fund"),
    ]


def test_of_a_confirmation(client: FlaskClient, used: int) -> None:
    form = {
        "version": 2,
        "operator_minutes": "many",
        "samples": "-1",
        "contract": "x" * 121,
        "fault_minutes": "5",
    }
    wrong = client.post(f"/uses/{used}/confirm", data=form)
    assert set(refused_at(wrong)) == {"operator_minutes", "samples", "contract", "fault_reason"}


def test_of_a_correction(client: FlaskClient, used: int) -> None:
    form = {"version": 2, "layer": "sleeping", "day": "", "from": "09:00", "until": "10:00", "reason": ""}
    wrong = client.post(f"/uses/{used}/correct", data=form)
    assert set(refused_at(wrong)) == {"layer", "day", "reason"}
    form |= {"day": "2027-03-02", "until": "08:00", "layer": "attended"}
    assert set(refused_at(client.post(f"/uses/{used}/correct", data=form))) == {"until", "reason"}


def test_of_an_amendment(client: FlaskClient, used: int) -> None:
    client.post(f"/uses/{used}/confirm", data={"version": 2, "mode": "self"})
    form = {"version": 3, "samples": "many", "reason": "", "mode": "alone"}
    wrong = client.post(f"/uses/{used}/amend", data=form)
    assert {each.removeprefix("amend-") for each in refused_at(wrong)} == {"samples", "reason", "mode"}


def test_of_an_output_and_of_a_file(desk: Desk, client: FlaskClient) -> None:
    sign_in(client, desk.operator)
    wrong = client.post(
        f"/instruments/{desk.instrument.id}/outputs", data={"year": "soon", "kind": "x", "title": "x" * 999}
    )
    assert set(refused_at(wrong)) == {"year", "kind", "title"}
    wrong = client.post(f"/labs/{desk.lab.id}/usage-files", data={"kind": "x"})
    assert set(refused_at(wrong)) == {"kind", "file"}


def test_of_what_a_program_sends(desk: Desk, client: FlaskClient, used: int) -> None:
    headers = bearer(desk.world.token(desk.operator, "usage:read usage:write")) | {"If-Match": '"2"'}
    sent = {"operator_minutes": "many", "contract": "x" * 121, "counts": {"grid": "0.12345"}}
    wrong = client.post(f"/api/v1/usage/{used}/confirm", headers=headers, json=sent)
    assert wrong.status_code == 422
    assert {each["field"] for each in wrong.json["reasons"]} == {
        "operator_minutes",
        "contract",
        "counts.grid",
    }


def test_of_a_run_whose_customers_do_not_fit(desk: Desk, client: FlaskClient) -> None:
    headers = bearer(desk.world.token(desk.operator, "usage:write"))
    ends_before = {"start": "2027-03-01T10:00+08:00", "end": "2027-03-01T09:00+08:00"}
    sent = {"instrument_id": desk.instrument.id, "spans": [ends_before], "facts": {"contract": "x" * 121},
            "customers": [{"person_id": "x"}]}  # fmt: skip
    wrong = client.post("/api/v1/usage/runs", json=sent, headers=headers)
    assert wrong.status_code == 422
    assert {each["field"] for each in wrong.json["reasons"]} == {"customers", "end", "contract"}
