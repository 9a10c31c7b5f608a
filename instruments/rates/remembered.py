"""What versions say, as the rules want it: read in a constant number of statements, and kept where it cannot change."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.money import Money
from instruments.rates.card import Card, Rate, Window, lacking_time
from instruments.rates.fees import FeeRules
from instruments.rates.models import RatePrice, RateVersion, RateWindow
from instruments.rates.terms import MINIMUM_OF_TIME, Terms

_VERSION: Any = RateVersion.__table__
_WINDOW: Any = RateWindow.__table__
_PRICE: Any = RatePrice.__table__

# The demonstration has some two thousand; each is a few kilobytes.
MOST_KEPT = 5000


class Stamped(NamedTuple):
    """A version by its number and by what names its content; kept: whether it was published, so never changes."""

    id: int
    stamp: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Content:
    """What one version says: the card of each class and mode that has a price, and the fees."""

    version_id: int
    cards: dict[tuple[str, str], Card]
    fees: FeeRules

    def terms(self, customer: str, mode: str) -> Terms | None:
        """Its terms for a class in a mode; None where it has no price for them."""
        card = self.cards.get((customer, mode))
        return Terms(self.version_id, customer, mode, card, self.fees) if card else None


# By stamp: numbers of rows come again in another database, stamps do not.
_kept: dict[str, Content] = {}
_lock = Lock()


def contents_of(versions: Collection[Stamped]) -> dict[int, Content]:
    """What each version says, by its number. No statement where all are known, else three."""
    found = {one.id: _kept[one.stamp] for one in versions if one.kept and one.stamp in _kept}
    missing = {one.id: one for one in versions if one.id not in found}
    if missing:
        for content in _read(missing):
            found[content.version_id] = content
            if missing[content.version_id].kept:
                _keep(missing[content.version_id].stamp, content)
    return found


def _keep(stamp: str, content: Content) -> None:
    with _lock:
        while len(_kept) >= MOST_KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[stamp] = content


def _read(version_ids: Collection[int]) -> Iterable[Content]:
    dialect = db.engine.dialect.name
    numbers = {"numbers": as_parameter(sorted(version_ids), dialect)}
    windows: dict[int, list[Window]] = {}
    for row in db.session.execute(
        select(_WINDOW).where(among(_WINDOW.c.version_id, dialect)).order_by(_WINDOW.c.position), numbers
    ):
        windows.setdefault(row.version_id, []).append(window_of(row))
    prices: dict[int, list[Row[Any]]] = {}
    for row in db.session.execute(
        select(_PRICE).where(among(_PRICE.c.version_id, dialect)).order_by(_PRICE.c.position, _PRICE.c.id),
        numbers,
    ):
        prices.setdefault(row.version_id, []).append(row)
    rows = db.session.execute(select(_VERSION).where(among(_VERSION.c.id, dialect)), numbers)
    return [content_of(row, windows.get(row.id, []), prices.get(row.id, [])) for row in rows]


def content_of(version: Any, windows: Iterable[Window], prices: Iterable[Any]) -> Content:
    """A version of rows, of the ORM or not, as the rules want it."""
    by_key: dict[tuple[str, str], list[Any]] = {}
    for price in prices:
        by_key.setdefault((price.customer_class, price.mode), []).append(price)
    shared = tuple(windows)
    holes = lacking_time({key: [row.unit for row in rows] for key, rows in by_key.items()})
    cards = {
        key: _card(version, shared, rows, key in holes)
        for key, rows in by_key.items()
        if any(row.unit != MINIMUM_OF_TIME for row in rows)
    }
    return Content(
        version.id, cards, FeeRules(version.late_percent, version.free_hours, version.no_show_percent)
    )


def _card(version: Any, windows: tuple[Window, ...], prices: Iterable[Any], lacks_time: bool) -> Card:
    rates, minimum = [], None
    for row in prices:
        price = Money.from_units(row.price_units, version.currency)
        if row.unit == MINIMUM_OF_TIME:
            minimum = price
        else:
            rates.append(Rate(row.unit, price, row.code, in_both(row.name_en, row.name_zh)))
    return Card(
        version.currency, tuple(rates), version.basis, version.increment, minimum, windows, version.overrun,
        version.operator_increment, version.operator_windows, lacks_time,
    )  # fmt: skip


def window_of(row: Any) -> Window:
    """A window of a row, of the ORM or not."""
    name = in_both(row.name_en, row.name_zh)
    return Window(name, row.since, row.until, row.factor, frozenset(row.days.split()))


def in_both(english: str, chinese: str) -> str:
    """A name in both languages, of which pages show the reader's."""
    return f"{english} / {chinese}" if english and chinese else english or chinese
