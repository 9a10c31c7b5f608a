"""What is corrected, disputed and waived of the invented charges: a few of each, by the acts of those who would do it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from instruments.charges.by_hand import enter
from instruments.charges.charging import charge, prepare
from instruments.charges.disputing import ADJUSTED, UPHELD, answer, dispute
from instruments.charges.states import CREDIT, WAIVER
from instruments.database import db
from instruments.demo.generator.funds import SHOWN_HOUSE
from instruments.demo.generator.instruments import SHOWN_LAB
from instruments.demo.generator.world import InventedWorld
from instruments.demo.money.billing import SECOND_ABOVE
from instruments.money import Money
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id
from instruments.usage.correcting import correct
from instruments.usage.kinds import ATTENDED

OPEN_DAYS = 3
# Of which at least so many seconds were used.
LONG = 5400
WENT_ON = "By the logbook it went on for half an hour. / 按使用登记簿，实际多用了半小时。"
FAILED = "The cooling water failed, and we had to wait. / 冷却水中断，我们只能等待。"
COOLING = "The log of the cooling shows it: a quarter less. / 冷却系统日志属实，减收四分之一。"
LONGER = "We left half an hour before the time that is charged. / 我们比计费结束时间早离开半小时。"
LOGGED = "The logger of the instrument shows it running until the end. / 仪器记录显示一直运行到结束。"
NOT_READY = "The instrument was ready a quarter of an hour late. / 仪器晚了一刻钟才可用。"
COURTESY = "The sample had to be measured twice after a fault of the stage. / 样品台故障，样品需要重测。"
LARGE = "Agreed with the head of the group after the long outage. / 长时间停机后与课题组负责人商定。"
# Charges of the first institution for uses by members of groups: those of the shown lab first, then the latest.
CHARGES = """
SELECT c.id, c.lab_id, c.total_units, c.use_id, c.user_id, u.version
FROM charge AS c JOIN use AS u ON u.id = c.use_id
WHERE c.institution_id = :house AND c.kind = 'use' AND c.state = 'posted' AND c.month = :month AND c.total_units > :least
  AND c.group_id IS NOT NULL AND u.kind = 'reservation' AND u.ended_at - u.started_at >= :shortest
  AND (:user = 0 OR c.user_id = :user)
ORDER BY CASE WHEN c.lab_id = :lab THEN 0 ELSE 1 END, c.service_on DESC, c.id DESC LIMIT 8
"""


class Disputes:
    """Who corrects and who disputes: the managers of labs, the shown one's first, and those who use them."""

    def __init__(self, world: InventedWorld) -> None:
        self._world = world
        self._touched: set[int] = set()

    def correct(self, month: str, moment: datetime) -> None:
        """The manager corrects the hours of one use of a month, which is charged anew."""
        for row in self._charges(month, 1):
            whole = db.session.execute(
                text("SELECT started_at, ended_at FROM use WHERE id = :use"), {"use": row.use_id}
            ).one()
            span = (whole.started_at, whole.ended_at + 1800)
            correct(
                self._manager(row.lab_id, moment),
                row.use_id,
                ATTENDED,
                [span],
                WENT_ON,
                row.version,
                moment,
            )
            charge(prepare([row.use_id]), moment + timedelta(minutes=1))

    def settle(self, month: str, moment: datetime, *, upheld: bool) -> None:
        """Somebody disputes a charge of a month, and the lab answers two days later."""
        for row in self._charges(month, 1):
            said = LONGER if upheld else FAILED
            number = dispute(self._actor(row.user_id, moment), row.id, said, None, moment)
            answered = moment + timedelta(days=2)
            less = None if upheld else Money.from_units(row.total_units // 4, "CNY")
            decision, why = (UPHELD, LOGGED) if upheld else (ADJUSTED, COOLING)
            answer(self._manager(row.lab_id, answered), number, decision, why, less, None, answered)

    def leave_open(self, months: Sequence[str], now: datetime) -> None:
        """The shown researcher, or else somebody, disputes a charge of late, which the lab has not answered yet."""
        moment = now - timedelta(days=OPEN_DAYS)
        researcher = self._world.people.shown["researcher"]
        wishes = [(user, month) for user in (researcher, 0) for month in months]
        found = next(
            (rows for user, month in wishes if (rows := self._charges(month, 1, user=user, least=0))), []
        )
        for row in found:
            dispute(self._actor(row.user_id, moment), row.id, NOT_READY, None, moment)

    def lessen(self, month: str, moment: datetime) -> None:
        """The manager waives a part of a charge, and credits more of another than one alone may decide."""
        for row in self._charges(month, 1):
            units = min(row.total_units // 2, SECOND_ABOVE)
            enter(
                self._manager(row.lab_id, moment),
                row.id,
                WAIVER,
                Money.from_units(units, "CNY"),
                COURTESY,
                moment,
            )
        for row in self._charges(month, 1, least=SECOND_ABOVE):
            enter(
                self._manager(row.lab_id, moment),
                row.id,
                CREDIT,
                Money.from_units(row.total_units, "CNY"),
                LARGE,
                moment,
            )

    def _charges(self, month: str, most: int, *, least: int = 5_000, user: int = 0) -> list[Any]:
        """Some that nothing was done about yet."""
        values = {
            "house": SHOWN_HOUSE, "lab": SHOWN_LAB, "month": month, "least": least, "user": user,
            "shortest": LONG if least else 0,
        }  # fmt: skip
        rows = [
            row
            for row in db.session.execute(text(CHARGES), values)
            if row.use_id not in self._touched
            and row.user_id != self._world.people.staff_of_lab[row.lab_id][0]
        ]
        found = rows[:most]
        self._touched |= {row.use_id for row in found}
        return found

    def _manager(self, lab_id: int, moment: datetime) -> Actor:
        return self._actor(self._world.people.staff_of_lab[lab_id][0], moment)

    def _actor(self, number: int, moment: datetime) -> Actor:
        actor = actor_by_id(number, moment)
        assert actor is not None  # noqa: S101 - they used or run the lab then
        return actor
