"""The database itself refuses hours, rules and quotas in a season of another institution, whoever writes them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from tests.world import World

FIRST, LAST = date(2027, 7, 1), date(2027, 8, 31)


def hours(world: World, lab: Any, season: Any) -> Any:
    return world.hours(lab, "24/7", valid_from=FIRST, valid_to=LAST, season_span_id=season.spans[0].id)


def rules(world: World, lab: Any, season: Any) -> Any:
    return world.dated_rules(lab, FIRST, LAST, season_id=season.id, grid_minutes=30)


def rules_of_instrument(world: World, lab: Any, season: Any) -> Any:
    return world.dated_rules(world.instrument(lab), FIRST, LAST, season_id=season.id, grid_minutes=30)


def quota(world: World, lab: Any, season: Any) -> Any:
    return world.quota(lab, season_id=season.id)


@pytest.mark.parametrize("make", [hours, rules, rules_of_instrument, quota])
def test_a_season_of_another_institution_is_refused(world, now, make) -> None:
    lab = world.lab()
    own = world.season(lab.institution, FIRST, LAST)
    others = world.season(world.institution(), FIRST, LAST)
    row = make(world, lab, own)
    with pytest.raises(IntegrityError):
        make(world, lab, others)
    db.session.rollback()
    if make is hours:
        row.season_span_id = others.spans[0].id
    else:
        row.season_id = others.id
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()
