"""Doors of the catalogue on the command line."""

from flask.cli import AppGroup

catalog = AppGroup("catalog", help="Instruments in and out.")
