"""Doors of people on the command line."""

from flask.cli import AppGroup

people = AppGroup("people", help="Persons and their tokens.")
