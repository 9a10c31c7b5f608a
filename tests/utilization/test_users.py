"""What a group, a company or the people of an institution used: who sees it, and that its parts come to the figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from instruments.people.rights import Role
from instruments.utilization import periods, tasks
from instruments.utilization.asking import BY, GROUP
from instruments.utilization.sums import Selection, totals
from instruments.utilization.user_figures import figure_rows, rows_in_order, totals_of
from instruments.utilization.user_places import Whose
from instruments.utilization.users import User, used
from tests.live import faults, sign_in_page
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW, YEAR, Campus
from tests.world import World, bearer, sign_in

WHOLE = periods.read("2026")
MOST_STATEMENTS = 25


class Users(Campus):
    """A campus on which a group of the first institution and a company used something as well."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        home = self.homes[0]
        self.head = world.person(home)
        self.group = world.group(home, self.head)
        self.company = world.institution(kind="company")
        self.boss, self.manager, self.other = (
            world.person(self.company),
            world.person(home),
            world.person(self.homes[1]),
        )
        world.grant(self.boss, Role.COMPANY_MANAGER, self.company)
        world.grant(self.manager, Role.INSTITUTION_MANAGER, home)
        world.grant(self.other, Role.INSTITUTION_MANAGER, self.homes[1])
        for number, day in enumerate(("2026-03-10", "2026-03-11", "2026-06-10")):
            facts.use(
                self.things[number], self.head, span(day, "09:00-11:00"), group_id=self.group.id, samples=2
            )
        facts.use(self.things[2], self.boss, span("2026-03-12", "09:00-10:00"))
        # Records begin before the year, so that there is something to compare its months with.
        facts.use(self.things[2], self.other, span("2025-12-30", "09:00-10:00"))
        tasks.keep_up()
        # Only now it is known that months of the year before are kept.
        tasks.keep_up()


@pytest.fixture
def users(app: Flask, world: World) -> Users:
    app.config["FROZEN_NOW"] = NOW
    return Users(world)


def test_what_was_used_adds_up_whatever_it_is_told_by(users) -> None:
    group = _whose(User(group_id=users.group.id), users.homes[0].id)
    found = used(group.user, WHOLE, NOW)
    for by in BY:
        rows = figure_rows(rows_in_order(group, found, by, WHOLE, NOW), by)
        measures = ("effective", "external", "uses", "samples")
        assert [sum(row.totals.measure(name) for row in rows) for name in measures] == [6, 2, 3, 6]
    assert [row.key for row in rows] == [202603, 202606]
    everybody = sum(
        totals_of(_whose(who, home.id), used(who, WHOLE, NOW)).measure("effective")
        for home in (*users.homes, users.company)
        for who in [User(institution_id=home.id)]
    )
    assert float(everybody) == pytest.approx(float(totals(Selection(), YEAR, NOW).measure("effective")))


def test_days_beside_whole_months_are_counted_from_the_facts(users) -> None:
    days = ("2026-03-01..2026-03-10", "2026-03-11..2026-12-31")
    parts = [used(User(group_id=users.group.id), periods.read(each), NOW) for each in days]
    assert [sum(row.effective for row in part) / 3_600_000 for part in parts] == [2, 4]


def _whose(user: User, home: int) -> Whose:
    return Whose(user, home, "", "", GROUP, 1)


def test_who_sees_whose(client, world, users) -> None:
    users.nobody = world.person(users.homes[0])
    users.platform = world.person(users.homes[0])
    world.grant(users.platform, Role.PLATFORM_ADMINISTRATOR)
    firm_group = world.group(users.company)
    for who in ("head", "manager", "boss", "other", "nobody", "platform"):
        person = getattr(users, who)
        sign_in(client, person)
        key = bearer(world.token(person, "usage:read"))
        seen = {
            f"/groups/{users.group.id}/utilization": who in ("head", "manager", "platform"),
            f"/institutions/{users.homes[0].id}/used": who in ("manager", "platform"),
            # Companies stand together: what one of them used its own people see alone.
            f"/groups/{firm_group.id}/utilization": who == "boss",
            f"/institutions/{users.company.id}/used": who == "boss",
        }
        for address, may in seen.items():
            for ending in ("", ".csv", ".xlsx"):
                answer = client.get(f"{address}{ending}?period=2026")
                assert answer.status_code == (200 if may else 404), (who, address)
            told = client.get(f"/api/v1{address}?period=2026", headers=key)
            assert told.status_code == (200 if may else 404), (who, address)


