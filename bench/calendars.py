"""Feeds for calendars: asking for one that is unchanged, against having it written anew."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from bench import calling
from bench.booking import _separately
from bench.measuring import NOW, interleaved, profile
from bench.report import Result
from instruments.calendars import kept, keys
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import RoleGrant
from instruments.people.rights import Role
from instruments.reservations.models import Reservation

MOST = 0.1
ROUNDS = 12
PAST = timedelta(days=30)


def measure(app: Flask, database: str) -> list[Result]:
    """The feeds of the instrument and of the person with most reservations, and of a lab; whole requests."""
    addresses = _addresses()
    db.session.commit()
    found = []
    for whose, address in addresses.items():
        tag = f'"{_tag(app, address)}"'

        def anew(_: int, address: str = address) -> None:
            kept.forget()
            _ask(app, address, {}, 200)

        def unchanged(_: int, address: str = address, tag: str = tag) -> None:
            _ask(app, address, {"If-None-Match": tag}, 304)

        times = interleaved({"anew": anew, "unchanged": unchanged}, ROUNDS)
        share = times["unchanged"] / times["anew"]
        events = _ask(app, address, {}, 200).count(b"BEGIN:VEVENT")
        detail = f"{events} events: anew {times['anew']:.1f} ms, unchanged {times['unchanged']:.2f} ms"
        drawn = profile(unchanged, 0, 40) if share > MOST else ""
        found.append(
            Result(
                f"unchanged feed of {whose}, against anew", database, share, "×", MOST, detail, profile=drawn
            )
        )
    return found


def _addresses() -> dict[str, str]:
    one = Reservation
    instrument = db.session.get_one(Instrument, _busiest(one.instrument_id))
    lab = instrument.lab
    found = {
        "an instrument": f"/calendars/instruments/{instrument.id}.ics",
        "a person": f"/calendars/people/{keys.make(_busiest(one.user_id), None, 'bench', NOW)}.ics",
    }
    staff = select(RoleGrant.person_id).where(RoleGrant.lab_id == lab.id, RoleGrant.role == Role.LAB_MANAGER)
    if (manager := db.session.scalars(staff).first()) is not None:
        found["a lab"] = f"/calendars/labs/{keys.make(manager, lab, 'bench', NOW)}.ics"
    return found


def _busiest(column: Any) -> int:
    """Whose most reservations lie in what feeds show."""
    shown = Reservation.ends_at > NOW - PAST
    counting = select(column).where(shown).group_by(column).order_by(func.count().desc(), column).limit(1)
    return int(db.session.scalars(counting).one())


def _tag(app: Flask, address: str) -> str:
    """The tag that the feed has now, as its door tells it."""
    client = app.test_client()
    answer = _separately(lambda: client.get(address, base_url="http://localhost:5000"))
    return re.sub(r'^W/|"', "", answer.headers["ETag"])


def _ask(app: Flask, address: str, headers: dict[str, str], expected: int) -> bytes:
    status, body = _separately(lambda: calling.request(app, "GET", address, headers))
    if status != expected:
        raise RuntimeError(f"{status} instead of {expected}")
    return bytes(body)
