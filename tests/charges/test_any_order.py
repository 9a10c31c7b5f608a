"""Whatever the order in which uses are confirmed, corrected, undone and charged, and however often: the books come out alike."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from instruments.charges.checking import differences
from instruments.charges.models import Charge, ChargeLine, ChargeShare
from instruments.charges.tasks import charge_all
from instruments.database import db
from instruments.funds.ledger_models import LedgerTransfer
from instruments.funds.models import Fund
from instruments.usage.models import InstrumentUse
from tests.charges.evidence import reported_so
from tests.charges.scene import MORNING, Scene, balances
from tests.conftest import NOW
from tests.world import World

WAITING = {"state": "waiting", "confirmed_at": None, "confirmed_by_id": None}
MINUTE = timedelta(minutes=1)
# No two uses stand in each other’s way, and none lies in a month that has not begun.
DAYS = count(-700)


class Story(NamedTuple):
    """What becomes of one use: how long it was, to how long it is corrected (None: not), whether it is undone."""

    minutes: int
    corrected: int | None
    undone: bool

    def steps(self) -> list[str]:
        return [
            "over",
            "confirm",
            *(["correct"] if self.corrected else []),
            *(["undo"] if self.undone else []),
        ]


STORIES = st.lists(
    st.builds(Story, st.integers(1, 700), st.none() | st.integers(1, 700), st.booleans()),
    min_size=1,
    max_size=3,
)


class Play:
    """Acts stories out against a fund of their own."""

    def __init__(self, scene: Scene, stories: list[Story]) -> None:
        self.scene, self.stories = scene, stories
        self.fund: Fund = scene.fund(scene.group, budget_units=10**9)
        self.uses: dict[int, InstrumentUse] = {}

    def step(self, number: int, what: str) -> None:
        story = self.stories[number]
        if what == "over":
            start = MORNING + timedelta(days=next(DAYS))
            row = self.scene.reservation(start, story.minutes / 60, [(self.fund, "100", "own_institution")])
            self.uses[number] = self.scene.use(row, [(start, start + story.minutes * MINUTE)], **WAITING)
        elif what == "confirm":
            self._change(number, state="confirmed", confirmed_at=NOW, confirmed_by_id=self.scene.manager.id)
        elif what == "undo":
            self._change(number, state="void", confirmed_at=None, confirmed_by_id=None)
        else:
            use = self.uses[number]
            end = use.started_at + (story.corrected or 1) * MINUTE
            reported_so(use.id, ended_at=end)
            self._change(number, ended_at=end)

    def _change(self, number: int, **values: Any) -> None:
        change = update(InstrumentUse).where(InstrumentUse.id == self.uses[number].id)
        db.session.execute(change.values(version=InstrumentUse.version + 1, **values))
        db.session.commit()

    def spent(self) -> int:
        return balances().get(("fund", self.scene.house.id, self.fund.id), 0)


def counts() -> list[int]:
    """How many rows there are of all that charging writes."""
    db.session.rollback()
    return [
        int(db.session.scalar(select(func.count()).select_from(each)) or 0)
        for each in (Charge, ChargeLine, ChargeShare, LedgerTransfer)
    ]


@pytest.fixture
def scene(world: World, now: object) -> Scene:
    return Scene(world)


@given(STORIES, st.randoms(use_true_random=False), st.floats(0, 0.9))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_events_does_not_matter(
    scene: Scene, stories: list[Story], chance: Any, often: float
) -> None:
    plain, mixed = Play(scene, stories), Play(scene, stories)
    for number, story in enumerate(stories):
        for what in story.steps():
            plain.step(number, what)
    left = {number: story.steps() for number, story in enumerate(stories)}
    while left:
        number = chance.choice(sorted(left))
        mixed.step(number, left[number].pop(0))
        if not left[number]:
            del left[number]
        if chance.random() < often:
            charge_all()
    charge_all()
    assert mixed.spent() == plain.spent()
    standing = [story for story in stories if not story.undone]
    rough = sum(100 * (story.corrected or story.minutes) for story in standing)
    assert abs(plain.spent() - rough) <= len(standing)
    assert sum(balances().values()) == 0
    assert differences() == []


@given(STORIES)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_running_again_changes_nothing(scene: Scene, stories: list[Story]) -> None:
    play = Play(scene, stories)
    for number, story in enumerate(stories):
        for what in story.steps():
            play.step(number, what)
            charge_all()
            before = counts()
            charge_all()
            assert counts() == before


@given(st.integers(1, 700), st.lists(st.integers(1, 9), min_size=1, max_size=3))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reversing_restores_every_account(scene: Scene, minutes: int, weights: list[int]) -> None:
    before = balances()
    funds = [scene.fund(scene.group, budget_units=10**9) for _ in weights]
    percents = [str(100 * weight // sum(weights)) for weight in weights[1:]]
    first = str(100 - sum(int(each) for each in percents))
    payers = [
        (fund, percent, "own_institution") for fund, percent in zip(funds, [first, *percents], strict=True)
    ]
    use = scene.use(scene.reservation(MORNING + timedelta(days=next(DAYS)), minutes / 60, payers))
    charge_all()
    assert balances() != before
    db.session.execute(
        update(InstrumentUse)
        .where(InstrumentUse.id == use.id)
        .values(version=InstrumentUse.version + 1, state="void", confirmed_at=None, confirmed_by_id=None)
    )
    db.session.commit()
    charge_all()
    assert balances() == before
