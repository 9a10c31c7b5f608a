"""Publish weekly hours for a season: in all its coming dates, with which they move."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from instruments.availability.hours import publish_week, state_of, today_at, weeks_of
from instruments.availability.owners import Owner
from instruments.availability.season_models import Season
from instruments.availability.week import Week
from instruments.errors import N_, Reason, Refusal


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
