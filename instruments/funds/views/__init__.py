"""Doors of funds as pages: funds, rights to charge, wallets, the ledger, programmes."""

from instruments.funds.views import (
    accounts,
    admissions,
    asked,
    lists,
    managing,
    one,
    openings,
    programmes,
    wallet,
)
from instruments.funds.views.doors import pages

__all__ = [
    "accounts",
    "admissions",
    "asked",
    "lists",
    "managing",
    "one",
    "openings",
    "pages",
    "programmes",
    "wallet",
]
