"""Doors of month end as pages."""

from instruments.charges.closing.views import billing, books, months, payments, statements
from instruments.charges.closing.views.doors import pages

__all__ = ["billing", "books", "months", "pages", "payments", "statements"]
