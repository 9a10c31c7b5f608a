"""Doors of month end for programs: months, statements, payments, invoices, and settlement."""

from instruments.charges.closing.api import (
    books,
    invoice_details,
    invoice_settings,
    invoices,
    months,
    payments,
    settlements,
    statements,
)
from instruments.charges.closing.api.telling import api

__all__ = [
    "api",
    "books",
    "invoice_details",
    "invoice_settings",
    "invoices",
    "months",
    "payments",
    "settlements",
    "statements",
]
