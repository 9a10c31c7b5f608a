"""Any selection of instruments: ticked on whatever pages and searches, or all that match; and the change typed for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request

from instruments.availability.week import parse_week
from instruments.availability.week_changes import AsLab, NewWeek
from instruments.catalog.listing import STATUSES, Asked, numbers
from instruments.errors import N_, Reason, Refusal, gathered
from instruments.people.audience import CIRCLES, kept
from instruments.people.models import Lab
from instruments.reservations.bulk.changing import Change
from instruments.reservations.bulk.limits import LimitsAsLab, SetLimits
from instruments.reservations.bulk.selection import MOST
from instruments.reservations.limits import LIMITS
from instruments.reservations.views.limit_fields import typed_limits
from instruments.typed import whole, wholes
from instruments.web.fields import day_typed

KINDS = ("hours", "lab_hours", "limits", "lab_limits")


@dataclass(frozen=True)
class Picked:
    """What the list shows, and what is ticked: on this page and on others, or all that match."""

    asked: Asked
    page: int
    ticked: frozenset[int]
    everything: bool

    def selection(self) -> list[int]:
        """The instruments that the change is for."""
        return numbers(self.asked) if self.everything else sorted(self.ticked)


def picked(labs: Sequence[Lab]) -> Picked:
    """As the address says, or the form; labs: those whose instruments may be changed."""
    given = request.values
    status = given.get("status", "")
    asked = Asked(
        lab_ids=[lab.id for lab in labs],
        words=given.get("q", "")[:200],
        institution_id=given.get("institution", type=int),
        lab_id=given.get("lab", type=int),
        status=status if status in STATUSES[:-1] else "",
        in_use=True,
    )
    before = _numbers(given.get("elsewhere", "")) - _numbers(given.get("shown", ""))
    ticked = set(wholes(given.getlist("picked")))
    do = given.get("do", "")
    shown = _numbers(given.get("shown", ""))
    if do in ("tick", "untick"):
        ticked = shown if do == "tick" else set()
    page = whole(do.removeprefix("page:")) if do.startswith("page:") else given.get("page", 1, type=int)
    return Picked(
        asked,
        1 if do == "filter" else max(min(page or 1, 1_000_000), 1),
        frozenset(before | ticked),
        bool(given.get("everything")) and do != "untick",
    )


def typed() -> dict[str, Any]:
    """The fields of the change as they were sent."""
    names = ("what", "week", "since", "until", *LIMITS)
    circles = [circle for circle in CIRCLES if circle in request.values.getlist("circles")]
    return {name: request.values.get(name, "") for name in names} | {"circles": circles}


def change() -> Change:
    """The change that the form says; raises Refusal with every reason why it cannot be read."""
    match request.form.get("what", ""):
        case "hours":
            return _new_week()
        case "lab_hours":
            reasons: list[Reason] = []
            since = day_typed("since", reasons, needed=True)
            if since is None:
                raise Refusal(reasons)
            return AsLab(since)
        case "limits":
            own, unread = typed_limits(request.form)
            if unread:
                raise Refusal(unread)
            return SetLimits(tuple((name, value) for name, value in own.items() if value is not None))
        case "lab_limits":
            return LimitsAsLab()
        case _:
            raise Refusal([Reason("no_change", "what", N_("Choose what to change."))])


def _new_week() -> NewWeek:
    reasons: list[Reason] = []
    since: date | None = day_typed("since", reasons, needed=True)
    until = day_typed("until", reasons)
    week = ""
    with gathered(reasons):
        week = str(parse_week(request.form.get("week", ""), "week"))
    if reasons or since is None:
        raise Refusal(reasons)
    return NewWeek(week, since, until, kept(request.form.getlist("circles")))


def _numbers(text: str) -> set[int]:
    return set(wholes(text.split()[:MOST]))
