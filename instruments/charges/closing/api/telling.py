"""What the doors of month end for programs share: the blueprint, amounts, payers, and files."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from apiflask import APIBlueprint

from instruments.errors import N_, Reason
from instruments.money import Money
from instruments.web.downloads import KINDS
from instruments.web.multipart import downloads

api = APIBlueprint("month_end_api", __name__, url_prefix="/api/v1", tag="Month end")


def text(units: int, currency: str) -> str:
    """An amount in minor units as programs read it: "1200.50"."""
    return str(Money.from_units(units, currency).amount)


def amount_sent(said: str, currency: str, reasons: list[Reason]) -> Money:
    """The amount that a program sent, above zero; none and a reason where it is none in this currency."""
    try:
        found = Money(Decimal(said), currency)
    except ValueError:
        found = None
    if found is None or found.units <= 0:
        reasons.append(Reason("amount", "amount", N_("Write an amount, like 1200 or 1200.50.")))
        return Money.none(currency)
    return found


def payer_told(numbers: tuple[int | None, ...], names: dict[str, str]) -> dict[str, Any]:
    """Who owes: by number (institution, group, person, programme), and by name."""
    institution_id, group_id, person_id, programme_id = (each or None for each in numbers)
    return {
        "institution_id": institution_id, "group_id": group_id, "person_id": person_id, "programme_id": programme_id,
        "name_en": names["name_en"], "name_zh": names["name_zh"], "group_en": names.get("group_en", ""),
        "group_zh": names.get("group_zh", ""),
    }  # fmt: skip


def files(about: str, *kinds: str) -> dict[str | int, Any]:
    """Files of these kinds (pdf, xlsx, csv) as the answers of a door, for the OpenAPI document."""
    return {200: downloads(about, *(KINDS[kind].partition(";")[0] for kind in kinds)), 404: ""}
