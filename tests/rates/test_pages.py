"""The pages of prices: from an empty lab to published prices by forms alone; refusals beside what was typed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.database import db
from instruments.people.rights import Role
from instruments.rates.models import CustomerSplit, RateVersion, Service
from tests.rates.pricing_world import JANUARY, price, published
from tests.world import World, refused_at, sign_in


class Pages:
    """A lab, its manager and who approves, each signed in by `as_`."""

    def __init__(self, world: World, client: FlaskClient) -> None:
        self.client, self.thing = (
            client,
            world.instrument(audience="partners", name_en="Raman", name_zh="拉曼"),
        )
        self.lab, self.home = self.thing.lab, self.thing.institution
        self.manager, self.approver = (world.person(self.home) for _ in range(2))
        world.grant(self.manager, Role.LAB_MANAGER, self.lab)
        world.grant(self.approver, Role.INSTITUTION_MANAGER, self.home)
        sign_in(client, self.manager)

    def as_(self, person: Any) -> Pages:
        sign_in(self.client, person)
        return self

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return answer.get_data(as_text=True)

    def post(self, path: str, status: int = 303, **form: Any) -> Any:
        answer = self.client.post(path, data=form)
        assert answer.status_code == status, (path, answer.status_code, answer.get_data(as_text=True)[:2000])
        return answer


@pytest.fixture
def pages(world: World, client: FlaskClient, now) -> Pages:
    return Pages(world, client)


def form(**more: str) -> dict[str, str]:
    """What the editor sends: an hour for two classes."""
    return {
        "since": "2027-04-01", "until": "", "currency": "CNY", "basis": "used", "increment": "15",
        "operator_increment": "1", "overrun": "100", "free_hours": "24", "late_percent": "50", "no_show_percent": "",
        "note": "", "version": "1", "do": "save", "p0-mode": "self", "p0-unit": "hour", "p0-code": "",
        "p0-c-own_lab": "40.00", "p0-c-partner": "90", "w0-name_en": "Night", "w0-name_zh": "夜间", "w0-since": "22:00",
        "w0-until": "08:00", "w0-factor": "50",
    } | more  # fmt: skip


def newest() -> RateVersion:
    db.session.expire_all()
    return db.session.scalars(select(RateVersion).order_by(RateVersion.id.desc())).first()


def test_who_does_not_run_the_lab_sees_no_page_of_it(pages, world) -> None:
    row = published(pages.lab)
    pages.as_(world.person(pages.home))
    for path in (f"/labs/{pages.lab.id}/prices", f"/labs/{pages.lab.id}/price-list", f"/labs/{pages.lab.id}/services",
                 f"/labs/{pages.lab.id}/customer-classes", f"/labs/{pages.lab.id}/prices/change"):  # fmt: skip
        pages.get(path, 403)
    pages.get(f"/price-versions/{row.id}", 404)
    pages.get(f"/price-versions/{row.id}/edit", 404)
    pages.post(f"/price-versions/{row.id}/publish", 404, version="1")


def test_from_an_empty_lab_to_published_prices(pages) -> None:
    assert "No price set" in pages.get(f"/labs/{pages.lab.id}/prices")
    where = pages.post(f"/labs/{pages.lab.id}/price-list", since="2027-04-01", **{"from": "blank"}).location
    assert "operator" in pages.get(where)
    draft = newest()
    pages.post(where, **form())
    page = pages.get(f"/price-versions/{draft.id}")
    assert "Left without a price" in page
    assert "2 h on a workday morning" in page
    assert "Night: 22:00–08:00, 50% of the price" in page
    pages.post(f"/price-versions/{draft.id}/propose", version="2")
    assert "Approve and publish" not in pages.get(f"/price-versions/{draft.id}")
    page = pages.as_(pages.approver).get(f"/price-versions/{draft.id}")
    assert "Approve and publish" in page
    pages.post(f"/price-versions/{draft.id}/publish", version="3")
    assert (newest().state, newest().approved_by_id) == ("published", pages.approver.id)
    assert "1 Apr" in pages.get(f"/labs/{pages.lab.id}/prices")


def test_what_was_typed_stays_with_each_reason_beside_it(pages) -> None:
    where = pages.post(f"/labs/{pages.lab.id}/price-list", since="2027-04-01", **{"from": "blank"}).location
    sent = form(
        **{"p0-c-own_lab": "forty", "p0-c-partner": "0.001", "late_percent": "120", "until": "2027-03-01"}
    )
    page = pages.post(where, 422, **sent).get_data(as_text=True)
    for words in ("“forty” is no number", "finer than CNY has decimals", 'id="f-p0-c-own_lab-reason"', 'value="forty"',
                  "The last day is before the first.", "From 0 to 100."):  # fmt: skip
        assert words in page, words
    assert newest().prices == []
    page = pages.post(where, 200, **sent | {"do": "more"}).get_data(as_text=True)
    assert 'name="p5-mode"' in page
    stale = pages.post(where, 412, **form(version="7")).get_data(as_text=True)
    assert 'name="version" value="1"' in stale


def test_a_draft_begins_with_what_another_version_says(pages) -> None:
    row = published(pages.lab)
    page = pages.get(f"/instruments/{pages.thing.id}/price-list")
    assert "What holds today elsewhere in the lab" in page
    pages.post(f"/instruments/{pages.thing.id}/price-list", since="2027-05-01", **{"from": str(row.id)})
    draft = newest()
    assert (draft.card.instrument_id, draft.valid_from, len(draft.prices)) == (
        pages.thing.id,
        date(2027, 5, 1),
        4,
    )
    assert "Every price is the same" in pages.get(f"/price-versions/{draft.id}/compare?with={row.id}")
    next(each for each in draft.prices if each.customer_class == "own_lab").price_units = 5000
    db.session.commit()
    page = pages.get(f"/price-versions/{draft.id}/compare?with={row.id}")
    assert "+25.0%" in page
    stale = pages.post(f"/price-versions/{draft.id}/discard", version="9")
    assert newest().id == draft.id
    assert "Somebody changed this after you opened it." in pages.get(stale.location)
    gone = pages.post(f"/price-versions/{draft.id}/discard", version=str(draft.version))
    assert newest().id == row.id
    assert "The draft is thrown away." in pages.get(gone.location)


def test_a_draft_begins_with_a_date_and_with_what_may_be_seen(pages, world) -> None:
    where = f"/instruments/{pages.thing.id}/price-list"
    page = pages.post(where, 422, since="1 May", **{"from": "blank"})
    assert set(refused_at(page)) == {"since"}
    assert 'value="1 May"' in page.text
    foreign = published(world.lab())
    pages.post(where, 404, since="2027-05-01", **{"from": str(foreign.id)})
    pages.post(where, 404, since="2027-05-01", **{"from": str(foreign.id + 9)})
    assert newest().id == foreign.id


def test_many_change_by_percent_after_a_look(pages) -> None:
    row = published(pages.lab, prices=[price("partner", 9999)])
    path = f"/labs/{pages.lab.id}/prices/change"
    pages.get(path)
    sent = {"percent": "3.5", "step": "100", "since": "2028-01-01", "cards": str(row.card_id)}
    seen = pages.post(path, 200, do="see", **sent).get_data(as_text=True)
    assert "103.00" in seen
    assert "99.99" in seen
    assert newest().id == row.id
    none = pages.post(path, 422, do="see", **(sent | {"since": "2020-01-01"}))
    assert set(refused_at(none)) == {"since"} and "has prices on that day" in none.text
    wrong = pages.post(path, 422, do="see", percent="much", since="", step="7")
    assert "“much” is no number" in wrong.text
    assert set(refused_at(wrong)) == {"percent", "since", "step", "cards"}
    pages.post(path, do="draft", **sent)
    assert (newest().state, newest().prices[0].price_units) == ("draft", 10300)


def test_the_institution_sends_back_ends_and_withdraws(pages) -> None:
    row, later = published(pages.lab, JANUARY, date(2027, 6, 1)), published(pages.lab, date(2027, 6, 1))
    pages.as_(pages.approver)
    pages.post(f"/price-versions/{row.id}/end", version=str(row.version), last_day="2027-02-01")
    assert "Prices that held cannot change" in pages.get(f"/price-versions/{row.id}")
    pages.post(f"/price-versions/{row.id}/end", version=str(row.version), last_day="2027-03-31")
    pages.post(f"/price-versions/{later.id}/withdraw", version=str(later.version))
    db.session.expire_all()
    assert (row.valid_to, later.state) == (date(2027, 4, 1), "withdrawn")


def test_classes_are_divided_and_services_offered(pages, world) -> None:
    ally = world.institution()
    path = f"/labs/{pages.lab.id}/customer-classes"
    pages.get(path)
    assert "Give the English name." in pages.post(path, 422, base="partner").get_data(as_text=True)
    pages.post(path, base="partner", name_en="Allies", name_zh="联盟", institutions=str(ally.id))
    split = db.session.scalars(select(CustomerSplit)).one()
    pages.get(f"/customer-classes/{split.id}")
    pages.post(f"/customer-classes/{split.id}", name_en="Friends", name_zh="联盟", version="1")
    assert "Friends" in pages.get(path)
    pages.post(f"/customer-classes/{split.id}/end", version="2")
    services = f"/labs/{pages.lab.id}/services"
    assert "Give a name" in pages.post(services, 422).get_data(as_text=True)
    where = pages.post(services, name_en="Thin sections", name_zh="").location
    assert "Nobody is ever charged without a price" in pages.get(where)
    service = db.session.scalars(select(Service)).one()
    pages.get(f"/services/{service.id}/edit")
    pages.post(f"/services/{service.id}/edit", name_en="Sections", archived="1", version="1")
    assert "No longer offered" in pages.get(services)
