"""Publish weekly hours for a season: in all its coming dates, with which they move."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from instruments.availability.hours import publish_week, state_of, today_at, weeks_of
from instruments.availability.opening import ValidWeek
from instruments.availability.owners import Owner
from instruments.availability.proposed import Change, both, unchanged, with_week
from instruments.availability.season_models import Season
from instruments.availability.seasons import resolved
from instruments.availability.week import Week
from instruments.errors import N_, Reason, Refusal
from instruments.people.audience import kept
from instruments.people.models import Lab


def in_season(owner: Owner, week: Week, season: Season, circles: Collection[str], now: datetime) -> Change:
    """The hours as they would be with a week in the coming dates of a season."""
    whose = frozenset(kept(circles).split())
    change: Change = unchanged
    for first, last in resolved(today_at(owner, now), None, [span.as_known().dates for span in season.spans]):
        valid = ValidWeek(week, first, last, whose)
        change = both(change, with_week(valid, of_lab=isinstance(owner, Lab)))
    return change


def publish_in_season(
    owner: Owner,
    week: Week,
    season: Season,
    *,
    seen: str,
    actor_id: int | None,
    now: datetime,
    circles: Collection[str] = (),
) -> None:
    """Publish a week in the dates of a season that are not over. Raises Refusal where there are none, else as
    publish_week does.
    """
    today = today_at(owner, now)
    coming = [(span.id, span.first_day, span.last_day) for span in season.spans if span.last_day >= today]
    if not coming:
        sentence = N_("All dates of this season are over.")
        raise Refusal([Reason("season_over", "season_id", sentence, {}, N_("Add coming dates to it first."))])
    for number, first, last in coming:
        publish_week(
            owner,
            week,
            since=max(first, today),
            until=last,
            seen=seen,
            actor_id=actor_id,
            now=now,
            circles=circles,
            season_span_id=number,
        )
        seen = state_of(weeks_of(owner))
