"""Programmes as they are kept: opened, asked for, admitted; what they bear, reserved, committed and given back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Forbidden, NotFound, Refusal
from instruments.funds import subsidizing
from instruments.funds.programme_admitting import (
    Application,
    apply,
    decide,
    end,
    may_see_admission,
    state_on,
    still_to_ask,
    the_admission,
)
from instruments.funds.programme_setting import Described, close_programme, edit_programme, open_programme
from instruments.funds.programmes import Programme, divided
from instruments.funds.subsidizing import Payer
from instruments.money import Money
from instruments.people.models import Person
from instruments.people.rights import Actor, Role
from instruments.people.signing import actor_by_id
from instruments.rates.lines import TIME, Line
from tests.world import World

NOW = datetime(2027, 3, 1, tzinfo=UTC)
TODAY = date(2027, 3, 1)


def cny(amount: str) -> Money:
    return Money(Decimal(amount), "CNY")


TERMS = Programme(
    "Vouchers", Decimal(50), date(2027, 1, 1), date(2027, 12, 31), frozenset({"company"}),
    small_firms_only=True, cap_per_order=cny("300.00"), budget=cny("1000.00"),
)  # fmt: skip


class Scheme:
    """A programme of the platform for small companies, one of which asks for it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.admin, self.second = world.person(), world.person()
        for person in (self.admin, self.second):
            world.grant(person, Role.PLATFORM_ADMINISTRATOR)
        self.lab = world.lab()
        self.company = world.institution(kind="company")
        self.manager = world.person(self.company)
        world.grant(self.manager, Role.COMPANY_MANAGER, self.company)
        self.payer = Payer(self.company.id, None, "company")
        self.number = perform(lambda: open_programme(who(self.admin), self.described(), NOW)).id

    def described(self, **values: Any) -> Described:
        """The programme."""
        terms = replace(TERMS, **values.pop("terms", {}))
        return replace(Described("V1", "Vouchers", "创新券", "CNY", terms, needs_proof=True), **values)

    def application(self, **values: Any) -> Application:
        """What the company says of itself."""
        whole = Application(self.number, self.company.id, True, "58 people", ("a.pdf", "proof.pdf"))
        return replace(whole, **values)

    def admitted(self, until: date | None = None) -> int:
        """The company is admitted; the number of its admission."""
        asked = perform(lambda: apply(who(self.manager), self.application(), NOW)).id
        return perform(lambda: decide(who(self.admin), asked, 1, True, until, "", NOW)).id

    def offer(self, day: date = TODAY) -> subsidizing.Offer:
        """The programme as it is for the company."""
        house = self.lab.institution_id
        return subsidizing.offers(self.payer, house, frozenset({"030201"}), day, "CNY")[0]


@pytest.fixture
def scheme(world: World) -> Scheme:
    """A programme and a company."""
    return Scheme(world)


def who(person: Person) -> Actor:
    found = actor_by_id(person.id, NOW)
    assert found is not None
    return found


def codes(act: Callable[[], object], kind: type[Refusal] = Refusal) -> list[str]:
    with pytest.raises(kind) as refused:
        perform(act)
    return [reason.code for reason in refused.value.reasons]


def lines(amount: str) -> list[Line]:
    """One line of time."""
    return [Line(TIME, "hour", Fraction(1), cny(amount), ())]


def test_terms_that_cannot_stand_are_refused_with_every_reason(scheme: Scheme) -> None:
    wrong = scheme.described(
        code="V1", name_en="", name_zh="",
        terms={"rate": Decimal("0.005"), "payer_kinds": frozenset({"cat"}), "instrument_classes": frozenset({"99"})},
    )  # fmt: skip
    assert codes(lambda: open_programme(who(scheme.admin), wrong, NOW)) == [
        "missing", "code_taken", "too_fine", "payer_kind", "no_class",
    ]  # fmt: skip
    assert codes(lambda: open_programme(who(scheme.manager), scheme.described(code="V2"), NOW), Forbidden)


def test_the_finance_of_an_institution_sets_its_own_programmes_alone(scheme: Scheme) -> None:
    house = scheme.lab.institution
    finance = scheme.world.person(house)
    scheme.world.grant(finance, Role.FINANCE_OFFICER, house)
    mine = scheme.described(code="OWN", institution_id=house.id)
    perform(lambda: open_programme(who(finance), mine, NOW))
    assert codes(lambda: edit_programme(who(finance), scheme.number, None, mine, NOW), Forbidden) == [
        "forbidden"
    ]


def test_a_company_asks_with_its_declaration_and_proof_once(scheme: Scheme) -> None:
    bare = scheme.application(small_firm=False, document=("", ""))
    assert codes(lambda: apply(who(scheme.manager), bare, NOW)) == ["no_declaration", "no_proof"]
    assert codes(lambda: apply(who(scheme.admin), bare, NOW), Forbidden) == ["forbidden"]
    asked = perform(lambda: apply(who(scheme.manager), scheme.application(), NOW))
    assert codes(lambda: apply(who(scheme.manager), scheme.application(), NOW)) == ["asked_already"]
    rival = scheme.world.person(scheme.world.institution(kind="company"))
    assert (may_see_admission(who(scheme.manager), asked), may_see_admission(who(rival), asked)) == (
        True,
        False,
    )
    assert codes(lambda: decide(who(rival), asked.id, 1, True, None, "", NOW), NotFound) == ["no_admission"]
    assert codes(lambda: decide(who(scheme.admin), asked.id, 1, False, None, "", NOW)) == ["no_reason"]


