"""What doors of utilization for programs share: the blueprint, which view is asked for, and how figures are told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apiflask import APIBlueprint
from flask_babel import gettext

from instruments.errors import N_, Reason
from instruments.people.rights import Actor
from instruments.rounding import half_up
from instruments.utilization import asking
from instruments.utilization.asking import View
from instruments.utilization.definitions import BESIDE, DEFINITIONS
from instruments.utilization.figures import Figure
from instruments.utilization.places import first_place
from instruments.utilization.saying import Said
from instruments.utilization.schemas import PlaceQuery, UsedQuery, UsedThenQuery
from instruments.utilization.totals import Totals
from instruments.web.reasons import in_full

api = APIBlueprint("utilization_api", __name__, url_prefix="/api/v1", tag="Utilization")


def view_of(query: PlaceQuery, actor: Actor, now: datetime) -> View:
    """The place and period that are asked for; raises Refusal where they cannot be read."""
    fields = {"of": query.of or "", "period": period_of(query), "class": query.class_code or ""}
    return asking.read(fields, now.date(), ("platform", 0) if query.of else first_place(actor))


def period_of(query: PlaceQuery | UsedQuery | UsedThenQuery) -> str:
    """The period as an address writes it; empty where none is asked for."""
    return query.period or (f"{query.first}..{query.last}" if query.first and query.last else "")


def day_objections(query: PlaceQuery | UsedQuery | UsedThenQuery) -> list[Reason]:
    """Why the days cannot be taken."""
    reasons = []
    if (query.first is None) != (query.last is None):
        reasons.append(Reason("both_days", "from", N_("Send both days, the first and the last.")))
    if query.period and query.first:
        reasons.append(Reason("one_period", "period", N_("Send a period or two days, not both.")))
    return reasons


def why_told(reason: Reason | None) -> str | None:
    """Why a period does not stand beside another; None where it does."""
    return None if reason is None else in_full(reason)


def other_told(
    view: View, figures: Iterable[Said], before: Callable[[str], Figure | None], why: Reason | None
) -> dict[str, Any]:
    """The period to compare with: its figures, those that are known of it, and by how much each differs."""
    return {
        "against": view.against, "period": view.other.code, "first": view.other.first, "last": view.other.last,
        "figures": {
            each.figure.code: {
                "value": None if other.value is None else number_told(other.value), "changed": part_told(each.change),
            }
            for each in figures
            if (other := before(each.figure.code)) is not None
        },
        "not_compared": why_told(why),
    }  # fmt: skip


def part_told(change: Decimal | None) -> str | None:
    """A change as a part of one; it is rounded as on the page."""
    return None if change is None else number_told(Fraction(change) / 100)


def figure_told(figure: Figure) -> dict[str, Any]:
    """A figure with what stands above and below its line, or why it has none."""
    return {
        "value": None if figure.value is None else number_told(figure.value), "over": number_told(figure.over),
        "under": None if figure.under is None else number_told(figure.under), "n": figure.n,
        "missing": gettext(figure.missing) if figure.value is None else None,
    }  # fmt: skip


def evidence_told(totals: Totals, code: str) -> dict[str, Any] | None:
    """The evidence of the hours above the line of a figure; None where they are no hours of use."""
    found = totals.evidence(code)
    if found is None:
        return None
    return {"of": found.of, "parts": {grade: number_told(part) for grade, part in found.parts}}


def definition_told(code: str) -> dict[str, Any]:
    """What a figure means."""
    definition = DEFINITIONS.get(code) or BESIDE[code]
    return {
        "name": gettext(definition.name), "words": gettext(definition.words), "over": definition.over,
        "under": definition.under or None, "unit": definition.unit, "version": definition.version,
    }  # fmt: skip


def number_told(value: Fraction) -> str:
    """A decimal with at most six places and no zeros behind."""
    return f"{half_up(value, 6).normalize():f}"
