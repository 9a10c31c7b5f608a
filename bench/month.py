"""A month that is to be priced and closed: 60,000 confirmed uses of 240 instruments, paid by the grants of 2,000 groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import text

from bench.measuring import NOW, without_time_limit
from instruments.catalog.models import Instrument
from instruments.charges.dispute_models import ChargingSettings
from instruments.database import db
from instruments.database.bulk import insert_rows, next_ids
from instruments.database.transactions import deed
from instruments.people.models import Institution, Lab
from instruments.rates.models import RateCard, RatePrice, RateVersion, RateWindow

USES, PAYERS, INSTRUMENTS = 60_000, 2_000, 240
# The month before NOW, on the wall in Shanghai.
MONTH = "2027-02"
BEGINS = int(datetime(2027, 1, 31, 16, tzinfo=UTC).timestamp())
SLOT = 9_600
# Name, since, until, percent, days: the first that covers a minute counts.
WINDOWS = (
    ("Holiday", 0, 1440, 150, "holiday"),
    ("Weekend", 0, 1440, 80, "rest"),
    ("Night", 1320, 480, 50, ""),
)
AT = int(NOW.timestamp())


@dataclass(frozen=True)
class Month:
    """What was used: at which institution, by which uses in their order."""

    institution_id: int
    uses: tuple[int, ...]


@dataclass(frozen=True)
class _Place:
    """Where the uses are made, and by which prices."""

    institution_id: int
    partner_id: int
    instruments: tuple[int, ...]
    version_id: int


def used() -> Month:
    """Make an institution, its instruments, and what was used of them, as booking and confirming leave it."""
    people = list(db.session.scalars(text("SELECT id FROM person ORDER BY id LIMIT 500")))
    db.session.rollback()
    with deed() as session:
        without_time_limit()
        place = _place(session)
        funds = _funds(place)
        uses = _uses(place, funds, people)
    _settle()
    return Month(place.institution_id, tuple(uses))


def _place(session: Any) -> _Place:
    home = Institution(kind="university", name_en="Bench University", name_zh="测试大学")
    partner = Institution(kind="university", name_en="Bench Partner University", name_zh="测试合作大学")
    lab = Lab(institution=home, name_en="Bench lab", name_zh="测试实验室")
    session.add_all([home, partner, lab])
    session.flush()
    session.add(ChargingSettings(institution_id=home.id, share_rate=2_000, tax_rate=600))
    # Retired: the other parts of the bench do not meet them in the next run.
    things = [
        Instrument(
            lab=lab, institution_id=home.id, name_en=f"Bench microscope {number}", name_zh=f"测试显微镜{number}",
            status="retired", retired_on=date(2027, 3, 1),
        )
        for number in range(INSTRUMENTS)
    ]  # fmt: skip
    card = RateCard(lab=lab)
    session.add_all([*things, card])
    session.flush()
    version = RateVersion(
        card_id=card.id, valid_from=date(2027, 1, 1), made_at=NOW, proposed_at=NOW, increment=15
    )
    version.windows = [
        RateWindow(position=place, name_en=name, since=since, until=until, factor=factor, days=days)
        for place, (name, since, until, factor, days) in enumerate(WINDOWS)
    ]
    version.prices = [
        RatePrice(customer_class=customer, mode="self", unit=unit, price_units=units * factor)
        for customer, factor in (("own_institution", 1), ("partner", 2))
        for unit, units in (("hour", 6_000), ("use", 2_000), ("minimum", 3_000))
    ]
    session.add(version)
    session.flush()
    version.state, version.approved_at = "published", NOW
    session.flush()
    return _Place(home.id, partner.id, tuple(thing.id for thing in things), version.id)


def _funds(place: _Place) -> list[tuple[int, int, int, str]]:
    """(fund, group, institution, class) of each payer: every other is of the partner university."""
    groups, funds = next_ids("research_group", PAYERS), next_ids("fund", PAYERS)
    of = ((place.institution_id, "own_institution"), (place.partner_id, "partner"))
    made = [(fund, group, *of[group % 2]) for fund, group in zip(funds, groups, strict=True)]
    insert_rows(
        "research_group",
        ("id", "institution_id", "name_en", "name_zh"),
        [(group, owner, f"Bench group {group}", f"测试组{group}") for _, group, owner, _ in made],
    )
    insert_rows(
        "fund",
        (
            "id", "kind", "institution_id", "owner_institution_id", "group_id", "code", "name_en", "currency",
            "valid_from", "budget_units", "warn_percents", "created_at",
        ),
        [
            (fund, "grant", owner, owner, group, f"B-{fund}", f"Bench grant {fund}", "CNY", "2027-01-01", 10**9, "[80]", AT)
            for fund, group, owner, _ in made
        ],
    )  # fmt: skip
    return made


@dataclass(frozen=True)
class _Use:
    """One reservation and its use, in UTC seconds."""

    instrument_id: int
    person_id: int
    payer: tuple[int, int, int, str]
    start: int
    end: int
    began: int
    ended: int


def _uses(place: _Place, funds: list[tuple[int, int, int, str]], people: list[int]) -> list[int]:
    """Reservations with their terms, payers and holds, and their uses with what was recorded of them."""
    made = list(_made(place, funds, people))
    reservations, uses = next_ids("reservation", USES), next_ids("use", USES)
    pairs = list(zip(reservations, made, strict=True))
    insert_rows(
        "reservation",
        (
            "id", "instrument_id", "user_id", "booker_id", "institution_id", "group_id", "starts_at", "ends_at",
            "held_until", "state", "created_at", "changed_at",
        ),
        [
            (
                number, one.instrument_id, one.person_id, one.person_id, one.payer[2], one.payer[1], one.start, one.end,
                one.end, "done", one.start, one.end,
            )
            for number, one in pairs
        ],
    )  # fmt: skip
    insert_rows(
        "reservation_price",
        (
            "reservation_id", "version_id", "customer_class", "mode", "currency", "quoted_units", "counts", "lines", "why",
            "priced_at",
        ),
        [
            (number, place.version_id, one.payer[3], "self", "CNY", 20_000, "{}", "[]", "[]", one.start)
            for number, one in pairs
        ],
    )  # fmt: skip
    insert_rows(
        "reservation_payer",
        ("reservation_id", "position", "fund_id", "percent", "customer_class", "share_units"),
        [(number, 0, one.payer[0], 10_000, one.payer[3], 20_000) for number, one in pairs],
    )
    insert_rows(
        "fund_hold",
        ("fund_id", "thing_kind", "thing_id", "person_id", "amount_units", "made_at"),
        [(one.payer[0], "reservation", number, one.person_id, 20_000, one.start) for number, one in pairs],
    )
    insert_rows(
        "use",
        (
            "id", "instrument_id", "reservation_id", "kind", "user_id", "institution_id", "group_id", "reserved_from",
            "reserved_until", "started_at", "ended_at", "ended_by", "state", "confirmed_at", "confirmed_by_rule",
            "created_at", "changed_at",
        ),
        [
            (
                use, one.instrument_id, number, "reservation", one.person_id, one.payer[2], one.payer[1], one.start, one.end,
                one.began, one.ended, "person", "confirmed", one.ended, True, one.ended, one.ended,
            )
            for use, (number, one) in zip(uses, pairs, strict=True)
        ],
    )  # fmt: skip
    insert_rows(
        "use_span",
        ("use_id", "layer", "started_at", "ended_at", "grade", "recorded_at"),
        [
            (use, "attended", one.began, one.ended, "scan", one.ended)
            for use, one in zip(uses, made, strict=True)
        ],
    )
    return uses


def _made(place: _Place, funds: list[tuple[int, int, int, str]], people: list[int]) -> Iterator[_Use]:
    """Sessions of 90 to 150 minutes by day and night, each begun and ended some minutes off its reserved time."""
    for number in range(USES):
        row, column = divmod(number, INSTRUMENTS)
        start = BEGINS + row * SLOT
        end = start + 60 * (90 + 15 * (number * 7 % 5))
        yield _Use(
            place.instruments[column],
            people[number % len(people)],
            funds[number * 13 % PAYERS],
            start,
            end,
            start + 60 * (number * 3 % 7),
            end - 60 * (number * 5 % 11),
        )


def _settle() -> None:
    """Let the planner know what was written, as it does in a database that has lived for a day."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
