"""Connections: what reading costs does not come again with every request."""

from sqlalchemy import text

from instruments.database import db


def test_postgresql_keeps_its_prepared_statements_when_reading_ends(app) -> None:
    if db.engine.dialect.name != "postgresql":
        return
    with db.engine.connect() as connection:
        for _ in range(8):
            connection.execute(text("SELECT 40 + 2"))
            connection.rollback()
        prepared = connection.execute(text("SELECT statement FROM pg_prepared_statements")).scalars().all()
    assert "SELECT 40 + 2" in prepared


def test_what_was_not_committed_is_taken_back(world) -> None:
    world.institution(name_en="Kept")
    db.session.commit()
    db.session.execute(text("UPDATE institution SET name_en = 'Taken back'"))
    db.session.rollback()
    assert db.session.scalars(text("SELECT name_en FROM institution")).all() == ["Kept"]
