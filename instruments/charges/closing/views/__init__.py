"""Doors of month end as pages."""

from instruments.charges.closing.views import (
    billing,
    books,
    claims,
    invoice_settings,
    invoices,
    months,
    netting,
    one_invoice,
    one_payment,
    overdue,
    payments,
    statements,
    to_come,
)
from instruments.charges.closing.views.doors import pages

__all__ = [
    "billing", "books", "claims", "invoice_settings", "invoices", "months", "netting", "one_invoice", "one_payment", "overdue",
    "pages", "payments", "statements", "to_come",
]  # fmt: skip
