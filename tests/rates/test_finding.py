"""Which version, which class, which card: found in a constant number of statements, kept where it cannot change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from instruments.database import db
from instruments.people.customer import Payer
from instruments.rates.estimating import Wanted, estimate, estimates
from instruments.rates.finding import service_terms_on, terms_at, terms_of, terms_of_many, terms_on
from instruments.rates.models import CustomerSplit, CustomerSplitMember, RateWindow, Service
from instruments.rates.pricing import Unpriced
from instruments.timespan import Timespan
from tests.conftest import NOW
from tests.rates.pricing_world import JANUARY, JUNE, MARCH, keep, price, published
from tests.world import World

HOUR = timedelta(hours=1)


def payer(institution, *labs, kind: str = "university", country: str = "CN") -> Payer:
    return Payer(institution.id, kind, country, frozenset(lab.id for lab in labs))


@pytest.fixture
def thing(world: World):
    return world.instrument()


def test_an_instruments_own_version_comes_before_its_labs(world: World, thing) -> None:
    labs = published(thing.lab)
    own = published(thing, MARCH, JUNE)
    other = world.instrument(thing.lab)
    mine = payer(thing.institution)
    days = [date(2027, 2, 28), MARCH, date(2027, 5, 31), JUNE, date(2026, 12, 31)]
    found = [terms_on([thing.id], day, mine)[thing.id].terms for day in days]
    assert [terms and terms.version_id for terms in found] == [labs.id, own.id, own.id, labs.id, None]
    assert terms_on([other.id], MARCH, mine)[other.id].must().version_id == labs.id


def test_the_date_is_that_of_the_labs_wall(world: World) -> None:
    berlin = world.instrument(world.lab(zone="Europe/Berlin"))
    before, after = published(berlin.lab, JANUARY, MARCH), published(berlin.lab, MARCH)
    at = {"22:30": before.id, "23:30": after.id}
    for clock, version_id in at.items():
        moment = datetime.fromisoformat(f"2027-02-28T{clock}+00:00")
        assert (
            terms_at({berlin.id: moment}, payer(berlin.institution))[berlin.id].must().version_id
            == version_id
        )


@pytest.mark.parametrize(
    ("who", "key", "units"),
    [
        ("lab", "own_lab", "40.00"),
        ("home", "own_institution", "60.00"),
        ("partner", "partner", "90.00"),
        ("company", "company", "200.00"),
        ("nobody", "individual", None),
        ("abroad", "abroad", None),
        ("public", "public", None),
    ],
)
def test_each_class_pays_its_own_price_or_none_is_set(world: World, thing, who: str, key: str, units) -> None:
    published(thing.lab)
    other = world.institution()
    asks = {
        "lab": payer(thing.institution, thing.lab),
        "home": payer(thing.institution),
        "partner": payer(other),
        "company": payer(other, kind="company"),
        "nobody": Payer(),
        "abroad": payer(other, country="DE"),
        "public": payer(other, kind="public"),
    }[who]
    offer = terms_on([thing.id], MARCH, asks)[thing.id]
    assert offer.customer.key == key
    if units is None:
        with pytest.raises(Unpriced, match="no_price"):
            offer.must()
    else:
        assert str(offer.must().card.rates[0].price.amount) == units


def split(lab, base: str, *institutions) -> CustomerSplit:
    row = keep(CustomerSplit(lab=lab, base=base, name_en="Allies", name_zh="联盟成员"))
    for institution in institutions:
        keep(CustomerSplitMember(lab_id=lab.id, institution_id=institution.id, split_id=row.id))
    return row


def test_a_finer_class_has_its_own_price_where_the_version_has_one(world: World, thing) -> None:
    ally, other = world.institution(), world.institution()
    finer = split(thing.lab, "partner", ally)
    published(thing.lab, JANUARY, MARCH)
    published(thing.lab, MARCH, prices=[price("partner", 9000), price(finer.key, 5000)])
    before, then, others = (
        terms_on([thing.id], day, payer(who))[thing.id]
        for who, day in ((ally, JANUARY), (ally, MARCH), (other, MARCH))
    )
    assert [each.customer.key for each in (before, then, others)] == ["partner", finer.key, "partner"]
    assert then.must().customer_class == finer.key
    assert then.customer.why.values == {"name": "Allies / 联盟成员"}
    company = payer(ally, kind="company")
    assert terms_on([thing.id], MARCH, company)[thing.id].customer.key == "company"


def test_a_service_has_its_own_card_alone(world: World) -> None:
    lab = world.lab()
    service = keep(Service(lab=lab, name_en="Preparation"))
    published(lab, prices=[price("partner", 100, mode="service")])
    asks = payer(world.institution())
    assert service_terms_on([service.id], MARCH, asks)[service.id].terms is None
    published(service, prices=[price("partner", 7000, "sample", "service", code="sample", name_en="Sample")])
    assert service_terms_on([service.id], MARCH, asks)[service.id].must().card.rates[0].code == "sample"


def test_what_was_bound_stays_bound_whatever_is_published_since(thing) -> None:
    old = published(thing.lab)
    old.valid_to = MARCH
    keep(old)
    published(thing.lab, MARCH, prices=[price("partner", 1)])
    assert str(terms_of(old.id, "partner", "self").card.rates[0].price.amount) == "90.00"
    with pytest.raises(Unpriced):
        terms_of(old.id, "partner", "service")
    with pytest.raises(Unpriced):
        terms_of(0, "partner", "self")


def test_many_are_found_in_as_few_statements_as_one_and_published_ones_are_read_once(
    world: World, thing, statements
) -> None:
    lab = thing.lab
    things = [thing, *(world.instrument(lab) for _ in range(4)), world.instrument()]
    versions = [published(lab), *(published(each) for each in things[1:4])]
    ids, asks = [each.id for each in things], payer(world.institution())
    statements.clear()
    found = terms_on(ids, MARCH, asks)
    assert len(statements) == 6
    assert [found[each].terms and found[each].must().version_id for each in ids] == [
        versions[0].id, versions[1].id, versions[2].id, versions[3].id, versions[0].id, None,
    ]  # fmt: skip
    keys = [(each.id, "partner", "self") for each in versions] + [(versions[0].id, "abroad", "self")]
    statements.clear()
    terms_on(ids, MARCH, asks)
    assert len(statements) == 3
    statements.clear()
    assert set(terms_of_many(keys)) == set(keys[:-1])
    assert len(statements) == 1


def test_a_draft_is_read_anew(thing) -> None:
    row = published(thing.lab)
    draft = keep(type(row)(card_id=row.card_id, valid_from=JUNE, made_at=NOW, prices=[price("partner", 1)]))
    assert terms_of(draft.id, "partner", "self").card.rates[0].price.units == 1
    draft.prices[0].price_units = 2
    db.session.commit()
    assert terms_of(draft.id, "partner", "self").card.rates[0].price.units == 2


# --- Estimates


def span(text: str, hours: int) -> Timespan:
    start = datetime.fromisoformat(text)
    return Timespan(start, start + hours * HOUR)


def test_an_estimate_says_what_a_time_costs_and_to_what_it_binds(world: World, thing) -> None:
    night = RateWindow(position=1, name_en="Night", name_zh="夜间", since=1320, until=480, factor=50)
    holiday = RateWindow(position=0, name_en="Holiday", since=0, until=1440, factor=200, days="holiday")
    version = published(thing.lab, windows=[night, holiday])
    world.holiday(thing.institution, date(2027, 3, 8))
    wanted = Wanted(payer(world.institution()))
    workday = estimate(thing.id, span("2027-03-02T21:00+08:00", 2), wanted)
    off = estimate(thing.id, span("2027-03-08T21:00+08:00", 2), wanted)
    assert [str(each.must().total) for each in (workday, off)] == ["CNY 135.00", "CNY 360.00"]
    assert (workday.must().terms.version_id, workday.customer.key) == (version.id, "partner")
    assert workday.must().lines[1].why[0].values["window"] == "Night / 夜间"


def test_an_operator_is_quoted_all_along_where_the_card_has_a_price_for_one(world: World, thing) -> None:
    rates = [price("partner", 9000, mode="assisted"), price("partner", 5000, "operator_hour", "assisted")]
    published(thing.lab, prices=rates)
    asks = payer(world.institution())
    two = span("2027-03-02T09:00+08:00", 2)
    assert str(estimate(thing.id, two, Wanted(asks, "assisted")).must().total) == "CNY 280.00"
    assert (
        str(estimate(thing.id, two, Wanted(asks, "assisted", operator_minutes=30)).must().total)
        == "CNY 205.00"
    )


def test_what_has_no_price_is_never_nothing(world: World, thing) -> None:
    published(thing.lab)
    free = published(world.instrument(thing.lab), prices=[price("partner", 0)])
    there = {
        thing.id: span("2027-03-02T09:00+08:00", 1),
        free.card.instrument_id: span("2027-03-03T09:00+08:00", 1),
    }
    found = estimates(there, Wanted(payer(world.institution(), country="DE")))
    assert [each.quote for each in found.values()] == [None, None]
    with pytest.raises(Unpriced, match="no_price"):
        found[thing.id].must()
    asked = Wanted(payer(world.institution()), counts={"grid": 2})
    with pytest.raises(Unpriced, match="no_price_for"):
        estimate(thing.id, there[thing.id], asked).must()
    found = estimates(there, Wanted(payer(world.institution())))
    assert [str(each.must().total) for each in found.values()] == ["CNY 90.00", "CNY 0.00"]


def test_estimates_of_many_times_take_as_few_statements_as_one(world: World, thing, statements) -> None:
    published(thing.lab)
    things = [thing, *(world.instrument(thing.lab) for _ in range(3))]
    wanted = Wanted(payer(world.institution()))
    start = datetime(2027, 3, 2, tzinfo=UTC)
    spans = {each.id: Timespan(start + number * HOUR, start + 5 * HOUR) for number, each in enumerate(things)}
    estimates(spans, wanted)
    statements.clear()
    assert len(estimates(spans, wanted)) == 4
    assert len(statements) == 4
