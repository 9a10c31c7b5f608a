"""Run migrations on the application's database, in one transaction each, without waiting long for locks."""

import click
from alembic import context
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

engine = current_app.extensions["migrate"].db.engine
metadata = current_app.extensions["migrate"].db.metadata


def connect():
    """A connection, or the end with a sentence: whoever brings a database up to date is setting it up."""
    try:
        return engine.connect()
    except DBAPIError as error:
        raise click.ClickException(
            f"The database {engine.url!r} cannot be opened: {str(error.orig).strip()}\n"
            "Look at DATABASE_URL, and whether its server is running."
        ) from error


def run() -> None:
    """Upgrade or downgrade as asked."""
    with connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET lock_timeout = '4s'"))
            connection.execute(text("SET statement_timeout = '5s'"))
            connection.commit()
        context.configure(
            connection=connection, target_metadata=metadata, compare_type=True, compare_server_default=False
        )
        with context.begin_transaction():
            context.run_migrations()


run()
