"""A year of operation, drawn at random: prices change, clocks change, uses are corrected and undone, charges are disputed,
adjusted and waived, months are closed. What stands in the books at the end is computed anew here, by another method:
minute by minute from what was used, without rates, shares, entries or any of their code.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update

from instruments.charges import by_hand, charging
from instruments.charges.checking import differences
from instruments.charges.dispute_models import ChargingSettings
from instruments.charges.disputing import answer, dispute
from instruments.charges.models import Charge
from instruments.charges.recharging import drop
from instruments.database import db
from instruments.database.transactions import perform
from instruments.demo.guards import aside
from instruments.funds.ledger_models import ClosedMonth, LedgerTransfer
from instruments.funds.models import Fund
from instruments.money import Money
from instruments.people.rights import Role
from instruments.rates.models import RateWindow
from instruments.usage.models import InstrumentUse, UseSpan
from tests.charges.scene import SINCE, Scene, balances
from tests.rates.pricing_world import price, published
from tests.world import World

BERLIN = ZoneInfo("Europe/Berlin")
CENT = Decimal("0.01")
# From when on, per hour for the own institution, for a partner, a sample; the night from 22:00 to 06:00 is at half price.
PRICES = [
    (date(2026, 1, 1), {"own_institution": 6000, "partner": 9100}, 1500),
    (date(2026, 4, 1), {"own_institution": 6300, "partner": 9550}, 1650),
    (date(2026, 10, 1), {"own_institution": 5999, "partner": 10_001}, 0),
]
USES = 90


class Expected:
    """What one use should come to, kept in plain numbers."""

    def __init__(self, spans: list[tuple[datetime, datetime]], rates: dict[str, int], sample: int) -> None:
        self.spans, self.rates, self.sample, self.samples = spans, rates, sample, 0
        self.shares: list[tuple[Fund, str, Decimal]] = []
        self.less: list[Decimal] = []
        self.waived, self.void = Decimal(0), False

    def price_of(self, customer_class: str) -> Decimal:
        """Counted minute by minute on the wall: by day and by night, each rounded once."""
        minutes = {"day": 0, "night": 0}
        for start, end in self.spans:
            at = start
            while at < end:
                hour = at.astimezone(BERLIN).hour
                minutes["night" if hour >= 22 or hour < 6 else "day"] += 1
                at += timedelta(minutes=1)
        hourly = Decimal(self.rates[customer_class]) / 100
        found = sum(
            (cents(hourly * factor * minutes[part] / 60) for part, factor in (("day", 1), ("night", Decimal("0.5")))),
            Decimal(0),
        )  # fmt: skip
        return found + cents(Decimal(self.sample) / 100 * self.samples)

    def owed(self) -> dict[int, Decimal]:
        """By fund."""
        if self.void:
            return {}
        whole = [cents(self.price_of(each) * percent / 100) for _, each, percent in self.shares]
        if len({each for _, each, _ in self.shares}) == 1 and len(self.shares) > 1:
            one = self.price_of(self.shares[0][1])
            whole = [one, *(down(one * percent / 100) for _, _, percent in self.shares[1:])]
            whole[0] -= sum(whole[1:], Decimal(0))
        for less in self.less:
            whole = adjusted(whole, less)
        whole = credited(whole, self.waived)
        return {fund.id: part for (fund, _, _), part in zip(self.shares, whole, strict=True)}


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def down(amount: Decimal) -> Decimal:
    return Decimal(int(amount * 100)) / 100


def adjusted(parts: list[Decimal], less: Decimal) -> list[Decimal]:
    """What is left shared anew in proportion, the remainder to the first."""
    whole = sum(parts, Decimal(0))
    rest = [down((whole - less) * part / whole) for part in parts[1:]]
    return [whole - less - sum(rest, Decimal(0)), *rest]


def credited(parts: list[Decimal], amount: Decimal) -> list[Decimal]:
    """What is credited shared in proportion, the remainder to the first."""
    if not amount:
        return parts
    whole = sum(parts, Decimal(0))
    rest = [down(amount * part / whole) for part in parts[1:]]
    less = [amount - sum(rest, Decimal(0)), *rest]
    return [part - one for part, one in zip(parts, less, strict=True)]


class Year:
    """Plays the year, and keeps what it should have come to."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene, self.chance = scene, random.Random(seed)
        self.lab = scene.world.lab(scene.house, zone="Europe/Berlin")
        scene.world.grant(scene.manager, Role.LAB_MANAGER, self.lab)
        self.instrument = scene.world.instrument(self.lab)
        self.second = scene.fund(scene.group, budget_units=10**9)
        self.other = scene.partner(budget_units=10**9)[1]
        self.versions = [self._published(number) for number in range(len(PRICES))]
        self.kept: dict[int, Expected] = {}
        self.closed: list[str] = []
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def _published(self, number: int) -> Any:
        since, rates, sample = PRICES[number]
        until = PRICES[number + 1][0] if number + 1 < len(PRICES) else None
        prices = [price(each, units) for each, units in rates.items()]
        prices += [price(each, sample, "sample", code="sample", name_en="Sample") for each in rates]
        night = RateWindow(position=0, name_en="Night", since=1320, until=360, factor=Decimal(50))
        return published(self.instrument, since, until, prices=prices, windows=[night])

    def use(self) -> None:
        """A reservation is used, more or less as it was reserved, and confirmed."""
        start = self.now + timedelta(minutes=self.chance.randrange(0, 1440))
        minutes = self.chance.randrange(1, 700)
        end = start + timedelta(minutes=minutes)
        booked = (start - timedelta(days=self.chance.randrange(0, 40))).astimezone(BERLIN).date()
        number = max(
            index for index, (since, _, _) in enumerate(PRICES) if since <= max(booked, PRICES[0][0])
        )
        payers = self.chance.choice(
            [
                [(self.scene.grant, "100", "own_institution")],
                [(self.scene.grant, "33.34", "own_institution"), (self.second, "66.66", "own_institution")],
                [(self.other, "100", "partner")],
                [(self.scene.grant, "50", "own_institution"), (self.other, "50", "partner")],
            ]
        )
        samples = self.chance.choice([0, 0, 3, 7])
        row = self.scene.reservation(
            start, minutes / 60, payers, instrument=self.instrument, version_id=self.versions[number].id
        )
        use = self.scene.use(row, [(start, end)], {"sample": str(samples)} if samples else None)
        expected = Expected([(start, end)], *PRICES[number][1:])
        expected.samples = samples
        expected.shares = [(fund, each, Decimal(percent)) for fund, percent, each in payers]
        self.kept[use.id] = expected

    def charge(self) -> None:
        """The worker's sweep, sometimes killed in the middle and begun again."""
        prepared = charging.prepare(charging.waiting(SINCE))
        db.session.rollback()
        if self.chance.random() < 0.3:
            self._killed(prepared)
        perform(lambda: charging.charge(prepared, self.now))
        for number in charging.without_use():
            perform(partial(drop, number, self.now))

    def _killed(self, prepared: Any) -> None:
        def act() -> None:
            charging.charge(prepared, self.now)
            raise InterruptedError

        try:
            perform(act)
        except InterruptedError:
            return

    def later(self) -> None:
        """Something becomes of a use that was charged before."""
        standing = [number for number, each in self.kept.items() if not each.void and not each.waived]
        if not standing:
            return
        number = self.chance.choice(standing)
        self.chance.choice([self._correct, self._dispute, self._waive, self._undo, self._nothing])(number)

    def _correct(self, number: int) -> None:
        expected = self.kept[number]
        start, end = expected.spans[0]
        end = max(start + timedelta(minutes=1), end - timedelta(minutes=self.chance.randrange(1, 200)))
        with aside(["use_span"]):
            db.session.execute(delete(UseSpan).where(UseSpan.use_id == number))
        db.session.add(
            UseSpan(use_id=number, layer="attended", started_at=start, ended_at=end, grade="typed", recorded_at=start,
                    source_key="")
        )  # fmt: skip
        self._changed(number, ended_at=end)
        expected.spans, expected.less = [(start, end)], []

    def _changed(self, number: int, **values: Any) -> None:
        db.session.execute(
            update(InstrumentUse)
            .where(InstrumentUse.id == number)
            .values(version=InstrumentUse.version + 1, **values)
        )
        db.session.commit()

    def _live(self, number: int) -> Charge | None:
        asked = select(Charge).where(Charge.use_id == number, Charge.kind == "use", Charge.state == "posted")
        return db.session.scalars(asked).one_or_none()

    def _dispute(self, number: int) -> None:
        live = self._live(number)
        if live is None or not live.total_units:
            return
        charge_id, total = live.id, live.total_units
        student, manager = self.scene.actor(self.scene.student), self.scene.actor(self.scene.manager)
        raised = perform(lambda: dispute(student, charge_id, "Too much", None, self.now))
        upheld = self.chance.random() < 0.4
        less = Money.from_units(self.chance.randrange(1, total + 1), "CNY")
        decision = "upheld" if upheld else "adjusted"
        perform(
            lambda: answer(manager, raised, decision, "Because", None if upheld else less, None, self.now)
        )
        if not upheld:
            self.kept[number].less.append(less.amount)

    def _waive(self, number: int) -> None:
        live = self._live(number)
        if live is None or live.total_units < 2:
            return
        charge_id, amount = live.id, Money.from_units(self.chance.randrange(1, live.total_units), "CNY")
        actor = self.scene.actor(self.scene.finance)
        perform(lambda: by_hand.enter(actor, charge_id, "credit", amount, "Goodwill", self.now))
        self.kept[number].waived = amount.amount

    def _undo(self, number: int) -> None:
        self._changed(number, state="void", confirmed_at=None, confirmed_by_id=None)
        self.kept[number].void = True

    def _nothing(self, number: int) -> None:
        """A change that costs the same."""
        self._changed(number, note="seen")

    def close(self, month: str) -> None:
        """Nothing is posted any more into a month of these books."""
        db.session.add(ClosedMonth(institution_id=self.scene.house.id, month=month, closed_at=self.now))
        db.session.commit()
        self.closed.append(month)