def test_a_figure_leads_to_those_that_have_any_of_it(client, world, users) -> None:
    """The first two stand at home, the third elsewhere."""
    sign_in(client, users.head)
    address = f"/groups/{users.group.id}/utilization"
    key = bearer(world.token(users.head, "usage:read"))
    one, all_three = users.things[2:3], users.things[:3]
    for code, measure, some in (
        ("external", "external", one), ("shared_by_hours", "external", one), ("shared_by_hours", "effective", all_three),
        ("samples", "samples", all_three), ("uses", "uses", all_three),
    ):  # fmt: skip
        page = client.get(f"{address}?period=2026&against=before&open={code}").text
        link = f"{address}?period=2026&against=before&open={code}&having={measure}#rows-title"
        words = "1 instrument behind it" if some is one else "3 instruments behind it"
        assert f'<a href="{link.replace("&", "&amp;")}">{words}</a>' in page, (code, measure)
        told = client.get(link).text
        rows = told.partition('id="rows-title"')[2]
        assert [each.id for each in users.things if f'href="/instruments/{each.id}"' in rows] == [
            each.id for each in some
        ], (code, measure)
        # Told apart otherwise, on other pages and in files they stay what was chosen.
        assert f"by=lab&amp;having={measure}" in told
        assert f".csv?period=2026&amp;against=before&amp;open={code}&amp;having={measure}" in told
    for by, keys in (
        ("instrument", [str(one[0].id)]), ("lab", [str(one[0].lab_id)]), ("month", ["202606"]),
    ):  # fmt: skip
        asked = f"period=2026&by={by}&having=external"
        items = client.get(f"/api/v1{address}?{asked}", headers=key).json["items"]
        assert [row["key"] for row in items] == keys, by
        rows = list(csv.reader(io.StringIO(client.get(f"{address}.csv?{asked}").data.decode("utf-8-sig"))))
        assert len(rows) == 2, by
    page = client.get(f"{address}?period=2026-03&having=external").text
    assert "Only those with any: External hours." in page and "There is nothing in this period" in page
    assert "Nothing was used in this period" not in page


def test_a_measure_that_is_not_theirs_is_refused(client, world, users) -> None:
    sign_in(client, users.head)
    address = f"/groups/{users.group.id}/utilization"
    key = bearer(world.token(users.head, "usage:read"))
    for having in ("bookable", "x"):
        assert client.get(f"{address}?period=2026&having={having}").status_code == 422
        assert client.get(f"{address}.csv?period=2026&having={having}").status_code == 422
        told = client.get(f"/api/v1{address}?period=2026&having={having}", headers=key)
        assert (told.status_code, told.json["reasons"][0]["field"]) == (422, "having")


def test_what_one_company_used_is_offered_to_its_own_alone(client, world, users) -> None:
    platform = world.person(users.homes[0])
    world.grant(platform, Role.PLATFORM_ADMINISTRATOR)
    company, home, group = users.company.id, users.homes[0].id, world.group(users.company).id
    for person, offered in ((users.boss, {company}), (platform, {home})):
        sign_in(client, person)
        for number in (company, home):
            page = client.get(f"/institutions/{number}").text
            assert (f"/institutions/{number}/used" in page) == (number in offered), number
        page = client.get(f"/groups/{group}").text
        assert (f"/groups/{group}/utilization" in page) == (person is users.boss)


def test_page_file_and_api_say_the_same(client, world, users) -> None:
    sign_in(client, users.head)
    address = f"/groups/{users.group.id}/utilization"
    assert (
        "33.3% of the hours were on instruments of other institutions."
        in client.get(f"{address}?period=2026").text
    )
    rows = list(
        csv.reader(io.StringIO(client.get(f"{address}.csv?period=2026&by=lab").data.decode("utf-8-sig")))
    )
    told = client.get(
        f"/api/v1{address}?period=2026&by=lab", headers=bearer(world.token(users.head, "usage:read"))
    ).json
    assert rows[0] == [
        "By lab", "Effective hours", "External hours", "Sharing rate by hours (%)", "Uses", "No-show rate (%)",
        "Booking lead time", "Reserved but unused hours", "Late cancellations", "Samples handled", "Instruments",
        *rows[0][11:],
    ]  # fmt: skip
    assert [(row[1], row[4], *row[9:11]) for row in rows[1:]] == [
        (row["hours"], str(row["uses"]), str(row["samples"]), str(row["instruments"]))
        for row in told["items"]
    ]
    # Two hours of the six were on an instrument of the other institution, in a lab of its own.
    assert sorted((row[2], row[3]) for row in rows[1:]) == [("0.0", "0.0"), ("0.0", "0.0"), ("2.0", "100.0")]
    assert "Nothing was used in this period" in client.get(f"{address}?period=2025").text


