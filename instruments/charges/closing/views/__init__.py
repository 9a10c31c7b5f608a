"""Doors of month end as pages."""

from instruments.charges.closing.views import (
    billing,
    books,
    invoice_settings,
    invoices,
    months,
    netting,
    payments,
    statements,
)
from instruments.charges.closing.views.doors import pages

__all__ = [
    "billing", "books", "invoice_settings", "invoices", "months", "netting", "pages", "payments", "statements",
]  # fmt: skip
