"""Doors of the demonstration on the command line."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import click
import flask_migrate
from flask.cli import AppGroup

from instruments.database.transactions import deed
from instruments.demo import loading
from instruments.demo.generator.places import ZONE
from instruments.demo.generator.world import Size, make_world
from instruments.people.passwords import hashed
from instruments.web import clock
from instruments.web.commands import compile_texts

demo = AppGroup("demo", help="The invented world.")

PASSWORD = "demonstration-only"  # noqa: S105 - printed for everybody: the people it opens do not exist
USUAL = Size()
SELDOM = 200_000


@demo.command("load")
@click.option("--instruments", default=USUAL.instruments, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--people", default=USUAL.people, show_default=True, type=click.IntRange(1, 6000))
@click.option(
    "--reservations", default=USUAL.reservations, show_default=True, type=click.IntRange(0, 5_000_000)
)
@click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day taken for today.  [default: today]"
)
@click.option("--replace", is_flag=True, help="Take away an earlier demonstration first.")
def load(instruments: int, people: int, reservations: int, day: datetime | None, replace: bool) -> None:
    """Fill an empty database with the invented world: the same every time for the same day and sizes."""
    empty = loading.is_empty()
    _refuse(empty, replace)
    size = Size(instruments, people, reservations)
    _load(size, day.date() if day else _today(), clear=not empty)
    _print_persons()


@demo.command("prepare")
def prepare() -> None:
    """Make whatever `make run` needs: compiled texts, the newest schema, and the invented world if there is none."""
    compile_texts()
    flask_migrate.upgrade()
    if loading.is_empty():
        _load(USUAL, _today(), clear=False)
    _print_persons()


@demo.command("persons")
def persons() -> None:
    """Print as whom one can sign in to the demonstration."""
    if not loading.is_demonstration():
        raise click.ClickException("There is no demonstration in this database.")
    _print_persons()


def _refuse(empty: bool, replace: bool) -> None:
    if empty:
        return
    if not replace:
        raise click.ClickException(
            "This database already has a catalogue. The demonstration is only loaded into an empty one;"
            " add --replace to take an earlier demonstration away first."
        )
    if not loading.is_demonstration():
        raise click.ClickException(
            "The catalogue in this database is no demonstration, so it is not replaced. Use an empty database."
        )


def _today() -> date:
    return clock.now().astimezone(ZONE).date()


def _load(size: Size, anchor: date, clear: bool) -> None:
    began = time.monotonic()
    world = make_world(size, anchor)
    password_hash = hashed(PASSWORD)
    with _collecting_seldom(), _Bars() as bars, deed():
        if clear:
            loading.clear()
        count = loading.load(world, clock.now(), password_hash, bars.show)
    click.echo(
        f"Loaded the demonstration: {loading.count_of_instruments():,} instruments and {count:,} reservations"
        f" in {time.monotonic() - began:.0f} s. All of it is invented."
    )


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Millions of rows come and go, and none of them in a circle: looking for circles all the time costs an eighth."""
    before = gc.get_threshold()
    gc.set_threshold(SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _print_persons() -> None:
    """Only what was loaded as a demonstration has persons whose password may be printed."""
    if not loading.is_demonstration():
        return
    click.echo(f"Sign in to the demonstration with the password {PASSWORD} as")
    for title, mail in loading.shown_persons():
        click.echo(f"  {mail:<32} {title}")


class _Bars:
    """A bar for each kind of row; it moves by rows that the database has taken."""

    def __init__(self) -> None:
        self._label = ""
        self._bar: click._termui_impl.ProgressBar[None] | None = None
        self._done = 0

    def __enter__(self) -> _Bars:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def show(self, label: str, done: int, total: int) -> None:
        """`done` of `total` rows are written."""
        if self._bar is None or (label, total) != (self._label, self._bar.length):
            self._end()
            self._label, self._done = label, 0
            self._bar = click.progressbar(length=total, label=f"{label.capitalize():<14}", show_pos=True)
            self._bar.__enter__()
        self._bar.update(done - self._done)
        self._done = done

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None
