"""Doors of month end as pages."""

from instruments.charges.closing.views import billing, months, payments, statements
from instruments.charges.closing.views.doors import pages

__all__ = ["billing", "months", "pages", "payments", "statements"]
