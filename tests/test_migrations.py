"""The migrations: one line of them, up and down on both databases, to exactly what the models say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, make_url, select, text

from app import MIGRATIONS, create_app
from instruments.charges.by_hand import approve
from instruments.charges.dispute_models import ChargingSettings
from instruments.charges.disputing import answer, dispute
from instruments.charges.models import Charge
from instruments.database import db
from instruments.database.transactions import deed, perform
from instruments.money import Money
from instruments.qualifications.models import QualificationRequest
from instruments.timespan import instant
from instruments.usage.metering import Metered, Reporter, take
from tests import postgres
from tests.charges.scene import MORNING, Scene
from tests.conftest import NOW
from tests.databases import Database, worker_name
from tests.usage.desk import Desk
from tests.world import World


@pytest.fixture
def unmigrated(database: Database, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database of its own, with nothing in it yet."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    if database.kind == "postgresql":
        url = postgres.fresh_database(
            make_url(database.url).set(database="postgres"), f"{worker_name()}_migrations"
        ).render_as_string(hide_password=False)
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "INSTANCE_PATH": str(tmp_path), "SECRET_KEY": "tests"})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def functions() -> list[str]:
    """Functions of ours that the database holds (PostgreSQL), or triggers (SQLite)."""
    question = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if db.engine.dialect.name == "postgresql":
        question = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    with db.engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql(question)]


def test_there_is_one_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_up_down_and_up_again(unmigrated: Flask) -> None:
    flask_migrate.upgrade()
    assert tables() == set(db.metadata.tables)
    flask_migrate.downgrade(revision="base")
    assert (tables(), functions()) == (set(), [])
    flask_migrate.upgrade()
    assert tables() == set(db.metadata.tables)


# SQLite cannot tell an index over expressions; PostgreSQL, in the same test, can.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_models_say_what_the_migrations_made(unmigrated: Flask) -> None:
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, db.metadata)
    assert differences == []


def test_years_told_before_they_were_kept_are_taken_from_the_journal(unmigrated: Flask) -> None:
    flask_migrate.upgrade(revision="0095")
    chosen = [
        (1, {"period": "2023", "hours": True, "served": False}),
        (1, {"period": " 2024 ", "hours": False, "served": True}),
        (1, {"period": "2024", "hours": True, "served": True}),
        # Chosen by its first and last day; and nothing told.
        (2, {"period": "2024-09-01..2025-08-31", "hours": True, "served": False}),
        (2, {"period": "2022/23", "hours": False, "served": False}),
        (2, {"period": "2021/22", "hours": True, "served": False}),
        # What no year is can never have been told.
        (2, {"period": "2024-11", "hours": True, "served": False}),
        (2, {"period": "", "hours": True, "served": False}),
        (2, {"hours": True}),
    ]
    with db.engine.begin() as connection:
        for number in (1, 2, 3):
            connection.execute(
                text(
                    "INSERT INTO institution (id, kind, name_en, name_zh) VALUES (:id, 'university', 'x', 'x')"
                ),
                {"id": number},
            )
        for number, detail in chosen:
            connection.execute(
                text(
                    "INSERT INTO journal_entry (at, deed, thing_kind, thing_id, detail)"
                    " VALUES (0, 'public_figures.chosen', 'institution', :id, :detail)"
                ),
                {"id": number, "detail": json.dumps(detail)},
            )
        # Told now, of which the journal says nothing any more; and another deed about the same.
        connection.execute(
            text(
                "INSERT INTO utilization_public (institution_id, period, hours, chosen_at) VALUES (3, '2025', true, 0)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO journal_entry (at, deed, thing_kind, thing_id, detail)"
                """ VALUES (0, 'institution.changed', 'institution', 3, '{"period": "2020", "hours": true}')"""
            )
        )
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        asked = text("SELECT institution_id, first_on, end_on FROM utilization_told ORDER BY 1, 2")
        told = [(row[0], str(row[1]), str(row[2])) for row in connection.execute(asked)]
    assert told == [
        (1, "2023-01-01", "2024-01-01"), (1, "2024-01-01", "2025-01-01"),
        (2, "2021-09-01", "2022-09-01"), (2, "2024-09-01", "2025-09-01"),
        (3, "2025-01-01", "2026-01-01"),
    ]  # fmt: skip


def test_letters_that_were_being_sent_are_not_sent_again_after_an_update(unmigrated: Flask) -> None:
    flask_migrate.upgrade(revision="0100")
    states = ("due", "sending", "sent", "failed")
    with db.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO person (id, mail, name_en, name_zh, kind, session_key)"
                " VALUES (1, 'a@b.example', 'x', 'x', 'staff', 'x')"
            )
        )
        for number, state in enumerate(states, start=1):
            connection.execute(
                text(
                    "INSERT INTO notice (id, person_id, kind, said, occasion, thing_kind, thing_id, at, detail)"
                    " VALUES (:id, 1, 'own.booked', 'mine', :key, 'reservation', 1, 0, '{}')"
                ),
                {"id": number, "key": f"journal/{number}"},
            )
            connection.execute(
                text(
                    "INSERT INTO notice_delivery (notice_id, state, made_at, next_at, lease_until)"
                    " VALUES (:id, :state, 0, 0, 1000)"
                ),
                {"id": number, "state": state},
            )
    asked = text("SELECT state, handed_at FROM notice_delivery ORDER BY notice_id")
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(asked)] == [
            ("due", None), ("handed", 700), ("sent", None), ("failed", None),
        ]  # fmt: skip
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE notice_delivery SET state = 'doubtful' WHERE state = 'due'"))
    flask_migrate.downgrade(revision="0100")
    with db.engine.connect() as connection:
        kept = text("SELECT state FROM notice_delivery ORDER BY notice_id")
        assert list(connection.scalars(kept)) == ["failed", "failed", "sent", "failed"]


def test_uses_of_whoever_had_the_token_of_a_meter_become_nobodys(unmigrated: Flask) -> None:
    flask_migrate.upgrade()
    desk = Desk(World())
    wanted = Metered(desk.instrument.id, 0, 3600, "measurement", "k")
    with deed():
        take(wanted, Reporter("meter", "sensor", desk.operator.id, desk.home.id), instant(7200))
    asked = text('SELECT user_id, institution_id, flags, (SELECT attribution FROM use_span) FROM "use"')

    def now() -> tuple[object, ...]:
        db.session.rollback()
        return tuple(db.session.execute(asked).one())

    assert now() == (None, None, "nobody", "nobody")
    person, house = desk.operator.id, desk.home.id
    db.session.remove()
    flask_migrate.downgrade(revision="0105")
    with db.engine.connect() as connection:
        assert tuple(connection.execute(text('SELECT user_id, institution_id FROM "use"')).one()) == (
            person,
            house,
        )
    flask_migrate.upgrade()
    assert now() == (None, None, "nobody", "nobody")


def test_of_calendars_subscribed_more_than_once_one_is_left(unmigrated: Flask) -> None:
    flask_migrate.upgrade(revision="0105")
    rows = [  # id, lab, address, state, when it was read last
        (1, 1, "https://a.example/", "paused", 900),
        (2, 1, "https://a.example/", "active", 100),
        (3, 1, "https://a.example/", "active", 200),
        (4, 1, "https://b.example/", "active", None),
        (5, 2, "https://a.example/", "active", None),
        (6, 2, "", "active", None), (7, 2, "", "active", None),  # files
    ]  # fmt: skip
    later = 4_000_000_000
    busy = [(1, 1, 100, 200), (2, 1, 100, later), (2, 1, later, later + 60), (3, 1, later, later + 60)]
    with db.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO institution (id, kind, name_en, name_zh) VALUES (1, 'university', 'x', 'x')")
        )
        for number in (1, 2):
            connection.execute(
                text(
                    "INSERT INTO lab (id, institution_id, name_en, name_zh, zone) VALUES (:id, 1, :name, :name, 'UTC')"
                ),
                {"id": number, "name": f"Lab {number}"},
            )
        for number, lab, address, state, read in rows:
            values = {"id": number, "lab": lab, "address": address, "state": state, "read": read}
            connection.execute(
                text(
                    "INSERT INTO calendar_subscription (id, lab_id, name, address, state, succeeded_at, created_at)"
                    " VALUES (:id, :lab, 'x', :address, :state, :read, 0)"
                ),
                values,
            )
        for number, lab, start, end in busy:
            connection.execute(
                text(
                    "INSERT INTO busy_time (subscription_id, lab_id, starts_at, ends_at, noted_at)"
                    " VALUES (:of, :lab, :start, :end, 0)"
                ),
                {"of": number, "lab": lab, "start": start, "end": end},
            )
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        left = [
            row[0] for row in connection.execute(text("SELECT id FROM calendar_subscription ORDER BY id"))
        ]
        asked = text("SELECT subscription_id, starts_at, ends_at FROM busy_time ORDER BY 1, 2")
        found = [tuple(row) for row in connection.execute(asked)]
    assert left == [3, 4, 5, 6, 7]
    # What is over stays; what ran ends now; what was to come is told by the one that is left.
    assert [row[:2] for row in found] == [(1, 100), (2, 100), (3, later)]
    assert (found[0][2], found[2][2]) == (200, later + 60) and 200 < found[1][2] < later


def test_requests_that_wait_are_told_which_qualification_they_renew(unmigrated: Flask) -> None:
    flask_migrate.upgrade()
    world = World()
    lab = world.lab()
    first, second, third = (world.instrument(lab) for _ in range(3))
    person = world.person(lab.institution)
    technique = world.technique(lab, second)
    ends = date(2027, 1, 1)
    own = world.qualification(person, first, expires_on=ends).id
    wide = world.qualification(person, technique, expires_on=ends).id
    asked = {
        "person_id": person.id, "institution_id": lab.institution_id, "lab_id": lab.id, "level": "independent",
        "asked_at": instant(0),
    }  # fmt: skip
    for thing in (first, second, third):
        db.session.add(QualificationRequest(**asked, instrument_id=thing.id))
    # Answered long ago, at another level, and beside one that waits for the same instrument.
    db.session.add(QualificationRequest(**asked, instrument_id=first.id, state="declined"))
    db.session.add(QualificationRequest(**asked, instrument_id=first.id, renews_id=own))
    db.session.commit()
    db.session.remove()
    flask_migrate.downgrade(revision="0120")
    flask_migrate.upgrade()
    found = text("SELECT state, renews_id FROM qualification_request ORDER BY id")
    assert [tuple(row) for row in db.session.execute(found)] == [
        ("withdrawn", None), ("open", wide), ("open", None), ("declined", None), ("open", own),
    ]  # fmt: skip


def test_disputes_say_what_their_answers_took_off(unmigrated: Flask) -> None:
    flask_migrate.upgrade()
    scene = Scene(World())
    db.session.add(ChargingSettings(institution_id=scene.house.id, second_above_units=10_000))
    numbers = [scene.charged(start=MORNING + timedelta(days=day)).id for day in range(4)]
    student, manager, second = (scene.actor(each) for each in (scene.student, scene.manager, scene.finance))
    for number, line in zip(numbers, (0, None, None, 0), strict=True):
        perform(partial(dispute, student, number, "Too long", line, NOW))
    for number, decision, units in ((1, "adjusted", 2_000), (2, "adjusted", 11_000), (3, "upheld", None)):
        less = None if units is None else Money.from_units(units, "CNY")
        perform(partial(answer, manager, number, decision, "Yes", less, None, NOW))
    waiting = db.session.scalars(select(Charge.id).where(Charge.waits_for_second)).one()
    db.session.rollback()
    perform(partial(approve, second, waiting, NOW))
    finance = scene.finance.id
    db.session.remove()
    flask_migrate.downgrade(revision="0124")
    flask_migrate.upgrade()
    found = text("SELECT state, less_units, line_kind, agreed_by_id FROM dispute ORDER BY id")
    # What was answered before took off the whole charge, whichever line was disputed.
    assert [tuple(row) for row in db.session.execute(found)] == [
        ("adjusted", 2_000, "", None), ("adjusted", 11_000, "", finance), ("upheld", None, "", None),
        ("open", None, "time", None),
    ]  # fmt: skip


def test_of_violations_recorded_more_than_once_one_stands(unmigrated: Flask) -> None:
    flask_migrate.upgrade()
    world = World()
    lab = world.lab()
    user, *staff = (world.person(lab.institution) for _ in range(4))
    kind, moment = world.violation_kind(lab), instant(7200)
    used = [world.reservation(world.instrument(lab), user, moment) for _ in range(2)]
    values = {
        "lab": lab.id, "kind": kind.id, "user": user.id, "by": staff[0].id, "decider": staff[1].id,
        "first": used[0].id, "second": used[1].id,
    }  # fmt: skip
    db.session.remove()
    flask_migrate.downgrade(revision="0122")
    rows = [  # of which reservation, state, answer
        ("first", "standing", ""), ("first", "standing", ""), ("first", "withdrawn", "Mistaken"),
        ("second", "standing", ""), ("second", "upheld", "Seen by two"), ("second", "upheld", "Seen"), (None, "standing", ""),
        (None, "standing", ""),
    ]  # fmt: skip
    with db.engine.begin() as connection:
        for which, state, answer in rows:
            decider = values["decider"] if state == "upheld" else None
            connection.execute(
                text(
                    "INSERT INTO violation (lab_id, kind_id, person_id, recorded_by_id, reservation_id, happened_on, reason,"
                    " recorded_at, expires_at, state, answer, appealed_at, decided_by_id)"
                    " VALUES (:lab, :kind, :user, :by, :reservation, '1970-01-01', 'x', 0, 9000000000, :state, :answer, 0,"
                    " :decided)"
                ),
                {
                    **{name: values[name] for name in ("lab", "kind", "user", "by")},
                    "reservation": which and values[which], "state": state, "answer": answer, "decided": decider,
                },
            )  # fmt: skip
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        found = connection.execute(
            text("SELECT state, answer, decided_by_id, version FROM violation ORDER BY id")
        ).all()
    why = "Recorded more than once; one of them stands. / 重复记录，只保留其中一条。"
    by, decider = values["by"], values["decider"]
    assert [tuple(row) for row in found] == [
        ("standing", "", None, 1), ("withdrawn", why, by, 2), ("withdrawn", "Mistaken", None, 1), ("withdrawn", why, by, 2),
        ("upheld", "Seen by two", decider, 1), ("withdrawn", "Seen", decider, 2), ("standing", "", None, 1),
        ("standing", "", None, 1),
    ]  # fmt: skip