def test_what_is_no_period_is_refused(client, world, users) -> None:
    sign_in(client, users.head)
    address = f"/groups/{users.group.id}/utilization"
    assert client.get(f"{address}?period=2026-13").status_code == 422
    assert client.get(f"{address}?by=colour").status_code == 404
    key = bearer(world.token(users.head, "usage:read"))
    told = client.get(f"/api/v1{address}?period=2026&from=2026-01-01", headers=key)
    assert {reason["code"] for reason in told.json["reasons"]} == {"both_days", "one_period"}


@pytest.mark.parametrize("period", ["2026/27", "2027", "2027-Q1", "2026-12-20..2027-05-31"])
def test_a_period_that_runs_ends_with_the_month_that_runs(client, world, users, period) -> None:
    """Thirteen months up to now, and none to come, of whose use as of a place."""
    sign_in(client, users.manager)
    home = users.homes[0].id
    rows = _csv(client, f"/groups/{users.group.id}/utilization.csv?period={period}&part=trend")
    assert [row[0] for row in rows[1:]] == [*(f"2026-{month:02d}" for month in range(3, 13)), "2027-01"]
    rows = _csv(client, f"/utilization/board-trend.csv?of=institution-{home}&period={period}")
    assert [rows[1][0], rows[-1][0], len(rows) - 1] == ["2026-01", "2027-01", 13]


def test_an_address_of_the_dashboards_leads_to_the_page_of_whose_use(client, world, users) -> None:
    sign_in(client, users.head)
    group, firm = users.group.id, users.company.id
    for of, page in (
        (f"group-{group}", f"/groups/{group}/utilization"), (f"people-{firm}", f"/institutions/{firm}/used"),
        (f"institution-{firm}", f"/institutions/{firm}/used"), ("group-999999999", "/groups/999999999/utilization"),
    ):  # fmt: skip
        led = client.get(f"/utilization?of={of}&period=2026/27&by=lab&open=external")
        assert (led.status_code, led.location) == (302, f"{page}?period=2026%2F27&by=lab&open=external"), of
        assert client.get(f"/utilization?of={of}").location == page
        # Whether it may be seen is looked at there.
        assert client.get(led.location).status_code == (200 if of == f"group-{group}" else 404)
    for of in ("group-x", "group--1", "people-1/../2", "institution-999999999", "institution-9x"):
        assert client.get(f"/utilization?of={of}").status_code in (404, 422), of
    refused = client.get(f"/utilization/table?of=group-{group}")
    assert (refused.status_code, f"/groups/{group}/utilization" in refused.text) == (404, True)
    key = bearer(world.token(users.head, "usage:read"))
    told = client.get(f"/api/v1/utilization?of=group-{group}", headers=key)
    assert (told.status_code, told.json["reasons"][0]["code"]) == (404, "own_page")


def test_any_days_are_chosen_on_the_page(client, users) -> None:
    sign_in(client, users.head)
    address = f"/groups/{users.group.id}/utilization"
    page = client.get(f"{address}?from=2026-03-10&to=2026-03-10&against=before&by=lab").text
    assert 'name="from"' in page
    assert f'href="{address}?period=2026-03-10..2026-03-10&amp;against=before&amp;by=class"' in page
    rows = _csv(client, f"{address}.csv?from=2026-03-10&to=2026-03-10")
    assert rows[1][rows[0].index("Effective hours")] == "2.0"
    for days, words in (
        ("from=2026-03-11&to=2026-03-10", "A period begins before it ends"),
        ("from=2026-03-11", "This is no period"),
        ("against=never", "This is none of the choices"),
    ):
        refused = client.get(f"{address}?{days}")
        assert (refused.status_code, words in refused.text) == (422, True), days
        assert "Not shown as asked" in refused.text


