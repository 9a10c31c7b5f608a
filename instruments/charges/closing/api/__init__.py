"""Doors of month end for programs: months, statements, payments, and settlement between institutions."""

from instruments.charges.closing.api import books, months, payments, settlements, statements
from instruments.charges.closing.api.telling import api

__all__ = ["api", "books", "months", "payments", "settlements", "statements"]
