"""Doors of the demonstration on the command line."""

from flask.cli import AppGroup

demo = AppGroup("demo", help="The invented world.")