def test_only_the_admitted_are_paid_for_and_only_until_their_day(scheme: Scheme) -> None:
    assert [each.code for each in scheme.offer().why_not] == ["no_declaration", "not_admitted"]
    number = scheme.admitted(date(2027, 6, 30))
    assert scheme.offer().why_not == ()
    assert [each.code for each in scheme.offer(date(2027, 7, 1)).why_not] == [
        "no_declaration",
        "not_admitted",
    ]
    ended = scheme.offer(date(2027, 7, 1)).why_not[1]
    assert (ended.message, ended.values["day"]) == (
        "The admission of this payer to %(name)s ended after %(day)s.",
        date(2027, 6, 30),
    )
    perform(lambda: end(who(scheme.second), number, None, "Grown", NOW))
    assert "has not admitted" in scheme.offer().why_not[1].message


def test_who_was_admitted_to_a_day_that_is_over_asks_anew(scheme: Scheme) -> None:
    number, until = scheme.admitted(date(2027, 6, 30)), datetime(2027, 6, 30, 12, tzinfo=UTC)
    asks = [scheme.company.id]
    assert codes(lambda: apply(who(scheme.manager), scheme.application(), until)) == ["asked_already"]
    later = until + timedelta(days=1)
    assert still_to_ask(who(scheme.manager), scheme.number, asks, until.date()) == set()
    assert still_to_ask(who(scheme.manager), scheme.number, asks, later.date()) == set(asks)
    assert state_on(the_admission(number), later.date()) == "ended"
    assert codes(lambda: end(who(scheme.second), number, None, "Grown", later)) == ["not_admitted"]
    anew = perform(lambda: apply(who(scheme.manager), scheme.application(), later)).id
    assert (the_admission(number).state, the_admission(anew).state) == ("ended", "asked")
    assert codes(lambda: apply(who(scheme.manager), scheme.application(), later)) == ["asked_already"]
    perform(lambda: decide(who(scheme.admin), anew, 1, True, None, "", later))
    assert [each.code for each in scheme.offer(later.date()).why_not] == []


def test_what_is_reserved_counts_until_it_is_given_back_and_what_is_paid_replaces_it(scheme: Scheme) -> None:
    scheme.admitted()
    for number in range(1, 4):
        amount = scheme.offer()
        bears = divided(lines("1000.00"), "CNY", [(amount.terms, amount.standing)]).granted[0].amount
        thing = ("reservation", number)
        perform(lambda: subsidizing.reserve(thing, scheme.payer, {scheme.number: bears}, TODAY, NOW))  # noqa: B023 - done before the next turn
    assert scheme.offer().standing.in_all == cny("900.00")
    paid = subsidizing.Paid(
        ("reservation", 1), ("charge", 1), scheme.payer, {scheme.number: cny("200.00")}, TODAY.year
    )
    perform(lambda: subsidizing.commit([paid], NOW))
    assert scheme.offer().standing.in_the_year == cny("800.00")
    assert perform(lambda: subsidizing.give_back([("reservation", 2), ("charge", 1)], NOW)) == 2
    assert perform(lambda: subsidizing.give_back([("reservation", 2), ("charge", 1)], NOW)) == 0
    assert scheme.offer().standing.in_all == cny("300.00")
    assert len(subsidizing.burn_down(scheme.number)) == 1


def test_the_best_programmes_are_chosen_together_or_alone(scheme: Scheme) -> None:
    admin = who(scheme.admin)
    house = scheme.lab.institution_id
    for code, rate, combines in (("A", 20, True), ("B", 25, True), ("C", 40, False)):
        terms = {
            "rate": Decimal(rate),
            "combines": combines,
            "small_firms_only": False,
            "cap_per_order": None,
        }
        described = scheme.described(code=code, name_en=code, terms=terms, needs_proof=False)
        number = perform(lambda: open_programme(admin, described, NOW)).id  # noqa: B023 - done before the next turn
        asked = perform(lambda: apply(who(scheme.manager), Application(number, scheme.company.id), NOW)).id  # noqa: B023
        perform(lambda: decide(admin, asked, None, True, None, "", NOW))  # noqa: B023 - done before the next turn
    found = subsidizing.offers(scheme.payer, house, frozenset(), TODAY, "CNY")
    chosen, division = subsidizing.best(found, lines("100.00"), "CNY")
    assert ([each.terms.name[0] for each in chosen], division.payer) == (["A", "B"], cny("55.00"))


def test_a_closed_programme_pays_nothing_new(scheme: Scheme) -> None:
    scheme.admitted()
    perform(lambda: close_programme(who(scheme.admin), scheme.number, None, NOW))
    assert subsidizing.offers(scheme.payer, scheme.lab.institution_id, frozenset(), TODAY, "CNY") == []


def test_of_two_who_want_the_last_of_a_budget_one_gets_it(app: Flask, scheme: Scheme) -> None:
    scheme.admitted()
    payer, number, house = scheme.payer, scheme.number, scheme.lab.institution_id
    amounts = {number: cny("800.00")}
    perform(lambda: subsidizing.reserve(("reservation", 9), payer, amounts, TODAY, NOW))
    gun = threading.Barrier(3)

    def race(place: int) -> None:
        def act() -> None:
            subsidizing.lock_programmes([number])
            (offer,) = subsidizing.offers(payer, house, frozenset({"030201"}), TODAY, "CNY")
            bears = divided(lines("1000.00"), "CNY", [(offer.terms, offer.standing)]).granted[0].amount
            subsidizing.reserve(("reservation", place), payer, {number: bears}, TODAY, NOW)

        with app.app_context():
            gun.wait(30)
            perform(act)
            db.session.remove()

    threads = [threading.Thread(target=race, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    assert scheme.offer().standing.in_all == cny("1000.00")
