"""Put what a sheet changes of the prices that it was exported from over others that were published since. Pure."""

from __future__ import annotations

from dataclasses import fields

from instruments.rates.described import Described
from instruments.rates.fees import FeeRules

_PLAIN = (
    "currency",
    "basis",
    "increment",
    "operator_increment",
    "operator_windows",
    "overrun",
    "note",
    "windows",
)


def onto(own: Described, said: Described, newest: Described) -> Described:
    """What `newest` says, save where `said` differs from `own`, from which it was made; the dates are those of `said`."""
    plain = {name: getattr(said if _differs(name, own, said) else newest, name) for name in _PLAIN}
    names = [each.name for each in fields(FeeRules)]
    fees = {
        name: getattr((said if _differs(name, own.fees, said.fees) else newest).fees, name) for name in names
    }
    old, new, now = ({price.key: price for price in each.prices} for each in (own, said, newest))
    changed = {key: price for key, price in new.items() if price != old.get(key)}
    stays = {key: price for key, price in now.items() if key in new or key not in old}
    prices = tuple((stays | changed).values())
    return said._replace(**plain, fees=FeeRules(**fees), prices=prices)


def _differs(name: str, one: object, other: object) -> bool:
    return bool(getattr(one, name) != getattr(other, name))
