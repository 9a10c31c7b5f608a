"""Note what was asked for and not found, once a day for each who asks, and forget at once who that was."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from instruments.database import db
from instruments.people.signing import today
from instruments.reservations.demand.models import UnmetDemand

_TABLE: Any = UnmetDemand.__table__


class Asker(NamedTuple):
    """Who asked, no closer than the institution and its kind."""

    institution_id: int | None
    kind: str


@dataclass(frozen=True, slots=True)
class Sought:
    """What was looked or waited for: of which class or instrument, where, when and how long. source: see SOURCES."""

    source: str
    earliest: datetime
    latest: datetime
    length_seconds: int
    class_code: str | None = None
    instrument_id: int | None = None
    place_id: int | None = None
    city: str = ""


def once_key(secret: str, person_id: int, sought: Sought, now: datetime) -> str:
    """What is the same when the same person looks for the same things again on the same day, and tells nobody who.

    The window counts by its days and the class as a whole: trying one hour more or less is one wish.
    """
    window = [moment.date().isoformat() for moment in (sought.earliest, sought.latest)]
    parts = [
        today(now).isoformat(), str(person_id), sought.class_code, str(sought.place_id), sought.city, *window
    ]  # fmt: skip
    return hmac.new(secret.encode(), "|".join(map(str, parts)).encode(), hashlib.sha256).hexdigest()


def note(wishes: Sequence[tuple[Sought, Asker, str]], now: datetime) -> None:
    """Note these inside a deed, each with its key (see `once_key`; empty: it counts in any case). One statement."""
    rows = [
        {
            **asdict(sought),
            "noted_on": today(now),
            "asker_institution_id": asker.institution_id,
            "asker_kind": asker.kind,
            "once": once,
        }
        for sought, asker, once in wishes
    ]
    if rows:
        dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
        db.session.execute(dialect.insert(_TABLE).on_conflict_do_nothing(), rows)


def forget_keys(now: datetime) -> int:
    """Empty the keys of the days before, inside a deed, so that not even a secret joins them to a person."""
    done = db.session.execute(
        update(_TABLE).where(_TABLE.c.once != "", _TABLE.c.noted_on < today(now)).values(once="")
    )
    return int(done.rowcount)
