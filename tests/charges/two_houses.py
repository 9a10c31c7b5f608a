"""Two institutions that use one another's instruments, each with a closed month and statements of the other."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import select

from instruments.charges.closing.netting.proposing import propose
from instruments.charges.closing_models import Statement
from instruments.charges.settlement_models import SettlementProposal
from instruments.database import db
from instruments.database.transactions import perform
from tests.charges.scene import MORNING, Scene
from tests.charges.test_closing import close
from tests.conftest import NOW
from tests.world import World

DAY = timedelta(days=1)


class TwoHouses:
    """One used the other for more: two owes 540.00 on one statement and 360.00 on another, one owes 360.00."""

    def __init__(self, world: World) -> None:
        self.one, self.two = Scene(world), Scene(world)
        self.use(self.one, self.two, 3)
        self.use(self.two, self.one, 2)
        for scene in (self.one, self.two):
            close(scene)
        self.use(self.one, self.two, 2, MORNING + 28 * DAY)
        close(self.one, "2027-03")

    def use(self, at: Scene, of: Scene, count: int, first: object = MORNING) -> None:
        """Two hours each at 90.00, paid by a grant in the other's books."""
        for number in range(count):
            start = first + number * DAY  # type: ignore[operator]  # a moment
            at.use(at.reservation(start, payers=[(of.grant, "100", "partner")]))
        at.charge()

    def statements(self, creditor: Scene) -> list[Statement]:
        """What one of them is owed, by number."""
        db.session.rollback()
        asked = select(Statement).where(Statement.creditor_id == creditor.house.id).order_by(Statement.number)
        return list(db.session.scalars(asked))

    def propose(self, accepts: bool = True, by: Scene | None = None) -> int:
        """A proposal of one of them, of the first unless said."""
        scene = by or self.one
        other = self.two if scene is self.one else self.one
        act = partial(propose, scene.house.id, other.house.id, "CNY", accepts, NOW, scene.finance.id)
        return perform(act)


def proposal(number: int) -> SettlementProposal:
    """It as it now stands."""
    db.session.rollback()
    return db.session.get_one(SettlementProposal, number)