def test_views_of_it_are_saved(client, world, users) -> None:
    of = {"of": f"group-{users.group.id}", "period": "2026-Q2", "against": "before", "by": "lab"}
    sign_in(client, users.other)
    assert client.post("/utilization/views", data=of | {"name": "x"}).status_code == 404
    sign_in(client, users.head)
    refused = client.post("/utilization/views", data=of | {"name": ""})
    assert (refused.status_code, 'href="#f-name">Give it a name.' in refused.text) == (422, True)
    assert client.post("/utilization/views", data=of | {"name": "x", "for": "institution"}).status_code == 403
    assert client.post("/utilization/targets", data=of | {"figure": "uses", "value": "1"}).status_code == 422
    kept = f"/groups/{users.group.id}/utilization?period=2026-Q2&against=before&by=lab"
    saved = client.post("/utilization/views", data=of | {"name": "Spring"})
    assert (saved.status_code, saved.location) == (303, kept)
    page = client.get(kept).text
    assert f'href="{kept.replace("&", "&amp;")}">Spring</a>' in page
    key = bearer(world.token(users.head, "usage:read usage:write"))
    assert [each["path"] for each in client.get("/api/v1/utilization/views", headers=key).json["items"]] == [
        kept
    ]
    body = {"name": "Firm", "of": f"people-{users.company.id}", "period": "2026"}
    assert client.post("/api/v1/utilization/views", json=body, headers=key).status_code == 404
    sign_in(client, users.boss)
    client.post("/utilization/views", data={"of": body["of"], "period": "2026", "name": "Firm"})
    page = client.get(f"/institutions/{users.company.id}/used").text
    assert f'href="/institutions/{users.company.id}/used?period=2026&amp;against=year">Firm</a>' in page
    # What the manager shares of other places stands on no page of who sees none of them.
    sign_in(client, users.manager)
    shared = {
        "of": f"institution-{users.homes[0].id}",
        "period": "2026",
        "name": "House",
        "for": "institution",
    }
    client.post("/utilization/views", data=shared)
    client.post("/utilization/views", data=of | {"name": "Group", "for": "institution"})
    assert "House</a>" in client.get(kept).text
    sign_in(client, users.head)
    page = client.get(kept).text
    assert ("House</a>" in page, "Group</a>" in page) == (False, True)


def test_it_asks_as_much_for_a_year_as_for_a_month(client, users, statements) -> None:
    sign_in(client, users.manager)
    asked = []
    for period in ("2026-03", "2026-03", "2026-Q1", "2026"):
        statements.clear()
        client.get(f"/institutions/{users.homes[0].id}/used?period={period}&against=before")
        asked.append(len(statements))
    assert max(asked[1:]) <= MOST_STATEMENTS, asked


def _csv(client, address: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(client.get(address).data.decode("utf-8-sig"))))


def choose(page: Page, which: str, value: str) -> None:
    """In the line of choices, which phones fold."""
    if not page.is_visible(which):
        page.click(".chooser summary")
    page.select_option(which, value)
    page.click(".chooser form button")


def test_in_the_browser(view: Callable[[], Page], app: Flask, world: World) -> None:
    app.config["FROZEN_NOW"] = None
    users = Users(world)
    page = view()
    sign_in_page(page, app, users.head)
    page.goto(f"/groups/{users.group.id}")
    page.click(f"main a[href='/groups/{users.group.id}/utilization']")
    choose(page, "#f-period", "2026")
    page.wait_for_selector("[data-chart=used] svg")
    choose(page, "#f-against", "before")
    page.wait_for_url("**against=before**")
    page.click(".saved-views summary")
    page.fill("#f-name", "My year")
    page.click(".saved-views form[action='/utilization/views'] button")
    page.wait_for_selector("a:has-text('My year')", state="attached")
    page.click(".other-days summary")
    page.fill("#f-from", "2026-03-01")
    page.fill("#f-to", "2026-03-10")
    page.click(".other-days button")
    page.wait_for_url("**from=2026-03-01**")
    page.goto(f"/groups/{users.group.id}/utilization?period=2026&against=before")
    page.wait_for_selector("[data-chart=used] svg")
    assert faults(page) == []
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1400})
    page.evaluate("dispatchEvent(new Event('resize'))")
    assert page.locator("[data-chart=used] svg").evaluate("each => each.getBoundingClientRect().height") > 0
    page.set_viewport_size({"width": 768, "height": 1400})
    fits = "all => all.every(each => each.offsetWidth <= each.parentElement.clientWidth)"
    assert page.locator("main table").evaluate_all(fits)