def play(scene: Scene, seed: int) -> Year:
    year = Year(scene, seed)
    for day in range(0, 365, 2):
        year.now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
        if year.chance.random() < USES / 182:
            year.use()
        if day % 6 == 0:
            year.charge()
            year.later()
        if day and year.now.day <= 2 and year.chance.random() < 0.8:
            last = (year.now.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
            if last not in year.closed:
                year.close(last)
    year.charge()
    year.charge()
    return year


def test_a_year_comes_out_to_the_cent(world: World) -> None:
    scene = Scene(world)
    db.session.add(
        ChargingSettings(institution_id=scene.house.id, share_rate=1750, second_above_units=10**12)
    )
    db.session.commit()
    year = play(scene, 2026)
    wanted: dict[int, int] = {}
    for expected in year.kept.values():
        for fund_id, amount in expected.owed().items():
            wanted[fund_id] = wanted.get(fund_id, 0) + int(amount * 100)
    found = balances()
    spent = {fund: units for (kind, _, fund), units in found.items() if kind == "fund"}
    assert spent == {fund: units for fund, units in wanted.items() if units}
    partner = year.other.owner_institution_id
    assert found["receivable", scene.house.id, None] == wanted[year.other.id]
    assert found["payable", partner, None] == -wanted[year.other.id]
    for books in (scene.house.id, partner):
        assert sum(units for (_, where, _), units in found.items() if where == books) == 0
    income = -found["lab_income", scene.house.id, None] - found["institution_share", scene.house.id, None]
    assert income == sum(wanted.values())
    assert differences() == []
    late = select(LedgerTransfer.id).join(
        ClosedMonth,
        (ClosedMonth.institution_id == LedgerTransfer.institution_id) & (ClosedMonth.month == LedgerTransfer.month),
    ).where(LedgerTransfer.posted_at > ClosedMonth.closed_at)  # fmt: skip
    assert db.session.scalars(late).all() == []
    assert len(year.kept) > 60 and len(year.closed) > 5
