"""Doors of month end as pages."""

from instruments.charges.closing.views import billing, books, months, netting, payments, statements
from instruments.charges.closing.views.doors import pages

__all__ = ["billing", "books", "months", "netting", "pages", "payments", "statements"]
